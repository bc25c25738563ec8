/** Process: a trading host. Hosts session segments, and in the same process the control queue and the control port that stop them. */
// Everything concrete is built in this file; below it only interfaces travel.
import { type NativeConnection, Worker } from '@temporalio/worker'
import { createControlActivities } from '#activities/trading-session/control.ts'
import { createClickHouse } from '#clickhouse/client.ts'
import { createWriter } from '#clickhouse/writer/writer.ts'
import { systemClock as clock } from '#config/clock.ts'
import { loadEnvironment } from '#config/environment.ts'
import { controlToken, createHome } from '#config/home.ts'
import { engageEnvironmentKill } from '#config/kill-environment.ts'
import { createKillStore } from '#config/kill-store.ts'
import { loadSettings } from '#config/load.ts'
import { runProcess } from '#config/process.ts'
import { parseAllowedHosts } from '#config/request-guard.ts'
import { connectExchange, exchangeUrl } from '#exchange/client/connect.ts'
import { failureInterceptors, installRuntime, runWorkers } from '#workers/bootstrap.ts'
import {
  type ControlServer,
  type ControlServerParts,
  startControlServer,
} from '#workers/support/control-server.ts'
import { createLeaseFiles } from '#workers/support/lease-files.ts'
import { journalSink } from '#workers/support/rows.ts'
import { createSessionRegistry } from '#workers/support/session-registry.ts'
import { connectClientPatiently, connectNativePatiently } from '#workers/support/temporal-client.ts'
import { tradingActivities } from '#workers/support/trading-activities.ts'
import { createTradingHub } from '#workers/support/trading-hub.ts'
import { hostQueue, TASK_QUEUES } from '#workflows/names.ts'

const EXCHANGE_WAIT_MS = 60_000
const SEGMENTS_MAX = 100
/** After a stop: segments hand over within a second or two; one that does not must not hold the process. */
const SHUTDOWN_FORCE = '6s'

const environment = loadEnvironment()
await runProcess('worker-trading', environment, async (log) => {
  const { home, HOLDFAST_HOST_ID: hostId } = environment
  createHome(home)
  const settings = loadSettings(environment.HOLDFAST_CONFIG)
  const { network } = settings.exchange
  installRuntime(log)
  const killStore = createKillStore(home.kills, {
    onBroken: (file, why) => log.error({ file, why }, 'kill file cannot be read: it counts as halt for all'),
  })
  const asked = engageEnvironmentKill(killStore, environment.HOLDFAST_KILL, clock.now())
  if (asked) log.warn({ kill: asked.kill, warning: asked.warning }, 'HOLDFAST_KILL stops everything')
  const registry = createSessionRegistry({ killStore, clock })
  // The control port is open before anything can trade here.
  const control = await openControlPort({ registry, killStore, log, network })
  const [exchange, connection, temporal] = await Promise.all([
    connectExchange({
      settings,
      home,
      url: exchangeUrl(settings, environment),
      role: 'trading',
      clock,
      waitMsMax: EXCHANGE_WAIT_MS,
      process: `worker-trading-${hostId}`,
    }),
    connectNativePatiently(environment, log),
    connectClientPatiently(environment, log),
  ])
  const { client } = temporal
  const clickhouse = createClickHouse(environment)
  const writer = createWriter({ client: clickhouse, spoolDir: `${home.spool}/worker-trading`, clock, log })
  const hub = createTradingHub({
    exchange,
    clock,
    log,
    staleMs: settings.streamers.stale_ms,
    seed: process.pid,
  })
  const leases = createLeaseFiles(home, log)
  const trading = tradingActivities({
    environment,
    settings,
    exchange,
    client,
    registry,
    killStore,
    hub,
    leases,
    rows: journalSink(writer),
    clock,
    log,
  })
  const workers = await createTradingWorkers({
    connection,
    namespace: environment.TEMPORAL_NAMESPACE,
    hostId,
    trading,
    control: createControlActivities({ hostId, registry }),
  })
  const running = runWorkers(workers, log)
  return {
    url: control.url,
    facts: { host_id: hostId, exchange: exchange.url },
    close: async () => {
      await running.drain()
      await leases.settled()
      await control.close()
      await hub.close()
      registry.close()
      killStore.close()
      await writer.close()
      await clickhouse.close()
      exchange.close()
      await temporal.close()
      await connection.close()
    },
  }
})

function openControlPort(
  parts: Pick<ControlServerParts, 'registry' | 'killStore' | 'log'> & { network: string },
): Promise<ControlServer> {
  const { home, HOLDFAST_HOST_ID, HOLDFAST_ALLOWED_HOSTS, HOLDFAST_BIND, HOLDFAST_PORT_TRADING } = environment
  return startControlServer({
    ...parts,
    clock,
    home,
    guard: { allowedHosts: parseAllowedHosts(HOLDFAST_ALLOWED_HOSTS), token: controlToken(home) },
    host: {
      host_id: HOLDFAST_HOST_ID,
      network: parts.network,
      bind: HOLDFAST_BIND,
      port: HOLDFAST_PORT_TRADING ?? 0,
    },
  })
}

/** Two workers on one connection: commands never wait behind segments for a slot. */
function createTradingWorkers(parts: {
  connection: NativeConnection
  namespace: string
  hostId: string
  trading: object
  control: object
}): Promise<Worker[]> {
  const { connection, namespace } = parts
  const common = {
    connection,
    namespace,
    interceptors: failureInterceptors,
    // The SDK's default of 60 s would be the time until a cancellation arrives where the server cannot push it.
    maxHeartbeatThrottleInterval: '1s',
    defaultHeartbeatThrottleInterval: '1s',
    shutdownForceTime: SHUTDOWN_FORCE,
  } as const
  return Promise.all([
    Worker.create({
      ...common,
      taskQueue: TASK_QUEUES.trading,
      activities: parts.trading,
      maxConcurrentActivityTaskExecutions: SEGMENTS_MAX,
    }),
    Worker.create({ ...common, taskQueue: hostQueue(parts.hostId), activities: parts.control }),
  ])
}

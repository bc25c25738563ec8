/** Processes of the kill-latency bench: a trading host that tells when each loop hears its kill, a data worker, and a bare pair to compare with. */
// The trading host is the product's, but for three things: it reports what it hears, writes no rows, and can leave its control queue out.
import { Context } from '@temporalio/activity'
import { Worker } from '@temporalio/worker'
import { createKillVenueActivities } from '#activities/kill-switch.ts'
import { createControlActivities } from '#activities/trading-session/control.ts'
import type { RunSegmentRequest } from '#activities/trading-session/run-segment.ts'
import { systemClock as clock } from '#config/clock.ts'
import { loadEnvironment } from '#config/environment.ts'
import { controlToken } from '#config/home.ts'
import { createKillStore } from '#config/kill-store.ts'
import { loadSettings } from '#config/load.ts'
import type { Logger } from '#config/logger.ts'
import { type Running, runProcess } from '#config/process.ts'
import { connectExchange, exchangeUrl } from '#exchange/client/connect.ts'
import type { AgentRole } from '#exchange/client/keys.ts'
import { failureInterceptors, installRuntime, runWorkers } from '#workers/bootstrap.ts'
import { workflowBundle } from '#workers/bundle.ts'
import { startControlServer } from '#workers/support/control-server.ts'
import { createLeaseFiles } from '#workers/support/lease-files.ts'
import { createSessionRegistry, type SessionRegistry } from '#workers/support/session-registry.ts'
import { connectClientPatiently, connectNativePatiently } from '#workers/support/temporal-client.ts'
import { tradingActivities } from '#workers/support/trading-activities.ts'
import { createTradingHub } from '#workers/support/trading-hub.ts'
import { hostQueue, TASK_QUEUES } from '#workflows/names.ts'

/** Sent to the bench in the moment an abort signal fires in the loop's process. */
export interface Heard {
  kind: 'heard'
  session_id: string
  by: 'direct' | 'control' | 'kill_switch' | 'cancel'
  /** CLOCK_MONOTONIC, nanoseconds as text: one clock for all processes of the machine. */
  at_ns: string
}

export const ROLES = ['host', 'host-without-control', 'data', 'bare-workflows', 'bare-activities'] as const
export type Role = (typeof ROLES)[number]

/** Twenty sessions restart at once: far more than one address may ask of the real venue. */
const WEIGHT_PER_MINUTE = 1_000_000
const environment = loadEnvironment()
const settings = loadSettings(environment.HOLDFAST_CONFIG)
const { home, HOLDFAST_HOST_ID: hostId, TEMPORAL_NAMESPACE: namespace } = environment

const heard = (session_id: string, by: Heard['by']): void => {
  const message: Heard = { kind: 'heard', session_id, by, at_ns: String(process.hrtime.bigint()) }
  process.send?.(message)
}

const openExchange = (role: AgentRole) =>
  connectExchange({
    settings,
    home,
    url: exchangeUrl(settings, environment),
    role,
    clock,
    weightPerMinute: WEIGHT_PER_MINUTE,
  })

async function startHost(log: Logger, withControl: boolean): Promise<Running> {
  const killStore = createKillStore(home.kills)
  const registry = hearing(createSessionRegistry({ killStore, clock }))
  const control = await startControlServer({
    ...{ registry, killStore, clock, log, home },
    guard: { allowedHosts: [], token: controlToken(home) },
    host: { host_id: hostId, network: 'paper', bind: '127.0.0.1', port: 0 },
  })
  const exchange = await openExchange('trading')
  const { client } = await connectClientPatiently(environment, log)
  const connection = await connectNativePatiently(environment, log)
  const nothing = (): void => {}
  const activities = tradingActivities({
    ...{ environment, settings, exchange, client, registry, killStore, clock, log },
    leases: createLeaseFiles(home, log),
    hub: createTradingHub({ exchange, clock, log, staleMs: 15_000, seed: 1 }),
    rows: {
      ...{ orders: nothing, decisions: nothing, events: nothing, quotes: nothing, equity: nothing },
      flush: async () => {},
    },
  })
  const runSegment = (request: RunSegmentRequest) => {
    const { cancellationSignal } = Context.current()
    cancellationSignal.addEventListener('abort', () => heard(request.segment.session_id, 'cancel'))
    return activities.runSegment(request)
  }
  const common = {
    ...{ connection, namespace, interceptors: failureInterceptors },
    maxHeartbeatThrottleInterval: '1s',
    defaultHeartbeatThrottleInterval: '1s',
    shutdownForceTime: '3s',
  } as const
  const workers = [
    await Worker.create({
      ...common,
      taskQueue: TASK_QUEUES.trading,
      activities: { ...activities, runSegment },
    }),
  ]
  if (withControl) {
    const commands = createControlActivities({ hostId, registry })
    workers.push(await Worker.create({ ...common, taskQueue: hostQueue(hostId), activities: commands }))
  }
  const running = runWorkers(workers, log)
  return {
    url: control.url,
    close: async () => {
      await running.drain()
      await control.close()
    },
  }
}

/** The registry, telling when the signal that a sleeping loop holds fires with a kill in its inbox. */
function hearing(registry: SessionRegistry): SessionRegistry {
  return {
    ...registry,
    open(facts) {
      const segment = registry.open(facts)
      const listen = (): void => {
        segment.inbox.changed().addEventListener('abort', () => {
          const kill = segment.inbox.kill()
          if (kill) heard(facts.session_id, kill.by)
          else listen()
        })
      }
      listen()
      return segment
    },
  }
}

async function startData(log: Logger): Promise<Running> {
  const exchange = await openExchange('operator')
  const activities = {
    ...createKillVenueActivities({
      clock,
      accounts: Object.keys(settings.accounts),
      venue: async (account) => exchange.venue(account),
      accountOf: async () => null,
      inspect: async () => [],
      enforce: async () => ({ residual: [], orders_canceled: 0 }),
      writeKill: async () => {},
    }),
    recordSession: async () => {},
  }
  return serve(log, TASK_QUEUES.data, { activities })
}

async function serve(
  log: Logger,
  taskQueue: string,
  options: { activities?: object; workflowBundle?: { codePath: string } },
): Promise<Running> {
  const connection = await connectNativePatiently(environment, log)
  const worker = await Worker.create({ connection, namespace, taskQueue, ...options })
  const running = runWorkers([worker], log)
  return { close: () => running.drain() }
}

async function startRole(role: Role, log: Logger): Promise<Running> {
  installRuntime(log)
  switch (role) {
    case 'host':
      return startHost(log, true)
    case 'host-without-control':
      return startHost(log, false)
    case 'data':
      return startData(log)
    case 'bare-workflows': {
      const workflowsPath = new URL('./bare-workflow.ts', import.meta.url).pathname
      const bundle = await workflowBundle({ cacheFolder: `${home.cache}/bare`, log, workflowsPath })
      return serve(log, 'bare-workflows', { workflowBundle: bundle })
    }
    case 'bare-activities': {
      const react = async (id: string): Promise<void> => heard(id, 'control')
      return serve(log, 'bare-activities', { activities: { react } })
    }
  }
}

if (import.meta.main) {
  const role = ROLES.find((each) => each === process.argv[2]) ?? 'host'
  await runProcess(`bench-${role}`, environment, (log) => startRole(role, log))
}

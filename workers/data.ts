/** Process: the data worker. Rows, archives, health, and the kill's own way to the exchange with a key of its own. */
// Everything concrete is built in this file; below it only interfaces travel.
import { Context } from '@temporalio/activity'
import { Worker } from '@temporalio/worker'
import { createHealthActivities } from '#activities/health.ts'
import { createHistoryArchiveActivities } from '#activities/history-archive.ts'
import { createKillVenueActivities } from '#activities/kill-switch.ts'
import { createOrphanGuardActivities } from '#activities/orphan-guard.ts'
import { createPnlSnapshotActivities } from '#activities/pnl-snapshot.ts'
import { createRecordActivities } from '#activities/trading-session/record.ts'
import { createClickHouse } from '#clickhouse/client.ts'
import { createWriter } from '#clickhouse/writer/writer.ts'
import { systemClock as clock } from '#config/clock.ts'
import { loadEnvironment } from '#config/environment.ts'
import { createHome } from '#config/home.ts'
import { loadSettings } from '#config/load.ts'
import { runProcess } from '#config/process.ts'
import { exchangeUrl } from '#exchange/client/connect.ts'
import { failureInterceptors, installRuntime, runWorkers } from '#workers/bootstrap.ts'
import { createDataJobs, dataJobActivities } from '#workers/support/data-jobs.ts'
import { measured } from '#workers/support/data-metrics.ts'
import { healthChecks } from '#workers/support/health-checks.ts'
import { closedSessionRuns, fetchHistoryJson } from '#workers/support/histories.ts'
import { keptExchange } from '#workers/support/kept-exchange.ts'
import { createKillPower } from '#workers/support/kill-power.ts'
import { marketDataActivities } from '#workers/support/market-data.ts'
import { accountingActivities } from '#workers/support/pnl.ts'
import { recordSink } from '#workers/support/rows.ts'
import { listRunningSessions, runningStatuses } from '#workers/support/sessions.ts'
import { sweepParts } from '#workers/support/sweep.ts'
import { targetActivities } from '#workers/support/targets.ts'
import { connectClientPatiently, connectNativePatiently } from '#workers/support/temporal-client.ts'
import { traderActivities } from '#workers/support/traders.ts'
import { watchlistActivities } from '#workers/support/watchlist.ts'
import { TASK_QUEUES } from '#workflows/names.ts'

const stillRunning = (): void => Context.current().heartbeat()

const environment = loadEnvironment()
await runProcess('worker-data', environment, async (log) => {
  const { home } = environment
  createHome(home)
  const settings = loadSettings(environment.HOLDFAST_CONFIG)
  installRuntime(log)
  const [connection, temporal] = await Promise.all([
    connectNativePatiently(environment, log),
    connectClientPatiently(environment, log),
  ])
  const { client } = temporal
  const clickhouse = createClickHouse(environment)
  const writer = createWriter({ client: clickhouse, spoolDir: `${home.spool}/worker-data`, clock, log })
  const rows = recordSink(writer)
  const accounts = Object.keys(settings.accounts)
  const url = exchangeUrl(settings, environment)
  // Not opened here: this process has to start, and to kill, while the exchange is away for a moment.
  const exchange = keptExchange({ settings, home, url, role: 'operator', clock, process: 'worker-data' })
  const dataJobs = createDataJobs({ environment, settings, client: clickhouse, clock, log })
  const sweeps = sweepParts({ writer, clock })
  const worker = await Worker.create({
    connection,
    namespace: environment.TEMPORAL_NAMESPACE,
    taskQueue: TASK_QUEUES.data,
    interceptors: failureInterceptors,
    shutdownForceTime: '6s',
    activities: {
      ...dataJobActivities(dataJobs, clock, (jobs) =>
        measured(jobs, { file: `${home.run}/metrics/data.prom`, clock, log }),
      ),
      ...createRecordActivities({ writeSession: (row) => rows.sessions([row]) }),
      ...createKillVenueActivities({
        clock,
        accounts,
        ...createKillPower({ exchange, accounts, home, client, clock }),
        writeKill: (kill) => rows.kills(kill, kill.mode === 'off' ? clock.now() : 0),
      }),
      ...createOrphanGuardActivities({
        clock,
        accounts,
        venue: async (account) => (await exchange()).venue(account),
        runningSessions: () => listRunningSessions(client),
        writeHealth: rows.health,
        warn: (facts, message) => log.warn(facts, message),
      }),
      ...createPnlSnapshotActivities({
        clock,
        runningStatuses: () => runningStatuses(client),
        account: async (account) => (await exchange()).venue(account).account(),
        writeEquity: rows.equity,
      }),
      ...createHealthActivities({
        clock,
        checks: healthChecks({ exchange, clickhouse, writer, home, clock }),
        writeHealth: rows.health,
      }),
      ...marketDataActivities({ exchange, clickhouse, writer, home, settings, clock, log, stillRunning }),
      ...accountingActivities({ clickhouse, settings, clock, writeHealth: rows.health }),
      ...targetActivities({ clickhouse, writer, clock }),
      ...traderActivities({ clickhouse, writer, settings, url, clock }),
      ...watchlistActivities({ client, exchange, log }),
      ...sweeps.activities,
      ...createHistoryArchiveActivities({
        folder: home.histories,
        closedRuns: () => closedSessionRuns(client),
        fetchHistory: (run) => fetchHistoryJson(client, run),
        writeRow: (row) => rows.histories([row]),
        stillRunning,
      }),
    },
  })
  const running = runWorkers([worker], log)
  return {
    facts: { task_queue: TASK_QUEUES.data },
    close: async () => {
      await running.drain()
      for (const part of [sweeps, writer, dataJobs, clickhouse, exchange, temporal, connection])
        await part.close()
    },
  }
})

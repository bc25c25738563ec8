/** Everything a chaos run starts and kills: both databases, Temporal, the orchestrator, the data worker; and the schedules that keep the jobs going. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { applySchedules } from '#cli/schedules.ts'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { migrate } from '#clickhouse/migrate.ts'
import { archiveManifest, dataRuns } from '#clickhouse/tables/data.ts'
import { migrations } from '#clickhouse/tables/operations.ts'
import { DAY_MS } from '#domain/time.ts'
import { QUICK_RECONNECT } from '#workers/support/temporal-client.ts'
import { SCHEDULES } from '#workflows/schedules.ts'
import { type FrontProcess, startFrontProcess } from '../clickhouse/front-process.ts'
import { stopMerging } from '../data/two-sides.ts'
import { type Child, startChild } from '../support/child.ts'
import { startTemporal, type TestTemporal } from '../support/temporal-server.ts'
import { CHAOS_TABLES } from './tables.ts'

export type Victim = 'local' | 'remote' | 'worker' | 'orchestrator' | 'temporal'

export interface ChaosWorld {
  home: string
  local: FrontProcess
  remote: FrontProcess
  source: ClickHouseClient
  copy: ClickHouseClient
  client: Client
  archiveFolder: string
  /** kill -9, then a start of the same on the same data. */
  kill(victim: Victim): Promise<void>
  /** Times the data worker ended itself between two steps. */
  crashes(): number
  /** From now on no step is the last one. */
  calm(): Promise<void>
  close(): Promise<void>
}

const DATABASE = 'holdfast'
/** Every job again after so long. */
const EVERY_MS = 2_000
const JOBS = ['remote-sync', 'remote-sync-verify', 'archive', 'retention']

export async function startChaosWorld(seed: number, crashChance: number): Promise<ChaosWorld> {
  const home = mkdtempSync(join(tmpdir(), 'holdfast-chaos-'))
  const [local, remote, temporal] = await Promise.all([
    startFrontProcess(),
    startFrontProcess(),
    startTemporal(),
  ])
  const source = local.client(DATABASE)
  const copy = remote.client(DATABASE)
  const quiet = { info: () => {}, warn: () => {} }
  await migrate(source, quiet, [migrations, dataRuns, archiveManifest, ...CHAOS_TABLES])
  // Rows that were stored twice must stay visible: nothing merges on the remote side.
  await migrate(copy, quiet, [migrations, ...CHAOS_TABLES])
  for (const { name } of CHAOS_TABLES) await stopMerging(copy, name)
  const config = join(home, 'holdfast.yaml')
  writeFileSync(
    config,
    JSON.stringify({ sync: { enabled: true, batch_rows: 2_000 }, retention: { drop_partitions_max: 2 } }),
  )
  const env = environmentOf(home, config, local, remote, temporal)
  const children = await startChildren(env, seed, crashChance)
  const connection = await Connection.connect({ address: temporal.address, channelArgs: QUICK_RECONNECT })
  const client = new Client({ connection })
  const declared = SCHEDULES.filter(({ id }) => JOBS.includes(id)).map((each) => ({
    ...each,
    every_ms: EVERY_MS,
    jitter_ms: 0,
  }))
  await applySchedules(client, declared)
  const killed: Record<Victim, () => Promise<void>> = {
    local: () => local.crash().then(() => local.start()),
    remote: () => remote.crash().then(() => remote.start()),
    temporal: () => temporal.crash().then(() => temporal.start()),
    worker: () => children.killWorker(),
    orchestrator: () => children.killOrchestrator(),
  }
  return {
    ...{ home, local, remote, source, copy, client },
    archiveFolder: join(home, 'archive'),
    kill: (victim) => killed[victim](),
    crashes: children.crashes,
    calm: children.calm,
    async close() {
      await children.stop()
      await connection.close()
      await Promise.all([source.close(), copy.close(), temporal.stop()])
      await Promise.all([local.remove(), remote.remove()])
      rmSync(home, { recursive: true, force: true })
    },
  }
}

const environmentOf = (
  home: string,
  config: string,
  local: FrontProcess,
  remote: FrontProcess,
  temporal: TestTemporal,
): Record<string, string> => ({
  HOLDFAST_HOME: home,
  HOLDFAST_CONFIG: config,
  HOLDFAST_LOG_LEVEL: 'error',
  CLICKHOUSE_URL: local.url,
  HOLDFAST_REMOTE_CLICKHOUSE_URL: remote.url,
  TEMPORAL_ADDRESS: temporal.address,
  CHAOS_LATER_MS: String(400 * DAY_MS),
})

/** The two workers; one that ended, by whatever hand, is started again. */
async function startChildren(env: Record<string, string>, seed: number, crashChance: number) {
  let isOver = false
  let isCalm = false
  let lives = 0
  let crashes = 0
  let expected = 0
  let orchestrator = await startChild('workers/orchestrator.ts', env)
  const startWorker = (): Promise<Child> =>
    startChild('tests/chaos/worker.ts', {
      ...env,
      CHAOS_SEED: String(seed * 1_000 + lives++),
      CHAOS_CRASH: isCalm ? '0' : String(crashChance),
    })
  let worker = await startWorker()
  const watching = (async () => {
    while (!isOver) {
      await worker.ended
      if (isOver) return
      if (expected > 0) expected--
      else crashes++
      worker = await startWorker()
    }
  })()
  const killWorker = async (): Promise<void> => {
    expected++
    await worker.stop('SIGKILL')
  }
  return {
    killWorker,
    crashes: () => crashes,
    async killOrchestrator() {
      await orchestrator.stop('SIGKILL')
      orchestrator = await startChild('workers/orchestrator.ts', env)
    },
    async calm() {
      isCalm = true
      await killWorker()
    },
    async stop() {
      isOver = true
      await Promise.all([worker.stop('SIGKILL'), orchestrator.stop('SIGKILL')])
      await watching
    },
  }
}

/** One chaos run: writers and jobs go on while processes are killed at random, then calm, then the rules are checked. */
import { setTimeout as delay } from 'node:timers/promises'
import { describeError } from '#domain/errors.ts'
import { TASK_QUEUES, WORKFLOW_TYPES } from '#workflows/names.ts'
import { waitUntil } from '../support/wait-until.ts'
import { droppedRows, violationsOf } from './check.ts'
import { createRandom } from './random.ts'
import { type ChaosWorld, startChaosWorld, type Victim } from './world.ts'
import { startWriters } from './writers.ts'

export interface ChaosOptions {
  seconds: number
  seed: number
  say(line: string): void
}

export interface ChaosResult {
  violations: string[]
  /** kill -9 from outside. */
  kills: number
  /** Ends of the data worker between two steps, by its own hand. */
  crashes: number
  rows: number
  /** Rows that retention took away while others still came. */
  dropped: number
}

/** Chance that a step is a worker's last one. */
const CRASH_CHANCE = 0.04
/** A starved machine restarts slowly: the run goes on until it has had its kills, up to so many times its length. */
const KILLS_PER_SECOND = 1 / 6
const LENGTH_FACTOR_MAX = 2.5
const VICTIMS: readonly Victim[] = [
  'local',
  'remote',
  'worker',
  'local',
  'remote',
  'worker',
  'temporal',
  'orchestrator',
]

export async function runChaos({ seconds, seed, say }: ChaosOptions): Promise<ChaosResult> {
  const random = createRandom(seed)
  const world = await startChaosWorld(seed, CRASH_CHANCE)
  try {
    const writers = startWriters(world.source, `${world.home}/spool/chaos`)
    const startedMs = performance.now()
    let kills = 0
    const isOver = (): boolean => {
      const gone = (performance.now() - startedMs) / 1_000
      return gone > seconds * LENGTH_FACTOR_MAX || (gone > seconds && kills >= seconds * KILLS_PER_SECOND)
    }
    while (!isOver()) {
      await delay(700 + random() * 2_300)
      const victim = VICTIMS[Math.floor(random() * VICTIMS.length)] as Victim
      await world.kill(victim)
      kills++
      say(
        `kill ${kills}: ${victim}; ${writers.trades()} trades written, ${world.crashes()} crashes between steps`,
      )
    }
    await world.calm()
    await writers.finish()
    say('calm; the jobs finish')
    const unsettled = await settle(world).then(
      () => [],
      (error: unknown) => [`the jobs do not come to an end: ${describeError(error)}`],
    )
    return {
      violations: [...unsettled, ...(await violationsOf(world, writers))],
      ...{ kills, crashes: world.crashes(), rows: writers.trades(), dropped: await droppedRows(world) },
    }
  } finally {
    await world.close()
  }
}

/** Runs every job in order until nothing is left to do. */
async function settle(world: ChaosWorld): Promise<void> {
  for (const id of ['remote-sync', 'remote-sync-verify', 'archive', 'retention'])
    await world.client.schedule.getHandle(id).pause()
  const run = (workflow: string) =>
    waitUntil(
      `${workflow} to end well`,
      async () => {
        const handle = await world.client.workflow.start(workflow, {
          workflowId: `settle-${workflow}-${performance.now()}`,
          taskQueue: TASK_QUEUES.orchestrator,
          args: [{}],
        })
        const report = (await handle.result()) as { outcome: string; why?: string }
        if (report.outcome === 'ok' || report.outcome === 'repaired') return report
        throw new TypeError(JSON.stringify(report).slice(0, 600))
      },
      60_000,
    )
  await run(WORKFLOW_TYPES.syncToRemote)
  await run(WORKFLOW_TYPES.verifySync)
  await run(WORKFLOW_TYPES.archivePartitions)
  await run(WORKFLOW_TYPES.enforceRetention)
  await run(WORKFLOW_TYPES.archivePartitions)
}

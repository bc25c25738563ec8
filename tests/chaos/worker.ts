/** The data worker of a chaos run: the product's jobs and activities alone, ended by its own hand between any two steps. Run alone it is that process. */
// Variables beside the product's: CHAOS_CRASH (chance that a step is the last), CHAOS_SEED, CHAOS_LATER_MS (retention's clock runs ahead by so much).
import { Worker } from '@temporalio/worker'
import { createClickHouse } from '#clickhouse/client.ts'
import { DataJobs } from '#clickhouse/jobs/data-jobs.ts'
import { createExclusive } from '#clickhouse/jobs/exclusive.ts'
import { systemClock } from '#config/clock.ts'
import { inheritedVariables, loadEnvironment } from '#config/environment.ts'
import { createHome } from '#config/home.ts'
import { loadSettings } from '#config/load.ts'
import { runProcess } from '#config/process.ts'
import type { Clock } from '#domain/time.ts'
import { failureInterceptors, installRuntime, runWorkers } from '#workers/bootstrap.ts'
import { dataJobActivities } from '#workers/support/data-jobs.ts'
import { connectNativePatiently } from '#workers/support/temporal-client.ts'
import { TASK_QUEUES } from '#workflows/names.ts'
import { createRandom } from './random.ts'
import { CHAOS_TABLES } from './tables.ts'

const environment = loadEnvironment()
const variables = inheritedVariables()
const chance = Number(variables.CHAOS_CRASH ?? 0)
const random = createRandom(Number(variables.CHAOS_SEED ?? 1))
const later: Clock = { ...systemClock, now: () => systemClock.now() + Number(variables.CHAOS_LATER_MS ?? 0) }

await runProcess('worker-data', environment, async (log) => {
  createHome(environment.home)
  installRuntime(log)
  const connection = await connectNativePatiently(environment, log)
  const client = createClickHouse(environment)
  const parts = {
    ...{ environment, client, log, tables: CHAOS_TABLES },
    settings: loadSettings(environment.HOLDFAST_CONFIG),
    exclusively: createExclusive(environment.home, systemClock),
    onStep: (step: string) => {
      if (random() < chance) {
        process.stderr.write(`crash before ${step}\n`)
        process.kill(process.pid, 'SIGKILL')
      }
    },
  }
  const jobs = new DataJobs({ ...parts, clock: systemClock })
  // For archive and retention everything is long over: partitions are closed, archived and dropped while rows still come late.
  const laterJobs = new DataJobs({ ...parts, clock: later })
  const activities = dataJobActivities(jobs, systemClock)
  const laterActivities = dataJobActivities(laterJobs, systemClock)
  const worker = await Worker.create({
    connection,
    taskQueue: TASK_QUEUES.data,
    interceptors: failureInterceptors,
    shutdownForceTime: '3s',
    activities: {
      ...activities,
      archiveClosed: laterActivities.archiveClosed,
      dropOld: () => laterActivities.dropOld({ accept_clock: true }),
    },
  })
  const running = runWorkers([worker], log)
  return {
    close: async () => {
      await running.drain()
      await Promise.all([jobs.close(), laterJobs.close(), client.close(), connection.close()])
    },
  }
})

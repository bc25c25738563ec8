/** Process: the orchestrator. Runs workflows, and activities that touch only files and Temporal; never anything slow. */
// Everything concrete is built in this file. A kill waits for this process after a crash, so it starts as fast as it can.
import { Worker } from '@temporalio/worker'
import { createKillPlaneActivities } from '#activities/kill-switch.ts'
import { loadEnvironment } from '#config/environment.ts'
import { createHome } from '#config/home.ts'
import { createKillStore } from '#config/kill-store.ts'
import { runProcess } from '#config/process.ts'
import { readHosts } from '#config/run-files.ts'
import { failureInterceptors, installRuntime, runWorkers } from '#workers/bootstrap.ts'
import { workflowBundle } from '#workers/bundle.ts'
import { listRunningSessions, signalSessionKill } from '#workers/support/sessions.ts'
import { connectClientPatiently, connectNativePatiently } from '#workers/support/temporal-client.ts'
import { watchSessionFiles } from '#workers/support/watch-session-files.ts'
import { TASK_QUEUES } from '#workflows/names.ts'

/** A crashed orchestrator's workflows fall back to the common queue after this; the default of 10 s would hold a kill so long. */
const STICKY_TIMEOUT = '1s'
/**
 * One thread runs all workflows. A task that waits for it here counts against the task timeout of 2 s; one that waits at the
 * server does not. Twenty sessions that start at once took 1 s on a busy machine.
 */
const WORKFLOW_TASKS_MAX = 8
/** More than the sessions that can be open, so that none is replayed for lack of room. */
const CACHED_WORKFLOWS_MAX = 300

const environment = loadEnvironment()
await runProcess('worker-orchestrator', environment, async (log) => {
  const { home } = environment
  createHome(home)
  installRuntime(log)
  const [bundle, connection, temporal] = await Promise.all([
    workflowBundle({ cacheFolder: home.cache, log }),
    connectNativePatiently(environment, log),
    connectClientPatiently(environment, log),
  ])
  const killStore = createKillStore(home.kills, {
    onBroken: (file, why) => log.error({ file, why }, 'kill file cannot be read: it counts as halt for all'),
  })
  const worker = await Worker.create({
    connection,
    namespace: environment.TEMPORAL_NAMESPACE,
    taskQueue: TASK_QUEUES.orchestrator,
    workflowBundle: bundle,
    stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT,
    maxCachedWorkflows: CACHED_WORKFLOWS_MAX,
    maxConcurrentWorkflowTaskExecutions: WORKFLOW_TASKS_MAX,
    shutdownForceTime: '5s',
    interceptors: failureInterceptors,
    activities: createKillPlaneActivities({
      engage: (order) => void killStore.engage(order),
      clear: (scope) => void killStore.clear(scope),
      hosts: () => readHosts(home).map(({ host_id }) => host_id),
      runningSessions: () => listRunningSessions(temporal.client),
      signalKill: (sessionId, kill) => signalSessionKill(temporal.client, sessionId, kill),
    }),
  })
  const running = runWorkers([worker], log)
  const watch = watchSessionFiles({ environment, client: temporal.client, log })
  return {
    facts: { task_queue: TASK_QUEUES.orchestrator },
    close: async () => {
      await watch.close()
      await running.drain()
      killStore.close()
      await temporal.close()
      await connection.close()
    },
  }
})

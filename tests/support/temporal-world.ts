/** A Temporal server with the product's workflows in this process, and activities that a test provides: real control plane, doubled world. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker'
import { createLogger } from '#config/logger.ts'
import { failureInterceptors, installRuntime } from '#workers/bootstrap.ts'
import { workflowBundle } from '#workers/bundle.ts'
import { QUICK_RECONNECT } from '#workers/support/temporal-client.ts'
import { TASK_QUEUES } from '#workflows/names.ts'
import { startTemporal, type TestTemporal, type TestTemporalOptions } from './temporal-server.ts'

export interface StartedWorker {
  stop(): Promise<void>
}

export interface TemporalWorld {
  server: TestTemporal
  client: Client
  /** Path of the bundle of the present sources. */
  bundle: { codePath: string }
  /** A worker for activities alone, e.g. doubles of the trading host. */
  serve(taskQueue: string, activities: object): Promise<StartedWorker>
  /** A worker for workflows; `stop` drains it. */
  orchestrate(options?: { bundle?: { codePath: string }; activities?: object }): Promise<StartedWorker>
  close(): Promise<void>
}

export const testLog = createLogger('test', 'error')
let isInstalled = false

/** Starts server and connections. The caller starts the workers it needs. */
export async function createTemporalWorld(options: TestTemporalOptions = {}): Promise<TemporalWorld> {
  if (!isInstalled) installRuntime(testLog)
  isInstalled = true
  const cacheFolder = mkdtempSync(join(tmpdir(), 'holdfast-bundle-'))
  const [server, bundle] = await Promise.all([
    startTemporal(options),
    workflowBundle({ cacheFolder, log: testLog }),
  ])
  const { address } = server
  const connection = await Connection.connect({ address, channelArgs: QUICK_RECONNECT })
  const started = new Set<StartedWorker>()
  // One connection a worker: the SDK refuses two workers of one queue on the same one, and hosts share the trading queue.
  const run = async (options: Omit<WorkerOptions, 'connection'>): Promise<StartedWorker> => {
    const native = await NativeConnection.connect({ address })
    const worker = await Worker.create({
      connection: native,
      interceptors: failureInterceptors,
      shutdownForceTime: '3s',
      ...options,
    })
    const ended = worker.run().catch((error: unknown) => testLog.error({ err: error }, 'a worker died'))
    const handle: StartedWorker = {
      async stop() {
        started.delete(handle)
        if (worker.getState() === 'RUNNING') worker.shutdown()
        await ended
        await native.close()
      },
    }
    started.add(handle)
    return handle
  }
  return {
    server,
    client: new Client({ connection }),
    bundle,
    serve: (taskQueue, activities) =>
      run({
        taskQueue,
        activities,
        maxHeartbeatThrottleInterval: '1s',
        defaultHeartbeatThrottleInterval: '1s',
      }),
    orchestrate: ({ bundle: other, activities } = {}) =>
      run({
        taskQueue: TASK_QUEUES.orchestrator,
        workflowBundle: other ?? bundle,
        stickyQueueScheduleToStartTimeout: '1s',
        ...(activities ? { activities } : {}),
      }),
    async close() {
      await Promise.all([...started].map((worker) => worker.stop()))
      await connection.close()
      await server.stop()
      rmSync(cacheFolder, { recursive: true, force: true })
    },
  }
}

/** A Temporal server with the product's workflows in this process, and activities that a test provides: real control plane, doubled world. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { NativeConnection, Worker } from '@temporalio/worker'
import { createLogger } from '#config/logger.ts'
import { failureInterceptors, installRuntime } from '#workers/bootstrap.ts'
import { workflowBundle } from '#workers/bundle.ts'
import { QUICK_RECONNECT } from '#workers/support/temporal-client.ts'
import { TASK_QUEUES } from '#workflows/names.ts'
import { startTemporal, type TestTemporal } from './temporal-server.ts'

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
export async function createTemporalWorld(options: { ui?: boolean } = {}): Promise<TemporalWorld> {
  if (!isInstalled) installRuntime(testLog)
  isInstalled = true
  const cacheFolder = mkdtempSync(join(tmpdir(), 'holdfast-bundle-'))
  const [server, bundle] = await Promise.all([
    startTemporal(options),
    workflowBundle({ cacheFolder, log: testLog }),
  ])
  const { address } = server
  const connection = await Connection.connect({ address, channelArgs: QUICK_RECONNECT })
  const native = await NativeConnection.connect({ address })
  const started = new Set<StartedWorker>()
  const run = (worker: Worker): StartedWorker => {
    const ended = worker.run().catch((error: unknown) => testLog.error({ err: error }, 'a worker died'))
    const handle: StartedWorker = {
      async stop() {
        started.delete(handle)
        if (worker.getState() === 'RUNNING') worker.shutdown()
        await ended
      },
    }
    started.add(handle)
    return handle
  }
  const common = { connection: native, interceptors: failureInterceptors, shutdownForceTime: '3s' } as const
  return {
    server,
    client: new Client({ connection }),
    bundle,
    serve: async (taskQueue, activities) =>
      run(
        await Worker.create({
          ...common,
          taskQueue,
          activities,
          maxHeartbeatThrottleInterval: '1s',
          defaultHeartbeatThrottleInterval: '1s',
        }),
      ),
    orchestrate: async ({ bundle: other, activities } = {}) =>
      run(
        await Worker.create({
          ...common,
          taskQueue: TASK_QUEUES.orchestrator,
          workflowBundle: other ?? bundle,
          stickyQueueScheduleToStartTimeout: '1s',
          ...(activities ? { activities } : {}),
        }),
      ),
    async close() {
      await Promise.all([...started].map((worker) => worker.stop()))
      await connection.close()
      await native.close()
      await server.stop()
      rmSync(cacheFolder, { recursive: true, force: true })
    },
  }
}

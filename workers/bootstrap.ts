/** What the Temporal workers start alike: the SDK's runtime with our logger, the worker's run, and draining it in order. */
// Not here: connections (workers/support/temporal-client.ts), the workflow bundle (workers/bundle.ts).
import { makeTelemetryFilterString, Runtime, type Worker, type WorkerInterceptors } from '@temporalio/worker'
import { toFailure } from '#activities/failures.ts'
import type { Logger } from '#config/logger.ts'
import { describeError, HoldfastError } from '#domain/errors.ts'

type SdkLevel = 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR'

/** Exit code of a worker that the SDK gave up on: the supervisor starts it again. */
const FATAL_EXIT_CODE = 1

/** Routes the SDK's own lines, native ones included, into our log. Once per process, before any connection is made. */
export function installRuntime(log: Logger): void {
  Runtime.install({
    logger: sdkLogger(log),
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
    },
    // config/process.ts listens to signals and closes in our order; two listeners would race.
    shutdownSignals: [],
    workerHeartbeatInterval: '10s',
  })
}

/** What the SDK warns of is what we want: each of our workers serves workflows or activities, never both kinds of a queue. */
const AS_MEANT = /^No (?:workflows|activities|Nexus services) registered/

/** The SDK's logger interface over pino. Meta may hold bigint, which JSON refuses. */
export function sdkLogger(log: Logger) {
  const write = (level: SdkLevel, message: string, meta?: Record<string | symbol, unknown>): void => {
    const shown = AS_MEANT.test(message) ? 'debug' : (level.toLowerCase() as Lowercase<SdkLevel>)
    log[shown](plainMeta(meta), message)
  }
  return {
    log: write,
    trace: (message: string, meta?: Record<string | symbol, unknown>) => write('TRACE', message, meta),
    debug: (message: string, meta?: Record<string | symbol, unknown>) => write('DEBUG', message, meta),
    info: (message: string, meta?: Record<string | symbol, unknown>) => write('INFO', message, meta),
    warn: (message: string, meta?: Record<string | symbol, unknown>) => write('WARN', message, meta),
    error: (message: string, meta?: Record<string | symbol, unknown>) => write('ERROR', message, meta),
  }
}

function plainMeta(meta: Record<string | symbol, unknown> = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(meta)
      // Of a failure the workflow or activity context repeats the whole input: too long for a log line.
      .filter(([key]) => key !== 'memo' && key !== 'headers')
      .map(([key, value]) => [
        key === 'error' ? 'err' : key,
        typeof value === 'bigint' ? value.toString() : value,
      ]),
  )
}

/** Errors of ours leave every activity as failures that keep code, hint and retryability. */
export const failureInterceptors: WorkerInterceptors = {
  activity: [
    () => ({
      inbound: {
        async execute(input, next) {
          try {
            return await next(input)
          } catch (error) {
            throw toFailure(error)
          }
        },
      },
    }),
  ],
}

export interface RunningWorkers {
  /** Stops polling, lets running work end, then resolves. Never rejects. */
  drain(): Promise<void>
}

/** Runs the workers until drained. One that dies by itself ends the process: a silent worker is worse than a restart. */
export function runWorkers(workers: readonly Worker[], log: Logger): RunningWorkers {
  let draining = false
  const runs = workers.map(async (worker) => {
    try {
      await worker.run()
      if (!draining) throw new HoldfastError('the worker stopped by itself', WORKER_STOPPED)
    } catch (error) {
      log.fatal({ err: error, task_queue: worker.options.taskQueue }, `worker died: ${describeError(error)}`)
      if (!draining) process.exit(FATAL_EXIT_CODE)
    }
  })
  return {
    async drain() {
      draining = true
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown()
      await Promise.all(runs)
    },
  }
}

const WORKER_STOPPED = {
  code: 'WORKER_STOPPED',
  retryable: true,
  hint: 'look at the log lines before; the supervisor starts the process again',
} as const

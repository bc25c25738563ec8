/** What every process entry does alike: log, announce readiness to its supervisor, stop in order on SIGTERM or SIGINT. */
// Not here: what is started; each root builds its own parts and hands back how to close them.
import { flushCompileCache } from 'node:module'
import type { Environment } from '#config/environment.ts'
import { createLogger, type Logger } from '#config/logger.ts'
import { describeError, HoldfastError } from '#domain/errors.ts'

/** Message from a child to its supervisor over the IPC channel. */
export interface ReadyMessage {
  kind: 'ready'
  /** Where the service answers, or '' when it has no port. */
  url: string
  /** Extra facts for `holdfast status`. */
  facts?: Record<string, string | number>
}

/** What a root has started. */
export interface Running {
  url?: string
  facts?: Record<string, string | number>
  /** Stops everything in order; must settle within `closeMsMax`. */
  close(): Promise<void>
}

const CLOSE_MS_MAX = 8_000
/** After the rush of a start. */
const COMPILE_CACHE_FLUSH_MS = 2_000

/**
 * Runs a process: start, tell the supervisor, wait for SIGTERM, SIGINT or the supervisor's death, close, exit.
 * A start that fails is logged with its code and hint and ends the process with exit code 1 (2 for bad input).
 */
export async function runProcess(
  service: string,
  environment: Environment,
  start: (log: Logger) => Promise<Running>,
): Promise<void> {
  const log = createLogger(service, environment.HOLDFAST_LOG_LEVEL)
  process.on('unhandledRejection', (error) => {
    log.fatal({ err: error }, 'unhandled rejection')
    process.exit(1)
  })
  let running: Running
  try {
    running = await start(log)
  } catch (error) {
    const known = error instanceof HoldfastError
    log.fatal(
      { err: error, code: known ? error.code : 'UNEXPECTED', hint: known ? error.hint : '' },
      `could not start: ${describeError(error)}`,
    )
    process.exit(known && error.code === 'INVALID_INPUT' ? 2 : 1)
  }
  const ready: ReadyMessage = {
    kind: 'ready',
    url: running.url ?? '',
    ...(running.facts ? { facts: running.facts } : {}),
  }
  process.send?.(ready)
  log.info({ url: ready.url, ...ready.facts }, 'ready')
  // Written now, compiled modules cost nothing when the process is asked to leave; without a cache folder this does nothing.
  setTimeout(flushCompileCache, COMPILE_CACHE_FLUSH_MS).unref()
  await stopRequested(log)
  const timer = setTimeout(() => {
    log.error({ close_ms_max: CLOSE_MS_MAX }, 'closing took too long; leaving')
    process.exit(1)
  }, CLOSE_MS_MAX)
  timer.unref()
  await running.close().catch((error: unknown) => log.error({ err: error }, 'closing failed'))
  log.info('stopped')
  process.exit(0)
}

function stopRequested(log: Logger): Promise<void> {
  return new Promise((resolve) => {
    const stop = (why: string) => {
      log.info({ why }, 'stopping')
      resolve()
    }
    process.once('SIGTERM', () => stop('SIGTERM'))
    process.once('SIGINT', () => stop('SIGINT'))
    // A supervisor that was killed cannot stop its children: the closed channel tells them.
    process.once('disconnect', () => stop('supervisor is gone'))
  })
}

/** One pino logger per process: JSON lines on standard output, secrets redacted; the supervisor writes the files. */
// Not here: rotation and pretty printing (cli/supervisor).
import { writeSync } from 'node:fs'
import pino from 'pino'

export type Logger = pino.Logger

const REDACTED = [
  '*.privateKey',
  '*.private_key',
  '*.password',
  '*.token',
  '*.authorization',
  'privateKey',
  'private_key',
  'password',
  'token',
  'headers.authorization',
]

/** How often, and how long in between, a full pipe is tried again before a line is given up. */
const RETRIES_MAX = 200
const RETRY_MS = 5

/**
 * Standard output, each line written before the call returns. pino's own writer tries for ever when the reader is gone (a killed
 * supervisor), so that the process could never end; here such a line is lost, and nothing else.
 */
const standardOutput = {
  write(line: string): void {
    let rest = Buffer.from(line)
    for (let retries = 0; rest.length > 0 && retries < RETRIES_MAX; ) {
      try {
        rest = rest.subarray(writeSync(1, rest))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
        retries++
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS)
      }
    }
  },
}

export function createLogger(service: string, level: string): Logger {
  return pino(
    {
      level,
      base: { service, pid: process.pid },
      redact: { paths: REDACTED, censor: '(hidden)' },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    standardOutput,
  )
}

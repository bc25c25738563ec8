/** One pino logger per process: JSON lines on standard output, secrets redacted; the supervisor writes the files. */
// Not here: rotation and pretty printing (cli/supervisor).
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

export function createLogger(service: string, level: string): Logger {
  return pino({
    level,
    base: { service, pid: process.pid },
    redact: { paths: REDACTED, censor: '(hidden)' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  })
}

/** A log file that is renamed away when it grows too large, with a fixed number of old ones kept. */
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

export const LOG_LIMITS = { bytesMax: 10 * 1024 * 1024, oldFiles: 4 } as const

export interface RotatingFile {
  /** Appends with one write(2), so that what was logged before a crash is on disk. */
  write(text: string): void
  close(): void
}

/** `x.log` is the current file; `x.1.log` the one before, and so on. */
export function createRotatingFile(
  path: string,
  limits: { bytesMax: number; oldFiles: number } = LOG_LIMITS,
): RotatingFile {
  mkdirSync(dirname(path), { recursive: true })
  let handle = openSync(path, 'a', 0o600)
  let bytes = fstatSync(handle).size
  const old = (n: number): string => path.replace(/\.log$/, `.${n}.log`)
  const rotate = () => {
    closeSync(handle)
    rmSync(old(limits.oldFiles), { force: true })
    for (let n = limits.oldFiles - 1; n >= 1; n -= 1) if (existsSync(old(n))) renameSync(old(n), old(n + 1))
    renameSync(path, old(1))
    handle = openSync(path, 'a', 0o600)
    bytes = 0
  }
  return {
    write: (text) => {
      const data = Buffer.from(text)
      if (bytes > 0 && bytes + data.length > limits.bytesMax) rotate()
      writeSync(handle, data)
      bytes += data.length
    },
    close: () => closeSync(handle),
  }
}

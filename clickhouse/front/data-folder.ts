/** The data folder of the embedded engine belongs to one process: who has it is named. */
import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ProcessLockHeldError, takeProcessLock } from '#config/process-lock.ts'
import { HoldfastError } from '#domain/errors.ts'
import type { EpochMs } from '#domain/time.ts'

export class DataFolderHeldError extends HoldfastError {
  constructor(dataDir: string, holder: string, pid: number | null) {
    super(`the ClickHouse data folder ${dataDir} is held by ${holder}`, {
      code: 'DATA_FOLDER_HELD',
      retryable: false,
      hint: `stop ${pid === null ? 'it' : `process ${pid}`} (\`holdfast down\`), set HOLDFAST_HOME to another folder, or set CLICKHOUSE_URL to use the server that runs`,
      details: { pid, folder: dataDir },
    })
  }
}

const lockFile = (dataDir: string): string => `${dataDir}.lock`

/**
 * Takes the folder for this process; the file beside it says so.
 * @returns what gives it back
 * @throws DataFolderHeldError with the pid of the living holder
 */
export function takeDataFolder(dataDir: string, now: EpochMs): () => void {
  mkdirSync(dataDir, { recursive: true })
  try {
    return takeProcessLock(lockFile(dataDir), 'embedded ClickHouse', now)
  } catch (error) {
    if (!(error instanceof ProcessLockHeldError)) throw error
    const { pid, since } = error.holder
    throw new DataFolderHeldError(dataDir, `process ${pid}, since ${since}`, pid)
  }
}

/** A stranger (another chdb program) that holds the engine's own lock of the folder; null when none is seen. */
export function strangerHolding(dataDir: string): DataFolderHeldError | null {
  const pid = flockHolder(join(dataDir, 'status'))
  if (pid === null || pid === process.pid) return null
  return new DataFolderHeldError(dataDir, `process ${pid}, which is not Holdfast`, pid)
}

/** Pid that holds an flock on the file, from the kernel's list; null where there is no such list. */
function flockHolder(file: string): number | null {
  try {
    const { ino } = statSync(file)
    const line = readFileSync('/proc/locks', 'utf8')
      .split('\n')
      .find((each) => each.includes(`:${ino} `))
    const pid = Number(line?.trim().split(/\s+/)[4])
    return Number.isInteger(pid) && pid > 0 ? pid : null
  } catch {
    return null
  }
}

/** The embedded ClickHouse as TypeScript: connections, results, streams, and errors with ClickHouse's own code. */
// Not here: HTTP (front.ts), what a request becomes (execute.ts).
import {
  loadNativeEngine,
  type NativeConnection,
  type NativeEngine,
  type NativeStream,
} from '#clickhouse/front/native.ts'
import { sqlString } from '#clickhouse/front/sql-text.ts'
import { describeError, HoldfastError } from '#domain/errors.ts'

/** A refusal in ClickHouse's own words; `exceptionCode` is its number, e.g. 60 for an unknown table. */
export class EngineFault extends HoldfastError {
  readonly exceptionCode: number
  constructor(text: string) {
    super(text, {
      code: 'CLICKHOUSE_EXCEPTION',
      retryable: false,
      hint: 'correct the statement, or look up the ClickHouse code',
    })
    this.exceptionCode = Number(/Code: (\d+)/.exec(text)?.[1] ?? UNKNOWN_EXCEPTION)
  }
}

const UNKNOWN_EXCEPTION = 1002

/** Makes a fault that the front finds itself, in the words ClickHouse would use. */
export const fault = (code: number, type: string, message: string): EngineFault =>
  new EngineFault(`Code: ${code}. DB::Exception: ${message} (${type})`)

export interface EngineResult {
  bytes: Buffer
  seconds: number
  rows: number
  bytesRead: number
}

/** One connection: its settings, parameters and temporary tables are its own. One statement at a time. */
export interface EngineConnection {
  run(sql: string, format: string): Promise<EngineResult>
  /** Chunks of a headerless format; leaving the loop early frees the stream. */
  stream(sql: string, format: string): AsyncGenerator<Uint8Array, void, void>
  countStatements(sql: string): Promise<number>
  close(): void
}

export interface Engine {
  version: string
  open(): EngineConnection
  /** Ends the statements that carry this mark in `log_comment`; settles when the order is given. */
  kill(mark: string): Promise<void>
  /** All other connections must be closed. */
  close(): void
}

/** Opens the data folder. @throws EngineFault 76 when another process holds it */
export function openEngine(dataDir: string, configFile: string): Engine {
  const native = loadNativeEngine()
  const connect = (): NativeConnection => {
    try {
      return native.CreateConnection(dataDir, [`--config-file=${configFile}`])
    } catch (error) {
      throw asFault(error)
    }
  }
  const keeper = connect() // keeps the engine alive between requests
  const keeperQueue = oneAtATime()
  return {
    version: native.EngineVersion(),
    open: () => wrapConnection(native, connect()),
    kill: (mark) =>
      keeperQueue(() =>
        native
          .QueryAsyncConnection(
            keeper,
            `KILL QUERY WHERE Settings['log_comment'] = ${sqlString(mark)} ASYNC`,
            'TSV',
          )
          .then(
            () => {},
            () => {}, // nothing runs under this mark any more
          ),
      ),
    close: () => native.CloseConnection(keeper),
  }
}

function wrapConnection(native: NativeEngine, connection: NativeConnection): EngineConnection {
  return {
    async run(sql, format) {
      try {
        const result = await native.QueryAsyncConnection(connection, sql, format)
        return {
          bytes: Buffer.from(result.bytes.buffer, result.bytes.byteOffset, result.bytes.byteLength),
          seconds: result.elapsed,
          rows: result.rowsRead,
          bytesRead: result.bytesRead,
        }
      } catch (error) {
        throw asFault(error)
      }
    },
    stream: (sql, format) => streamChunks(native, connection, sql, format),
    async countStatements(sql) {
      return (await native.DurableClassifyAsync(connection, sql, '')).statementCount
    },
    close: () => native.CloseConnection(connection),
  }
}

async function* streamChunks(
  native: NativeEngine,
  connection: NativeConnection,
  sql: string,
  format: string,
): AsyncGenerator<Uint8Array, void, void> {
  let stream: NativeStream
  try {
    stream = native.StreamQuery(connection, sql, format)
  } catch (error) {
    throw asFault(error)
  }
  try {
    for (;;) {
      const chunk = await native.StreamFetch(stream).catch((error: unknown) => {
        throw asFault(error)
      })
      if (chunk.done) return
      yield chunk.bytes
    }
  } finally {
    // An undrained stream that the next statement meets aborts the process.
    native.StreamCancel(stream)
  }
}

const asFault = (error: unknown): EngineFault =>
  error instanceof EngineFault ? error : new EngineFault(describeError(error).replace(/^Query failed: /, ''))

/** The keeper runs one statement at a time. */
function oneAtATime(): (work: () => Promise<void>) => Promise<void> {
  let last = Promise.resolve()
  return (work) => {
    last = last.then(work)
    return last
  }
}

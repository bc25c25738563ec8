/** Loads the ClickHouse engine of this platform: the native addon that the npm package chdb installs. */
// Why not chdb's own wrapper: it hides row counts and statement classes, and tracks connections for one session at a time.
import { createRequire } from 'node:module'
import { HoldfastError } from '#domain/errors.ts'

/** Opaque handles of the addon. */
export type NativeConnection = { readonly native: 'connection' }
export type NativeStream = { readonly native: 'stream' }

export interface NativeResult {
  bytes: Uint8Array
  /** Seconds. */
  elapsed: number
  rowsRead: number
  bytesRead: number
}

/** The part of the addon that the front uses. Calls that return promises run on the thread pool. */
export interface NativeEngine {
  EngineVersion(): string
  CreateConnection(path: string, args: readonly string[]): NativeConnection
  /** Only when nothing runs on the connection: else the engine aborts the process. */
  CloseConnection(connection: NativeConnection): void
  QueryAsyncConnection(connection: NativeConnection, sql: string, format: string): Promise<NativeResult>
  StreamQuery(connection: NativeConnection, sql: string, format: string): NativeStream
  StreamFetch(stream: NativeStream): Promise<{ done: boolean; bytes: Uint8Array }>
  StreamCancel(stream: NativeStream): void
  DurableClassifyAsync(
    connection: NativeConnection,
    sql: string,
    database: string,
  ): Promise<{ statementCount: number }>
}

const PACKAGES: Readonly<Record<string, string>> = {
  'darwin-arm64': '@chdb/lib-darwin-arm64',
  'darwin-x64': '@chdb/lib-darwin-x64',
  'linux-x64': '@chdb/lib-linux-x64-gnu',
  'linux-arm64': '@chdb/lib-linux-arm64-gnu',
}

export class NoEngineError extends HoldfastError {
  constructor(platform: string, why: string, cause?: unknown) {
    super(`no embedded ClickHouse for ${platform}: ${why}`, {
      code: 'NO_CLICKHOUSE_ENGINE',
      retryable: false,
      hint: 'run `npm install` on this machine, or set CLICKHOUSE_URL to a ClickHouse server',
      ...(cause === undefined ? {} : { cause }),
    })
  }
}

/** @throws NoEngineError naming the platform and the package that is missing */
export function loadNativeEngine(platform = `${process.platform}-${process.arch}`): NativeEngine {
  const name = PACKAGES[platform]
  if (!name) {
    throw new NoEngineError(platform, `there is one for ${Object.keys(PACKAGES).join(', ')}`)
  }
  try {
    // From chdb's own folder: package managers that do not hoist put its platform package there.
    const chdb = createRequire(import.meta.url).resolve('chdb')
    return createRequire(chdb)(name) as NativeEngine
  } catch (error) {
    throw new NoEngineError(platform, `package ${name} cannot be loaded`, error)
  }
}

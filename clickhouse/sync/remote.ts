/** The remote side: what answers there, its login and network judged, our tables made there with the column that names batches. */
// Not here: the statements' text (remote-sql.ts), copying (copy.ts).
import { z } from 'zod'
import { type ClickHouseAddress, type ClickHouseClient, createClickHouse } from '#clickhouse/client.ts'
import { migrate } from '#clickhouse/migrate.ts'
import { defineQuery, runQuery } from '#clickhouse/query.ts'
import { type RemoteKind, remoteSettings, remoteStatement } from '#clickhouse/sync/remote-sql.ts'
import type { Table } from '#clickhouse/table.ts'
import { syncState, syncVerified } from '#clickhouse/tables/data.ts'
import { migrations } from '#clickhouse/tables/operations.ts'
import type { Logger } from '#config/logger.ts'
import { describeError, HoldfastError } from '#domain/errors.ts'

/** A remote that was reached and understood. */
export interface RemoteTarget {
  client: ClickHouseClient
  kind: RemoteKind
  /** Settings of everything that writes there. */
  settings: Record<string, string | number>
  /** Tables that could not be made or changed there, with the reason; they are not copied. */
  refused: ReadonlyMap<string, string>
}

/** Column of remote tables that names the batch which brought a row. */
export const BATCH_COLUMN = '_sync_batch'

/** The remote cannot be used now: who is at fault is in the code. Nothing is lost: the copy goes on from its cursor. */
export class RemoteFailedError extends HoldfastError {
  constructor(what: string, cause: unknown) {
    const { code, hint } = faultOf(cause)
    super(`the remote database ${what}: ${describeError(cause)}`, {
      code,
      retryable: true,
      hint,
      cause,
    })
  }
}

const NETWORK =
  /ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|socket hang up|Timeout error|aborted|certificate|EPIPE/i
const FAULTS: Readonly<Record<string, { code: string; retryable: true; hint: string }>> = {
  login: {
    code: 'REMOTE_LOGIN',
    retryable: true,
    hint: 'set HOLDFAST_REMOTE_CLICKHOUSE_USER and HOLDFAST_REMOTE_CLICKHOUSE_PASSWORD to a login that may create tables and insert',
  },
  down: {
    code: 'REMOTE_DOWN',
    retryable: true,
    hint: 'check HOLDFAST_REMOTE_CLICKHOUSE_URL and the network; the copy goes on by itself once the remote answers',
  },
  disk: {
    code: 'REMOTE_DISK_FULL',
    retryable: true,
    hint: 'free disk space on the remote side; the copy goes on by itself',
  },
  refused: {
    code: 'REMOTE_REFUSED',
    retryable: true,
    hint: 'see the cause; the copy is tried again at the next run',
  },
}

/** Judges an error of the remote by ClickHouse's code and the words of the network. */
export function faultOf(error: unknown): { code: string; hint: string; kind: keyof typeof FAULTS } {
  const code = codeOf(error)
  const kind = ['516', '192', '193', '194', '497'].includes(code)
    ? 'login'
    : code === '243'
      ? 'disk'
      : code === 'network' || (code === '' && NETWORK.test(describeError(error)))
        ? 'down'
        : 'refused'
  return { ...(FAULTS[kind] as { code: string; hint: string }), kind }
}

/** ClickHouse's number anywhere in the chain of causes, `network` for an error of the network that has no words, or ''. */
function codeOf(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const { code } = at as { code?: unknown }
    if (typeof code === 'string' && /^\d+$/.test(code)) return code
    if (typeof code === 'string' && NETWORK.test(code)) return 'network'
  }
  return ''
}

const freeSpace = defineQuery({
  name: 'free space of the remote',
  sql: 'SELECT min(free_space) AS free FROM system.disks',
  params: z.object({}),
  row: z.object({ free: z.coerce.number() }),
})
/** Less than this is a full disk, bytes. */
const FREE_BYTES_MIN = 32_000_000

/** A server that refuses rows closes the connection while they still come, which looks like a broken network: ask it. */
export async function judgeRemote(
  client: ClickHouseClient,
  error: unknown,
): Promise<{ kind: keyof typeof FAULTS; why: string }> {
  const { kind } = faultOf(error)
  const why = describeError(error)
  if (kind !== 'down') return { kind, why }
  try {
    const [found] = await runQuery(client, freeSpace, {})
    if (found && found.free < FREE_BYTES_MIN)
      return {
        kind: 'disk',
        why: `the remote disk has no space left: ${Math.round(found.free / 1e6)} MB are free (${why})`,
      }
    return { kind: 'refused', why: `the remote closed the connection while rows were sent: ${why}` }
  } catch {
    return { kind, why }
  }
}

const cloudMode = defineQuery({
  name: 'remote kind',
  sql: "SELECT countIf(name = 'cloud_mode' AND value = '1') AS cloud FROM system.settings",
  params: z.object({}),
  row: z.object({ cloud: z.coerce.number() }),
})

export interface RemoteOptions {
  address: ClickHouseAddress
  client: ClickHouseClient
  cluster?: string | undefined
  /** Tables that are copied there. */
  tables: readonly Table[]
  log: Pick<Logger, 'info' | 'warn'>
}

/**
 * Reaches the remote, makes database and tables there, and adds the batch column.
 * @throws RemoteFailedError with REMOTE_LOGIN, REMOTE_DOWN, REMOTE_DISK_FULL or REMOTE_REFUSED
 */
export async function openRemote(options: RemoteOptions): Promise<RemoteTarget> {
  const { address, client, cluster, tables, log } = options
  const first = createClickHouse(address, 'default')
  let kind: RemoteKind
  try {
    const [found] = await runQuery(first, cloudMode, {})
    kind = found?.cloud ? 'cloud' : cluster === undefined ? 'server' : 'cluster'
    const database = `CREATE DATABASE IF NOT EXISTS \`${address.CLICKHOUSE_DATABASE}\``
    await first.command({ query: remoteStatement(database, kind, cluster) })
  } catch (error) {
    throw new RemoteFailedError('cannot be used', error)
  } finally {
    await first.close()
  }
  const refused = new Map<string, string>()
  try {
    const translated = translating(client, kind, cluster)
    await migrate(translated, log, [migrations, syncState, syncVerified])
    for (const table of tables) {
      const reason = await made(translated, table, log)
      if (reason !== null) refused.set(table.name, reason)
    }
    await addBatchColumns(client, tables, (sql) => remoteStatement(sql, kind, cluster))
  } catch (error) {
    throw new RemoteFailedError('cannot be brought up to date', error)
  }
  return { client, kind, settings: remoteSettings(kind), refused }
}

/** One table's migrations; a table that cannot be changed does not hold up the others. @returns why not, or null */
async function made(
  client: ClickHouseClient,
  table: Table,
  log: RemoteOptions['log'],
): Promise<string | null> {
  try {
    await migrate(client, { info: () => {}, warn: () => {} }, [migrations, table])
    return null
  } catch (error) {
    if (faultOf(error).kind !== 'refused') throw error
    log.warn(
      { table: table.name, why: describeError(error) },
      'the remote table cannot be brought up to date',
    )
    return describeError(error)
  }
}

/** The same client, its statements as this kind of remote wants them. */
function translating(
  client: ClickHouseClient,
  kind: RemoteKind,
  cluster: string | undefined,
): ClickHouseClient {
  if (kind === 'server') return client
  return new Proxy(client, {
    get(target, name) {
      if (name === 'command')
        return (params: Parameters<ClickHouseClient['command']>[0]) =>
          target.command({ ...params, query: remoteStatement(params.query, kind, cluster) })
      const value = Reflect.get(target, name) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

const withoutBatchColumn = defineQuery({
  name: 'tables without batch column',
  sql: `
    SELECT name FROM system.tables
    WHERE database = currentDatabase() AND engine LIKE '%MergeTree'
      AND name NOT IN (SELECT table FROM system.columns WHERE database = currentDatabase() AND name = {column:String})`,
  params: z.object({ column: z.string() }),
  row: z.object({ name: z.string() }),
})

async function addBatchColumns(
  client: ClickHouseClient,
  tables: readonly Table[],
  translate: (sql: string) => string,
): Promise<void> {
  const copied = new Set(tables.map(({ name }) => name))
  for (const { name } of await runQuery(client, withoutBatchColumn, { column: BATCH_COLUMN })) {
    if (!copied.has(name)) continue
    const query = translate(
      `ALTER TABLE ${name} ADD COLUMN IF NOT EXISTS ${BATCH_COLUMN} UInt64 CODEC(ZSTD(1))`,
    )
    await client.command({ query })
  }
}

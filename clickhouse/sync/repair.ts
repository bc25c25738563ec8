/** Mends one stretch of time on the remote: sends the local facts again, and takes away what only the remote has, up to a limit. */
// Not here: finding the stretch (verify.ts).
import { sameContent } from '#clickhouse/archive/content.ts'
import { type BatchDeps, sendBatch } from '#clickhouse/sync/batch.ts'
import { stretchContent, stretchWhere } from '#clickhouse/sync/hours.ts'
import { batchNumberOf } from '#clickhouse/sync/plan.ts'
import type { Stretch } from '#clickhouse/sync/verify-plan.ts'
import type { Table } from '#clickhouse/table.ts'
import { HoldfastError } from '#domain/errors.ts'

export interface RepairDeps extends BatchDeps {
  /** Rows that one comparison may delete from the remote. */
  deleteRowsMax: number
  onStep(step: 'resend' | 'delete'): void | Promise<void>
}

/** The remote holds many rows that the local table does not: the local side may be the one that lost something. */
export class RemoteHasMoreError extends HoldfastError {
  constructor(table: string, rows: number, stretch: Stretch) {
    super(
      `the remote table ${table} holds ${rows} rows between ${iso(stretch.from)} and ${iso(stretch.until)} that the local one does not`,
      {
        code: 'REMOTE_HAS_MORE',
        retryable: false,
        hint: 'find out which side is right; raise sync.delete_rows_max to let the next comparison delete them from the remote',
        details: { table, rows },
      },
    )
  }
}

export class RepairFailedError extends HoldfastError {
  constructor(table: string, stretch: Stretch) {
    super(
      `table ${table} still differs between ${iso(stretch.from)} and ${iso(stretch.until)} after it was sent again`,
      {
        code: 'REPAIR_FAILED',
        retryable: true,
        hint: 'does another program write to the remote table? the next comparison tries again',
        details: { table },
      },
    )
  }
}

const iso = (seconds: number): string => new Date(seconds * 1_000).toISOString()

/**
 * Makes the stretch equal on both sides.
 * @returns rows sent and deleted
 * @throws RemoteHasMoreError before anything is deleted, RepairFailedError
 */
export async function repairStretch(
  deps: RepairDeps,
  table: Table,
  key: { source: string; partition: string },
  stretch: Stretch,
): Promise<{ sent: number; deleted: number }> {
  const { source, remote } = deps
  const look = async () => {
    const [here, there] = await Promise.all([
      stretchContent(source, table, key.partition, stretch),
      stretchContent(remote.client, table, key.partition, stretch),
    ])
    return { here, there, isEqual: sameContent(here, there) }
  }
  const params = { from: stretch.from, until: stretch.until }
  const resend = async (name: string): Promise<number> => {
    await deps.onStep('resend')
    const token = `holdfast:repair:${key.source}:${table.name}:${key.partition}:${stretch.from}-${stretch.until}:${name}`
    const { rows } = await sendBatch(deps, {
      ...{ table: table.name, columns: table.columnNames, batch: batchNumberOf(token), token, final: true },
      where: `_partition_id = {partition:String} AND ${stretchWhere(table)}`,
      params: { ...params, partition: key.partition },
    })
    return rows
  }
  const first = await look()
  if (first.isEqual) return { sent: 0, deleted: 0 }
  let sent = first.here.rows === 0 ? 0 : await resend(`${first.here.hash}:${first.there.hash}`)
  const second = await look()
  if (second.isEqual) return { sent, deleted: 0 }
  const surplus = Math.max(0, second.there.rows - second.here.rows)
  if (surplus > deps.deleteRowsMax) throw new RemoteHasMoreError(table.name, surplus, stretch)
  await deps.onStep('delete')
  await remote.client.command({
    query: `DELETE FROM ${table.name} WHERE ${stretchWhere(table)}`,
    query_params: params,
    clickhouse_settings: { ...remote.settings, lightweight_deletes_sync: '2' },
  })
  if (second.here.rows > 0) sent += await resend(`${second.here.hash}:${second.there.hash}:after`)
  if (!(await look()).isEqual) throw new RepairFailedError(table.name, stretch)
  return { sent, deleted: surplus }
}

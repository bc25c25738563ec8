/** Copies one partition: announce a batch, send it, write down that it arrived; after a crash the announced batch is looked at first. */
// Not here: which partitions (copy.ts), the decisions themselves (plan.ts).

import { type BatchDeps, BLOCKS_WHERE, rowsOfBatchThere, sendBatch } from '#clickhouse/sync/batch.ts'
import type { Limiter } from '#clickhouse/sync/limiter.ts'
import {
  announced,
  batchNumberOf,
  type Cursor,
  cutRanges,
  nextMove,
  type Range,
  recorded,
  restarted,
  rowsOfBatch,
  type SourcePartition,
  tokenOf,
} from '#clickhouse/sync/plan.ts'
import { readBlocks } from '#clickhouse/sync/source.ts'
import { type CursorKey, writeCursor } from '#clickhouse/sync/state.ts'
import type { Table } from '#clickhouse/table.ts'

/** Told before each effect: for heartbeats, and for tests that end the process between any two. */
export type SyncStep = 'announce' | 'look' | 'send' | 'sent' | 'record'

export interface CopyDeps extends BatchDeps {
  rows: Limiter
  limits: { batchRows: number; batchBytes: number }
  onStep(step: SyncStep): void | Promise<void>
  /** Rows that a batch brought. */
  onCopied(rows: number, bytes: number): void
  /** True when no further batch is to be begun. */
  isOver(): boolean
}

/** One partition with work, its batches cut. */
export interface CopyTask {
  table: Table
  key: CursorKey
  partition: SourcePartition
  cursor: Cursor
  ranges: Range[]
  /** Rows after the cursor, those of an announced batch included. */
  lag: number
}

/** Reads what is to be copied; null when there is nothing. */
export async function planTask(
  deps: Pick<CopyDeps, 'source' | 'limits'>,
  table: Table,
  key: CursorKey,
  partition: SourcePartition,
  stored: Cursor,
): Promise<CopyTask | null> {
  const move = nextMove(stored, partition.newestBlock)
  if (move === 'idle') return null
  const cursor = move === 'restart' ? restarted(stored) : stored
  const blocks = await readBlocks(deps.source, {
    table: table.name,
    partition: key.partition,
    from: cursor.cursor,
    to: partition.newestBlock,
  })
  // An announced batch keeps its bounds; what came after it is cut anew.
  const later = blocks.filter(({ block }) => block > cursor.pendingTo)
  const lag = blocks.reduce((sum, { rows }) => sum + rows, 0)
  if (lag === 0 && move !== 'redo') return null // all of it was replaced by newer rows meanwhile
  return {
    table,
    key,
    partition,
    cursor,
    ranges: cutRanges(later, rowsOfBatch(partition.bytesPerRow, deps.limits)),
    lag,
  }
}

/** Copies until nothing is left or `isOver`. @returns rows that are still to be copied */
export async function copyPartition(deps: CopyDeps, task: CopyTask): Promise<number> {
  const { key, ranges } = task
  let { cursor, lag } = task
  if (cursor.pendingTo > cursor.cursor) {
    await deps.onStep('look')
    const { batch } = cursor
    const there = await rowsOfBatchThere(deps.remote, { table: key.table, partition: key.partition, batch })
    // One block of one partition is stored whole or not at all.
    const rows = there > 0 ? there : await send(deps, task, cursor)
    cursor = recorded(cursor, rows)
    lag = Math.max(0, lag - rows)
  }
  for (const { to, rows } of ranges) {
    if (deps.isOver()) break
    const { epoch, cursor: from } = cursor
    const token = tokenOf({ ...key, epoch, from, to })
    // The announcement of a batch records the one before it: one small insert a batch.
    cursor = announced(cursor, to, batchNumberOf(token))
    await deps.onStep('announce')
    await writeCursor(deps.remote, key, cursor)
    await deps.rows.take(rows, deps.signal)
    cursor = recorded(cursor, await send(deps, task, cursor))
    lag = Math.max(0, lag - rows)
  }
  await deps.onStep('record')
  await writeCursor(deps.remote, key, cursor)
  return lag
}

async function send(deps: CopyDeps, { table, key }: CopyTask, cursor: Cursor): Promise<number> {
  const { epoch, cursor: from, pendingTo: to, batch } = cursor
  await deps.onStep('send')
  const sent = await sendBatch(deps, {
    ...{ table: table.name, columns: table.columnNames, batch },
    token: tokenOf({ ...key, epoch, from, to }),
    where: BLOCKS_WHERE,
    params: { partition: key.partition, from, to },
  })
  deps.onCopied(sent.rows, sent.bytes)
  await deps.onStep('sent')
  return sent.rows
}

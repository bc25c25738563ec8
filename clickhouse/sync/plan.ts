/** What a copy has to do next, from the remote's cursor and the source's newest block: pure decisions. */
// Not here: reading either side (source.ts, state.ts), sending rows (copy.ts).
import { createHash } from 'node:crypto'

/** How far one partition was copied, as the remote remembers it. Block numbers grow in the order of commits. */
export interface Cursor {
  epoch: number
  /** Every row up to this block is stored on the remote. */
  cursor: number
  /** Above `cursor`: a batch up to here was announced and may or may not be stored. */
  pendingTo: number
  /** Value of `_sync_batch` in the rows of that batch. */
  batch: number
  rows: number
  version: number
}

export const NEW_CURSOR: Cursor = { epoch: 0, cursor: 0, pendingTo: 0, batch: 0, rows: 0, version: 0 }

/** One partition of the source as it is now. */
export interface SourcePartition {
  table: string
  partition: string
  /** Highest block number among its parts. */
  newestBlock: number
  rows: number
  /** Uncompressed. */
  bytesPerRow: number
}

/** Rows of one block number. */
export interface BlockRows {
  block: number
  rows: number
}

/** A batch: the blocks after the one before it, up to and with `to`. */
export interface Range {
  to: number
  rows: number
}

/** Idle: nothing new. Restart: block numbers begin anew, so what the cursor vouches for is unknown. Redo: a batch was announced and not recorded. */
export type NextMove = 'idle' | 'restart' | 'redo' | 'copy'

export function nextMove(cursor: Cursor, newestBlock: number): NextMove {
  // The counter only falls when the table was emptied, restored or cut off by a power failure.
  if (newestBlock < cursor.cursor || newestBlock < cursor.pendingTo) return 'restart'
  if (cursor.pendingTo > cursor.cursor) return 'redo'
  return newestBlock > cursor.cursor ? 'copy' : 'idle'
}

/** Everything of the partition is sent again under new identities; the natural keys keep each fact once. */
export const restarted = (cursor: Cursor): Cursor => ({
  ...NEW_CURSOR,
  epoch: cursor.epoch + 1,
  version: cursor.version,
})

/** Cuts blocks into batches of at most `rowsMax` rows; a larger block is a batch of its own. Blocks must be sorted. */
export function cutRanges(blocks: readonly BlockRows[], rowsMax: number): Range[] {
  const ranges: Range[] = []
  let open: Range | null = null
  for (const { block, rows } of blocks) {
    if (open && open.rows + rows <= rowsMax) {
      open.to = block
      open.rows += rows
      continue
    }
    open = { to: block, rows }
    ranges.push(open)
  }
  return ranges
}

/** How many rows a batch may have so that one block of it stays small in memory on both sides. */
export const rowsOfBatch = (bytesPerRow: number, limits: { batchRows: number; batchBytes: number }): number =>
  Math.max(1, Math.min(limits.batchRows, Math.floor(limits.batchBytes / Math.max(1, bytesPerRow))))

export interface BatchName {
  source: string
  table: string
  partition: string
  epoch: number
  /** Exclusive. */
  from: number
  to: number
}

/** The batch's deduplication token: a repeat carries the same. */
export const tokenOf = ({ source, table, partition, epoch, from, to }: BatchName): string =>
  `holdfast:${source}:${table}:${partition}:${epoch}:${from}-${to}`

/** The same identity as a number that rows carry: never 0, exact as a double. */
export function batchNumberOf(token: string): number {
  const bits = createHash('sha256').update(token).digest().readBigUInt64BE() >> 12n
  return Number(bits) + 1
}

/** State while a batch is on its way; it also records that everything before it has arrived. */
export function announced(cursor: Cursor, to: number, batch: number): Cursor {
  return { ...cursor, pendingTo: to, batch, version: cursor.version + 1 }
}

/** State once the announced batch is stored. */
export function recorded(cursor: Cursor, rows: number): Cursor {
  return {
    ...cursor,
    cursor: cursor.pendingTo,
    rows: cursor.rows + rows,
    version: cursor.version + 1,
  }
}

/** defineTable: one declaration from which DDL, row type, insert columns, encoder and docs/tables.md follow. */
// Not here: kinds of columns (column.ts), statements (ddl.ts), the order in which tables come into being (tables/index.ts).
import type { Column } from '#clickhouse/column.ts'
import type { RowSink } from '#clickhouse/row-sink.ts'
import { assert } from '#domain/errors.ts'
import { DAY_MS, type EpochMs } from '#domain/time.ts'

type Columns = Readonly<Record<string, Column<unknown>>>

/** How rows are cut into parts that are archived and dropped together. `none` for small tables whose key does not hold a time. */
export type Partition<Name extends string> = { by: 'day' | 'month'; column: Name } | { by: 'none' }

/** Rows of a table that are kept for a shorter time than the others. */
export interface RetentionTier {
  where: string
  days: number
}

export interface TableOptions<C extends Columns> {
  name: string
  /** What the table is for; printed in docs/tables.md. */
  why: string
  columns: C
  /** Sorting key. Rows that agree in it are one fact: the one with the highest `version` (or the last inserted) stays. */
  key: readonly (keyof C & string)[]
  /** How many columns of the key are kept in memory as the index; unset: all. */
  indexed?: number
  /** Column that tells which of two rows of one key is newer. */
  version?: keyof C & string
  partition: Partition<keyof C & string>
  /** Days after which partitions are dropped, counted from their last insert: a replay of last year stays as long as today. Unset: for ever. */
  keepDays?: number
  /** Rows that go before their partition does, e.g. short candles; SQL condition over the columns, days since their insert. */
  tiers?: readonly RetentionTier[]
  /** What must have happened to rows before they are dropped, where it is switched on; unset: both. */
  dropAfter?: readonly ('archive' | 'sync')[]
  /** Copied to the remote database; unset: true. */
  sync?: boolean
  /** Closed partitions are written to Parquet files compressed so; unset: zstd. Tables without partitions have nothing that closes. */
  archive?: 'zstd' | 'gzip' | false
  /** Migration that makes the table; unset: 1. */
  since?: number
  /** Later changes that are no new columns, e.g. `MODIFY COLUMN px CODEC(…)`. */
  changes?: readonly { since: number; alter: string }[]
}

export interface Table<C extends Columns = Columns> extends TableOptions<C> {
  readonly since: number
  readonly columnNames: readonly (keyof C & string)[]
  /** Appends one row as RowBinary. The sink is as before when it throws. @throws InvalidCellError */
  writeRow(sink: RowSink, row: RowOf<C>): void
  /** Number of the row's partition: rows of one insert must agree in it. 0 when there is only one. */
  partitionOf(row: RowOf<C>): number
}

type RowOf<C extends Columns> = { readonly [Name in keyof C]: C[Name] extends Column<infer V> ? V : never }

/** Row type of a declared table: what the writer takes. */
export type Row<T extends { columns: Columns }> = RowOf<T['columns']>

/** Declares a table. Wrong declarations (unknown column in a key) stop the process at start. */
export function defineTable<const C extends Columns>(options: TableOptions<C>): Table<C> {
  const { name, columns, key, partition } = options
  const columnNames = Object.keys(columns) as (keyof C & string)[]
  for (const used of key) assert(columns[used], `table ${name} has no key column ${used}`)
  if (partition.by !== 'none')
    assert(key.includes(partition.column), `table ${name} is cut by a column outside its key`)
  return {
    ...options,
    since: options.since ?? 1,
    columnNames,
    writeRow: rowWriter(Object.entries(columns)),
    partitionOf: partitioner(partition),
  }
}

function rowWriter<C extends Columns>(
  cells: readonly (readonly [string, Column<unknown>])[],
): (sink: RowSink, row: RowOf<C>) => void {
  return (sink, row) => {
    const values = row as Readonly<Record<string, unknown>>
    const start = sink.length
    try {
      for (const [name, cell] of cells) cell.write(sink, values[name])
    } catch (error) {
      sink.length = start
      throw error
    }
  }
}

function partitioner<C extends Columns>(partition: Partition<keyof C & string>): (row: RowOf<C>) => number {
  if (partition.by === 'none') return () => 0
  const { column } = partition
  if (partition.by === 'day') return (row) => Math.floor((row[column] as EpochMs) / DAY_MS)
  // Rows of one month come together: its bounds are kept.
  let fromTs = 0
  let untilTs = 0
  let month = 0
  return (row) => {
    const ts = row[column] as EpochMs
    if (ts < fromTs || ts >= untilTs) {
      const date = new Date(ts)
      month = date.getUTCFullYear() * 12 + date.getUTCMonth()
      fromTs = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)
      untilTs = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)
    }
    return month
  }
}

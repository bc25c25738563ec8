/** defineTable: one declaration from which DDL, row type, insert columns, encoder and docs/tables.md follow. */
// Not here: kinds of columns (column.ts), the order in which tables come into being (tables/index.ts, migrate.ts).
import type { Column } from '#clickhouse/column.ts'
import { assert } from '#domain/errors.ts'

type Columns = Readonly<Record<string, Column<unknown>>>

/** How rows are cut into parts that are archived and dropped together. `none` for small tables whose key does not hold a time. */
export type Partition<Name extends string> = { by: 'day' | 'month'; column: Name } | { by: 'none' }

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
  /** Deletes parts whose rows are all this old by `column`. By receive time, so that replayed days stay as long as fresh ones. */
  keep?: { days: number; column: keyof C & string }
  /** Migration that makes the table, 1 unless said otherwise. */
  since?: number
  /** Later changes that are no new columns, e.g. `MODIFY COLUMN px CODEC(…)`. */
  changes?: readonly { since: number; alter: string }[]
}

export interface Table<C extends Columns = Columns> extends TableOptions<C> {
  readonly since: number
  readonly columnNames: readonly (keyof C & string)[]
  /** One row as a line of JSONCompactEachRow, newline included. @throws InvalidCellError */
  encodeRow(row: RowOf<C>): string
  /** Name of the row's partition: rows of one insert must agree in it. `''` when there is only one. */
  partitionOf(row: RowOf<C>): string
}

type RowOf<C extends Columns> = { readonly [Name in keyof C]: C[Name] extends Column<infer V> ? V : never }

/** Row type of a declared table: what the writer takes. */
export type Row<T extends { columns: Columns }> = RowOf<T['columns']>

/** Declares a table. Wrong declarations (unknown column in a key) stop the process at start. */
export function defineTable<const C extends Columns>(options: TableOptions<C>): Table<C> {
  const { name, columns, key, partition } = options
  const columnNames = Object.keys(columns) as (keyof C & string)[]
  const cells = columnNames.map((column) => ({ column, of: columns[column] as Column<unknown> }))
  for (const used of key) assert(columns[used], `table ${name} has no key column ${used}`)
  if (partition.by !== 'none')
    assert(key.includes(partition.column), `table ${name} is cut by a column outside its key`)
  return {
    ...options,
    since: options.since ?? 1,
    columnNames,
    encodeRow(row) {
      const values = row as Readonly<Record<string, unknown>>
      let line = '['
      for (const { column, of } of cells) line += `${line.length > 1 ? ',' : ''}${of.encode(values[column])}`
      return `${line}]\n`
    },
    partitionOf(row) {
      if (partition.by === 'none') return ''
      const ts = row[partition.column] as number
      return new Date(ts).toISOString().slice(0, partition.by === 'day' ? 10 : 7)
    },
  }
}

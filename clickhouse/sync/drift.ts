/** Compares a table on both sides: the reasons why its rows must not be copied, or none. */
// Not here: bringing the remote up to the declarations (remote.ts).
import { HoldfastError } from '#domain/errors.ts'

/** A table as the server describes it. */
export interface TableShape {
  engine: string
  partitionKey: string
  sortingKey: string
  /** Name → type and kind of default. */
  columns: ReadonlyMap<string, { type: string; defaultKind: string }>
}

/** A table's copy stops while its two sides differ; the other tables go on. */
export class SchemaDriftError extends HoldfastError {
  constructor(table: string, reasons: readonly string[]) {
    super(`table ${table} is not copied: ${reasons.join('; ')}`, {
      code: 'SCHEMA_DRIFT',
      retryable: false,
      hint: `alter ${table} on the remote side, or rename it there so that it is made anew; \`holdfast sync status\` shows when it goes on`,
      details: { table, reasons: [...reasons] },
    })
  }
}

/** @returns sentences; empty when rows may be copied. `columns` are those that are sent. */
export function driftReasons(
  columns: readonly string[],
  source: TableShape | undefined,
  remote: TableShape | undefined,
): string[] {
  if (!source) return ['the local table does not exist']
  if (!remote) return ['the remote table does not exist']
  const reasons: string[] = []
  if (!/MergeTree$/.test(remote.engine))
    reasons.push(`its remote engine is ${remote.engine}, which is no MergeTree`)
  for (const [what, key] of [
    ['partition key', 'partitionKey'],
    ['sorting key', 'sortingKey'],
  ] as const) {
    if (source[key] !== remote[key])
      reasons.push(`its ${what} is (${source[key]}) here and (${remote[key]}) there`)
  }
  for (const name of columns) {
    const here = source.columns.get(name)
    const there = remote.columns.get(name)
    if (!here) reasons.push(`column ${name} is missing here`)
    else if (!there) reasons.push(`column ${name} is missing there`)
    else if (here.type !== there.type)
      reasons.push(`column ${name} is ${here.type} here and ${there.type} there`)
    else if (/MATERIALIZED|ALIAS/.test(there.defaultKind))
      reasons.push(`column ${name} is ${there.defaultKind} there and cannot be written`)
  }
  return reasons
}

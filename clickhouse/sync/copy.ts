/** One round of copying: every table that is copied, all partitions with new rows, several at a time, until done or out of time. */
// Not here: one partition (copy-partition.ts), comparing both sides (verify.ts).

import { type CopyDeps, type CopyTask, copyPartition, planTask } from '#clickhouse/sync/copy-partition.ts'
import { driftReasons, SchemaDriftError } from '#clickhouse/sync/drift.ts'
import { restarted, type SourcePartition } from '#clickhouse/sync/plan.ts'
import { judgeRemote, RemoteFailedError } from '#clickhouse/sync/remote.ts'
import { describeTables, readPartitions } from '#clickhouse/sync/source.ts'
import { type CursorKey, type Cursors, readCursors, writeCursor } from '#clickhouse/sync/state.ts'
import type { Table } from '#clickhouse/table.ts'
import type { Clock } from '#domain/time.ts'

export type TableOutcome = 'ok' | 'behind' | 'drift' | 'failed'

/** What a round did to one table. */
export interface TableReport {
  table: string
  outcome: TableOutcome
  /** Rows copied. */
  rows: number
  /** Rows that are still to be copied. */
  lag_rows: number
  /** Why it was refused or failed; '' otherwise. */
  why: string
}

export interface CopyReport {
  outcome: 'ok' | 'behind' | 'failed'
  rows: number
  bytes: number
  lag_rows: number
  took_ms: number
  rows_per_s: number
  /** Seconds until the rest is copied at this rate; null when unknown, 0 when nothing is left. */
  eta_s: number | null
  tables: TableReport[]
}

export interface CopyOptions extends Omit<CopyDeps, 'onCopied' | 'isOver'> {
  clock: Pick<Clock, 'monotonicMs'>
  tables: readonly Table[]
  /** Partitions copied at the same time. */
  parallel: number
  /** No batch begins after so many milliseconds. */
  budgetMs: number
  onProgress?(report: { rows: number; bytes: number; lag_rows: number }): void
}

/**
 * Copies what is new. Tables that differ are refused, tables that fail are reported, the others go on.
 * @throws RemoteFailedError when the remote cannot be used at all; QueryFailedError when the source cannot
 */
export async function copyRound(options: CopyOptions): Promise<CopyReport> {
  const round = new Round(options)
  const tasks = await round.plan()
  await round.run(tasks)
  return round.report()
}

class Round {
  readonly #options: CopyOptions
  readonly #startedMs: number
  readonly #tables: Map<string, TableReport>
  #rows = 0
  #bytes = 0

  constructor(options: CopyOptions) {
    this.#options = options
    this.#startedMs = options.clock.monotonicMs()
    this.#tables = new Map(
      options.tables.map(({ name }) => [name, { table: name, outcome: 'ok', rows: 0, lag_rows: 0, why: '' }]),
    )
  }

  /** Tasks of all tables that may be copied, oldest partitions first. */
  async plan(): Promise<CopyTask[]> {
    const { source, remote, tables } = this.#options
    const [here, partitions] = await Promise.all([describeTables(source), readPartitions(source)])
    const [there, cursors] = await onRemote(() =>
      Promise.all([describeTables(remote.client), readCursors(remote)]),
    )
    const tasks: CopyTask[] = []
    for (const table of tables) {
      const made = remote.refused.get(table.name)
      const reasons = [
        ...(made === undefined ? [] : [made]),
        ...driftReasons(table.columnNames, here.get(table.name), there.get(table.name)),
      ]
      if (reasons.length > 0) {
        this.#note(table.name, 'drift', new SchemaDriftError(table.name, reasons).message)
        continue
      }
      const source_id = here.get(table.name)?.identity ?? ''
      const own = partitions.filter((partition) => partition.table === table.name)
      const began = await this.#restartIfAnew(source_id, table.name, own, cursors)
      for (const partition of own) {
        const key: CursorKey = { source: source_id, table: table.name, partition: partition.partition }
        const task = await planTask(this.#options, table, key, partition, began.get(key))
        if (!task) continue
        tasks.push(task)
        this.#of(table.name).lag_rows += task.lag
      }
    }
    return tasks
  }

  /** Block numbers that fell mean that the table was emptied or restored: no cursor of it vouches for anything any more. */
  async #restartIfAnew(
    source: string,
    table: string,
    own: readonly SourcePartition[],
    cursors: Cursors,
  ): Promise<Cursors> {
    const known = cursors.of(source, table)
    const highest = Math.max(0, ...known.map(({ cursor }) => cursor.pendingTo))
    const newest = Math.max(0, ...own.map(({ newestBlock }) => newestBlock))
    if (own.length === 0 || newest >= highest) return cursors
    const { remote } = this.#options
    return onRemote(async () => {
      for (const { key, cursor } of known) {
        const again = restarted(cursor)
        await writeCursor(remote, key, { ...again, version: again.version + 1 })
      }
      return readCursors(remote)
    })
  }

  async run(tasks: CopyTask[]): Promise<void> {
    const waiting = [...tasks]
    const work = async (): Promise<void> => {
      for (let task = waiting.shift(); task; task = waiting.shift()) {
        if (this.#isOver()) return
        await this.#copy(task)
      }
    }
    await Promise.all(Array.from({ length: this.#options.parallel }, work))
  }

  async #copy(task: CopyTask): Promise<void> {
    const report = this.#of(task.table.name)
    if (report.outcome === 'failed') return
    try {
      const left = await copyPartition(
        {
          ...this.#options,
          isOver: () => this.#isOver(),
          onCopied: (rows, bytes) => {
            report.rows += rows
            this.#rows += rows
            this.#bytes += bytes
            report.lag_rows = Math.max(0, report.lag_rows - rows)
            this.#options.onProgress?.({ rows: this.#rows, bytes: this.#bytes, lag_rows: this.#lag() })
          },
        },
        task,
      )
      if (left === 0) return
      report.outcome = 'behind'
    } catch (error) {
      if (this.#options.signal.aborted) throw error
      // A remote that is gone ends the round; one table's own trouble does not.
      const { kind, why } = await judgeRemote(this.#options.remote.client, error)
      if (kind === 'down' || kind === 'login') throw new RemoteFailedError('stopped answering', error)
      this.#note(task.table.name, 'failed', why)
    }
  }

  report(): CopyReport {
    const tables = [...this.#tables.values()].map((table) =>
      table.outcome === 'ok' && table.lag_rows > 0 ? { ...table, outcome: 'behind' as const } : table,
    )
    const took_ms = Math.round(this.#options.clock.monotonicMs() - this.#startedMs)
    const rows_per_s = took_ms === 0 ? 0 : Math.round((this.#rows / took_ms) * 1_000)
    const lag_rows = this.#lag()
    const isFailed = tables.some(({ outcome }) => outcome === 'failed' || outcome === 'drift')
    return {
      outcome: isFailed ? 'failed' : lag_rows > 0 ? 'behind' : 'ok',
      ...{ rows: this.#rows, bytes: this.#bytes, lag_rows, took_ms, rows_per_s },
      eta_s: lag_rows === 0 ? 0 : rows_per_s === 0 ? null : Math.ceil(lag_rows / rows_per_s),
      tables,
    }
  }

  #isOver(): boolean {
    const { clock, budgetMs, signal } = this.#options
    return signal.aborted || clock.monotonicMs() - this.#startedMs > budgetMs
  }

  #lag(): number {
    return [...this.#tables.values()].reduce((sum, { lag_rows }) => sum + lag_rows, 0)
  }

  #note(table: string, outcome: TableOutcome, why: string): void {
    Object.assign(this.#of(table), { outcome, why })
  }

  #of(table: string): TableReport {
    return this.#tables.get(table) as TableReport
  }
}

async function onRemote<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw new RemoteFailedError('cannot be read', error)
  }
}

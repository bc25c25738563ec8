/** Batches that still grow: one per table and partition, appended to its segment file once per turn of the event loop. */
// Not here: limits and back-pressure (writer.ts), sending (sender.ts).
import { InvalidCellError, RowSink } from '#clickhouse/row-sink.ts'
import type { Row, Table } from '#clickhouse/table.ts'
import type { Batch, Segment, Spool } from '#clickhouse/writer/spool.ts'
import type { Logger } from '#config/logger.ts'
import { describeError, HoldfastError } from '#domain/errors.ts'
import type { Clock } from '#domain/time.ts'

export interface OpenBatchesOptions {
  spool: Spool
  clock: Clock
  log: Pick<Logger, 'error'>
  limits: {
    batchAgeMs: number
    batchRows: number
    batchRowsMax: number
    batchBytesMax: number
    openBatchesMax: number
  }
  /** Closed batches of this table that wait to be sent. */
  waiting(table: string): number
  onClosed(batch: Batch): void
}

interface OpenBatch {
  partition: number
  table: Table
  segment: Segment
  /** Rows encoded since the last append. */
  sink: RowSink
  sinkRows: number
  rows: number
  openedMs: number
}

export class OpenBatches {
  /** Rows taken since the start. */
  rowsTaken = 0
  /** Number of the youngest batch so far. */
  lastSeq = 0
  /** Why rows cannot be written to disk now, or ''. */
  fault = ''
  /** Settles when all rows so far are on disk. @throws NotDurableError while the disk takes nothing */
  readonly flush = shared(() => this.#syncAll())

  readonly #options: OpenBatchesOptions
  readonly #open = new Set<OpenBatch>()
  /** The one that took the last row of a table: mostly the next row belongs there too. */
  readonly #latest = new Map<Table, OpenBatch>()
  /** Those with encoded rows that wait for the append at the end of this turn. */
  readonly #dirty = new Set<OpenBatch>()
  readonly #closing = new Set<Promise<void>>()
  /** Batches are handed on in the order in which they were closed. */
  #handedOn = Promise.resolve()
  #appendPlanned = false
  #bytesInFiles = 0

  constructor(options: OpenBatchesOptions) {
    this.#options = options
  }

  get count(): number {
    return this.#open.size
  }

  /** Bytes of all open batches. */
  bytes(): number {
    let bytes = this.#bytesInFiles
    for (const { sink } of this.#dirty) bytes += sink.length
    return bytes
  }

  /** @throws InvalidCellError when the row does not fit; then nothing was taken */
  add(table: Table, row: Row<Table>): void {
    const batch = this.#batchFor(table, table.partitionOf(row))
    table.writeRow(batch.sink, row)
    batch.sinkRows++
    batch.rows++
    this.rowsTaken++
    this.#dirty.add(batch)
    this.#planAppend()
    const { batchRowsMax, batchBytesMax } = this.#options.limits
    if (batch.rows >= batchRowsMax || batch.segment.bytes + batch.sink.length >= batchBytesMax)
      this.#close(batch)
  }

  /** Closes batches that are old or big enough. */
  closeDue(): void {
    this.#appendAll()
    for (const batch of [...this.#open]) if (this.#isDue(batch)) this.#close(batch)
  }

  /** Closes all; settles when they are on disk and handed on. */
  async closeAll(): Promise<void> {
    for (const batch of [...this.#open]) this.#close(batch)
    await Promise.all(this.#closing)
  }

  #batchFor(table: Table, partition: number): OpenBatch {
    const latest = this.#latest.get(table)
    if (latest?.partition === partition) return latest
    let batch: OpenBatch | undefined
    for (const each of this.#open) if (each.table === table && each.partition === partition) batch = each
    batch ??= this.#begin(table, partition)
    this.#latest.set(table, batch)
    return batch
  }

  #begin(table: Table, partition: number): OpenBatch {
    if (!Number.isFinite(partition)) throw new InvalidCellError('time', null)
    const { spool, clock, limits } = this.#options
    const oldest = this.#open.values().next().value
    if (oldest && this.#open.size >= limits.openBatchesMax) this.#close(oldest)
    const segment = spool.begin({ table: table.name, columns: [...table.columnNames] })
    this.lastSeq = segment.seq
    const batch: OpenBatch = {
      partition,
      table,
      segment,
      sink: new RowSink(),
      sinkRows: 0,
      rows: 0,
      openedMs: clock.monotonicMs(),
    }
    this.#open.add(batch)
    return batch
  }

  /** Appends once at the end of this turn of the event loop: a kill of the process loses what is younger than that, nothing else. */
  #planAppend(): void {
    if (this.#appendPlanned) return
    this.#appendPlanned = true
    setImmediate(() => {
      this.#appendPlanned = false
      this.#appendAll()
    })
  }

  #appendAll(): void {
    for (const batch of this.#dirty) this.#append(batch)
  }

  /** A full disk leaves the rows in memory; the next tick tries again, and until then nothing more is taken. */
  #append(batch: OpenBatch): void {
    const { segment, sink } = batch
    const before = segment.bytes
    try {
      segment.append(sink.filled(), batch.sinkRows)
    } catch (error) {
      if (this.fault === '')
        this.#options.log.error({ err: error, table: batch.table.name }, 'the spool cannot be written')
      this.fault = describeError(error)
      return
    }
    this.fault = ''
    this.#bytesInFiles += segment.bytes - before
    sink.length = 0
    batch.sinkRows = 0
    this.#dirty.delete(batch)
  }

  /** Only a batch that is wholly in its file is closed. */
  #close(batch: OpenBatch): void {
    if (this.#dirty.has(batch)) this.#append(batch)
    if (this.#dirty.has(batch)) return
    const { table, segment } = batch
    this.#open.delete(batch)
    if (this.#latest.get(table) === batch) this.#latest.delete(table)
    if (batch.rows === 0) return // its only row was refused: there is no file
    const finished = segment.finish().catch((error: unknown) => {
      this.#options.log.error({ err: error, table: table.name }, 'a segment was not synced')
    })
    const handedOn = this.#handedOn.then(async () => {
      await finished
      this.#bytesInFiles -= segment.bytes // counted here until the sender counts them
      this.#options.onClosed({ ...segment.facts(), rows: batch.rows })
      this.#closing.delete(handedOn)
    })
    this.#handedOn = handedOn
    this.#closing.add(handedOn)
  }

  /** While earlier batches of the table wait, sending more small ones would only make it slower. */
  #isDue(batch: OpenBatch): boolean {
    const { waiting, limits, clock } = this.#options
    if (waiting(batch.table.name) > 0) return false
    return batch.rows >= limits.batchRows || clock.monotonicMs() - batch.openedMs >= limits.batchAgeMs
  }

  async #syncAll(): Promise<void> {
    this.#appendAll()
    await Promise.all([...[...this.#open].map(({ segment }) => segment.sync()), ...this.#closing])
    await this.#options.spool.syncNames()
    if (this.#dirty.size > 0 && this.fault !== '') throw new NotDurableError(this.fault)
  }
}

/** Callers that come while one run is on its way share the next: an fsync for a hundred orders costs as much as for one. */
function shared(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null
  let next: Promise<void> | null = null
  const start = (): Promise<void> => {
    const run = work().finally(() => {
      if (running === run) running = null
    })
    running = run
    return run
  }
  return () => {
    if (!running) return start()
    next ??= running
      .catch(() => {})
      .then(() => {
        next = null
        return start()
      })
    return next
  }
}

/** The disk would not take the rows; they are still in memory and are tried again. */
export class NotDurableError extends HoldfastError {
  constructor(why: string) {
    super(`rows are not on disk: ${why}`, {
      code: 'NOT_DURABLE',
      retryable: true,
      hint: 'free disk space for the spool folder, then call again',
    })
  }
}

/** The durable writer: rows → segment files in the spool → one insert per segment. Every row arrives once, whoever is killed when. */
// Not here: the interface (ports.ts), files (spool.ts), sending (sender.ts).
import { randomUUID } from 'node:crypto'
import { basename } from 'node:path'
import type { ClickHouseClient } from '@clickhouse/client'
import { InvalidCellError } from '#clickhouse/row-sink.ts'
import type { Row, Table } from '#clickhouse/table.ts'
import { health } from '#clickhouse/tables/operations.ts'
import { OpenBatches } from '#clickhouse/writer/open-batches.ts'
import type { Writer, WriterStats } from '#clickhouse/writer/ports.ts'
import { SENDER_LIMITS, Sender, type SenderLimits } from '#clickhouse/writer/sender.ts'
import { openSpool, type Spool } from '#clickhouse/writer/spool.ts'
import type { Logger } from '#config/logger.ts'
import { describeError, HoldfastError } from '#domain/errors.ts'
import type { Clock } from '#domain/time.ts'

export interface WriterLimits extends SenderLimits {
  /** A batch is sent when it is this old, … */
  batchAgeMs: number
  /** … or has this many rows, … */
  batchRows: number
  /** … or, while earlier ones of its table wait, only when it has this many rows or bytes: big batches catch up faster. */
  batchRowsMax: number
  batchBytesMax: number
  /** Spool and quarantine together; above it write() refuses. `full` is told at 90 %. */
  spoolBytesMax: number
  /** How often ages are looked at. */
  tickMs: number
  /** Batches that grow at once; another one closes the oldest. */
  openBatchesMax: number
  /** How long close() waits for inserts on their way. */
  closeGraceMs: number
}

export const WRITER_LIMITS: WriterLimits = {
  ...SENDER_LIMITS,
  batchAgeMs: 1_000,
  batchRows: 10_000,
  batchRowsMax: 50_000,
  batchBytesMax: 8 * 1024 * 1024,
  spoolBytesMax: 4 * 1024 * 1024 * 1024,
  tickMs: 50,
  openBatchesMax: 64,
  closeGraceMs: 2_000,
}

const FULL_AT = 0.9

export interface WriterOptions {
  client: ClickHouseClient
  /** Belongs to this process alone; its last part names the process in health rows. */
  spoolDir: string
  clock: Clock
  log: Pick<Logger, 'info' | 'warn' | 'error'>
  limits?: Partial<WriterLimits>
}

/** The spool has reached its limit, mostly because ClickHouse is away. Nothing of the call was taken. */
export class SpoolFullError extends HoldfastError {
  constructor(folder: string, bytes: number, why: string) {
    super(`the spool ${folder} holds ${bytes} bytes and takes no more: ${why}`, {
      code: 'SPOOL_FULL',
      retryable: true,
      hint: 'bring ClickHouse back (`holdfast status`), free disk space, or look into the quarantine folder of the spool',
      details: { folder, bytes },
    })
  }
}

/**
 * Opens the spool folder and starts to send what an earlier process left there.
 * @throws ProcessLockHeldError when another living process writes there
 */
export const createWriter = (options: WriterOptions): Writer => new DurableWriter(options)

class DurableWriter implements Writer {
  /** Settles when everything written so far is on disk. */
  readonly flush: () => Promise<void>

  readonly #options: WriterOptions
  readonly #limits: WriterLimits
  readonly #spool: Spool
  readonly #sender: Sender
  readonly #open: OpenBatches
  readonly #closing = new AbortController()
  readonly #ticking: Promise<void>
  #woken = Promise.withResolvers<void>()
  #rowsRefused = 0

  constructor(options: WriterOptions) {
    const { client, spoolDir, clock, log } = options
    const limits = { ...WRITER_LIMITS, ...options.limits }
    const spool = openSpool(spoolDir, randomUUID(), () => clock.now())
    this.#options = options
    this.#limits = limits
    this.#spool = spool
    this.#sender = new Sender({
      client,
      spool,
      clock,
      log,
      limits,
      onDone: () => this.#wake(),
      onQuarantined: ({ table, rows }, reason, path) =>
        this.#tellHealth('batch_quarantined', { table, rows, reason, path }),
    })
    this.#open = new OpenBatches({
      spool,
      clock,
      log,
      limits,
      waiting: (table) => this.#sender.waiting(table),
      onClosed: (batch) => this.#sender.enqueue(batch),
    })
    this.flush = this.#open.flush
    if (spool.left.length > 0)
      log.info({ batches: spool.left.length }, 'sending what the spool holds from before')
    for (const batch of spool.left) this.#sender.enqueue(batch)
    this.#ticking = this.#tick()
  }

  write<T extends Table>(table: T, rows: readonly Row<T>[]): void {
    this.#refuseWhenFull()
    for (const row of rows) {
      try {
        this.#open.add(table, row as Row<Table>)
      } catch (error) {
        this.#refuseRow(table, row, error)
      }
    }
  }

  async drain(signal?: AbortSignal): Promise<void> {
    await this.#open.closeAll()
    const last = this.#open.lastSeq
    await this.#until(() => this.#sender.pending().every(({ seq }) => seq > last), signal)
  }

  room(signal?: AbortSignal): Promise<void> {
    return this.#until(() => !this.#isFull(), signal)
  }

  stats(): WriterStats {
    const { counts } = this.#sender
    return {
      ...counts,
      rowsWritten: this.#open.rowsTaken,
      rowsQuarantined: counts.rowsQuarantined + this.#rowsRefused,
      batchesPending: this.#open.count + this.#sender.pending().length,
      bytesPending: this.#bytes(),
      full: this.#isFull(),
      lastError: this.#open.fault || counts.lastError,
    }
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#closing.abort()
    this.#wake()
    await this.#ticking
    await this.#open.closeAll()
    await this.#sender.stop(this.#limits.closeGraceMs)
    this.#spool.release()
  }

  #bytes(): number {
    return this.#open.bytes() + this.#sender.bytesPending + this.#spool.quarantineBytes()
  }

  #isFull(): boolean {
    return this.#open.fault !== '' || this.#bytes() >= this.#limits.spoolBytesMax * FULL_AT
  }

  #refuseWhenFull(): void {
    const { spoolDir } = this.#options
    const bytes = this.#bytes()
    if (this.#closing.signal.aborted) throw new SpoolFullError(spoolDir, bytes, 'the writer is closed')
    if (this.#open.fault !== '') throw new SpoolFullError(spoolDir, bytes, this.#open.fault)
    if (bytes < this.#limits.spoolBytesMax) return
    const why = this.#sender.counts.lastError || 'inserts are slower than writes'
    throw new SpoolFullError(spoolDir, bytes, why)
  }

  /** A row that cannot be encoded: aside with it, on with the others. Anything else than such a row is our bug or the disk's. */
  #refuseRow(table: Table, row: unknown, error: unknown): void {
    if (!(error instanceof InvalidCellError)) throw error
    const reason = describeError(error)
    this.#spool.quarantineRow(table.name, row, reason)
    this.#rowsRefused++
    if (!Number.isInteger(Math.log10(this.#rowsRefused))) return // the 1st, 10th, 100th … is told
    const facts = { table: table.name, reason, rows_refused: this.#rowsRefused }
    this.#options.log.error(facts, 'row put into quarantine')
    this.#tellHealth('row_quarantined', facts)
  }

  #tellHealth(kind: string, details: Readonly<Record<string, unknown>> & { table: string }): void {
    if (details.table === health.name || this.#closing.signal.aborted) return
    const { spoolDir, clock } = this.#options
    const row = { service: basename(spoolDir), ts: clock.now(), kind, details: JSON.stringify(details) }
    this.#open.add(health, row)
  }

  async #tick(): Promise<void> {
    const { clock } = this.#options
    while (!this.#closing.signal.aborted) {
      await clock.sleep(this.#limits.tickMs, this.#closing.signal)
      this.#open.closeDue()
    }
  }

  #wake(): void {
    this.#woken.resolve()
    this.#woken = Promise.withResolvers<void>()
  }

  async #until(reached: () => boolean, signal?: AbortSignal): Promise<void> {
    while (!reached() && !signal?.aborted && !this.#closing.signal.aborted) {
      await Promise.race([this.#woken.promise, this.#options.clock.sleep(this.#limits.tickMs, signal)])
    }
  }
}

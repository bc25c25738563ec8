/** Sends closed batches: in order within a table, tables beside each other, again and again with patience, the poisonous aside. */
// Not here: how batches come into being (writer.ts), one attempt (insert.ts).
import type { ClickHouseClient } from '@clickhouse/client'
import { createGate } from '#clickhouse/gate.ts'
import { type FailureKind, insertBatch, judgeFailure } from '#clickhouse/writer/insert.ts'
import { decodeSegment, type SegmentContent } from '#clickhouse/writer/segment.ts'
import type { Batch, Spool } from '#clickhouse/writer/spool.ts'
import type { Logger } from '#config/logger.ts'
import { describeError } from '#domain/errors.ts'
import type { Clock } from '#domain/time.ts'

export interface SenderOptions {
  client: ClickHouseClient
  spool: Spool
  clock: Clock
  log: Pick<Logger, 'info' | 'warn' | 'error'>
  limits: SenderLimits
  /** Called for each batch that was put into quarantine. */
  onQuarantined(batch: Batch, reason: string, path: string): void
  /** Called when a batch has left the spool, one way or the other. */
  onDone(): void
}

export interface SenderLimits {
  /** Inserts that run at once, over all tables. */
  insertsMax: number
  retryMsMin: number
  retryMsMax: number
  /** Attempts for a failure of which nothing is known. */
  unclearAttemptsMax: number
  /** How long a missing table or column is waited for. */
  schemaPatienceMs: number
}

export const SENDER_LIMITS: SenderLimits = {
  insertsMax: 3,
  retryMsMin: 100,
  retryMsMax: 5_000,
  unclearAttemptsMax: 60,
  schemaPatienceMs: 600_000,
}

/** Figures since the start. */
interface SendCounts {
  rowsInserted: number
  rowsQuarantined: number
  batchesInserted: number
  retries: number
  lastError: string
}

export class Sender {
  readonly counts: SendCounts = {
    rowsInserted: 0,
    rowsQuarantined: 0,
    batchesInserted: 0,
    retries: 0,
    lastError: '',
  }
  /** Bytes of the batches that wait or are on the way. */
  bytesPending = 0

  readonly #options: SenderOptions
  readonly #deliver: (batch: Batch) => Promise<boolean>
  readonly #queues = new Map<string, Batch[]>()
  readonly #loops = new Set<Promise<void>>()
  /** No further attempts. */
  readonly #stopping = new AbortController()
  /** Ends attempts that run. */
  readonly #aborting = new AbortController()

  constructor(options: SenderOptions) {
    this.#options = options
    this.#deliver = createDelivery(options, this.counts, {
      stop: this.#stopping.signal,
      abort: this.#aborting.signal,
    })
  }

  enqueue(batch: Batch): void {
    this.bytesPending += batch.bytes
    const queue = this.#queues.get(batch.table)
    if (queue) {
      queue.push(batch)
      return
    }
    const fresh = [batch]
    this.#queues.set(batch.table, fresh)
    const loop = this.#run(batch.table, fresh).finally(() => this.#loops.delete(loop))
    this.#loops.add(loop)
  }

  /** Batches that wait or are on the way. */
  pending(): Batch[] {
    return [...this.#queues.values()].flat()
  }

  /** How many of this table wait. */
  waiting(table: string): number {
    return this.#queues.get(table)?.length ?? 0
  }

  /** Ends attempts; what is on the way gets `graceMs`. Files stay. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort()
    await Promise.race([Promise.all(this.#loops), this.#options.clock.sleep(graceMs)])
    this.#aborting.abort()
    await Promise.all(this.#loops)
  }

  async #run(table: string, queue: Batch[]): Promise<void> {
    const { clock, log, limits, onDone } = this.#options
    for (let batch = queue[0]; batch && !this.#stopping.signal.aborted; batch = queue[0]) {
      try {
        if (!(await this.#deliver(batch))) return
      } catch (error) {
        const gone = (error as NodeJS.ErrnoException).code === 'ENOENT' // somebody took it out of the folder
        log.error({ err: error, path: batch.path, gone }, 'a segment cannot be read or moved')
        if (!gone) await clock.sleep(limits.retryMsMax, this.#stopping.signal)
        if (!gone) continue
      }
      queue.shift()
      this.bytesPending -= batch.bytes
      onDone()
    }
    if (queue.length === 0) this.#queues.delete(table)
  }
}

/** @returns a function that sends one batch until it is stored (true), in quarantine (true), or the sender stops (false) */
function createDelivery(
  { client, spool, clock, log, limits, onQuarantined }: SenderOptions,
  counts: SendCounts,
  signals: { stop: AbortSignal; abort: AbortSignal },
): (batch: Batch) => Promise<boolean> {
  const gate = createGate(limits.insertsMax)
  const quarantine = (batch: Batch, reason: string) => {
    const path = spool.quarantineBatch(batch, reason)
    counts.rowsQuarantined += batch.rows
    log.error({ table: batch.table, rows: batch.rows, path, reason }, 'batch put into quarantine')
    onQuarantined(batch, reason, path)
  }

  async function attempt(batch: Batch, content: SegmentContent): Promise<Failure | null> {
    const leave = await gate.enter()
    try {
      if (signals.stop.aborted) return { kind: 'weather', reason: 'stopped' }
      await insertBatch(client, content, signals.abort)
      counts.rowsInserted += content.rows
      counts.batchesInserted++
      counts.lastError = ''
      await spool.remove(batch)
      return null
    } catch (error) {
      return { kind: judgeFailure(error), reason: describeError(error).slice(0, 500) }
    } finally {
      leave()
    }
  }

  return async (batch) => {
    const bytes = await spool.read(batch)
    const content = decodeSegment(bytes)
    if (!content && bytes.length > 0) {
      quarantine(batch, 'the header of the segment cannot be read')
      return true
    }
    if (!content || content.rows === 0) {
      // Its process died before the first frame was whole: nothing in it was promised.
      await spool.remove(batch)
      return true
    }
    batch.rows = content.rows
    if (content.tornBytes > 0)
      log.warn({ path: batch.path, bytes: content.tornBytes }, 'a crash tore the end of this segment off')
    const startedMs = clock.monotonicMs()
    for (let attempts = 1; !signals.stop.aborted; attempts++) {
      const failure = await attempt(batch, content)
      if (!failure) return true
      if (signals.stop.aborted) return false
      if (isHopeless(failure.kind, attempts, clock.monotonicMs() - startedMs, limits)) {
        quarantine(batch, failure.reason)
        return true
      }
      counts.retries++
      counts.lastError = failure.reason
      if (isWorthTelling(attempts))
        log.warn({ table: batch.table, attempts, ...failure }, 'insert failed; trying again')
      await clock.sleep(
        Math.min(limits.retryMsMax, limits.retryMsMin * 2 ** Math.min(attempts - 1, 16)),
        signals.stop,
      )
    }
    return false
  }
}

interface Failure {
  kind: FailureKind
  reason: string
}

/** Exported for its test. */
export function isHopeless(
  kind: FailureKind,
  attempts: number,
  elapsedMs: number,
  limits: SenderLimits,
): boolean {
  switch (kind) {
    case 'weather':
      return false
    case 'schema':
      return elapsedMs >= limits.schemaPatienceMs
    case 'unclear':
      return attempts >= limits.unclearAttemptsMax
    case 'poison':
      return true
  }
}

/** 1st, 2nd, 4th, 8th … attempt: an outage of an hour is a dozen lines, not a thousand. */
const isWorthTelling = (attempts: number): boolean => (attempts & (attempts - 1)) === 0

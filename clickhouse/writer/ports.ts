/** What the rest of the system sees of the durable writer. */
// Not here: the writer itself (writer.ts).
import type { Row, Table } from '#clickhouse/table.ts'

/** Figures of one writer; all counts since it was made, unless named otherwise. */
export interface WriterStats {
  /** Rows taken by write(). */
  rowsWritten: number
  /** Rows acknowledged by ClickHouse. */
  rowsInserted: number
  /** Rows that no ClickHouse would take: they lie in the quarantine folder. */
  rowsQuarantined: number
  batchesInserted: number
  /** Inserts that failed and were sent again. */
  retries: number
  /** Batches that lie in the spool now, the open ones included. */
  batchesPending: number
  /** Bytes of the spool now. */
  bytesPending: number
  /** True when callers should stop writing until it is false again; nothing was dropped. */
  full: boolean
  /** What the last failed insert said, or '' since the last success. */
  lastError: string
}

/** Rows go to a spool on disk first and from there to ClickHouse, each exactly once. */
export interface Writer {
  /**
   * Encodes the rows and hands them to the spool; they are in the file before the event loop waits again, so a kill of the process keeps them.
   * A row that does not fit its table is quarantined and the others are taken.
   * @throws SpoolFullError when the spool has reached its limit: nothing of this call was taken
   */
  write<T extends Table>(table: T, rows: readonly Row<T>[]): void
  /** Settles when everything written so far is on disk (fsync). */
  flush(): Promise<void>
  /** Settles when everything written so far is in ClickHouse or in quarantine; waits as long as ClickHouse is away, unless aborted. */
  drain(signal?: AbortSignal): Promise<void>
  /** Settles when the spool is no longer full. */
  room(signal?: AbortSignal): Promise<void>
  stats(): WriterStats
  /** Flushes, stops sending and gives the folder free. What was not inserted yet is sent by the next writer on this folder. */
  close(): Promise<void>
}

/** A writer that keeps rows in memory and a clock that tests move: for recorders and gap logs without a disk. */
import { RowSink } from '#clickhouse/row-sink.ts'
import type { Row, Table } from '#clickhouse/table.ts'
import type { Writer } from '#clickhouse/writer/ports.ts'
import { HoldfastError } from '#domain/errors.ts'

export interface FakeWriter extends Pick<Writer, 'write' | 'flush' | 'room' | 'stats'> {
  rows: { table: string; row: Record<string, unknown> }[]
  /** What happened, in order: `write trades`, `flush`. */
  calls: string[]
  isFull: boolean
  of(table: string): Record<string, unknown>[]
}

export function createFakeWriter(): FakeWriter {
  let waiting: (() => void)[] = []
  const writer: FakeWriter = {
    rows: [],
    calls: [],
    get isFull() {
      return isFull
    },
    set isFull(value) {
      isFull = value
      if (!value) for (const resolve of waiting.splice(0)) resolve()
    },
    write<T extends Table>(table: T, rows: readonly Row<T>[]) {
      if (isFull) throw new HoldfastError('spool is full', { code: 'SPOOL_FULL', retryable: true, hint: '' })
      writer.calls.push(`write ${table.name}`)
      for (const row of rows) {
        table.writeRow(new RowSink(), row) // a row that its table cannot hold is a fault of the recorder
        writer.rows.push({ table: table.name, row: row as Record<string, unknown> })
      }
    },
    flush: async () => {
      writer.calls.push('flush')
    },
    stats: () => ({
      ...{ rowsWritten: 0, rowsInserted: 0, rowsQuarantined: 0, batchesInserted: 0, retries: 0 },
      ...{ batchesPending: 0, bytesPending: 0, full: isFull, lastError: '' },
    }),
    room: () => (isFull ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve()),
    of: (name) => writer.rows.filter(({ table }) => table === name).map(({ row }) => row),
  }
  let isFull = false
  waiting = []
  return writer
}

export const silentLog = { info: () => {}, warn: () => {}, error: () => {} }

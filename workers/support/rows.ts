/** The durable row writer of a worker as the sinks that activities ask for. */
// Not here: the writer (clickhouse/writer), which rows are written when (activities/).
import type { JournalSink } from '#activities/trading-session/journal.ts'
import type { Table } from '#clickhouse/table.ts'
import { makerBooks, makerChanges, makerCycles, makerLimits, makerMinutes } from '#clickhouse/tables/maker.ts'
import { health, histories } from '#clickhouse/tables/operations.ts'
import {
  decisions,
  equity,
  kills,
  orders,
  quotes,
  sessionEvents,
  sessions,
} from '#clickhouse/tables/trading.ts'
import type { Writer } from '#clickhouse/writer/ports.ts'
import { formatScope } from '#domain/session/kill-order.ts'
import type { KillOrder } from '#domain/session/types.ts'

export function journalSink(writer: Writer): JournalSink {
  return {
    orders: (row) => writer.write(orders, [row]),
    decisions: (row) => writer.write(decisions, [row]),
    events: (row) => writer.write(sessionEvents, [row]),
    quotes: (row) => writer.write(quotes, [row]),
    equity: (row) => writer.write(equity, [row]),
    makerBooks: (row) => writer.write(makerBooks, [row]),
    makerMinutes: (row) => writer.write(makerMinutes, [row]),
    makerLimits: (row) => writer.write(makerLimits, [row]),
    makerCycles: (row) => writer.write(makerCycles, [row]),
    makerChanges: (row) => writer.write(makerChanges, [row]),
    flush: () => writer.flush(),
  }
}

/** Writes rows and waits until they are on disk; ClickHouse gets them when it is there. */
export function recordSink(writer: Writer) {
  const durable =
    <T extends Table>(table: T) =>
    async (rows: Parameters<typeof writer.write<T>>[1]): Promise<void> => {
      writer.write(table, rows)
      await writer.flush()
    }
  const writeKills = durable(kills)
  return {
    sessions: durable(sessions),
    health: durable(health),
    equity: durable(equity),
    histories: durable(histories),
    /** An `off` closes the kills of its scope, which the caller names. */
    kills: (kill: KillOrder, clearedTs: number): Promise<void> =>
      writeKills([
        {
          scope: formatScope(kill.scope),
          mode: kill.mode,
          reason: kill.reason,
          requested_by: kill.requested_by,
          requested_ts: kill.requested_ts,
          cleared_ts: clearedTs,
        },
      ]),
  }
}

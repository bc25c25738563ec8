/** Tables of the machinery: gaps, health, request budget, migrations, archived histories. */
// Not here: named queries over them (operations-queries.ts).
import { column } from '#clickhouse/column.ts'
import { defineTable, type Row } from '#clickhouse/table.ts'

export const ingestGaps = defineTable({
  name: 'ingest_gaps',
  why: 'times without data of a channel, and what could be fetched afterwards',
  key: ['channel', 'coin', 'opened_ts'],
  version: 'version',
  partition: { by: 'month', column: 'opened_ts' },
  columns: {
    channel: column.symbol('subscription type'),
    coin: column.symbol('coin, or empty for channels without one'),
    opened_ts: column.time('last data before the gap'),
    closed_ts: column.time('first data after it; 1970-01-01 while it is open'),
    reason: column.symbol('disconnect, stale, restart, refused, …'),
    rows_recovered: column.uint32('rows fetched afterwards by request'),
    status: column.symbol(
      'open, closed (waits to be healed), recovered (nothing is missing), partial (see remains), lost (nothing could be fetched)',
    ),
    version: column.uint64('grows with each change of the row', { codec: 'ZSTD(1)' }),
    healed_ts: column.time('when the missing rows were asked for; 1970-01-01 before', { since: 2 }),
    remains: column.text('what stays missing, in words; empty when nothing does', { since: 2 }),
  },
})
export type IngestGapRow = Row<typeof ingestGaps>

export const health = defineTable({
  name: 'health',
  why: 'what a service noticed about itself: restarts, stale feeds, quarantined batches',
  key: ['service', 'ts', 'kind', 'details'],
  indexed: 2,
  partition: { by: 'month', column: 'ts' },
  keepDays: 180,
  columns: {
    service: column.symbol('process'),
    ts: column.time('when'),
    kind: column.symbol('word for what happened'),
    details: column.json('facts'),
  },
})
export type HealthRow = Row<typeof health>

export const rejectedFrames = defineTable({
  name: 'rejected_frames',
  why: 'frames of the venue that could not be read, with a sample: the first of each kind, then one in a thousand',
  key: ['service', 'ts', 'kind', 'seen'],
  partition: { by: 'month', column: 'ts' },
  keepDays: 90,
  columns: {
    service: column.symbol('process'),
    ts: column.time('when it arrived'),
    kind: column.symbol('error code, channel and the place in the frame'),
    seen: column.uint32('frames of this kind since the process started, this one included'),
    reason: column.text('what was found and what was expected'),
    sample: column.text('the beginning of the frame'),
  },
})
export type RejectedFrameRow = Row<typeof rejectedFrames>

export const rateLimitUsage = defineTable({
  name: 'rate_limit_usage',
  why: 'request weight that each process spent at the venue, by purpose: one address has 1,200 a minute for all of them',
  key: ['process', 'ts', 'purpose'],
  partition: { by: 'month', column: 'ts' },
  keepDays: 90,
  columns: {
    process: column.symbol('process'),
    ts: column.time('end of the span'),
    purpose: column.symbol(
      'kill, orders, reconcile or collect; sockets for messages to the sockets, which weigh nothing',
    ),
    span_ms: column.uint32('length of the span'),
    requests: column.uint32('sent'),
    weight: column.uint32('spent'),
    refused: column.uint32('requests that our own count held back'),
    throttled: column.uint32('answers of the venue that said "too many requests"'),
    left: column.uint32(
      'weight left to all processes of the machine at the end, for a kill; for sockets: messages left',
    ),
  },
})
export type RateLimitUsageRow = Row<typeof rateLimitUsage>

export const migrations = defineTable({
  name: 'migrations',
  why: 'which migrations this database has been through',
  key: ['version', 'name'],
  partition: { by: 'none' },
  sync: false,
  columns: {
    version: column.uint32('migrations run in this order'),
    name: column.text('table and change'),
    checksum: column.text('sha256 of the statements, hex'),
    applied_ts: column.time('when'),
  },
})
export type MigrationRow = Row<typeof migrations>

export const histories = defineTable({
  name: 'histories',
  why: 'archived workflow histories, for replay',
  key: ['workflow_id', 'run_id'],
  version: 'closed_ts',
  partition: { by: 'none' },
  columns: {
    workflow_id: column.text('workflow id'),
    run_id: column.text('run id'),
    closed_ts: column.time('when the run ended'),
    path: column.text('file below HOLDFAST_HOME/histories'),
    sha256: column.text('of the file, hex'),
  },
})
export type HistoryRow = Row<typeof histories>

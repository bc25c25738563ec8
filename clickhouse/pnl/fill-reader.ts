/** Reads own fills from ClickHouse as a stream of column batches, in the order of the ledger, in flat memory. */
// Not here: what is done with them (domain/pnl/fold.ts).
import type { Readable } from 'node:stream'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { FLAGS, type KnownSessions, sessionParams, tagSql } from '#clickhouse/pnl/ledger-sql.ts'
import { QueryFailedError } from '#clickhouse/query.ts'
import { emptyBatch } from '#domain/pnl/batch.ts'
import { SAFE } from '#domain/pnl/exact.ts'
import type { FillBatch, WideFill } from '#domain/pnl/types.ts'
import type { EpochMs } from '#domain/time.ts'

const BATCH_ROWS = 32_768
const TWO_32 = 4_294_967_296

/** What is read: coins of one account from a time on. Lane numbers are places in `coins`, which must be in byte order. */
export interface FillRange {
  account: string
  coins: readonly string[]
  fromTs: EpochMs
}

/** Every column has a fixed width, so a row is found without reading the one before. */
const SELECT = (known: KnownSessions): string => `
  SELECT toInt32(indexOf({coins:Array(String)}, toString(coin)) - 1) AS lane, ${tagSql(known)} AS tag, ts,
    px, sz, start_position, toDecimal64(fee, 8) AS fee_, toDecimal64(builder_fee, 8) AS builder_,
    toDecimal64(closed_pnl, 8) AS closed_, ${FLAGS} AS flags
  FROM fills FINAL
  WHERE account = {account:String} AND coin IN {coins:Array(String)} AND ts >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
  ORDER BY account, coin, ts, tid
  FORMAT RowBinary`
const AT = {
  lane: 0,
  tag: 4,
  ts: 8,
  px: 16,
  sz: 24,
  start: 32,
  fee: 40,
  builder: 48,
  closed: 56,
  flags: 64,
} as const
const ROW_BYTES = 65

type Batch = ReturnType<typeof emptyBatch>

/**
 * Batches of fills; each ends between two moments of a lane. The same arrays are used for the next one: take what is needed.
 * @throws QueryFailedError
 */
export async function* readFillBatches(
  client: ClickHouseClient,
  range: FillRange,
  known: KnownSessions,
): AsyncGenerator<FillBatch> {
  let batch = emptyBatch(BATCH_ROWS)
  for await (const rows of rowsOf(await open(client, range, known))) {
    const view = new DataView(rows.buffer, rows.byteOffset, rows.byteLength)
    for (let at = 0; at < rows.byteLength; at += ROW_BYTES) {
      if (batch.rows === batch.lane.length) {
        const whole = lastMoment(batch)
        if (whole === 0) batch = grown(batch)
        else {
          const all = batch.rows
          batch.rows = whole
          yield batch
          keepFrom(batch, whole, all)
        }
      }
      decode(view, at, batch)
    }
  }
  if (batch.rows > 0) yield batch
}

async function open(client: ClickHouseClient, range: FillRange, known: KnownSessions): Promise<Readable> {
  try {
    const { stream } = await client.exec({
      query: SELECT(known),
      query_params: {
        account: range.account,
        coins: [...range.coins],
        from: range.fromTs,
        ...sessionParams(known),
      },
      clickhouse_settings: { optimize_read_in_order: 1, do_not_merge_across_partitions_select_final: 1 },
    })
    return stream
  } catch (error) {
    throw new QueryFailedError('fills of the ledger', error)
  }
}

/** Whole rows of each chunk; the rest waits for the next. @throws QueryFailedError when the answer ends inside a row */
async function* rowsOf(stream: Readable): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      const whole = bytes.length - (bytes.length % ROW_BYTES)
      rest = bytes.subarray(whole)
      if (whole > 0) yield bytes.subarray(0, whole)
    }
  } catch (error) {
    throw new QueryFailedError('fills of the ledger', error)
  }
  if (rest.length > 0)
    throw new QueryFailedError('fills of the ledger', {
      message: `answer ends with ${rest.length} odd bytes`,
    })
}

function decode(view: DataView, at: number, batch: Batch): void {
  const row = batch.rows++
  const px = whole(view, at + AT.px)
  const sz = whole(view, at + AT.sz)
  const start = whole(view, at + AT.start)
  const fee = whole(view, at + AT.fee)
  const builder = whole(view, at + AT.builder)
  const closed = whole(view, at + AT.closed)
  batch.lane[row] = view.getInt32(at + AT.lane, true)
  batch.tag[row] = view.getUint32(at + AT.tag, true)
  batch.ts[row] = whole(view, at + AT.ts)
  batch.px[row] = px
  batch.sz[row] = sz
  batch.start[row] = start
  batch.fee[row] = fee
  batch.builder[row] = builder
  batch.closed[row] = closed
  batch.flags[row] = view.getUint8(at + AT.flags)
  if (
    px > SAFE ||
    sz > SAFE ||
    start > SAFE ||
    start < -SAFE ||
    fee > SAFE ||
    fee < -SAFE ||
    closed > SAFE ||
    closed < -SAFE ||
    builder > SAFE ||
    builder < -SAFE
  ) {
    batch.wide ??= new Map()
    batch.wide.set(row, wideFill(view, at))
  }
}

/** Exact within 2^53; beyond, near enough to be seen as too large. */
const whole = (view: DataView, at: number): number =>
  view.getInt32(at + 4, true) * TWO_32 + view.getUint32(at, true)

const wideFill = (view: DataView, at: number): WideFill => ({
  px: view.getBigInt64(at + AT.px, true),
  sz: view.getBigInt64(at + AT.sz, true),
  start: view.getBigInt64(at + AT.start, true),
  fee: view.getBigInt64(at + AT.fee, true),
  builder: view.getBigInt64(at + AT.builder, true),
  closed: view.getBigInt64(at + AT.closed, true),
  flags: view.getUint8(at + AT.flags),
})

/** First row of the moment that the batch ends in: the next rows may belong to it. */
function lastMoment({ lane, ts, rows }: Batch): number {
  let row = rows - 1
  while (row > 0 && lane[row - 1] === lane[rows - 1] && ts[row - 1] === ts[rows - 1]) row -= 1
  return row
}

const COLUMNS = ['lane', 'tag', 'ts', 'px', 'sz', 'start', 'fee', 'builder', 'closed', 'flags'] as const

/** Moves the rows `from` … `until − 1` to the front. */
function keepFrom(batch: Batch, from: number, until: number): void {
  for (const name of COLUMNS) batch[name].copyWithin(0, from, until)
  const wide = [...(batch.wide ?? [])].filter(([row]) => row >= from)
  batch.wide = wide.length === 0 ? null : new Map(wide.map(([row, fill]) => [row - from, fill]))
  batch.rows = until - from
}

/** One moment with more fills than a batch has room for. */
function grown(batch: Batch): Batch {
  const larger = emptyBatch(batch.rows * 2)
  for (const name of COLUMNS) larger[name].set(batch[name])
  return Object.assign(larger, { rows: batch.rows, wide: batch.wide })
}

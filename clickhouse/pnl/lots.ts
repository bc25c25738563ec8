/** Every closing of an account as lots, first in first out or size-weighted, as a stream: for the tax office. */
// Not here: the methods (domain/pnl/fifo.ts, domain/pnl/fold.ts), the file (cli/export.ts).
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { type FillRange, readFillBatches } from '#clickhouse/pnl/fill-reader.ts'
import { type FixedE8, mulE8 } from '#domain/fixed-point.ts'
import { chainOrder } from '#domain/pnl/chain-order.ts'
import { type ClosedLot, FifoLane } from '#domain/pnl/fifo.ts'
import { Lane } from '#domain/pnl/lane.ts'
import { type FillBatch, FLAG, type WideFill } from '#domain/pnl/types.ts'
import { WideLane, wideFill } from '#domain/pnl/wide-lane.ts'

export type LotMethod = 'fifo' | 'average'

export interface LotLine extends ClosedLot {
  coin: string
  /** Of the closing fill, its share; USD. */
  fee: FixedE8
}

/** In the order of coin and closing time. Memory holds one batch and the open lots of one coin. */
export async function* readLots(
  client: ClickHouseClient,
  range: FillRange,
  method: LotMethod,
): AsyncGenerator<LotLine> {
  let lane = -1
  let book = openBook(method)
  let standing = new Lane()
  for await (const batch of readFillBatches(client, range, { ids: [], tags: [] }))
    for (let from = 0; from < batch.rows; ) {
      const until = momentEnd(batch, from)
      if (batch.lane[from] !== lane) {
        lane = batch.lane[from] as number
        book = openBook(method)
        standing = new Lane()
      }
      const order = new Int32Array(until - from)
      chainOrder(batch, from, until, standing, order)
      for (const row of order) {
        const fill = exactFill(batch, row)
        const lots = book(batch.ts[row] as number, fill)
        standing.sz = Number(fill.start + ((fill.flags & FLAG.buy) !== 0 ? fill.sz : -fill.sz))
        const closed = lots.reduce((sum, { sz }) => sum + sz, 0n)
        for (const lot of lots)
          yield { ...lot, coin: range.coins[lane] ?? '', fee: closed === 0n ? 0n : feeShare(fill, lot.sz) }
      }
      from = until
    }
}

function momentEnd({ lane, ts, rows }: FillBatch, from: number): number {
  let until = from + 1
  while (until < rows && ts[until] === ts[from] && lane[until] === lane[from]) until += 1
  return until
}

const exactFill = (batch: FillBatch, row: number): WideFill =>
  batch.wide?.get(row) ??
  wideFill(
    batch.px[row] as number,
    batch.sz[row] as number,
    batch.start[row] as number,
    batch.fee[row] as number,
    batch.builder[row] as number,
    batch.closed[row] as number,
    batch.flags[row] as number,
  )

/** A flip pays its fee on what it closes and on what it opens, by size. */
const feeShare = (fill: WideFill, sz: FixedE8): FixedE8 => {
  const usd = (fill.flags & FLAG.feeInCoins) !== 0 ? mulE8(fill.fee, fill.px) : fill.fee
  return fill.sz === 0n ? 0n : (usd * sz) / fill.sz
}

function openBook(method: LotMethod): (ts: number, fill: WideFill) => ClosedLot[] {
  if (method === 'fifo') {
    const lane = new FifoLane()
    return (ts, fill) => lane.fill(ts, fill)
  }
  const lane = new WideLane()
  let openTs = 0
  return (ts, fill) => {
    const flat = lane.held.sz === 0n
    const side = lane.held.sz > 0n ? 1n : -1n
    const known = lane.held.anchored
    if (flat) openTs = ts
    const closing = lane.fill(fill, true)
    const opened = openTs
    if (closing && closing.closed < fill.sz) openTs = ts
    if (!closing) return []
    const closeUsd = mulE8(closing.closed, fill.px)
    const openUsd = closeUsd - side * closing.realised
    return [
      {
        ...{ openTs: opened, closeTs: ts, side: side > 0n ? 'long' : 'short', sz: closing.closed },
        ...{ openUsd, closeUsd, realised: closing.realised, known: known && !closing.anchor },
      },
    ]
  }
}

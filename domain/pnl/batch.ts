/** Fills as columns: an empty batch of a given room, and one made from fill events. */
// Not here: batches straight from ClickHouse's bytes (clickhouse/pnl/fill-reader.ts).
import { type FillEvent, sideSign } from '#domain/events.ts'
import { type Decimal, parseFixed } from '#domain/fixed-point.ts'
import { SAFE } from '#domain/pnl/exact.ts'
import { type FillBatch, FLAG, type WideFill } from '#domain/pnl/types.ts'

/** What the ledger reads of a fill. `builderFee` and `feeInCoins` are absent where the source has none. */
export type LedgerFill = Pick<
  FillEvent,
  'coin' | 'ts' | 'tid' | 'side' | 'px' | 'sz' | 'startPosition' | 'closedPnl' | 'fee' | 'crossed'
> & { account: string; tag?: number; builderFee?: Decimal; feeInCoins?: boolean }

/** Columns with room for `rows` fills. */
export function emptyBatch(rows: number): FillBatch & { wide: Map<number, WideFill> | null } {
  return {
    rows: 0,
    lane: new Int32Array(rows),
    tag: new Uint32Array(rows),
    ts: new Float64Array(rows),
    px: new Float64Array(rows),
    sz: new Float64Array(rows),
    start: new Float64Array(rows),
    fee: new Float64Array(rows),
    builder: new Float64Array(rows),
    closed: new Float64Array(rows),
    flags: new Uint8Array(rows),
    wide: null,
  }
}

/** (account, coin) of each lane, in the order of their numbers. */
export interface LaneName {
  account: string
  coin: string
}

/** One batch of fills in any order; a fill that is there twice counts once. */
export function batchOf(fills: readonly LedgerFill[]): {
  batch: FillBatch
  lanes: LaneName[]
  fills: LedgerFill[]
} {
  const once = new Map(fills.map((fill) => [`${fill.account}\n${fill.coin}\n${fill.ts}\n${fill.tid}`, fill]))
  const sorted = [...once.values()].sort(
    (a, b) => compare(a.account, b.account) || compare(a.coin, b.coin) || a.ts - b.ts || a.tid - b.tid,
  )
  const batch = emptyBatch(sorted.length)
  const lanes: LaneName[] = []
  for (const [row, fill] of sorted.entries()) {
    const last = lanes.at(-1)
    if (!last || last.account !== fill.account || last.coin !== fill.coin)
      lanes.push({ account: fill.account, coin: fill.coin })
    put(batch, row, lanes.length - 1, fill)
  }
  batch.rows = sorted.length
  return { batch, lanes, fills: sorted }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The amounts of one fill × 1e8. @throws HoldfastError INVALID_DECIMAL */
export const wideOf = (fill: LedgerFill): WideFill => ({
  px: parseFixed(fill.px),
  sz: parseFixed(fill.sz),
  start: parseFixed(fill.startPosition),
  fee: parseFixed(fill.fee),
  builder: parseFixed(fill.builderFee ?? '0'),
  closed: parseFixed(fill.closedPnl),
  flags:
    (sideSign(fill.side) > 0 ? FLAG.buy : 0) |
    (fill.crossed ? FLAG.crossed : 0) |
    (fill.feeInCoins ? FLAG.feeInCoins : 0),
})

function put(batch: ReturnType<typeof emptyBatch>, row: number, lane: number, fill: LedgerFill): void {
  const exact = wideOf(fill)
  batch.lane[row] = lane
  batch.tag[row] = fill.tag ?? 0
  batch.ts[row] = fill.ts
  batch.px[row] = Number(exact.px)
  batch.sz[row] = Number(exact.sz)
  batch.start[row] = Number(exact.start)
  batch.fee[row] = Number(exact.fee)
  batch.builder[row] = Number(exact.builder)
  batch.closed[row] = Number(exact.closed)
  batch.flags[row] = exact.flags
  if (!fits(batch, row)) {
    batch.wide ??= new Map()
    batch.wide.set(row, exact)
  }
}

/** True when every amount of the row is within SAFE. */
export function fits(batch: FillBatch, row: number): boolean {
  return (
    (batch.px[row] as number) <= SAFE &&
    (batch.sz[row] as number) <= SAFE &&
    Math.abs(batch.start[row] as number) <= SAFE &&
    Math.abs(batch.fee[row] as number) <= SAFE &&
    Math.abs(batch.builder[row] as number) <= SAFE &&
    Math.abs(batch.closed[row] as number) <= SAFE
  )
}

/** One lane of the ledger on big integers: the reference for what a fill does, and the way for amounts too large for doubles. */
// Not here: the same in doubles (lane.ts, equal by property test), splitting by day and session (fold.ts).
import { absE8, type FixedE8, minE8, mulE8, signE8 } from '#domain/fixed-point.ts'
import { type DaySums, emptySums, FLAG, type Holding, type WideFill } from '#domain/pnl/types.ts'

/** Venue and ledger agree when they differ by no more: its exact rounding is unknown. */
const TOLERANCE_E8 = 5_000_000n
const TOLERANCE_SHARE = 200n

export const isDisputed = (own: FixedE8, venue: FixedE8): boolean => {
  const off = absE8(own - venue)
  return off > TOLERANCE_E8 && off * TOLERANCE_SHARE > absE8(venue)
}

/** What one fill closed. */
export interface Closing {
  closed: FixedE8
  realised: FixedE8
  anchor: boolean
}

export class WideLane {
  held: Holding
  /** Where the fills are counted; the caller's, when it has some. */
  sums: DaySums

  constructor(held: Holding = { sz: 0n, cost: 0n, anchored: true }, sums: DaySums = emptySums()) {
    this.held = { ...held }
    this.sums = sums
  }

  /**
   * Takes one fill. Opening adds its notional to the cost; closing takes the closed share of the cost, rounded down, and the whole
   * cost when flat; a flip opens the rest at the fill's price.
   * @param follows the venue's chain: a lane that should start where the fill says. Sessions do not, they share a position.
   * @returns what it closed, or null
   */
  fill(fill: WideFill, follows: boolean): Closing | null {
    if (follows && fill.start !== this.held.sz) this.reanchor(fill.start, fill.px)
    const notional = mulE8(fill.sz, fill.px)
    const coinFee = (fill.flags & FLAG.feeInCoins) !== 0
    const feeUsd = coinFee ? mulE8(fill.fee, fill.px) : fill.fee
    const size = coinFee ? fill.sz - fill.fee : fill.sz
    this.count(fill, notional, feeUsd)
    const buys = (fill.flags & FLAG.buy) !== 0
    // Coins kept back as the fee were paid for: their price is the fee, not the position's cost.
    return this.move(buys ? size : -size, coinFee ? notional - feeUsd : notional, fill, follows)
  }

  private count(fill: WideFill, notional: FixedE8, feeUsd: FixedE8): void {
    const { sums } = this
    const crossed = (fill.flags & FLAG.crossed) !== 0
    sums.fills += 1
    if (!crossed) sums.makerFills += 1
    sums.volume += notional
    sums.venueRealised += fill.closed
    const own = feeUsd - fill.builder
    sums.builderFees += fill.builder
    if (own < 0n) sums.rebates -= own
    else if (crossed) sums.takerFees += own
    else sums.makerFees += own
  }

  private move(signed: FixedE8, notional: FixedE8, fill: WideFill, follows: boolean): Closing | null {
    const { held } = this
    const side = signE8(held.sz)
    if (side === 0 || side === signE8(signed)) {
      held.sz += signed
      held.cost += notional
      return null
    }
    const size = absE8(signed)
    const holds = absE8(held.sz)
    const closed = minE8(holds, size)
    const proceeds = closed === size ? notional : mulE8(closed, fill.px)
    const known = follows && !held.anchored ? this.venueCost(proceeds, side, fill) : null
    const closedCost = known ?? (closed === holds ? held.cost : (held.cost * closed) / holds)
    const realised = BigInt(side) * (proceeds - closedCost)
    this.sums.realised += realised
    this.sums.closing += 1
    if (known !== null) {
      this.sums.anchors += 1
      held.cost = (known * holds) / closed
      held.anchored = true
    } else if (follows && isDisputed(realised, fill.closed)) this.sums.disputed += 1
    held.sz += signed
    held.cost = closed < size ? notional - proceeds : closed === holds ? 0n : held.cost - closedCost
    if (closed === holds) held.anchored = true
    return { closed, realised, anchor: known !== null }
  }

  /** Cost of the closed coins by the venue's own result; null when that makes no sense. */
  private venueCost(proceeds: FixedE8, side: -1 | 0 | 1, fill: WideFill): FixedE8 | null {
    const cost = proceeds - BigInt(side) * fill.closed
    return cost < 0n ? null : cost
  }

  /** The venue says another position than the ledger: fills are missing. What is new counts at this price until the venue tells its entry. */
  reanchor(start: FixedE8, px: FixedE8): void {
    const { held } = this
    const [was, now] = [absE8(held.sz), absE8(start)]
    this.sums.breaks += 1
    if (signE8(start) === signE8(held.sz) && now <= was) held.cost = was === 0n ? 0n : (held.cost * now) / was
    else {
      const kept = signE8(start) === signE8(held.sz) ? was : 0n
      held.cost = (kept === 0n ? 0n : held.cost) + mulE8(now - kept, px)
      held.anchored = false
    }
    held.sz = start
    if (start === 0n) held.anchored = true
  }
}

/** The same fill from whole numbers in doubles. */
export const wideFill = (
  px: number,
  sz: number,
  start: number,
  fee: number,
  builder: number,
  closed: number,
  flags: number,
): WideFill => ({
  px: BigInt(px),
  sz: BigInt(sz),
  start: BigInt(start),
  fee: BigInt(fee),
  builder: BigInt(builder),
  closed: BigInt(closed),
  flags,
})

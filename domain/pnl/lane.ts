/** One lane of the ledger in doubles that hold whole numbers exactly; it steps aside for big integers where they would not. */
// Not here: the rules in words (wide-lane.ts: equal to the last place, by property test), why mulDiv is exact (exact.ts).
import { mulDiv, SAFE } from '#domain/pnl/exact.ts'
import { type DaySums, emptySums, FLAG, type Holding, type WideFill } from '#domain/pnl/types.ts'
import { WideLane, wideFill } from '#domain/pnl/wide-lane.ts'

const ONE = 1e8
const TOLERANCE = 5_000_000
const SPILL = SAFE
const NARROW = BigInt(SAFE) / 4n

/** What the last fill closed; a field, because a returned object a fill would be garbage a fill. */
export interface LastClosing {
  closed: number | bigint
  realised: number | bigint
  anchor: boolean
  disputed: boolean
}

export class Lane {
  /** Signed coins and their cost, × 1e8. */
  sz = 0
  cost = 0
  anchored = true
  /** Set while an amount is beyond SAFE: then it holds position and cost. */
  wide: WideLane | null = null
  readonly last: LastClosing = { closed: 0, realised: 0, anchor: false, disputed: false }

  private fills = 0
  private makerFills = 0
  private closing = 0
  private disputed = 0
  private breaks = 0
  private anchors = 0
  private volume = 0
  private realised = 0
  private venueRealised = 0
  private takerFees = 0
  private makerFees = 0
  private builderFees = 0
  private rebates = 0
  /** What the doubles had no more room for. */
  private spilled = emptySums()
  /** True when anything happened since the last `takeDay`. */
  active = false

  constructor(held: Holding = { sz: 0n, cost: 0n, anchored: true }) {
    this.hold(held)
  }

  private hold({ sz, cost, anchored }: Holding): void {
    const [small, smallCost] = [Number(sz), Number(cost)]
    this.wide =
      Math.abs(small) <= SAFE && smallCost <= SAFE ? null : new WideLane({ sz, cost, anchored }, this.spilled)
    this.sz = small
    this.cost = smallCost
    this.anchored = anchored
  }

  /**
   * Takes one fill, as WideLane.fill.
   * @returns true when it closed something; `last` tells what
   */
  fill(
    px: number,
    sz: number,
    start: number,
    fee: number,
    builder: number,
    closed: number,
    flags: number,
    follows: boolean,
  ): boolean {
    if (this.wide !== null || (flags & FLAG.feeInCoins) !== 0)
      return this.fillWide(wideFill(px, sz, start, fee, builder, closed, flags), follows)
    if (follows && start !== this.sz) this.reanchor(start, px)
    const notional = mulDiv(sz, px, ONE)
    const unknownCost = follows && !this.anchored ? Math.abs(closed) : 0
    if (!(notional + unknownCost <= SAFE) || !(this.cost + notional <= SAFE) || this.wide !== null)
      return this.fillWide(wideFill(px, sz, start, fee, builder, closed, flags), follows)
    const signed = (flags & FLAG.buy) !== 0 ? sz : -sz
    const held = this.sz
    this.active = true
    this.count(notional, fee - builder, builder, closed, (flags & FLAG.crossed) !== 0)
    if (held === 0 || held > 0 === signed > 0) {
      this.sz = held + signed
      this.cost += notional
      if (this.sz > SAFE || this.sz < -SAFE) this.widen()
      return false
    }
    this.close(held, signed, sz, px, notional, closed, follows)
    return true
  }

  private count(notional: number, own: number, builder: number, closed: number, crossed: boolean): void {
    this.fills += 1
    this.volume += notional
    this.venueRealised += closed
    this.builderFees += builder
    if (!crossed) this.makerFills += 1
    if (own < 0) this.rebates -= own
    else if (crossed) this.takerFees += own
    else this.makerFees += own
    const fees = this.rebates + this.takerFees + this.makerFees + Math.abs(this.builderFees)
    if (this.volume > SPILL || fees > SPILL || Math.abs(this.venueRealised) > SPILL) this.spill()
  }

  private close(
    held: number,
    signed: number,
    size: number,
    px: number,
    notional: number,
    venue: number,
    follows: boolean,
  ): void {
    const side = held > 0 ? 1 : -1
    const holds = held * side
    const closed = Math.min(holds, size)
    const proceeds = closed === size ? notional : mulDiv(closed, px, ONE)
    const anchor = follows && !this.anchored && proceeds - side * venue >= 0
    const closedCost = anchor
      ? proceeds - side * venue
      : closed === holds
        ? this.cost
        : mulDiv(this.cost, closed, holds)
    const realised = side * (proceeds - closedCost)
    const off = Math.abs(realised - venue)
    const disputed = follows && !anchor && off > TOLERANCE && off * 200 > Math.abs(venue)
    this.realised += realised
    this.closing += 1
    this.sz = held + signed
    if (disputed) this.disputed += 1
    if (anchor) {
      this.anchors += 1
      this.anchored = true
      if (closed < size) this.cost = notional - proceeds
      else this.anchorRest(closedCost, holds, closed)
    } else if (closed < size) this.cost = notional - proceeds
    else this.cost = closed === holds ? 0 : this.cost - closedCost
    if (closed === holds) this.anchored = true
    if (this.realised > SPILL || this.realised < -SPILL) this.spill()
    this.last.closed = closed
    this.last.realised = realised
    this.last.anchor = anchor
    this.last.disputed = disputed
  }

  /** The venue's result of the closed part tells what the rest cost. */
  private anchorRest(closedCost: number, holds: number, closed: number): void {
    const whole = closed === holds ? closedCost : mulDiv(closedCost, holds, closed)
    if (whole <= SAFE) this.cost = closed === holds ? 0 : whole - closedCost
    else {
      const cost = (BigInt(closedCost) * BigInt(holds)) / BigInt(closed) - BigInt(closedCost)
      this.hold({ sz: BigInt(this.sz), cost, anchored: this.anchored })
    }
  }

  private reanchor(start: number, px: number): void {
    const was = Math.abs(this.sz)
    const now = Math.abs(start)
    const sameSide = Math.sign(start) === Math.sign(this.sz)
    this.active = true
    this.breaks += 1
    if (sameSide && now <= was) this.cost = was === 0 ? 0 : mulDiv(this.cost, now, was)
    else {
      const kept = sameSide ? was : 0
      const added = mulDiv(now - kept, px, ONE)
      const cost = (kept === 0 ? 0 : this.cost) + added
      if (!(cost <= SAFE)) {
        this.breaks -= 1
        this.widen()
        this.wide?.reanchor(BigInt(start), BigInt(px))
        return
      }
      this.cost = cost
      this.anchored = false
    }
    this.sz = start
    if (start === 0) this.anchored = true
  }

  /** One fill whose amounts are, or make, too large ones. */
  fillWide(fill: WideFill, follows: boolean): boolean {
    this.widen()
    const lane = this.wide as WideLane
    const disputesBefore = lane.sums.disputed
    const closing = lane.fill(fill, follows)
    this.active = true
    if (closing) {
      this.last.closed = closing.closed
      this.last.realised = closing.realised
      this.last.anchor = closing.anchor
      this.last.disputed = lane.sums.disputed > disputesBefore
    }
    const { sz, cost } = lane.held
    // Well inside the bound, so that a position near it does not go to and fro.
    if (sz < NARROW && sz > -NARROW && cost < NARROW) this.hold(lane.held)
    return closing !== null
  }

  private widen(): void {
    this.wide ??= new WideLane(
      { sz: BigInt(this.sz), cost: BigInt(this.cost), anchored: this.anchored },
      this.spilled,
    )
  }

  /** A funding payment, or a session's share of one; positive when received. */
  fund(usd: bigint): void {
    this.active = true
    this.spilled.funding += usd
  }

  private spill(): void {
    const { spilled } = this
    spilled.volume += BigInt(this.volume)
    spilled.realised += BigInt(this.realised)
    spilled.venueRealised += BigInt(this.venueRealised)
    spilled.takerFees += BigInt(this.takerFees)
    spilled.makerFees += BigInt(this.makerFees)
    spilled.builderFees += BigInt(this.builderFees)
    spilled.rebates += BigInt(this.rebates)
    this.volume = this.realised = this.venueRealised = 0
    this.takerFees = this.makerFees = this.builderFees = this.rebates = 0
  }

  holding(): Holding {
    return this.wide
      ? { ...this.wide.held }
      : { sz: BigInt(this.sz), cost: BigInt(this.cost), anchored: this.anchored }
  }

  /** Sums since the last call; they begin anew. */
  takeDay(): DaySums {
    this.spill()
    const sums = this.spilled
    sums.fills += this.fills
    sums.makerFills += this.makerFills
    sums.closing += this.closing
    sums.disputed += this.disputed
    sums.breaks += this.breaks
    sums.anchors += this.anchors
    this.fills = this.makerFills = this.closing = this.disputed = this.breaks = this.anchors = 0
    this.spilled = emptySums()
    if (this.wide) this.wide.sums = this.spilled
    this.active = false
    return sums
  }
}

/** Folds ordered fills and funding payments into one row a lane and UTC day: of the account, and of each session on it. */
// Not here: one fill's effect (lane.ts), the order inside one millisecond (chain-order.ts), where fills come from.
import { chainOrder } from '#domain/pnl/chain-order.ts'
import { Lane } from '#domain/pnl/lane.ts'
import type { ClosedFill, FillBatch, Holding, LaneDay } from '#domain/pnl/types.ts'
import { DAY_MS } from '#domain/time.ts'

/** A payment of one lane; ordered by lane and time, as the fills. */
export interface FundingPayment {
  lane: number
  ts: number
  /** × 1e8, positive when received. */
  usd: bigint
  /** Signed coins that it was paid on, × 1e8. */
  sz: bigint
}

/** What the lanes hold before the first fill of the fold. */
export interface FoldStart {
  lane: number
  tag: number
  holding: Holding
}

/** A lane of an account, and of the sessions that trade on it. */
interface Track {
  account: Lane
  sessions: Map<number, Lane>
}

/**
 * Takes batches in order and hands out each lane's day when it is over.
 * Funding at a moment counts before the fills of that moment, as the venue pays on what was held.
 */
export class Fold {
  private readonly emit: (day: LaneDay) => void
  private readonly trace: ((fill: ClosedFill) => void) | null
  private readonly starts = new Map<number, FoldStart[]>()
  private track: Track = { account: new Lane(), sessions: new Map() }
  private lane = -1
  private day = -1
  private dayEnd = -1
  private order = new Int32Array(64)

  constructor(
    emit: (day: LaneDay) => void,
    starts: readonly FoldStart[] = [],
    trace: ((fill: ClosedFill) => void) | null = null,
  ) {
    this.emit = emit
    this.trace = trace
    for (const start of starts) {
      const known = this.starts.get(start.lane)
      if (known) known.push(start)
      else this.starts.set(start.lane, [start])
    }
  }

  /** @param payments those at or before the batch's last (lane, ts) that were not given yet */
  take(batch: FillBatch, payments: readonly FundingPayment[] = []): void {
    const { rows, lane: lanes, ts: times } = batch
    let due = 0
    for (let from = 0; from < rows; ) {
      const lane = lanes[from] as number
      const ts = times[from] as number
      while (due < payments.length && isBefore(payments[due] as FundingPayment, lane, ts))
        this.pay(payments[due++] as FundingPayment)
      this.turnTo(lane, ts)
      let until = from + 1
      while (until < rows && times[until] === ts && lanes[until] === lane) until += 1
      if (until === from + 1) this.one(batch, from)
      else this.moment(batch, from, until)
      from = until
    }
    while (due < payments.length) this.pay(payments[due++] as FundingPayment)
  }

  /** Payments after the last fill, and those of coins without any. */
  takePayments(payments: readonly FundingPayment[]): void {
    for (const payment of payments) this.pay(payment)
  }

  /** After the last batch: hands out what is open. */
  end(): void {
    this.closeDay()
    this.lane = -1
  }

  private moment(batch: FillBatch, from: number, until: number): void {
    if (this.order.length < until - from) this.order = new Int32Array(2 * (until - from))
    const count = chainOrder(batch, from, until, this.track.account, this.order)
    for (let at = 0; at < count; at++) this.one(batch, this.order[at] as number)
  }

  private one(batch: FillBatch, row: number): void {
    const tag = batch.tag[row] as number
    this.fillLane(this.track.account, batch, row, 0)
    if (tag !== 0) this.fillLane(this.sessionLane(tag), batch, row, tag)
  }

  private fillLane(lane: Lane, batch: FillBatch, row: number, tag: number): void {
    const wide = batch.wide?.get(row)
    const closes = wide
      ? lane.fillWide(wide, tag === 0)
      : lane.fill(
          batch.px[row] as number,
          batch.sz[row] as number,
          batch.start[row] as number,
          batch.fee[row] as number,
          batch.builder[row] as number,
          batch.closed[row] as number,
          batch.flags[row] as number,
          tag === 0,
        )
    if (!closes || this.trace === null) return
    const { closed, realised, anchor, disputed } = lane.last
    this.trace({ row, lane: this.lane, tag, closedSz: closed, realised, anchor, disputed })
  }

  private sessionLane(tag: number): Lane {
    const known = this.track.sessions.get(tag)
    if (known) return known
    const made = new Lane()
    this.track.sessions.set(tag, made)
    return made
  }

  /** A session gets the share of a payment that its position has in the one paid on; what no session held stays the account's alone. */
  private pay({ lane, ts, usd, sz }: FundingPayment): void {
    this.turnTo(lane, ts)
    this.track.account.fund(usd)
    if (sz === 0n) return
    for (const session of this.track.sessions.values()) {
      const held = session.holding().sz
      if (held !== 0n) session.fund((usd * held) / sz)
    }
  }

  private turnTo(lane: number, ts: number): void {
    if (lane === this.lane && ts < this.dayEnd) return
    this.closeDay()
    if (lane !== this.lane) this.openLane(lane)
    this.day = Math.floor(ts / DAY_MS)
    this.dayEnd = (this.day + 1) * DAY_MS
  }

  private openLane(lane: number): void {
    this.lane = lane
    this.track = { account: new Lane(), sessions: new Map() }
    for (const { tag, holding } of this.starts.get(lane) ?? []) {
      if (tag === 0) this.track.account = new Lane(holding)
      else this.track.sessions.set(tag, new Lane(holding))
    }
  }

  /** A session has a row on every day of the account's lane from its first fill on: so no late fill makes one vanish. */
  private closeDay(): void {
    if (this.lane < 0 || !this.track.account.active) return
    this.hand(this.track.account, 0)
    for (const [tag, lane] of this.track.sessions) this.hand(lane, tag)
  }

  private hand(lane: Lane, tag: number): void {
    this.emit({ lane: this.lane, tag, day: this.day, sums: lane.takeDay(), holding: lane.holding() })
  }
}

const isBefore = (payment: FundingPayment, lane: number, ts: number): boolean =>
  payment.lane < lane || (payment.lane === lane && payment.ts <= ts)

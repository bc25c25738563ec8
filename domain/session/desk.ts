/** What one segment knows: its orders, its ledger and its counters. Every change goes through here; nothing here waits. */
// Not here: talking to the venue (submit.ts, reconcile.ts), deciding (segment-candles.ts, segment-maker.ts).
import { type AccountEvent, type FillEvent, type OrderEvent, sideSign } from '#domain/events.ts'
import { type FixedE8, formatFixed, maxE8, parseFixed } from '#domain/fixed-point.ts'
import { buildCloid, type Cloid, hash32 } from '#domain/ids.ts'
import type { Exposure } from '#domain/risk/limits.ts'
import { FillBook, type ListRequest } from '#domain/session/fill-book.ts'
import { foldOf } from '#domain/session/kept-apart.ts'
import type { SegmentInput } from '#domain/session/segment-input.ts'
import { TIMING } from '#domain/session/timing.ts'
import type { Checkpoint, Decision, OrderIntent, RestingStop } from '#domain/session/types.ts'
import type { EpochMs } from '#domain/time.ts'
import {
  intendOrder,
  isUnresolved,
  type OrderLife,
  type OrderNews,
  remainingE8,
  stepOrder,
  unconfirmedE8,
} from '#domain/trading/order-lifecycle.ts'

/** Done orders are kept this long after their end, so that late fills and answers still find them. */
const KEEP_DONE_MAX = 64

export class Desk {
  readonly orders = new Map<Cloid, OrderLife>()
  /** Orders of an earlier segment whose fate is unknown; nothing is sent before the venue has told. */
  inherited: Checkpoint['unresolved']
  readonly fills: FillBook
  #input: SegmentInput
  #seq: number
  #decisionSeq: number
  #decisions: number
  #accepted: number

  constructor(input: SegmentInput) {
    const { checkpoint } = input
    this.#input = input
    this.fills = new FillBook(checkpoint, input.coins, foldOf(input))
    this.#seq = checkpoint.seq
    this.#decisionSeq = checkpoint.decisionSeq
    this.#decisions = checkpoint.decisions
    this.#accepted = checkpoint.orders
    this.inherited = checkpoint.unresolved
    for (const stop of checkpoint.stops) this.#adoptStop(stop)
  }

  #adoptStop({ kind, ...stop }: RestingStop): void {
    const intent: OrderIntent = {
      ...stop,
      tif: 'gtc',
      reduce_only: true,
      trigger: { px: stop.px, kind: kind ?? 'stop' },
      purpose: 'stop',
    }
    this.orders.set(stop.cloid, { ...intendOrder(intent), phase: 'open' })
  }

  /** Names the next order. The name is used up even when the order is never sent. */
  nextCloid(leg: number): Cloid {
    const { session_id, epoch, run } = this.#input
    const cloid = buildCloid({ tag: hash32(session_id), epoch, seq: this.#seq, run, leg })
    this.#seq += 1
    return cloid
  }

  nextDecision(decision: Omit<Decision, 'seq'>): Decision {
    const seq = this.#decisionSeq
    this.#decisionSeq += 1
    this.#decisions += 1
    return { ...decision, seq }
  }

  intend(intent: OrderIntent): void {
    this.orders.set(intent.cloid, intendOrder(intent))
  }

  /** One piece of news about an own order; news about a stranger's changes nothing. */
  tell(cloid: Cloid, news: OrderNews): OrderLife | null {
    const was = this.orders.get(cloid)
    if (!was) return null
    const now = stepOrder(was, news, TIMING.clockSkewMs)
    this.orders.set(cloid, now)
    if (wasAccepted(was, now)) this.#accepted += 1
    if (now.phase === 'done' && was.phase !== 'done') {
      if (mustAsk(now, news)) this.fills.ask()
      this.#forgetOld()
    }
    return now
  }

  #forgetOld(): void {
    if (this.orders.size <= KEEP_DONE_MAX) return
    for (const [cloid, order] of this.orders) {
      if (order.phase === 'done' && order.settled && unconfirmedE8(order) === 0n) this.orders.delete(cloid)
      if (this.orders.size <= KEEP_DONE_MAX / 2) return
    }
  }

  /** Takes what the account stream brought. @returns the fills that were news */
  takeEvents(events: readonly AccountEvent[]): FillEvent[] {
    const news: FillEvent[] = []
    for (const event of events) {
      if (event.kind === 'order') this.tell(event.cloid, orderNews(event))
      if (event.kind !== 'fill') continue
      if (event.snapshot) this.fills.gap() // the stream has begun anew
      if (!this.fills.take(event)) continue
      this.tell(event.cloid, { kind: 'fill', sz: event.sz })
      news.push(event)
    }
    return news
  }

  /** Takes the venue's own list of fills. @returns the fills that were news */
  takeList(listed: readonly FillEvent[], request: ListRequest): FillEvent[] {
    const news = this.fills.foldList(listed, request)
    for (const fill of news) this.tell(fill.cloid, { kind: 'fill', sz: fill.sz })
    return news
  }

  /** The venue's position agrees with the ledger: what answers reported is either folded by now or was never true. */
  settle(): void {
    this.fills.settle()
    for (const [cloid, order] of this.orders) {
      if (unconfirmedE8(order) > 0n) this.orders.set(cloid, { ...order, answeredE8: order.foldedE8 })
      this.tell(cloid, { kind: 'settled' })
    }
  }

  /** Signed coins × 1e8: what is folded, and what answers reported as filled and no fill has confirmed yet. */
  positionE8(coin: string): FixedE8 {
    let total = parseFixed(this.fills.position(coin).sz)
    for (const order of this.orders.values()) {
      if (order.intent.coin === coin) total += BigInt(sideSign(order.intent.side)) * unconfirmedE8(order)
    }
    return total
  }

  exposure(coin: string, markE8: FixedE8 | null): Exposure {
    const opening = [...this.orders.values()]
      .filter(({ intent }) => intent.coin === coin && !intent.reduce_only)
      .map((order) => ({ side: order.intent.side, remainingE8: remainingE8(order) }))
      .filter((order) => order.remainingE8 > 0n)
    return {
      positionE8: this.positionE8(coin),
      opening,
      openOrders: this.live().length,
      markE8,
    }
  }

  /** Every order that may rest or come to rest. */
  live(): OrderLife[] {
    return [...this.orders.values()].filter((order) => order.phase !== 'done')
  }

  /** True while fills were reported that none has confirmed yet, or a canceled order's fills are not told yet. */
  owesFills(): boolean {
    for (const order of this.orders.values()) {
      if (unconfirmedE8(order) > 0n || (order.phase === 'done' && !order.settled)) return true
    }
    return false
  }

  /** Orders that have ended: a list of fills that is asked for now settles them. */
  ended(): Cloid[] {
    return [...this.orders.values()]
      .filter((order) => order.phase === 'done' && !order.settled)
      .map(({ intent }) => intent.cloid)
  }

  /** True while some order's fate or some fill is not known: no decision may be taken on this picture. */
  isUnsettled(): boolean {
    if (this.inherited.length > 0 || this.fills.missing !== 'none') return true
    return [...this.orders.values()].some((order) => isUnresolved(order) || unconfirmedE8(order) > 0n)
  }

  /** Triggers that rest or are on their way: all, of one coin, or of one kind. */
  stops(coin?: string, kind?: 'stop' | 'take_profit'): OrderLife[] {
    return this.live().filter(({ intent }) => {
      if (!intent.trigger || (coin && intent.coin !== coin)) return false
      return kind === undefined || intent.trigger.kind === kind
    })
  }

  /** Everything a successor needs; orders on their way and unknown ones included. */
  checkpoint(ts: EpochMs, worth: Pick<Checkpoint, 'markPx' | 'equityUsd'>): Checkpoint {
    const unresolved = this.live()
      .filter((order) => order.phase !== 'intended' && (isUnresolved(order) || !order.intent.trigger))
      .map(({ intent, expiresTs }) => ({ cloid: intent.cloid, coin: intent.coin, expires_ts: expiresTs }))
    const resting = this.stops().filter((order) => order.phase === 'open')
    return {
      epoch: this.#input.epoch,
      seq: this.#seq,
      decisionSeq: this.#decisionSeq,
      fillCursorTs: this.fills.ledger.fillCursorTs,
      fillCursorTids: this.fills.ledger.fillCursorTids,
      positions: this.fills.ledger.positions,
      lastCandleOpenTs: this.#input.checkpoint.lastCandleOpenTs,
      candleOpenTs: this.#input.checkpoint.candleOpenTs,
      unresolved: [...this.inherited, ...unresolved],
      stops: resting.map(({ intent }) => ({
        cloid: intent.cloid,
        coin: intent.coin,
        side: intent.side,
        px: intent.trigger?.px ?? intent.px,
        sz: formatFixed(parseFixed(intent.sz)),
        ...(intent.trigger?.kind === 'take_profit' ? { kind: 'take_profit' as const } : {}),
      })),
      orders: this.#accepted,
      decisions: this.#decisions,
      ...worth,
      engine: this.#input.checkpoint.engine,
      updatedTs: ts,
    }
  }
}

const wasAccepted = (was: OrderLife, now: OrderLife): boolean => !hasExisted(was) && hasExisted(now)

const hasExisted = (order: OrderLife): boolean =>
  order.phase === 'open' ||
  (order.phase === 'done' && order.end !== 'rejected' && order.end !== 'never_placed')

const orderNews = (event: OrderEvent): OrderNews => ({
  kind: 'event',
  status: event.status,
  filledE8: maxE8(parseFixed(event.originalSz) - parseFixed(event.sz), 0n),
})

/** True when an order ended in a way that nobody will explain by himself: the venue has to be asked at once. */
const mustAsk = (order: OrderLife, news: OrderNews): boolean =>
  !order.settled && (order.end === 'gone' || news.kind === 'status')

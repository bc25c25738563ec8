/** The life of one own order as a pure state machine: what we know of it, from every source, in whatever order it arrives. */
// Not here: sending and cancelling (domain/session/submit.ts), the list of orders of a segment (domain/session/desk.ts).
import type { OrderStatusKind } from '#domain/events.ts'
import { absE8, type FixedE8, maxE8, parseFixed } from '#domain/fixed-point.ts'
import type { CancelAnswer, OrderAnswer } from '#domain/session/ports.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import type { EpochMs } from '#domain/time.ts'

/**
 * `intended` named and journaled, not sent · `sent` on its way · `unknown` no answer came · `open` at the venue ·
 * `done` for ever: nothing about it can change but late news of its fills.
 */
export type OrderPhase = 'intended' | 'sent' | 'unknown' | 'open' | 'done'

/** How a `done` order ended; `gone` is filled or canceled, its fills tell which. */
export type OrderEnd = 'filled' | 'canceled' | 'rejected' | 'never_placed' | 'gone'

export interface OrderLife {
  intent: OrderIntent
  phase: OrderPhase
  end: OrderEnd | null
  message: string
  /** After this wall time the venue refuses it, so an order unknown there will never exist. 0 before it was sent. */
  expiresTs: EpochMs
  /** Coins × 1e8 filled by the venue's answer, and by fills that were folded. */
  answeredE8: FixedE8
  foldedE8: FixedE8
  /** True once it is known how much was filled: a cancel's answer does not say, the account stream and the list of fills do. */
  settled: boolean
  /** A modify that was to end it is unanswered, and may arrive until this wall time: it rests, or it is gone. 0 without one. */
  doubtedTs: EpochMs
}

export type OrderNews =
  | { kind: 'sent'; expiresTs: EpochMs }
  | { kind: 'refused'; message: string } // by ourselves, before it was sent
  | { kind: 'answer'; answer: OrderAnswer }
  /** `sentTs` and `wasOpen`: when the cancel was sent, and whether the order was known to rest by then. */
  | { kind: 'cancel'; answer: CancelAnswer; sentTs: EpochMs; wasOpen: boolean }
  /** To an order that rested: what the venue answered for the order that was to take its place, and when that modify expires. */
  | { kind: 'replaced'; answer: OrderAnswer; expiresTs: EpochMs }
  /** From the account stream; `filled` is original − remaining size. */
  | { kind: 'event'; status: OrderStatusKind; filledE8: FixedE8 }
  /** Every fill up to the order's end has been read from the venue. */
  | { kind: 'settled' }
  /** Asked by cloid; `sentTs` is when the question was sent: the answer may be older than the order's arrival. */
  | { kind: 'status'; status: OrderStatusKind | 'unknown'; sentTs: EpochMs }
  | { kind: 'fill'; sz: string }

export function intendOrder(intent: OrderIntent): OrderLife {
  return {
    intent,
    phase: 'intended',
    end: null,
    message: '',
    expiresTs: 0,
    answeredE8: 0n,
    foldedE8: 0n,
    settled: false,
    doubtedTs: 0,
  }
}

/** The order after one piece of news. `done` stays done; only what was filled can still grow. */
export function stepOrder(order: OrderLife, news: OrderNews, clockSkewMs: number): OrderLife {
  if (news.kind === 'fill') return stepFill(order, parseFixed(news.sz))
  if (news.kind === 'answer' && news.answer.status === 'filled') {
    const filled = maxE8(order.answeredE8, parseFixed(news.answer.sz))
    return { ...order, answeredE8: filled, phase: 'done', end: order.end ?? 'filled', settled: true }
  }
  if (news.kind === 'event') return stepEvent(order, news.status, news.filledE8)
  if (news.kind === 'settled') return order.phase === 'done' ? { ...order, settled: true } : order
  if (order.phase === 'done') return order
  switch (news.kind) {
    case 'sent':
      return order.phase === 'intended' ? { ...order, phase: 'sent', expiresTs: news.expiresTs } : order
    case 'refused':
      return order.phase === 'intended' ? end(order, 'rejected', news.message) : order
    case 'answer':
      return stepAnswer(order, news.answer)
    case 'cancel':
      return stepCancel(order, news.answer, news.wasOpen || isExpired(order, news.sentTs, clockSkewMs))
    case 'replaced':
      return stepReplaced(order, news.answer, news.expiresTs)
    case 'status':
      if (news.status !== 'unknown') {
        // Seen resting while the modify may still arrive, it stays in doubt.
        const isSure = news.sentTs > order.doubtedTs + clockSkewMs
        return stepStatus(isSure ? { ...order, doubtedTs: 0 } : order, news.status)
      }
      // Unknown at the venue: it may still be on its way until its time is over. An open order cannot become unknown there.
      return order.phase !== 'open' && isExpired(order, news.sentTs, clockSkewMs)
        ? end(order, 'never_placed', 'unknown at the venue after it expired')
        : order
  }
}

const end = (order: OrderLife, how: OrderEnd, message = ''): OrderLife => ({
  ...order,
  phase: 'done',
  end: how,
  message,
  settled: how === 'rejected' || how === 'never_placed' || order.foldedE8 >= sizeE8(order),
})

/** True when the venue would refuse the order by now, with room for the clocks' difference. */
export function isExpired(order: OrderLife, ts: EpochMs, clockSkewMs: number): boolean {
  return order.phase !== 'intended' && ts > order.expiresTs + clockSkewMs
}

function stepFill(order: OrderLife, sz: FixedE8): OrderLife {
  const folded = order.foldedE8 + sz
  const filled = { ...order, foldedE8: folded, settled: order.settled || folded >= sizeE8(order) }
  if (order.phase === 'done') return filled
  return folded >= sizeE8(order) ? end(filled, 'filled') : { ...filled, phase: 'open' }
}

/** The stream says how much was filled, so an order that it ends leaves no doubt. */
function stepEvent(order: OrderLife, status: OrderStatusKind, filledE8: FixedE8): OrderLife {
  const told = { ...order, answeredE8: maxE8(order.answeredE8, filledE8) }
  const over = status === 'filled' || status === 'canceled' || status === 'rejected'
  if (order.phase === 'done') return { ...told, settled: order.settled || over }
  return { ...stepStatus(told, status), settled: over }
}

function stepAnswer(order: OrderLife, answer: OrderAnswer): OrderLife {
  switch (answer.status) {
    case 'resting':
    case 'accepted':
      return { ...order, phase: 'open' }
    case 'rejected':
      // A refusal after the order was seen open can only be a duplicate's: the first one lives.
      return order.phase === 'open' ? order : end(order, 'rejected', answer.message)
    case 'unknown':
      return order.phase === 'sent' ? { ...order, phase: 'unknown', message: answer.message } : order
    case 'filled':
      return order // handled before
  }
}

/**
 * `gone` proves an end only where the order had arrived, or could not arrive any more, when the cancel was SENT: else the cancel
 * may have overtaken the order, which rests now.
 */
function stepCancel(order: OrderLife, answer: CancelAnswer, couldNotArriveLater: boolean): OrderLife {
  if (answer.status === 'canceled') return end(order, 'canceled')
  if (answer.status === 'gone' && couldNotArriveLater) return end(order, 'gone')
  return order
}

/**
 * A modify ends the old order before it places the new one, so a new one that lives proves the end. Refused, it may have ended the
 * old one or left it alone: the venue does either, so the old one stays open for us until it is cancelled. Source: wire contract §6.
 */
function stepReplaced(order: OrderLife, answer: OrderAnswer, expiresTs: EpochMs): OrderLife {
  switch (answer.status) {
    case 'resting':
    case 'accepted':
    case 'filled':
      return end(order, 'canceled')
    case 'rejected':
      return answer.code === 'GONE' ? end(order, 'gone') : order
    case 'unknown':
      return { ...order, doubtedTs: expiresTs }
  }
}

function stepStatus(order: OrderLife, status: OrderStatusKind): OrderLife {
  switch (status) {
    case 'open':
    case 'triggered': // the closing order it became carries the same id
      return { ...order, phase: 'open' }
    case 'filled':
      return end(order, 'filled')
    case 'canceled':
      return end(order, 'canceled')
    case 'rejected':
      return end(order, 'rejected', 'rejected by the venue')
  }
}

const sizeE8 = (order: OrderLife): FixedE8 => absE8(parseFixed(order.intent.sz))

/** Coins × 1e8 that may still fill, or may have been filled for all we know: 0 once it is done and settled. */
export function remainingE8(order: OrderLife): FixedE8 {
  if (order.phase === 'done' && order.settled) return 0n
  return maxE8(sizeE8(order) - maxE8(order.answeredE8, order.foldedE8), 0n)
}

/** Coins × 1e8 that the venue reported as filled and no folded fill has confirmed yet. */
export const unconfirmedE8 = (order: OrderLife): FixedE8 => maxE8(order.answeredE8 - order.foldedE8, 0n)

/** True while nobody can say whether the order exists: its slot must stay untouched. */
export const isUnresolved = (order: OrderLife): boolean =>
  order.phase === 'sent' || order.phase === 'unknown' || isDoubted(order)

/** True while an unanswered modify may have ended the order. */
export const isDoubted = (order: OrderLife): boolean => order.phase === 'open' && order.doubtedTs > 0

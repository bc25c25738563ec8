/** A small deterministic exchange for one account: expiry, ALO, IOC, reduce-only, triggers, fills. It takes an order id twice, so that a duplicate shows. */
import type { AccountEvent, FillEvent, OrderEvent, OrderStatusKind, Side } from '#domain/events.ts'
import { absE8, type FixedE8, formatFixed, minE8, mulE8, parseFixed, signE8 } from '#domain/fixed-point.ts'
import type {
  CancelAnswer,
  OpenOrder,
  OrderAnswer,
  OrderModify,
  VenueAccount,
} from '#domain/session/ports.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import { type Market, priceText } from './market.ts'
import type { Random } from './random.ts'

export const ACCOUNT = 'sim'
const START_USD = 100_000n * 100_000_000n
const FEE_PPM = { taker: 450n, maker: 150n } as const

export interface VenueOrder {
  oid: number
  intent: OrderIntent
  remainingE8: FixedE8
  status: OrderStatusKind
  acceptedMs: number
}

export interface SimVenue {
  nowMs: number
  readonly orders: readonly VenueOrder[]
  /** Of all coins, signed: that of the coin where there is one. */
  readonly positionE8: FixedE8
  heldE8(coin: string): FixedE8
  coins(): string[]
  /** Share of orders that are refused for no reason of theirs. */
  rejectShare: number
  readonly fills: readonly FillEvent[]
  open(): VenueOrder[]
  /** Told of every order that begins to live. */
  onAccepted: (order: VenueOrder) => void
  onEvent: (event: AccountEvent) => void
  place(intents: readonly OrderIntent[], expiresAfter: number): OrderAnswer[]
  /** The old order ends, the new one is placed. Where that is refused the old one may have ended all the same: the venue's ways differ. */
  modify(modifies: readonly OrderModify[], expiresAfter: number): OrderAnswer[]
  /** What became of every modify so far. */
  readonly modified: { done: number; gone: number; refused: number }
  /** Share of modifies that end the old order only once the new one is taken. */
  keepsOldShare: number
  cancel(cloids: readonly string[], expiresAfter: number): CancelAnswer[]
  openOrders(): OpenOrder[]
  account(): VenueAccount
  fillsSince(ts: number): FillEvent[]
  statusOf(cloid: string): { status: OrderStatusKind | 'unknown'; word: string }
  /** The market has moved: resting orders may fill, triggers may fire. */
  match(): void
  /** Somebody trades by hand in the account, past the session. */
  realizedE8(): { pnlE8: FixedE8; feesE8: FixedE8 }
}

export function createVenue(market: Market, random: Random): SimVenue {
  const orders: VenueOrder[] = []
  const fills: FillEvent[] = []
  let live: VenueOrder[] = []
  const books = new Map<string, { positionE8: FixedE8; entryE8: FixedE8 }>()
  const bookOf = (coin: string) => {
    const book = books.get(coin) ?? { positionE8: 0n, entryE8: 0n }
    books.set(coin, book)
    return book
  }
  let pnlE8 = 0n
  let feesE8 = 0n
  let nextId = 1

  const emitOrder = (order: VenueOrder): void => {
    const { intent } = order
    const event: OrderEvent = {
      kind: 'order',
      account: ACCOUNT,
      coin: intent.coin,
      oid: order.oid,
      cloid: intent.cloid,
      side: intent.side,
      limitPx: intent.px,
      sz: formatFixed(order.remainingE8),
      originalSz: intent.sz,
      status: order.status,
      word: order.status,
      ts: venue.nowMs,
      receivedTs: venue.nowMs,
    }
    venue.onEvent(event)
  }

  const finish = (order: VenueOrder, status: OrderStatusKind): void => {
    order.status = status
    live = live.filter((each) => each !== order)
    emitOrder(order)
  }

  const fill = (order: VenueOrder, cents: number, sz: FixedE8, crossed: boolean): void => {
    const px = BigInt(Math.round(cents)) * 1_000_000n
    const sign = order.intent.side === 'buy' ? 1n : -1n
    const book = bookOf(order.intent.coin)
    const before = book.positionE8
    const opens = before === 0n || signE8(before) === Number(sign)
    const closing = opens ? 0n : minE8(absE8(before), sz)
    const closedPnl = mulE8(closing, px - book.entryE8) * BigInt(signE8(before))
    const after = before + sign * sz
    book.positionE8 = after
    if (after === 0n) book.entryE8 = 0n
    else if (opens) book.entryE8 = (absE8(before) * book.entryE8 + sz * px) / absE8(after)
    else if (signE8(after) !== signE8(before)) book.entryE8 = px
    const fee = (mulE8(sz, px) * (crossed ? FEE_PPM.taker : FEE_PPM.maker)) / 1_000_000n
    pnlE8 += closedPnl
    feesE8 += fee
    order.remainingE8 -= sz
    const event: FillEvent = {
      kind: 'fill',
      account: ACCOUNT,
      coin: order.intent.coin,
      ts: venue.nowMs,
      tid: nextId++,
      oid: order.oid,
      cloid: order.intent.cloid,
      side: order.intent.side,
      px: formatFixed(px),
      sz: formatFixed(sz),
      startPosition: formatFixed(before),
      direction: '',
      closedPnl: formatFixed(closedPnl),
      fee: formatFixed(fee),
      crossed,
      hash: '',
      snapshot: false,
      receivedTs: venue.nowMs,
    }
    fills.push(event)
    venue.onEvent(event)
    if (order.remainingE8 === 0n) finish(order, 'filled')
  }

  /** Coins that a reduce-only order may still take; everything for others. */
  const allowance = (coin: string, side: Side, reduceOnly: boolean): FixedE8 | null => {
    if (!reduceOnly) return null
    const { positionE8 } = bookOf(coin)
    const reduces = side === 'sell' ? positionE8 > 0n : positionE8 < 0n
    return reduces ? absE8(positionE8) : 0n
  }

  const crosses = (side: Side, pxE8: FixedE8): boolean =>
    side === 'buy' ? pxE8 >= BigInt(market.ask) * 1_000_000n : pxE8 <= BigInt(market.bid) * 1_000_000n

  const take = (order: VenueOrder, partial: boolean): FixedE8 => {
    const cap = allowance(order.intent.coin, order.intent.side, order.intent.reduce_only)
    let sz = cap === null ? order.remainingE8 : minE8(order.remainingE8, cap)
    if (partial && sz > 1_000_000n) sz = (sz / 2_000_000n) * 1_000_000n || sz
    if (sz > 0n) fill(order, order.intent.side === 'buy' ? market.ask : market.bid, sz, true)
    return sz
  }

  const placeOne = (intent: OrderIntent): OrderAnswer => {
    const { cloid, side } = intent
    const reject = (message: string): OrderAnswer => ({ cloid, status: 'rejected', message })
    const pxE8 = parseFixed(intent.px)
    if (venue.rejectShare > 0 && random.chance(venue.rejectShare))
      return reject('Insufficient margin to place order.')
    if (allowance(intent.coin, side, intent.reduce_only) === 0n)
      return reject('Reduce only order would increase position.')
    if (intent.trigger) {
      const trigger = parseFixed(intent.trigger.px)
      const mark = BigInt(Math.round(market.mid * 100)) * 10_000n
      if (firesAt(intent, mark, trigger)) return reject('Invalid TP/SL price.')
    } else {
      if (intent.tif === 'alo' && crosses(side, pxE8))
        return reject('Post only order would have immediately matched')
      if (intent.tif === 'ioc' && !crosses(side, pxE8)) {
        return reject('Order could not immediately match against any resting orders.')
      }
    }
    const order: VenueOrder = {
      oid: nextId++,
      intent,
      remainingE8: parseFixed(intent.sz),
      status: 'open',
      acceptedMs: venue.nowMs,
    }
    orders.push(order)
    live.push(order)
    venue.onAccepted(order)
    if (intent.tif === 'ioc' && !intent.trigger) {
      const px = priceText(side === 'buy' ? market.ask : market.bid)
      const took = take(order, random.chance(0.2))
      if (order.status === 'open') finish(order, 'canceled')
      return { cloid, status: 'filled', oid: order.oid, sz: formatFixed(took), avgPx: px }
    }
    emitOrder(order)
    return { cloid, status: 'resting', oid: order.oid }
  }

  const modifyOne = ({ cloid, order }: OrderModify): OrderAnswer => {
    const old = live.find((each) => each.intent.cloid === cloid)
    if (!old) {
      venue.modified.gone += 1
      const message = 'Cannot modify canceled or filled order'
      return { cloid: order.cloid, status: 'rejected', message, code: 'GONE' }
    }
    const looksFirst = random.chance(venue.keepsOldShare)
    if (!looksFirst) finish(old, 'canceled')
    live = live.filter((each) => each !== old)
    const answer = placeOne(order)
    const isRefused = answer.status === 'rejected'
    venue.modified[isRefused ? 'refused' : 'done'] += 1
    if (looksFirst && isRefused) live.push(old)
    else if (looksFirst) finish(old, 'canceled')
    return answer
  }

  const venue: SimVenue = {
    nowMs: 0,
    orders,
    fills,
    get positionE8() {
      return [...books.values()].reduce((total, book) => total + book.positionE8, 0n)
    },
    heldE8: (coin) => books.get(coin)?.positionE8 ?? 0n,
    coins: () => [...books.keys()],
    rejectShare: 0,
    modified: { done: 0, gone: 0, refused: 0 },
    keepsOldShare: 0.5,
    open: () => live,
    onAccepted: () => undefined,
    onEvent: () => undefined,
    place(intents, expiresAfter) {
      if (venue.nowMs > expiresAfter) {
        return intents.map(({ cloid }) => ({ cloid, status: 'rejected', message: 'Action already expired' }))
      }
      return intents.map(placeOne)
    },
    modify(modifies, expiresAfter) {
      if (venue.nowMs > expiresAfter) {
        const message = 'Action already expired'
        return modifies.map(({ order }) => ({ cloid: order.cloid, status: 'rejected', message }))
      }
      return modifies.map(modifyOne)
    },
    cancel(cloids, expiresAfter) {
      return cloids.map((cloid) => {
        if (venue.nowMs > expiresAfter) return { cloid, status: 'unknown', message: 'Action already expired' }
        const found = live.filter((order) => order.intent.cloid === cloid)
        for (const order of found) finish(order, 'canceled')
        return { cloid, status: found.length > 0 ? 'canceled' : 'gone' }
      })
    },
    openOrders: () =>
      live.map(({ oid, intent, remainingE8, acceptedMs }) => ({
        coin: intent.coin,
        oid,
        cloid: intent.cloid,
        side: intent.side,
        px: intent.trigger?.px ?? intent.px,
        sz: formatFixed(remainingE8),
        reduceOnly: intent.reduce_only,
        trigger: intent.trigger !== undefined,
        ts: acceptedMs,
      })),
    account() {
      const mark = BigInt(Math.round(market.mid * 100)) * 10_000n
      const held = [...books].filter(([, { positionE8 }]) => positionE8 !== 0n)
      const open = held.reduce(
        (total, [, { positionE8, entryE8 }]) => total + (positionE8 * (mark - entryE8)) / 100_000_000n,
        0n,
      )
      return {
        equityUsd: formatFixed(START_USD + pnlE8 - feesE8 + open),
        positions: held.map(([coin, { positionE8, entryE8 }]) => ({
          coin,
          sz: formatFixed(positionE8),
          entryPx: formatFixed(entryE8),
        })),
      }
    },
    fillsSince: (ts) => fills.filter((each) => each.ts >= ts),
    statusOf(cloid) {
      const order = orders.findLast((each) => each.intent.cloid === cloid)
      return order ? { status: order.status, word: order.status } : { status: 'unknown', word: 'unknownOid' }
    },
    match() {
      for (const order of [...live]) {
        const { intent } = order
        if (intent.trigger) {
          const trigger = parseFixed(intent.trigger.px)
          const mark = BigInt(Math.round(market.mid * 100)) * 10_000n
          if (!firesAt(intent, mark, trigger)) continue
          take(order, false)
          if (order.status === 'open') finish(order, 'canceled')
          continue
        }
        const px = parseFixed(intent.px)
        const through = crosses(intent.side, px)
        const touched =
          intent.side === 'buy'
            ? px >= BigInt(market.bid) * 1_000_000n
            : px <= BigInt(market.ask) * 1_000_000n
        if (!through && !(touched && random.chance(0.15))) continue
        const cap = allowance(intent.coin, intent.side, intent.reduce_only)
        let sz = cap === null ? order.remainingE8 : minE8(order.remainingE8, cap)
        if (!through && random.chance(0.5) && sz > 2_000_000n) sz = (sz / 2_000_000n) * 1_000_000n
        if (sz > 0n) fill(order, Number(px / 1_000_000n), sz, false)
        else finish(order, 'canceled')
      }
    },
    realizedE8: () => ({ pnlE8, feesE8 }),
  }
  return venue
}

/** A stop fires against the position, a take-profit with it. */
const firesAt = ({ side, trigger }: OrderIntent, markE8: FixedE8, triggerE8: FixedE8): boolean =>
  (side === 'sell') === (trigger?.kind === 'stop') ? markE8 <= triggerE8 : markE8 >= triggerE8

/** An exchange in memory with one standing price: quotes rest for ever, aggressive orders fill at the touch. For tests of what happens around trading. */
// Not here: matching (exchange/paper/engine), an exchange behind HTTP (fake-exchange.ts).
import type { FillEvent } from '#domain/events.ts'
import { formatFixed, mulE8, parseFixed } from '#domain/fixed-point.ts'
import { parseCloid } from '#domain/ids.ts'
import type { MarketView, OpenOrder, OrderAnswer, Venue } from '#domain/session/ports.ts'
import type { OrderIntent } from '#domain/session/types.ts'

export interface QuietVenue extends Venue {
  /** Every order that was ever accepted, in order. */
  readonly accepted: readonly OrderIntent[]
  /** Orders now resting. */
  readonly resting: ReadonlyMap<string, OpenOrder>
  /** Signed coins. */
  position(coin: string): string
  /** Nothing answers any more until it is set back. */
  silent: boolean
}

export const TOUCH = { bid: '1999', ask: '2001' } as const

export function createQuietVenue(account: string): QuietVenue {
  const resting = new Map<string, OpenOrder>()
  const accepted: OrderIntent[] = []
  const fills: FillEvent[] = []
  const positions = new Map<string, bigint>()
  let oid = 0
  const answering = async <T>(value: () => T): Promise<T> => {
    if (venue.silent) await new Promise(() => {})
    return value()
  }
  const fill = (order: OrderIntent, id: number): OrderAnswer => {
    const szE8 = parseFixed(order.sz)
    const before = positions.get(order.coin) ?? 0n
    positions.set(order.coin, before + (order.side === 'buy' ? szE8 : -szE8))
    const px = order.side === 'buy' ? TOUCH.ask : TOUCH.bid
    fills.push({
      ...{ kind: 'fill', account, coin: order.coin, ts: Date.now(), tid: id, oid: id, cloid: order.cloid },
      ...{ side: order.side, px, sz: order.sz, startPosition: formatFixed(before), direction: 'Open Long' },
      ...{ closedPnl: '0', fee: formatFixed(mulE8(parseFixed(px), szE8) / 2_000n), crossed: true },
      ...{ hash: '', snapshot: false, receivedTs: Date.now() },
    })
    return { cloid: order.cloid, status: 'filled', oid: id, sz: order.sz, avgPx: px }
  }
  const place = (order: OrderIntent): OrderAnswer => {
    accepted.push(order)
    oid += 1
    if (order.tif === 'ioc' && !order.trigger) return fill(order, oid)
    const { coin, cloid, side, px, sz, reduce_only: reduceOnly } = order
    const trigger = order.trigger !== undefined
    resting.set(cloid, { coin, oid, cloid, side, px, sz, reduceOnly, trigger, ts: Date.now() })
    return trigger ? { cloid, status: 'accepted' } : { cloid, status: 'resting', oid }
  }
  const venue: QuietVenue = {
    accepted,
    resting,
    silent: false,
    position: (coin) => formatFixed(positions.get(coin) ?? 0n),
    placeOrders: (orders, { stillAllowed }) =>
      answering(() => {
        const refusal = stillAllowed?.() ?? null
        return orders.map((order) =>
          refusal === null ? place(order) : { cloid: order.cloid, status: 'rejected', message: refusal },
        )
      }),
    cancelOrders: (orders) =>
      answering(() =>
        orders.map(({ cloid }) => ({ cloid, status: resting.delete(cloid) ? 'canceled' : 'gone' })),
      ),
    cancelByOid: (orders) =>
      answering(() => {
        for (const [cloid, order] of resting)
          if (orders.some((each) => each.oid === order.oid)) resting.delete(cloid)
      }),
    openOrders: () => answering(() => [...resting.values()]),
    account: () =>
      answering(() => ({
        equityUsd: '10000',
        positions: [...positions]
          .filter(([, sz]) => sz !== 0n)
          .map(([coin, sz]) => ({ coin, sz: formatFixed(sz), entryPx: '2000' })),
      })),
    fillsSince: (ts) => answering(() => fills.filter((each) => each.ts >= ts)),
    orderStatus: (cloid) =>
      answering(() =>
        resting.has(cloid)
          ? { status: 'open', word: 'open' }
          : accepted.some((order) => order.cloid === cloid)
            ? { status: 'canceled', word: 'canceled' }
            : { status: 'unknown', word: 'unknownOid' },
      ),
    touch: () => answering(() => TOUCH),
  }
  return venue
}

/** A market that always shows the same fresh price. */
export const quietMarket: MarketView = {
  bbo: (coin) => ({
    ...{ kind: 'bbo', coin, ts: Date.now(), receivedTs: Date.now() },
    bid: { px: TOUCH.bid, sz: '10', n: 1 },
    ask: { px: TOUCH.ask, sz: '10', n: 1 },
  }),
  book: () => null,
  lastTrade: () => null,
  markPx: () => '2000',
  ageMs: () => 0,
  candle: () => null,
  closedCandles: () => [],
  sizeDecimals: () => 4,
}

/** Epochs of the orders that were ever accepted, each once, in order of first appearance. */
export const epochsOf = (venue: QuietVenue): number[] => [
  ...new Set(venue.accepted.map(({ cloid }) => parseCloid(cloid)?.epoch ?? -1)),
]

/** The paper exchange's own engine as the venue of a session in virtual time: its matching, triggers, fees and ledger, in a market that a test moves. */
// Not here: who moves it (candle-world.ts), HTTP and signatures (tests/paper).
import { assert } from '#domain/errors.ts'
import type { AccountEvent, FillEvent, OrderEvent } from '#domain/events.ts'
import { parseFixed } from '#domain/fixed-point.ts'
import type { CancelAnswer, OpenOrder, OrderAnswer, Venue } from '#domain/session/ports.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import { createEngine } from '#exchange/paper/engine/engine.ts'
import { accountFaults, bookFaults } from '#exchange/paper/engine/invariants.ts'
import { accountValue } from '#exchange/paper/engine/margin.ts'
import { marksOf } from '#exchange/paper/engine/state.ts'
import type { CoinSpec, Fill, Order, OrderRequest, OrderResult } from '#exchange/paper/engine/types.ts'
import { formatUnits, formatUsd, parseUnits, pow10, USD_DECIMALS } from '#exchange/paper/engine/units.ts'
import { orderStatusKind } from '#exchange/wire/account-frames.ts'
import type { Scheduler } from './scheduler.ts'

const USER = '0xsession'
const ACCOUNT = 'unit'
/** Each way, virtual milliseconds. */
const TRAVEL_MS = 2
/** More than any order of a test takes. */
const DEPTH_LOTS = 100_000_000
const TIF = { ioc: 'Ioc', alo: 'Alo', gtc: 'Gtc' } as const

export interface Quote {
  bid: number
  ask: number
  mark: number
}

export interface PaperVenue {
  venue: Venue
  onEvent: (event: AccountEvent) => void
  /** Sets book and mark of a coin; triggers fire. */
  quote(coin: string, quote: Quote): void
  quoteOf(coin: string): Quote
  /** Signed coins. */
  held(coin: string): number
  /** Trigger prices that wait, USD. */
  triggers(coin: string): number[]
  fills(): { coin: string; fill: FillEvent; ofTrigger: boolean }[]
  /** Broken invariants of the exchange's own ledger. */
  faults(): string[]
}

export function createPaperVenue(
  scheduler: Scheduler,
  coins: readonly { coin: string; sizeDecimals: number }[],
  equityUsd: number,
): PaperVenue {
  const specs = coins.map(({ coin, sizeDecimals }, asset): CoinSpec => specOf(coin, sizeDecimals, asset))
  const engine = createEngine({ specs, seed: 1 })
  engine.deposit(scheduler.nowMs, USER, Math.round(equityUsd * pow10(USD_DECIMALS)))
  engine.drain()
  const quotes = new Map<string, Quote>()
  const known: { coin: string; fill: FillEvent; ofTrigger: boolean }[] = []
  const account = () => {
    const found = engine.account(USER)
    assert(found, 'the account was opened with its deposit')
    return found
  }
  const specNamed = (coin: string): CoinSpec => {
    const spec = specs.find(({ name }) => name === coin)
    assert(spec, `${coin} is not traded here`)
    return spec
  }
  const specAt = (asset: number): CoinSpec => specs[asset] as CoinSpec

  /** Tells what the engine did, as its socket would, a moment later. */
  function tell(): void {
    const events: AccountEvent[] = []
    for (const record of engine.drain()) {
      if (record.kind === 'fill') {
        const fill = fillEvent(record.fill, specAt(record.fill.asset))
        known.push({ coin: fill.coin, fill, ofTrigger: record.order?.trigger != null })
        events.push(fill)
      }
      if (record.kind === 'order') {
        const { order, status, sz, ts } = record
        events.push(orderEvent({ ...order, status, sz }, specAt(order.asset), ts))
      }
    }
    if (events.length > 0) scheduler.after(1, () => events.forEach((event) => void paper.onEvent(event)))
  }

  /** There and back; what happens in between happens at the venue's moment. */
  const call = <T>(execute: () => T): Promise<T> =>
    new Promise((resolve) => {
      scheduler.after(TRAVEL_MS, () => {
        const value = execute()
        tell()
        scheduler.after(TRAVEL_MS, () => resolve(value))
      })
    })

  const placeAll = (orders: readonly OrderIntent[]): OrderAnswer[] => {
    const requests = orders.map((intent) => requestOf(intent, specNamed(intent.coin)))
    const batch = { orders: requests, grouping: 'na', builder: null } as const
    const results = engine.placeOrders(scheduler.nowMs, USER, batch)
    return orders.map(({ cloid }, at) => answerOf(cloid, results[at] ?? results[0]))
  }

  const paper: PaperVenue = {
    onEvent: () => undefined,
    quote(coin, quote) {
      quotes.set(coin, quote)
      const { asset, pxDecimals } = specNamed(coin)
      const ticks = (px: number): number => Math.round(px * pow10(pxDecimals))
      const level = (px: number) => [{ px: ticks(px), sz: DEPTH_LOTS, n: 1 }]
      engine.bookSnapshot(scheduler.nowMs, asset, { bids: level(quote.bid), asks: level(quote.ask) })
      engine.markPrice(scheduler.nowMs, asset, { mark: ticks(quote.mark), oracle: ticks(quote.mark) })
      tell()
    },
    quoteOf: (coin) => quotes.get(coin) ?? { bid: 0, ask: 0, mark: 0 },
    held(coin) {
      const { asset, szDecimals } = specNamed(coin)
      return (account().coins[asset]?.szi ?? 0) / pow10(szDecimals)
    },
    triggers(coin) {
      const { asset, pxDecimals } = specNamed(coin)
      const waiting = [...account().open.values()].filter((order) => order.asset === asset)
      return waiting.flatMap(({ trigger }) => (trigger ? [trigger.px / pow10(pxDecimals)] : []))
    },
    fills: () => known,
    faults: () => [
      ...accountFaults(account()),
      ...engine.state.markets.flatMap((market) => bookFaults(engine.state, market)),
    ],
    venue: {
      async placeOrders(orders, { stillAllowed, expiresAfter }) {
        const no = stillAllowed?.()
        if (no) return orders.map(({ cloid }) => ({ cloid, status: 'rejected', message: no }))
        return call(() => {
          assert(scheduler.nowMs <= expiresAfter, 'nothing is late in a quiet world')
          return placeAll(orders)
        })
      },
      cancelOrders: (orders) =>
        call(() => {
          const cancels = orders.map(({ coin, cloid }) => ({ asset: specNamed(coin).asset, id: cloid }))
          const results = engine.cancel(scheduler.nowMs, USER, cancels)
          return orders.map(
            ({ cloid }, at): CancelAnswer => ({ cloid, status: results[at] === null ? 'canceled' : 'gone' }),
          )
        }),
      cancelByOid: () => Promise.resolve(),
      openOrders: () =>
        call(() => [...account().open.values()].map((order) => openOrder(order, specAt(order.asset)))),
      account: () =>
        call(() => ({
          equityUsd: formatUsd(accountValue(account(), marksOf(engine.state))),
          positions: account()
            .active.filter(({ szi }) => szi !== 0)
            .map(({ asset, szi, entryNtl }) => {
              const { name, pxDecimals, szDecimals } = specAt(asset)
              const entry = Math.round(entryNtl / szi) // ticks
              return {
                coin: name,
                sz: formatUnits(szi, szDecimals),
                entryPx: formatUnits(Math.abs(entry), pxDecimals),
              }
            }),
        })),
      fillsSince: (ts) => call(() => known.map(({ fill }) => fill).filter((fill) => fill.ts >= ts)),
      orderStatus: (cloid) =>
        call(() => {
          const order = account().byCloid.get(cloid)
          if (!order) return { status: 'unknown', word: 'unknownOid' } as const
          return { status: orderStatusKind(order.status), word: order.status }
        }),
      touch: (coin) =>
        call(() => {
          const { bid, ask } = paper.quoteOf(coin)
          return { bid: String(bid), ask: String(ask) }
        }),
    },
  }
  return paper
}

const specOf = (name: string, szDecimals: number, asset: number): CoinSpec => ({
  ...{ name, asset, szDecimals, pxDecimals: 6 - szDecimals, maxLeverage: 40, marginTableId: 40 },
  tiers: [{ lowerBoundUsd: 0, maxLeverage: 40 }],
})

function requestOf(intent: OrderIntent, { asset, pxDecimals, szDecimals }: CoinSpec): OrderRequest {
  const units = (text: string, decimals: number): number => {
    const value = parseUnits(text, decimals)
    assert(
      value !== null && parseFixed(text) > 0n,
      `${intent.coin}: ${text} does not fit the tick or the lot`,
    )
    return value
  }
  const isBuy = intent.side === 'buy'
  const { trigger } = intent
  return {
    ...{ asset, isBuy, reduceOnly: intent.reduce_only, tif: TIF[intent.tif], cloid: intent.cloid },
    px: units(intent.px, pxDecimals),
    sz: units(intent.sz, szDecimals),
    trigger: trigger
      ? {
          isMarket: true,
          px: units(trigger.px, pxDecimals),
          tpsl: trigger.kind === 'stop' ? 'sl' : 'tp',
          above: isBuy === (trigger.kind === 'stop'),
        }
      : null,
  }
}

function answerOf(cloid: string, result: OrderResult | undefined): OrderAnswer {
  assert(result, 'the engine answers every order')
  if (result.kind === 'error') return { cloid, status: 'rejected', message: result.text }
  if (result.kind === 'resting') return { cloid, status: 'resting', oid: result.oid }
  if (result.kind !== 'filled') return { cloid, status: 'accepted' }
  return { cloid, status: 'filled', oid: result.oid, sz: result.totalSz, avgPx: result.avgPx }
}

const openOrder = (order: Order, { name, pxDecimals, szDecimals }: CoinSpec): OpenOrder => ({
  ...{ coin: name, oid: order.oid, cloid: order.cloid ?? '', side: order.isBuy ? 'buy' : 'sell' },
  px: formatUnits(order.trigger?.px ?? order.px, pxDecimals),
  sz: formatUnits(order.sz, szDecimals),
  ...{ reduceOnly: order.reduceOnly, trigger: order.trigger !== null, ts: order.ts },
})

const orderEvent = (order: Order, { name, pxDecimals, szDecimals }: CoinSpec, ts: number): OrderEvent => ({
  ...{ kind: 'order', account: ACCOUNT, coin: name, oid: order.oid, cloid: order.cloid ?? '' },
  side: order.isBuy ? 'buy' : 'sell',
  limitPx: formatUnits(order.px, pxDecimals),
  sz: formatUnits(order.sz, szDecimals),
  originalSz: formatUnits(order.origSz, szDecimals),
  ...{ status: orderStatusKind(order.status), word: order.status, ts, receivedTs: ts },
})

const fillEvent = (fill: Fill, { name, pxDecimals, szDecimals }: CoinSpec): FillEvent => ({
  ...{ kind: 'fill', account: ACCOUNT, coin: name, ts: fill.ts, tid: fill.tid, oid: fill.oid },
  ...{ cloid: fill.cloid ?? '', side: fill.isBuy ? 'buy' : 'sell', direction: fill.dir, hash: fill.hash },
  px: formatUnits(fill.px, pxDecimals),
  sz: formatUnits(fill.sz, szDecimals),
  startPosition: formatUnits(fill.startPosition, szDecimals),
  closedPnl: formatUsd(fill.closedPnl),
  fee: formatUsd(fill.fee),
  ...{ crossed: fill.crossed, snapshot: false, receivedTs: fill.ts },
})

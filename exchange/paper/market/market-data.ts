/** Takes the source's events: moves the engine's market, keeps public state, and tells the subscribers. */
// Not here: sockets (fan-out.ts), answers to /info (info/*.ts).
import { CANDLE_INTERVALS, type CandleInterval, type EpochMs } from '#domain/time.ts'
import { bestPrices, type CoinMarket } from '#exchange/paper/engine/book.ts'
import type { Engine } from '#exchange/paper/engine/engine.ts'
import type { CoinSpec, ExternalLevel } from '#exchange/paper/engine/types.ts'
import { parseUnitsCut, RATE_ONE } from '#exchange/paper/engine/units.ts'
import { viewBook } from '#exchange/paper/market/book-view.ts'
import { wireCandle } from '#exchange/paper/market/candles.ts'
import {
  assetContext,
  type CoinMarketData,
  createCoinMarketData,
  impactPx,
  impactUsd,
  keepFunding,
  keepTrades,
  midOf,
  touchOf,
} from '#exchange/paper/market/coin-market-data.ts'
import {
  closeHour,
  PRICING,
  premiumOf,
  samplePremium,
  updateMark,
} from '#exchange/paper/market/mark-price.ts'
import type { HistoryCandle, SourceEvent, WireLevel, WireTrade } from '#exchange/paper/sources/source.ts'

/** Tells the subscribers of a feed; the frame is only built when there are any. */
export type Publish = (feed: string, frame: () => string) => void

export interface MarketDataDeps {
  engine: Engine
  publish: Publish
  /** Wall time, for the engine's stamps. */
  now(): EpochMs
  /** Called after the engine moved, so that fills caused by the market are journaled and told. */
  settle(): void
}

export interface MarketData {
  coins: readonly CoinMarketData[]
  byName(coin: string): CoinMarketData | undefined
  onEvent(event: SourceEvent): void
  addHistory(candle: HistoryCandle): void
  /** Only candles and trades are kept while true; the engine does not move. */
  catchUp(catchingUp: boolean): void
  allMids(): Record<string, string>
  /** Publishes what is coalesced: mids and candles. Call a few times a second. */
  flush(): void
  context(asset: number): ReturnType<typeof assetContext>
  /** A trade between accounts or against the source, for markets where our trades are public. */
  addOwnTrade(trade: WireTrade): void
}

export function createMarketData(specs: readonly CoinSpec[], deps: MarketDataDeps): MarketData {
  const coins = specs.map(createCoinMarketData)
  const index = new Map(coins.map((coin) => [coin.spec.name, coin]))
  const dirtyCandles = new Set<CoinMarketData>()
  let midsDirty = false
  let catchingUp = false
  let openTimes = new Map<string, EpochMs>()

  const engineMarket = (data: CoinMarketData) => deps.engine.state.markets[data.spec.asset] as CoinMarket

  function toTicks(data: CoinMarketData, levels: readonly WireLevel[]): ExternalLevel[] {
    const { pxDecimals, szDecimals } = data.spec
    return levels.map(({ px, sz, n }) => ({
      px: parseUnitsCut(px, pxDecimals),
      sz: parseUnitsCut(sz, szDecimals),
      n,
    }))
  }

  function publishCandles(data: CoinMarketData): void {
    for (const interval of CANDLE_INTERVALS) {
      deps.publish(`candle:${data.spec.name}:${interval}`, () => candleFrame(data, interval))
    }
  }

  function candleFrame(data: CoinMarketData, interval: CandleInterval): string {
    const candle = data.candles.last(interval)
    return JSON.stringify({
      channel: 'candle',
      data: candle ? wireCandle(data.spec, interval, candle) : null,
    })
  }

  function onTrades(trades: readonly WireTrade[], isOwn: boolean): void {
    const first = trades[0]
    const data = first && index.get(first.coin)
    if (!first || !data) return
    const { pxDecimals, szDecimals } = data.spec
    for (const trade of trades) {
      const px = parseUnitsCut(trade.px, pxDecimals)
      const sz = parseUnitsCut(trade.sz, szDecimals)
      // The last state of a candle goes out before the next one opens.
      const minute = Math.floor(trade.time / 60_000)
      if (dirtyCandles.has(data) && openTimes.get(data.spec.name) !== minute) {
        publishCandles(data)
        dirtyCandles.delete(data)
      }
      openTimes.set(data.spec.name, minute)
      data.candles.add({ ts: trade.time, px, sz })
      dirtyCandles.add(data)
      data.ts = Math.max(data.ts, trade.time)
      if (!catchingUp && !isOwn) {
        deps.engine.publicTrade(deps.now(), data.spec.asset, { aggressorIsBuy: trade.side === 'B', px, sz })
      }
    }
    keepTrades(data, trades)
    if (catchingUp) return
    deps.publish(`trades:${data.spec.name}`, () => JSON.stringify({ channel: 'trades', data: trades }))
    if (!isOwn) deps.settle()
  }

  function moveBook(data: CoinMarketData, bids: ExternalLevel[], asks: ExternalLevel[]): void {
    deps.engine.bookSnapshot(deps.now(), data.spec.asset, { bids, asks })
    updatePrices(data)
    deps.settle()
  }

  function onBook(event: Extract<SourceEvent, { kind: 'book' }>): void {
    const data = index.get(event.coin)
    if (!data) return
    data.book = { ts: event.ts, bids: event.bids, asks: event.asks }
    data.ts = Math.max(data.ts, event.ts)
    midsDirty = true
    if (catchingUp) return
    moveBook(data, toTicks(data, event.bids), toTicks(data, event.asks))
    publishBook(data)
  }

  function publishBook(data: CoinMarketData): void {
    const { book, spec } = data
    if (!book) return
    deps.publish(`l2Book:${spec.name}`, () =>
      JSON.stringify({ channel: 'l2Book', data: viewBook(spec, book, { nSigFigs: null, mantissa: null }) }),
    )
    deps.publish(`l2Book:${spec.name}:fast`, () =>
      JSON.stringify({
        channel: 'l2Book',
        data: { coin: spec.name, time: book.ts, levels: [book.bids.slice(0, 5), book.asks.slice(0, 5)] },
      }),
    )
    for (const nSigFigs of [2, 3, 4, 5]) {
      for (const mantissa of nSigFigs === 5 ? [null, 1, 2, 5] : [null]) {
        deps.publish(`l2Book:${spec.name}:${nSigFigs}:${mantissa}`, () =>
          JSON.stringify({ channel: 'l2Book', data: viewBook(spec, book, { nSigFigs, mantissa }) }),
        )
      }
    }
  }

  /** The touch of a bbo replaces the best levels of the last snapshot; what lies behind stays. */
  function onBbo(event: Extract<SourceEvent, { kind: 'bbo' }>): void {
    const data = index.get(event.coin)
    if (!data) return
    data.bbo = { ts: event.ts, bid: event.bid, ask: event.ask }
    data.ts = Math.max(data.ts, event.ts)
    midsDirty = true
    if (catchingUp) return
    const market = engineMarket(data)
    const bid = event.bid ? toTicks(data, [event.bid]) : []
    const ask = event.ask ? toTicks(data, [event.ask]) : []
    const bidPx = bid[0]?.px ?? 0
    const askPx = ask[0]?.px ?? Number.POSITIVE_INFINITY
    moveBook(
      data,
      [...bid, ...(bid.length > 0 ? market.bids.filter((level) => level.px < bidPx) : [])],
      [...ask, ...(ask.length > 0 ? market.asks.filter((level) => level.px > askPx) : [])],
    )
    deps.publish(`bbo:${event.coin}`, () =>
      JSON.stringify({
        channel: 'bbo',
        data: { coin: event.coin, time: event.ts, bbo: [event.bid, event.ask] },
      }),
    )
  }

  /** Mark, oracle, premium and funding, every 3 seconds of market time. */
  function updatePrices(data: CoinMarketData): void {
    const { price, spec, context } = data
    if (price.mark !== 0 && data.ts - price.updatedTs < PRICING.markEveryMs) return
    const { bid, ask } = touchOf(data)
    if (bid === 0 || ask === 0) return
    const { pxDecimals } = spec
    const oracle = context.oraclePx === undefined ? null : parseUnitsCut(context.oraclePx, pxDecimals)
    const own = bestPrices(engineMarket(data))
    updateMark(price, data.ts, {
      bid: own.bid || bid,
      ask: own.ask || ask,
      last: engineMarket(data).lastPx,
      oracle,
    })
    const mark =
      context.markPx === undefined ? Math.round(price.mark) : parseUnitsCut(context.markPx, pxDecimals)
    deps.engine.markPrice(deps.now(), spec.asset, { mark, oracle: Math.round(price.oracle) })
    samplePremium(
      price,
      data.ts,
      premiumOf(
        price.oracle,
        impactPx(data, true, impactUsd(spec)) ?? bid,
        impactPx(data, false, impactUsd(spec)) ?? ask,
      ),
    )
    const hour = closeHour(price, data.ts)
    if (hour) {
      const rate =
        context.funding === undefined
          ? Math.round(hour.rate * RATE_ONE)
          : Math.round(Number(context.funding) * RATE_ONE)
      keepFunding(data, { ts: hour.ts, rate, premium: Math.round(hour.premium * RATE_ONE) })
      deps.engine.funding(deps.now(), spec.asset, rate)
    }
    deps.publish(`activeAssetCtx:${spec.name}`, () =>
      JSON.stringify({ channel: 'activeAssetCtx', data: { coin: spec.name, ctx: contextOf(data) } }),
    )
  }

  const contextOf = (data: CoinMarketData) => {
    let lots = 0
    for (const account of deps.engine.state.accounts.values())
      lots += Math.abs(account.coins[data.spec.asset]?.szi ?? 0)
    return assetContext(data, engineMarket(data), lots)
  }

  const allMids = (): Record<string, string> => {
    const mids: Record<string, string> = {}
    for (const data of coins) {
      const mid = midOf(data)
      if (mid !== null) mids[data.spec.name] = mid
    }
    return mids
  }

  return {
    coins,
    byName: (coin) => index.get(coin),
    addHistory: (candle) => {
      const data = coins[candle.asset]
      if (!data) return
      data.candles.addHistory(candle)
      data.ts = Math.max(data.ts, candle.openTs + candle.lengthMs - 1)
    },
    onEvent: (event) => {
      if (event.kind === 'book') onBook(event)
      else if (event.kind === 'bbo') onBbo(event)
      else if (event.kind === 'trades') onTrades(event.trades, false)
      else {
        const data = index.get(event.coin)
        if (data) Object.assign(data.context, event.context)
      }
    },
    catchUp: (value) => {
      catchingUp = value
      if (!value) {
        dirtyCandles.clear()
        openTimes = new Map()
      }
    },
    allMids,
    flush: () => {
      for (const data of dirtyCandles) publishCandles(data)
      dirtyCandles.clear()
      if (midsDirty) {
        midsDirty = false
        deps.publish('allMids', () => JSON.stringify({ channel: 'allMids', data: { mids: allMids() } }))
      }
    },
    context: (asset) => contextOf(coins[asset] as CoinMarketData),
    addOwnTrade: (trade) => onTrades([trade], true),
  }
}

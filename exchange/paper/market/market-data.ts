/** Takes the source's events: moves the engine's market, keeps public state, and tells the subscribers. */
// Not here: frames (market-frames.ts), prices (update-prices.ts), answers to /info (market-info.ts).

import { CANDLE_INTERVALS, type EpochMs } from '#domain/time.ts'
import type { CoinMarket } from '#exchange/paper/engine/book.ts'
import type { Engine } from '#exchange/paper/engine/engine.ts'
import type { BookView } from '#exchange/paper/engine/queue-model.ts'
import { waitingTriggers } from '#exchange/paper/engine/triggers.ts'
import type { CoinSpec, ExternalLevel } from '#exchange/paper/engine/types.ts'
import { parseUnitsCut } from '#exchange/paper/engine/units.ts'
import {
  assetContext,
  type CoinMarketData,
  createCoinMarketData,
  keepTrades,
  midOf,
  shownBbo,
} from '#exchange/paper/market/coin-market-data.ts'
import {
  bboFrame,
  bookFrames,
  candleFrame,
  contextFrame,
  midsFrame,
  tradesFrame,
} from '#exchange/paper/market/market-frames.ts'
import { updatePrices } from '#exchange/paper/market/update-prices.ts'
import type {
  HistoryCandle,
  SourceEvent,
  WaitingTrigger,
  WireLevel,
  WireTrade,
} from '#exchange/paper/sources/source.ts'

export interface MarketDataDeps {
  engine: Engine
  /** True where orders of accounts do not show in the public book. */
  isForeign: boolean
  /** Lots that the market's own traders hold long, where it knows them. */
  interest?(asset: number): number
  /** Tells the subscribers of a feed; the frame is only built when there are any. */
  publish(feed: string, frame: () => string): void
  /** Wall time, for the engine's stamps. */
  now(): EpochMs
  /** Called after the engine moved, so that fills caused by the market are journaled and told. */
  settle(): void
}

type EventOf<Kind extends SourceEvent['kind']> = Extract<SourceEvent, { kind: Kind }>

function toUnits({ pxDecimals, szDecimals }: CoinSpec, levels: readonly WireLevel[]): ExternalLevel[] {
  return levels.map(({ px, sz, n }) => ({
    px: parseUnitsCut(px, pxDecimals),
    sz: parseUnitsCut(sz, szDecimals),
    n,
  }))
}

export class MarketData {
  readonly coins: readonly CoinMarketData[]
  readonly #byName: ReadonlyMap<string, CoinMarketData>
  readonly #deps: MarketDataDeps
  /** Coins whose candles changed since they were last told. */
  readonly #dirtyCandles = new Set<CoinMarketData>()
  /** Touch last shown because of own orders, by asset. */
  readonly #touches = new Map<number, string>()
  #midsDirty = false
  #catchingUp = false

  constructor(specs: readonly CoinSpec[], deps: MarketDataDeps) {
    const { markets } = deps.engine.state
    this.coins = specs.map((spec) =>
      createCoinMarketData(spec, deps.isForeign ? null : (markets[spec.asset] ?? null)),
    )
    this.#byName = new Map(this.coins.map((coin) => [coin.spec.name, coin]))
    this.#deps = deps
  }

  byName(coin: string): CoinMarketData | undefined {
    return this.#byName.get(coin)
  }

  onEvent(event: SourceEvent): void {
    if (event.kind === 'trades') {
      this.#onTrades(event.trades, false)
      return
    }
    const data = this.#byName.get(event.coin)
    if (!data) return
    if (event.kind === 'book') this.#onBook(data, event)
    else if (event.kind === 'bbo') this.#onBbo(data, event)
    else Object.assign(data.context, event.context)
  }

  addHistory(candle: HistoryCandle): void {
    const data = this.coins[candle.asset]
    if (!data) return
    data.candles.addHistory(candle)
    data.ts = Math.max(data.ts, candle.openTs + candle.lengthMs - 1)
  }

  /** Where triggers of accounts wait. */
  waiting(coin: string): WaitingTrigger[] {
    const data = this.#byName.get(coin)
    return data ? waitingTriggers(this.#engineMarket(data.spec.asset)) : []
  }

  /** While true only candles and trades are kept: the engine does not move and nobody is told. */
  catchUp(catchingUp: boolean): void {
    this.#catchingUp = catchingUp
    if (!catchingUp) this.#dirtyCandles.clear()
  }

  /** A trade that accounts made, for markets where our trades are public. */
  addOwnTrade(trade: WireTrade): void {
    this.#onTrades([trade], true)
  }

  /** Resting orders of accounts changed: where they are public, the touch may have. */
  onOwnOrders(assets: ReadonlySet<number>): void {
    for (const asset of assets) {
      const data = this.coins[asset]
      const shown = data ? shownBbo(data) : null
      if (!data || !shown || shown === data.bbo) continue
      const { bid, ask } = shown
      const touch = `${bid?.px} ${bid?.sz} ${ask?.px} ${ask?.sz}`
      if (this.#touches.get(asset) === touch) continue
      this.#touches.set(asset, touch)
      this.#midsDirty = true
      this.#deps.publish(`bbo:${data.spec.name}`, () => bboFrame(data))
    }
  }

  allMids(): Record<string, string> {
    const mids: Record<string, string> = {}
    for (const data of this.coins) {
      const mid = midOf(data)
      if (mid !== null) mids[data.spec.name] = mid
    }
    return mids
  }

  context(asset: number): ReturnType<typeof assetContext> {
    let lots = this.#deps.interest?.(asset) ?? 0
    for (const account of this.#deps.engine.state.accounts.values())
      lots += Math.abs(account.coins[asset]?.szi ?? 0)
    return assetContext(this.coins[asset] as CoinMarketData, this.#engineMarket(asset), lots)
  }

  /** Publishes what is coalesced: mids and candles. Call a few times a second. */
  flush(): void {
    for (const data of this.#dirtyCandles) this.#publishCandles(data)
    this.#dirtyCandles.clear()
    if (!this.#midsDirty) return
    this.#midsDirty = false
    this.#deps.publish('allMids', () => midsFrame(this.allMids()))
  }

  #engineMarket(asset: number): CoinMarket {
    return this.#deps.engine.state.markets[asset] as CoinMarket
  }

  /** The last state of a minute goes out before anything tells that it is over: who acts on its close then knows it. */
  #closeMinute(data: CoinMarketData, ts: EpochMs): void {
    const last = data.candles.last('1m')
    if (last && ts > last.closeTs && this.#dirtyCandles.delete(data)) this.#publishCandles(data)
  }

  #publishCandles(data: CoinMarketData): void {
    for (const interval of CANDLE_INTERVALS) {
      this.#deps.publish(`candle:${data.spec.name}:${interval}`, () => candleFrame(data, interval))
    }
  }

  #onTrades(trades: readonly WireTrade[], isOwn: boolean): void {
    const data = this.#byName.get(trades[0]?.coin ?? '')
    if (!data) return
    for (const trade of trades) this.#onTrade(data, trade, isOwn)
    keepTrades(data, trades)
    if (this.#catchingUp) return
    this.#deps.publish(`trades:${data.spec.name}`, () => tradesFrame(trades))
    if (!isOwn) this.#deps.settle()
  }

  #onTrade(data: CoinMarketData, trade: WireTrade, isOwn: boolean): void {
    const { pxDecimals, szDecimals, asset } = data.spec
    const px = parseUnitsCut(trade.px, pxDecimals)
    const sz = parseUnitsCut(trade.sz, szDecimals)
    this.#closeMinute(data, trade.time)
    data.candles.add({ ts: trade.time, px, sz })
    this.#dirtyCandles.add(data)
    data.ts = Math.max(data.ts, trade.time)
    if (this.#catchingUp || isOwn) return
    this.#deps.engine.publicTrade(this.#deps.now(), asset, { aggressorIsBuy: trade.side === 'B', px, sz })
  }

  #moveBook(data: CoinMarketData, view: BookView): void {
    this.#deps.engine.bookSnapshot(this.#deps.now(), data.spec.asset, view)
    this.#updatePrices(data)
    this.#deps.settle()
  }

  #onBook(data: CoinMarketData, event: EventOf<'book'>): void {
    data.book = { ts: event.ts, bids: event.bids, asks: event.asks }
    data.ts = Math.max(data.ts, event.ts)
    this.#midsDirty = true
    if (this.#catchingUp) return
    this.#closeMinute(data, event.ts)
    this.#moveBook(data, { bids: toUnits(data.spec, event.bids), asks: toUnits(data.spec, event.asks) })
    for (const { feed, frame } of bookFrames(data)) this.#deps.publish(feed, frame)
  }

  /** The touch of a bbo replaces the best levels of the last snapshot; what lies behind stays. */
  #onBbo(data: CoinMarketData, event: EventOf<'bbo'>): void {
    data.bbo = { ts: event.ts, bid: event.bid, ask: event.ask }
    data.ts = Math.max(data.ts, event.ts)
    this.#midsDirty = true
    if (this.#catchingUp) return
    this.#closeMinute(data, event.ts)
    const market = this.#engineMarket(data.spec.asset)
    const [bid] = event.bid ? toUnits(data.spec, [event.bid]) : []
    const [ask] = event.ask ? toUnits(data.spec, [event.ask]) : []
    const bids = bid ? [bid, ...market.bids.filter(({ px }) => px < bid.px)] : []
    const asks = ask ? [ask, ...market.asks.filter(({ px }) => px > ask.px)] : []
    this.#moveBook(data, { bids, asks, touchOnly: true })
    this.#deps.publish(`bbo:${data.spec.name}`, () => bboFrame(data))
  }

  #updatePrices(data: CoinMarketData): void {
    const { engine, now, publish } = this.#deps
    if (!updatePrices(data, this.#engineMarket(data.spec.asset), { engine, now })) return
    const { name, asset } = data.spec
    publish(`activeAssetCtx:${name}`, () => contextFrame(name, this.context(asset)))
  }
}

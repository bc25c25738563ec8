/** The shared market state of one process: last book, bbo, trade, mark and candles per coin, behind MarketView. */
// Not here: sockets (market-feed.ts), what a session waits on (event-window.ts).

import { HoldfastError } from '#domain/errors.ts'
import type { BboEvent, BookEvent, CandleEvent, MarketEvent, TradeEvent } from '#domain/events.ts'
import type { Decimal } from '#domain/fixed-point.ts'
import type { MarketView } from '#domain/session/ports.ts'
import type { ClosedCandle } from '#domain/session/types.ts'
import type { CandleInterval, Clock, EpochMs } from '#domain/time.ts'
import { CandleSeries } from '#streamers/candle-series.ts'

/** A coin that the venue does not list was asked for. */
export class UnknownCoinError extends HoldfastError {
  constructor(coin: string) {
    super(`the venue lists no coin ${JSON.stringify(coin)}`, {
      code: 'UNKNOWN_COIN',
      retryable: false,
      hint: 'use a coin name of the venue, such as BTC; names are case-sensitive',
      details: { coin },
    })
  }
}

export interface MarketState extends MarketView {
  /** Takes one event in. Older events than what is known change nothing. */
  apply(event: MarketEvent): void
  /** Candles from the venue's REST history, oldest first, before or after the stream has begun. The newest stays forming. */
  seedCandles(candles: readonly CandleEvent[]): void
  /** The stream of these coins was cut: candles in between may be missing until they are seeded. */
  interrupt(coins: readonly string[]): void
  /** Names the coins and their size decimals (`meta`). */
  setCoins(coins: readonly { coin: string; sizeDecimals: number }[]): void
  /** Calls `listener` after each event of these coins, in the same turn; it must be quick. Returns the way to stop. */
  onChange(coins: readonly string[], listener: (event: MarketEvent) => void): () => void
}

interface CoinState {
  bbo: BboEvent | null
  book: BookEvent | null
  trade: TradeEvent | null
  markPx: Decimal | null
  oraclePx: Decimal | null
  fundingRate: Decimal | null
  seenMs: number
  /** Latest market time of any trade, bbo or book. */
  marketTs: EpochMs
  candles: Map<CandleInterval, CandleSeries>
  listeners: Set<(event: MarketEvent) => void>
}

/** Market state that starts empty. `ageMs` is measured on the clock's monotonic time. */
export function createMarketState(options: { clock: Pick<Clock, 'monotonicMs'> }): MarketState {
  const { clock } = options
  const coins = new Map<string, CoinState>()
  const decimals = new Map<string, number>()

  const stateOf = (coin: string): CoinState => {
    const known = coins.get(coin)
    if (known) return known
    const fresh: CoinState = {
      bbo: null,
      book: null,
      trade: null,
      markPx: null,
      oraclePx: null,
      fundingRate: null,
      seenMs: Number.NEGATIVE_INFINITY,
      marketTs: 0,
      candles: new Map(),
      listeners: new Set(),
    }
    coins.set(coin, fresh)
    return fresh
  }
  const seriesOf = (state: CoinState, interval: CandleInterval): CandleSeries => {
    const known = state.candles.get(interval)
    if (known) return known
    const fresh = new CandleSeries(interval)
    state.candles.set(interval, fresh)
    return fresh
  }
  /** A quote or trade later than a candle's end closes it, though no later candle came: quiet coins have none for a while. */
  const passTime = (state: CoinState, ts: EpochMs): void => {
    if (ts <= state.marketTs) return
    state.marketTs = ts
    for (const series of state.candles.values()) series.passTime(ts)
  }

  return {
    apply(event) {
      if (event.kind === 'mids') return
      const state = stateOf(event.coin)
      applyEvent(state, event, seriesOf)
      if (event.kind === 'trade' || event.kind === 'bbo' || event.kind === 'book') passTime(state, event.ts)
      if (event.kind !== 'asset_context') state.seenMs = clock.monotonicMs()
      for (const listener of state.listeners) listener(event)
    },
    seedCandles(candles) {
      for (const candle of candles) seriesOf(stateOf(candle.coin), candle.interval).apply(candle)
    },
    interrupt(cut) {
      for (const coin of cut) for (const series of coins.get(coin)?.candles.values() ?? []) series.interrupt()
    },
    setCoins(listed) {
      for (const { coin, sizeDecimals } of listed) decimals.set(coin, sizeDecimals)
    },
    onChange(wanted, listener) {
      for (const coin of wanted) stateOf(coin).listeners.add(listener)
      return () => {
        for (const coin of wanted) coins.get(coin)?.listeners.delete(listener)
      }
    },
    bbo: (coin) => coins.get(coin)?.bbo ?? null,
    book: (coin) => coins.get(coin)?.book ?? null,
    lastTrade: (coin) => coins.get(coin)?.trade ?? null,
    markPx: (coin) => coins.get(coin)?.markPx ?? null,
    oraclePx: (coin) => coins.get(coin)?.oraclePx ?? null,
    fundingRate: (coin) => coins.get(coin)?.fundingRate ?? null,
    ageMs: (coin) => clock.monotonicMs() - (coins.get(coin)?.seenMs ?? Number.NEGATIVE_INFINITY),
    candle: (coin, interval) => coins.get(coin)?.candles.get(interval)?.forming() ?? null,
    closedCandles: (coin, interval, afterOpenTs): ClosedCandle[] =>
      coins.get(coin)?.candles.get(interval)?.closedAfter(afterOpenTs) ?? [],
    sizeDecimals(coin) {
      const known = decimals.get(coin)
      if (known === undefined) throw new UnknownCoinError(coin)
      return known
    },
  }
}

function applyEvent(
  state: CoinState,
  event: Exclude<MarketEvent, { kind: 'mids' }>,
  seriesOf: (state: CoinState, interval: CandleInterval) => CandleSeries,
): void {
  switch (event.kind) {
    case 'bbo':
      if (!state.bbo || event.ts >= state.bbo.ts) state.bbo = event
      return
    case 'book':
      if (!state.book || event.ts >= state.book.ts) state.book = event
      return
    case 'trade':
      if (!state.trade || event.ts >= state.trade.ts) state.trade = event
      return
    case 'candle':
      seriesOf(state, event.interval).apply(event)
      return
    case 'asset_context':
      state.markPx = event.markPx
      state.oraclePx = event.oraclePx
      state.fundingRate = event.funding
      return
  }
}

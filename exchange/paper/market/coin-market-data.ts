/** What the exchange knows publicly of one coin: book, touch, recent trades, candles, prices, funding. */
// Not here: who is told (market-data.ts).

import type { EpochMs } from '#domain/time.ts'
import { RATE_ONE } from '#domain/trading/venue-charges.ts'
import type { CoinMarket } from '#exchange/paper/engine/book.ts'
import type { CoinSpec } from '#exchange/paper/engine/types.ts'
import { formatUnits, formatUsd, parseUnitsCut, USD } from '#exchange/paper/engine/units.ts'
import { BOOK_LEVELS, withOwn } from '#exchange/paper/market/book-view.ts'
import { type CandleStore, createCandleStore } from '#exchange/paper/market/candles.ts'
import {
  createPriceState,
  hourlyRate,
  meanPremium,
  type PriceState,
} from '#exchange/paper/market/mark-price.ts'
import type { SourceContext, WireLevel, WireTrade } from '#exchange/paper/sources/source.ts'

export const RECENT_TRADES = 30
const TRADES_KEPT = 500
const FUNDING_KEPT = 10_000

export interface FundingEntry {
  ts: EpochMs
  /** 1e-10 as an integer. */
  rate: number
  premium: number
}

export interface CoinMarketData {
  spec: CoinSpec
  /** The engine's side of the coin where orders of accounts are public; null where the market is a stranger's. */
  own: CoinMarket | null
  book: { ts: EpochMs; bids: WireLevel[]; asks: WireLevel[] } | null
  bbo: { ts: EpochMs; bid: WireLevel | null; ask: WireLevel | null } | null
  /** Newest last. */
  trades: WireTrade[]
  candles: CandleStore
  price: PriceState
  /** What only the source knows. */
  context: SourceContext
  funding: FundingEntry[]
  /** Time of the last event. */
  ts: EpochMs
}

export const createCoinMarketData = (spec: CoinSpec, own: CoinMarket | null): CoinMarketData => ({
  spec,
  own,
  book: null,
  bbo: null,
  trades: [],
  candles: createCandleStore(),
  price: createPriceState(),
  context: {},
  funding: [],
  ts: 0,
})

export function keepTrades(data: CoinMarketData, trades: readonly WireTrade[]): void {
  data.trades.push(...trades)
  if (data.trades.length > 2 * TRADES_KEPT) data.trades.splice(0, data.trades.length - TRADES_KEPT)
}

export function keepFunding(data: CoinMarketData, entry: FundingEntry): void {
  data.funding.push(entry)
  if (data.funding.length > FUNDING_KEPT) data.funding.splice(0, data.funding.length - FUNDING_KEPT)
}

/** The book as it is shown: the source's, with resting orders of accounts where those are public. */
export function shownBook({ spec, own, book }: CoinMarketData): NonNullable<CoinMarketData['book']> | null {
  if (!book || !own) return book
  const { ts, bids, asks } = book
  return {
    ts,
    bids: withOwn(spec, bids, own.ownBids, BOOK_LEVELS),
    asks: withOwn(spec, asks, own.ownAsks, BOOK_LEVELS),
  }
}

/** The touch as it is shown. */
export function shownBbo({ spec, own, bbo }: CoinMarketData): NonNullable<CoinMarketData['bbo']> | null {
  if (!bbo || !own) return bbo
  const best = (level: WireLevel | null, side: CoinMarket['ownBids']) =>
    withOwn(spec, level ? [level] : [], side, 1)[0] ?? null
  return { ts: bbo.ts, bid: best(bbo.bid, own.ownBids), ask: best(bbo.ask, own.ownAsks) }
}

/** Best bid and ask in ticks, from the latest of book and bbo; 0 for an empty side. */
export function touchOf(data: CoinMarketData): { bid: number; ask: number } {
  const { bbo, book, spec } = data
  const isFresh = bbo !== null && (!book || bbo.ts >= book.ts)
  const fresh = isFresh ? shownBbo(data) : null
  const shown = isFresh ? null : shownBook(data)
  const ticks = (level: WireLevel | null | undefined) =>
    level ? parseUnitsCut(level.px, spec.pxDecimals) : 0
  return { bid: ticks(fresh ? fresh.bid : shown?.bids[0]), ask: ticks(fresh ? fresh.ask : shown?.asks[0]) }
}

const lastTradePx = (data: CoinMarketData): string | null => data.trades.at(-1)?.px ?? null

/** Mid price as text; the last trade when a side of the book is empty; null before anything is known. */
export function midOf(data: CoinMarketData): string | null {
  const { bid, ask } = touchOf(data)
  if (bid === 0 || ask === 0) {
    const last = lastTradePx(data)
    if (last !== null) return last
    const close = data.candles.last('1m')?.close
    return close === undefined ? null : formatUnits(close, data.spec.pxDecimals)
  }
  const sum = bid + ask
  // A mid may lie between two ticks: one more decimal.
  return sum % 2 === 0
    ? formatUnits(sum / 2, data.spec.pxDecimals)
    : formatUnits(sum * 5, data.spec.pxDecimals + 1)
}

/** Average price of selling into the bids or buying from the asks for `usd`, ticks as a float; null when the side is too thin. */
export function impactPx(data: CoinMarketData, isBid: boolean, usd: number): number | null {
  const levels = isBid ? data.book?.bids : data.book?.asks
  let left = usd * USD
  let lots = 0
  let spent = 0
  for (const level of levels ?? []) {
    const px = parseUnitsCut(level.px, data.spec.pxDecimals)
    const sz = parseUnitsCut(level.sz, data.spec.szDecimals)
    const take = Math.min(sz, left / px)
    lots += take
    spent += take * px
    left -= take * px
    if (left <= px * 1e-9) return spent / lots
  }
  return null
}

/** Notional of the impact prices, USD. Source: wire contract §7 "Funding". */
export const impactUsd = (spec: CoinSpec): number =>
  spec.name === 'BTC' || spec.name === 'ETH' ? 20_000 : 6_000

/** The venue's asset context; mark and oracle are those the engine uses, ticks. */
export function assetContext(
  data: CoinMarketData,
  engine: { markPx: number; oraclePx: number },
  openInterestLots: number,
) {
  const { spec } = data
  const day = data.candles.day(data.ts)
  const px = (ticks: number) => formatUnits(ticks, spec.pxDecimals)
  const impactBid = impactPx(data, true, impactUsd(spec))
  const impactAsk = impactPx(data, false, impactUsd(spec))
  const premium = meanPremium(data.price)
  const mid = midOf(data)
  const fallback = data.candles.last('1m')?.close ?? 0
  return {
    funding: data.context.funding ?? rateText(Math.round(hourlyRate(premium) * RATE_ONE)),
    openInterest: data.context.openInterest ?? formatUnits(openInterestLots, spec.szDecimals),
    prevDayPx: px(day.openPx || fallback),
    dayNtlVlm: formatUsd(Math.round(day.notional)),
    premium: data.book ? rateText(Math.round(premium * RATE_ONE)) : null,
    oraclePx: px(engine.oraclePx || fallback),
    markPx: px(engine.markPx || fallback),
    midPx: data.book || data.bbo ? mid : null,
    impactPxs:
      impactBid !== null && impactAsk !== null
        ? [px(Math.round(impactBid)), px(Math.round(impactAsk))]
        : null,
    dayBaseVlm: formatUnits(day.volume, spec.szDecimals),
  }
}

/** Text of a rate in 1e-10: "0.0000125". */
export const rateText = (rate: number): string => formatUnits(rate, 10)

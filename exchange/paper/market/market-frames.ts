/** Frames of the public feeds, built from what is known of a coin. */
// Not here: when they are sent (market-data.ts). Source of shapes: wire contract §4.
import type { CandleInterval } from '#domain/time.ts'
import { viewBook } from '#exchange/paper/market/book-view.ts'
import { wireCandle } from '#exchange/paper/market/candles.ts'
import { type CoinMarketData, shownBbo, shownBook } from '#exchange/paper/market/coin-market-data.ts'
import type { WireTrade } from '#exchange/paper/sources/source.ts'

const frame = (channel: string, data: unknown): string => JSON.stringify({ channel, data })

export const tradesFrame = (trades: readonly WireTrade[]): string => frame('trades', trades)
export const midsFrame = (mids: Readonly<Record<string, string>>): string => frame('allMids', { mids })
export const contextFrame = (coin: string, ctx: unknown): string => frame('activeAssetCtx', { coin, ctx })

export function bboFrame(data: CoinMarketData): string {
  const { spec } = data
  const bbo = shownBbo(data)
  return frame('bbo', { coin: spec.name, time: bbo?.ts ?? 0, bbo: [bbo?.bid ?? null, bbo?.ask ?? null] })
}

export function candleFrame({ spec, candles }: CoinMarketData, interval: CandleInterval): string {
  const candle = candles.last(interval)
  return frame('candle', candle ? wireCandle(spec, interval, candle) : null)
}

/** Levels a side of a `fast` book. */
const FAST_LEVELS = 5

/** A way to look at the book: raw, aggregated, or only its top. */
export interface BookFeed {
  nSigFigs: number | null
  mantissa: number | null
  fast: boolean
}

export function bookFeedKey(coin: string, { nSigFigs, mantissa, fast }: BookFeed): string {
  if (fast) return `l2Book:${coin}:fast`
  return nSigFigs === null ? `l2Book:${coin}` : `l2Book:${coin}:${nSigFigs}:${mantissa}`
}

const FEEDS: readonly BookFeed[] = [
  { nSigFigs: null, mantissa: null, fast: false },
  { nSigFigs: null, mantissa: null, fast: true },
  ...[2, 3, 4, 5].map((nSigFigs) => ({ nSigFigs, mantissa: null, fast: false })),
  ...[1, 2, 5].map((mantissa) => ({ nSigFigs: 5, mantissa, fast: false })),
]

/** The book as one feed shows it; null before the first book. */
export function bookFrame(data: CoinMarketData, feed: BookFeed): string | null {
  const { spec } = data
  const book = shownBook(data)
  if (!book) return null
  const view = viewBook(spec, book, feed.fast ? { nSigFigs: null, mantissa: null } : feed)
  if (!feed.fast) return frame('l2Book', view)
  return frame('l2Book', {
    ...view,
    levels: view.levels.map((side) => side.slice(0, FAST_LEVELS)),
    fast: true,
  })
}

/** Every feed of a coin's book with its frame, to be built on demand. */
export function bookFrames(data: CoinMarketData): { feed: string; frame: () => string }[] {
  return FEEDS.map((feed) => ({
    feed: bookFeedKey(data.spec.name, feed),
    frame: () => bookFrame(data, feed) ?? '',
  }))
}

/** While a stream is down, and only then, its data are asked for: books, trades, candles and mids at a slow pace, until it is back. */
// Not here: healing what was missed once it is back (activities/backfill.ts).
import { describeError } from '#domain/errors.ts'
import type { BookEvent, CandleEvent, MarketEvent, MidsEvent, TradeEvent } from '#domain/events.ts'
import { type CandleInterval, type Clock, type EpochMs, INTERVAL_MS } from '#domain/time.ts'
import type { FeedLog } from '#streamers/frame-faults.ts'

/** What can be asked for. */
export interface FallbackVenue {
  book(coin: string): Promise<BookEvent | null>
  recentTrades(coin: string): Promise<TradeEvent[]>
  candles(coin: string, interval: CandleInterval, fromTs: EpochMs, untilTs: EpochMs): Promise<CandleEvent[]>
  mids(): Promise<MidsEvent>
}

/** A stream that is down. */
export interface DownFeed {
  channel: string
  coin: string
  /** Time of the market when it fell silent. */
  openedTs: EpochMs
}

/** Pace of each kind, milliseconds; the original's. */
export const PACE_MS: Readonly<Record<string, number>> = {
  l2Book: 30_000,
  trades: 60_000,
  candle: 300_000,
  allMids: 60_000,
}

export interface RestFallback {
  /** Looks once; asks for what is due, one after the other. */
  run(): Promise<void>
  /** Questions answered so far. */
  answered(): number
}

export function createRestFallback(options: {
  venue: FallbackVenue
  /** Streams that are down now. */
  down(): readonly DownFeed[]
  /** Events on their way to the recorder. They do not count as the stream's: its gap stays open. */
  onEvents(events: readonly MarketEvent[]): void
  clock: Pick<Clock, 'monotonicMs' | 'now'>
  /** How long a stream must be down; 0: never ask. */
  afterMs: number
  log: FeedLog
}): RestFallback {
  const { venue, down, onEvents, clock, afterMs, log } = options
  /** Feed → since when it is known to be down, and when it was last asked for. */
  const known = new Map<string, { sinceMs: number; askedMs: number }>()
  let answered = 0

  const ask = async ({ channel, coin, openedTs }: DownFeed): Promise<void> => {
    const [kind, interval] = channel.split(':')
    if (kind === 'l2Book') {
      const book = await venue.book(coin)
      if (book) onEvents([book])
    } else if (kind === 'trades') {
      const trades = await venue.recentTrades(coin)
      if (trades.length > 0) onEvents(trades)
    } else if (kind === 'candle') {
      // The candle that was forming when the stream fell silent, and what followed.
      const length = interval === '1M' ? 31 * INTERVAL_MS['1d'] : INTERVAL_MS[interval as '1m']
      const candles = await venue.candles(coin, interval as CandleInterval, openedTs - length, clock.now())
      for (const candle of candles) onEvents([candle])
    } else if (kind === 'allMids') {
      onEvents([await venue.mids()])
    }
    answered++
  }

  return {
    async run() {
      if (afterMs === 0) return
      const now = clock.monotonicMs()
      const feeds = down().filter(({ channel }) => PACE_MS[channel.split(':')[0] ?? ''] !== undefined)
      const keys = new Set(feeds.map(({ channel, coin }) => `${channel}|${coin}`))
      for (const key of known.keys()) if (!keys.has(key)) known.delete(key)
      for (const feed of feeds) {
        const key = `${feed.channel}|${feed.coin}`
        const state = known.get(key) ?? { sinceMs: now, askedMs: Number.NEGATIVE_INFINITY }
        known.set(key, state)
        const pace = PACE_MS[feed.channel.split(':')[0] ?? ''] as number
        if (now - state.sinceMs < afterMs || now - state.askedMs < pace) continue
        state.askedMs = now
        try {
          await ask(feed)
        } catch (error) {
          log.warn({ feed: key, why: describeError(error) }, 'a silent stream could not be asked for either')
        }
      }
    },
    answered: () => answered,
  }
}

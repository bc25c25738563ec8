/** What the sessions of one trading process share: one market state, its feeds, the account streams, a venue per account. */
// Not here: the process (workers/trading.ts), the feeds themselves (streamers/).
import type { MarketNeeds, TradingParts } from '#activities/trading-session/run-segment.ts'
import type { Logger } from '#config/logger.ts'
import { describeError } from '#domain/errors.ts'
import type { AccountEvent } from '#domain/events.ts'
import type { Venue } from '#domain/session/ports.ts'
import { type CandleInterval, type Clock, type EpochMs, INTERVAL_MS } from '#domain/time.ts'
import type { Exchange } from '#exchange/client/connect.ts'
import { type MarketSubscription, subscriptionKey } from '#exchange/wire/frames.ts'
import { createAccountFeed, type FollowedAccount } from '#streamers/account-feed.ts'
import { createConnectGate } from '#streamers/back-off.ts'
import type { Gap } from '#streamers/continuity.ts'
import { createEventWindow, type EventWindow } from '#streamers/event-window.ts'
import { createMarketFeed } from '#streamers/market-feed.ts'
import type { MarketFeed } from '#streamers/market-feed-port.ts'
import { createMarketState, type MarketState } from '#streamers/market-state.ts'
import { VENUE_LIMITS } from '#streamers/subscription-plan.ts'
import { createGatheredReads } from '#workers/support/gathered-reads.ts'
import { createRecentFills } from '#workers/support/recent-fills.ts'

/** How long a segment waits for its streams before it starts without them: it then sees stale data, and its heartbeats must not. */
const STREAM_WAIT_MS = 1_500
/** Of the venue's ten connections per address: the streamers have four, and each account two in all. */
const SOCKETS_MAX = 2
/** Closed candles fetched when a candle stream begins or was cut. */
const SEED_BARS = 200

export interface TradingHubParts {
  exchange: Exchange
  clock: Clock
  log: Logger
  staleMs: number
  /** Jitter of reconnects. */
  seed: number
}

export interface TradingHub {
  openParts(needs: MarketNeeds): Promise<TradingParts>
  close(): Promise<void>
}

interface Streams {
  parts: TradingHubParts
  market: MarketState
  /** One feed for all sessions: it packs their subscriptions into few sockets. */
  feed: MarketFeed
  /** Subscriptions that the feed has; they are only ever added. */
  subscribed: Set<string>
  followed: Map<string, FollowedAccount>
  windows: Map<EventWindow, string>
}

export function createTradingHub(parts: TradingHubParts): TradingHub {
  const { exchange, clock, log, staleMs, seed } = parts
  const market = createMarketState({ clock })
  market.setCoins([...exchange.meta.values()])
  const gate = createConnectGate({ clock, perMinute: VENUE_LIMITS.connectsPerMinuteMax })
  const streams: Streams = {
    parts,
    market,
    feed: createMarketFeed({
      ...{ url: exchange.url, subscriptions: [], clock, log, staleMs, seed, gate },
      sendGate: exchange.messages,
      socketsMax: SOCKETS_MAX,
      onEvents: (events) => {
        for (const event of events) market.apply(event)
      },
      onGap: (gap) => onGap(streams, gap),
    }),
    subscribed: new Set(),
    followed: new Map(),
    windows: new Map(),
  }
  const recent = createRecentFills(() => clock.now())
  const windowsOf = (account: string): EventWindow[] =>
    [...streams.windows].filter(([, name]) => name === account).map(([window]) => window)
  const accounts = createAccountFeed({
    url: exchange.url,
    accounts: [],
    clock,
    log,
    staleMs,
    seed,
    gate,
    sendGate: exchange.messages,
    onEvents: (events: readonly AccountEvent[], account) => {
      recent.take(account, events)
      for (const window of windowsOf(account)) window.push(events)
    },
    onStream: (account, up) => {
      recent.cut(account) // whichever way it changed: nobody knows what was said between
      for (const window of windowsOf(account)) window.setAccountStream(up)
    },
  })
  const venues = new Map<string, Venue>()
  /** The same object for the same account, as the exchange has it. */
  const venueOf = (account: string): Venue => {
    const known = venues.get(account)
    if (known) return known
    const venue = exchange.venue(account)
    const reads = createGatheredReads(clock, venue.fillsSince)
    const fillsSince: Venue['fillsSince'] = (fromTs) =>
      reads.fillsSince(fromTs, windowsOf(account).length > 1)
    const made: Venue = {
      ...venue,
      fillsSince,
      recentFills: (fromTs) => recent.since(account, fromTs, fillsSince),
    }
    venues.set(account, made)
    return made
  }
  return {
    async openParts({ account, coins, candleIntervals }): Promise<TradingParts> {
      const events = createEventWindow({ clock })
      streams.windows.set(events, account)
      const stopWatching = market.onChange(coins, () => events.wakeMarket())
      if (!streams.followed.has(account)) {
        streams.followed.set(account, { name: account, address: exchange.address(account) })
      }
      const following = accounts.setAccounts([...streams.followed.values()])
      const starting = [following, followMarket(streams, coins, candleIntervals)]
      await Promise.race([quietly(starting, log), clock.sleep(STREAM_WAIT_MS)])
      events.setAccountStream(accounts.isUp(account))
      return {
        market,
        events,
        venue: venueOf(account),
        close() {
          stopWatching()
          streams.windows.delete(events)
        },
      }
    },
    async close() {
      await Promise.all([accounts.close(), streams.feed.close()])
    },
  }
}

/** Adds to the feed whatever of the coins' channels nobody has subscribed yet. */
async function followMarket(
  streams: Streams,
  coins: readonly string[],
  intervals: readonly CandleInterval[],
): Promise<void> {
  const { feed, subscribed } = streams
  const wanted = coins.flatMap((coin): MarketSubscription[] => [
    { type: 'bbo', coin },
    { type: 'l2Book', coin },
    { type: 'trades', coin },
    { type: 'activeAssetCtx', coin },
    ...intervals.map((interval): MarketSubscription => ({ type: 'candle', coin, interval })),
  ])
  const missing = wanted.filter((each) => !subscribed.has(subscriptionKey(each)))
  if (missing.length === 0) return
  for (const each of missing) subscribed.add(subscriptionKey(each))
  // Started before it has sockets: those that `add` opens start at once.
  await feed.start()
  await feed.add(missing)
  for (const each of missing) if (each.type === 'candle') await seedCandles(streams, each.coin, each.interval)
}

/** A cut candle stream may have missed bars: none is trusted until the venue's history has filled the hole. */
function onGap(streams: Streams, { channel, coin, status }: Gap): void {
  const interval = /^candle:(.+)$/.exec(channel)?.[1] as CandleInterval | undefined
  if (interval === undefined) return
  if (status === 'open') streams.market.interrupt([coin])
  else void quietly([seedCandles(streams, coin, interval)], streams.parts.log)
}

async function seedCandles(streams: Streams, coin: string, interval: CandleInterval): Promise<void> {
  if (interval === '1M') return
  const { parts, market } = streams
  const { info } = parts.exchange
  // A market that has only just opened has no book yet: its first quote tells its time.
  const now = (await info.book(coin))?.ts ?? (await firstMarketTs(market, coin))
  market.seedCandles(await info.candles(coin, interval, now - SEED_BARS * INTERVAL_MS[interval], now))
}

/** Market time of the coin's next book, quote or trade. */
function firstMarketTs(market: MarketState, coin: string): Promise<EpochMs> {
  return new Promise((resolve) => {
    const stop = market.onChange([coin], (event) => {
      if (event.kind !== 'book' && event.kind !== 'bbo' && event.kind !== 'trade') return
      stop()
      resolve(event.ts)
    })
  })
}

async function quietly(work: readonly Promise<unknown>[], log: Logger): Promise<void> {
  for (const result of await Promise.allSettled(work)) {
    if (result.status === 'rejected')
      log.warn({ why: describeError(result.reason) }, 'a stream did not start')
  }
}

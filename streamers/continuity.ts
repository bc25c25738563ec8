/** Knows of every feed how far its data reach, and turns each interruption into one gap with a beginning, an end and a cause. */
// Not here: storing gaps (gap-log.ts), noticing that a socket is dead (feed-socket.ts).
import type { MarketEvent, TradeEvent } from '#domain/events.ts'
import type { EpochMs } from '#domain/time.ts'
import type { MarketSubscription } from '#exchange/wire/frames.ts'

/** Why data are missing. `stall`: the socket lived, but this feed said nothing. */
export type GapReason = 'disconnect' | 'stale' | 'stall' | 'restart'

/**
 * A stretch of market time of one feed for which data may be missing: from `openedTs` (last event before it) to `closedTs` (first event
 * after it; 0 while it lasts), both ends included, because several events can share a millisecond. Both are the venue's times where its
 * events carry one, else times of receipt.
 */
export interface Gap {
  /** `trades`, `l2Book`, `bbo`, `candle:1m` …, `allMids`, `activeAssetCtx`, or a channel of an account. */
  channel: string
  /** '' for allMids; the account's name for account channels. */
  coin: string
  openedTs: EpochMs
  closedTs: EpochMs
  reason: GapReason
  /** Rows of the gap that came after all: trades that the venue repeats to a new subscriber. */
  rowsRecovered: number
  /** `recovered`: the stream itself proved that nothing is missing. */
  status: 'open' | 'closed' | 'recovered'
}

/** How far one feed reaches. */
export interface Reach {
  channel: string
  coin: string
  /** Time of the latest event, the venue's where it gives one; 0 before the first. */
  ts: EpochMs
  /** Newest trade, to recognise it in the trades that the venue repeats; 0 elsewhere. */
  tid: number
}

interface Feed extends Reach {
  gap: Gap | null
  /** Frames in a row that were wholly older than `ts`. */
  olderFrames: number
}

export const LIMITS = {
  /**
   * So many frames in a row from the past mean that the market's own clock was set back (a replay that began anew), not that the
   * venue repeats itself to a new subscriber. The reach then follows.
   */
  olderFramesMax: 20,
} as const

/** What continuity calls the feed of a subscription. */
export const feedOf = (subscription: MarketSubscription): { channel: string; coin: string } => ({
  channel: subscription.type === 'candle' ? `candle:${subscription.interval}` : subscription.type,
  coin: 'coin' in subscription ? subscription.coin : '',
})
export const keyOf = (feed: { channel: string; coin: string }): string => `${feed.channel}|${feed.coin}`

export const feedChannel = (event: MarketEvent): string => CHANNEL[event.kind](event as never)
const CHANNEL = {
  trade: () => 'trades',
  book: () => 'l2Book',
  bbo: () => 'bbo',
  candle: (event: Extract<MarketEvent, { kind: 'candle' }>) => `candle:${event.interval}`,
  mids: () => 'allMids',
  asset_context: () => 'activeAssetCtx',
} as const

/**
 * The time that an event belongs to: the venue's, else of its receipt. A candle forms all along: its time is that of its receipt, but
 * never outside of the candle, because a replayed market is not at our time.
 */
const eventTs = (event: MarketEvent): EpochMs => {
  if ('ts' in event) return event.ts
  if (event.kind !== 'candle') return event.receivedTs
  return Math.min(Math.max(event.receivedTs, event.openTs), event.closeTs)
}

export interface Continuity {
  /** Data have arrived: the events of one frame, all of one channel and coin. */
  arrived(events: readonly MarketEvent[]): void
  /** These feeds are cut. One that is cut already keeps its first cause; one that never had data has no gap. */
  cut(feeds: readonly { channel: string; coin: string }[], reason: GapReason): void
  /** These feeds are not followed any more: their gaps end now, and what they miss from now on is no gap. */
  forget(feeds: readonly { channel: string; coin: string }[]): void
  /** Gaps that are open now. */
  open(): Gap[]
  /** How far everything reaches, for the state file. */
  reach(): Reach[]
}

/**
 * @param from reach of an earlier process: each of these feeds starts with a gap of cause `restart`, which its first data close
 * @param onGap called when a gap opens and when it closes
 */
export function createContinuity(options: {
  from?: readonly Reach[]
  onGap: (gap: Gap) => void
  /** The first data of a feed came: from now on a kill can lose something. */
  onFirst?: () => void
}): Continuity {
  const { onGap, onFirst } = options
  const byChannel = new Map<string, Map<string, Feed>>()

  const feedOf = (channel: string, coin: string): Feed => {
    let byCoin = byChannel.get(channel)
    if (!byCoin) {
      byCoin = new Map()
      byChannel.set(channel, byCoin)
    }
    let feed = byCoin.get(coin)
    if (!feed) {
      feed = { channel, coin, ts: 0, tid: 0, gap: null, olderFrames: 0 }
      byCoin.set(coin, feed)
    }
    return feed
  }
  const open = (feed: Feed, reason: GapReason): void => {
    if (feed.gap || feed.ts === 0) return
    const { channel, coin, ts } = feed
    feed.gap = { channel, coin, openedTs: ts, closedTs: 0, reason, rowsRecovered: 0, status: 'open' }
    onGap(feed.gap)
  }
  for (const { channel, coin, ts, tid } of options.from ?? []) {
    const feed = feedOf(channel, coin)
    feed.ts = ts
    feed.tid = tid
    open(feed, 'restart')
  }

  return {
    arrived(events) {
      const first = events[0]
      if (!first) return
      const feed = feedOf(feedChannel(first), 'coin' in first ? first.coin : '')
      const closed = feed.gap ? closeGap(feed.gap, feed.tid, events) : null
      if (closed) {
        feed.gap = null
        onGap(closed)
      }
      const isFirst = feed.ts === 0
      extend(feed, events)
      if (isFirst) onFirst?.()
    },
    cut(feeds, reason) {
      for (const { channel, coin } of feeds) open(feedOf(channel, coin), reason)
    },
    forget(feeds) {
      for (const { channel, coin } of feeds) {
        const gap = byChannel.get(channel)?.get(coin)?.gap
        if (gap) onGap({ ...gap, closedTs: gap.openedTs, status: 'closed' })
        byChannel.get(channel)?.delete(coin)
      }
    },
    open: () =>
      [...byChannel.values()].flatMap((byCoin) => [...byCoin.values()].flatMap(({ gap }) => gap ?? [])),
    reach: () =>
      [...byChannel.values()].flatMap((byCoin) =>
        [...byCoin.values()]
          .filter(({ ts }) => ts > 0)
          .map(({ channel, coin, ts, tid }) => ({ channel, coin, ts, tid })),
      ),
  }
}

function extend(feed: Feed, events: readonly MarketEvent[]): void {
  let isOlder = true
  for (const event of events) {
    const ts = eventTs(event)
    if (ts < feed.ts) continue
    isOlder = false
    feed.ts = ts
    if (event.kind === 'trade') feed.tid = event.tid
  }
  feed.olderFrames = isOlder ? feed.olderFrames + 1 : 0
  if (feed.olderFrames < LIMITS.olderFramesMax) return
  feed.olderFrames = 0
  feed.ts = eventTs(events.at(-1) as MarketEvent)
}

/**
 * The gap ends before the first event that is newer than its beginning. It is recovered when repeated trades reach back to the last known
 * one, or when the snapshot of a new connection is what was known before: then nothing happened in between. After a stall such a
 * snapshot proves nothing, because the venue's own feed may be the one that stands: null, the gap goes on.
 */
function closeGap(gap: Gap, lastTid: number, events: readonly MarketEvent[]): Gap | null {
  const newer = events.filter((event) => eventTs(event) > gap.openedTs)
  if (newer.length === 0 && gap.reason === 'stall') return null
  const isWhole =
    newer.length === 0 ||
    (lastTid !== 0 && (events as readonly TradeEvent[]).some((trade) => trade.tid === lastTid))
  return {
    ...gap,
    closedTs: newer.reduce(
      (least, event) => Math.min(least, eventTs(event)),
      newer.length > 0 ? Number.POSITIVE_INFINITY : gap.openedTs,
    ),
    rowsRecovered: isWhole ? newer.length : 0,
    status: isWhole ? 'recovered' : 'closed',
  }
}

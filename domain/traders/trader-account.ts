/** One trader as the tape shows him: signed sizes and entries per coin, what is known of their beginning, and how fast he trades. */
// Not here: all of them together (position-book.ts), comparing with the venue (reconcile.ts).
import { absE8, divE8, type FixedE8, mulE8, signE8 } from '#domain/fixed-point.ts'
import { type EpochMs, HOUR_MS, MINUTE_MS } from '#domain/time.ts'
import type { Outages } from '#domain/traders/outages.ts'

export interface TapePosition {
  /** Signed coins × 1e8. Of a trader that the venue was never asked about: the change since he was first seen. */
  szE8: FixedE8
  /** USD per coin × 1e8; 0 while flat or unknown. */
  entryPxE8: FixedE8
  firstTs: EpochMs
  lastTs: EpochMs
  trades: number
}

/** Net change of one coin at one moment of the venue (a block): what a position can be aligned by. */
export interface RecentChange {
  coin: string
  ts: EpochMs
  deltaE8: FixedE8
}

export interface TraderAccount {
  readonly address: string
  positions: Map<string, TapePosition>
  /** Venue time of the last state that was read; 0: never, so that sizes are only changes. */
  baseTs: EpochMs
  isTracked: boolean
  /** Newest last; only of tracked traders. */
  recent: RecentChange[]
  /** Changes at or after this are all in `recent`. */
  recentFromTs: EpochMs
  lastTs: EpochMs
  /** The last comparison was blurred by trades around it: look again soon. */
  isBlurred: boolean
}

export const LIMITS = {
  /** Changes older than this are forgotten, market milliseconds. */
  recentMs: MINUTE_MS,
  /** Of one trader; the oldest are forgotten first. */
  recentMax: 10_000,
} as const

export const newTrader = (address: string): TraderAccount => ({
  address,
  positions: new Map(),
  baseTs: 0,
  isTracked: false,
  recent: [],
  recentFromTs: 0,
  lastTs: 0,
  isBlurred: false,
})

/** Entry after a change of `deltaE8` at `pxE8`: averaged when it grows, kept when it shrinks, the price itself when it opens or flips. */
export function entryAfter(
  was: { szE8: FixedE8; entryPxE8: FixedE8 },
  deltaE8: FixedE8,
  pxE8: FixedE8,
): FixedE8 {
  const now = was.szE8 + deltaE8
  if (now === 0n) return 0n
  if (was.szE8 === 0n || signE8(now) !== signE8(was.szE8)) return pxE8
  if (signE8(deltaE8) !== signE8(was.szE8)) return was.entryPxE8
  // An entry that nobody knows cannot be averaged.
  if (was.entryPxE8 === 0n) return 0n
  const cost = mulE8(absE8(was.szE8), was.entryPxE8) + mulE8(absE8(deltaE8), pxE8)
  return divE8(cost, absE8(now))
}

/** Folds one trade in. @returns the position before it, or null when the state that was read holds the trade already */
export function fold(
  trader: TraderAccount,
  trade: { coin: string; ts: EpochMs; pxE8: FixedE8; deltaE8: FixedE8 },
): { before: FixedE8; now: TapePosition } | null {
  const { coin, ts, pxE8, deltaE8 } = trade
  if (ts <= trader.baseTs) return null
  trader.lastTs = Math.max(trader.lastTs, ts)
  let position = trader.positions.get(coin)
  if (!position) {
    position = { szE8: 0n, entryPxE8: 0n, firstTs: ts, lastTs: ts, trades: 0 }
    trader.positions.set(coin, position)
  }
  const before = position.szE8
  // Without a beginning the entry would be a guess.
  position.entryPxE8 = trader.baseTs === 0 ? 0n : entryAfter(position, deltaE8, pxE8)
  position.szE8 += deltaE8
  position.lastTs = Math.max(position.lastTs, ts)
  position.trades++
  if (trader.isTracked) noteRecent(trader, coin, ts, deltaE8)
  return { before, now: position }
}

/** Trades of one block are one entry, so that thousands of fills a second stay a few. */
function noteRecent(trader: TraderAccount, coin: string, ts: EpochMs, deltaE8: FixedE8): void {
  const { recent } = trader
  for (let at = recent.length - 1; at >= 0; at--) {
    const entry = recent[at] as RecentChange
    if (entry.ts < ts) break
    if (entry.ts === ts && entry.coin === coin) {
      entry.deltaE8 += deltaE8
      return
    }
  }
  recent.push({ coin, ts, deltaE8 })
  const first = recent[0] as RecentChange
  if (ts - first.ts <= 2 * LIMITS.recentMs && recent.length <= LIMITS.recentMax) return
  const fromTs =
    recent.length > LIMITS.recentMax ? (recent[recent.length >> 1] as RecentChange).ts : ts - LIMITS.recentMs
  trader.recent = recent.filter((entry) => entry.ts >= fromTs)
  trader.recentFromTs = Math.max(trader.recentFromTs, fromTs)
}

/** Trades a millisecond that are expected of somebody without a record. */
const PACE_UNSEEN = 0.05 / MINUTE_MS
/** Positions can change beside the tape, rarely: confidence in one that nobody looked at fades with this time. */
const FADE_MS = 24 * HOUR_MS

/** Trades a millisecond. A short record is stretched to an hour, so that one trade is no storm. */
const paceOf = ({ trades, firstTs }: TapePosition, now: EpochMs): number =>
  trades / Math.max(now - firstTs, HOUR_MS)

/**
 * How sure we are of one position, 0 … 1: certain when it was read and the tape was whole since; less with every trade that may have
 * been missed, and slowly with time. 0 while the venue was never asked.
 */
export function confidenceOf(trader: TraderAccount, coin: string, outages: Outages, now: EpochMs): number {
  if (trader.baseTs === 0) return 0
  const position = trader.positions.get(coin)
  const pace = PACE_UNSEEN + (position ? paceOf(position, now) : 0)
  const missed = outages.since(coin, trader.baseTs) * pace
  return Math.exp(-missed - Math.max(0, now - trader.baseTs) / FADE_MS)
}

/** Expected number of positions that are wrong: what the order of reading follows. Infinity for somebody never asked about. */
export function uncertaintyOf(trader: TraderAccount, outages: Outages, now: EpochMs): number {
  if (trader.baseTs === 0) return Number.POSITIVE_INFINITY
  let sum = Math.max(0, now - trader.baseTs) / FADE_MS
  for (const [coin, position] of trader.positions) {
    const missedMs = outages.since(coin, trader.baseTs)
    if (missedMs > 0) sum += 1 - Math.exp(-missedMs * (PACE_UNSEEN + paceOf(position, now)))
  }
  return trader.isBlurred ? sum + 1 : sum
}

/** Time as the whole system speaks it: UTC epoch milliseconds, candle bounds, and the clock that roots inject. */
// Not here: any call to the machine's clock; roots build a Clock (config/clock.ts), tests and the simulator bring their own.
import { HoldfastError } from '#domain/errors.ts'

/** UTC milliseconds since 1970-01-01. */
export type EpochMs = number

/** Calendar day in UTC, `YYYY-MM-DD`. */
export type IsoDay = string

export const SECOND_MS = 1_000
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

/** Where a loop takes its time from. Everything below a root gets one as an argument. */
export interface Clock {
  /** Wall time, UTC epoch milliseconds: for stamps and for `expiresAfter`. */
  now(): EpochMs
  /** Milliseconds of a clock that never jumps: for leases, timeouts and latencies. Only differences mean something. */
  monotonicMs(): number
  /** Resolves after `ms`, or at once when `signal` aborts; it never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Length of each candle interval the venue publishes, except `1M`, which is a calendar month. Source: wire contract, candleSnapshot. */
export const INTERVAL_MS = {
  '1m': MINUTE_MS,
  '3m': 3 * MINUTE_MS,
  '5m': 5 * MINUTE_MS,
  '15m': 15 * MINUTE_MS,
  '30m': 30 * MINUTE_MS,
  '1h': HOUR_MS,
  '2h': 2 * HOUR_MS,
  '4h': 4 * HOUR_MS,
  '8h': 8 * HOUR_MS,
  '12h': 12 * HOUR_MS,
  '1d': DAY_MS,
  '3d': 3 * DAY_MS,
  '1w': 7 * DAY_MS,
} as const

/** A candle interval of fixed length. */
export type FixedInterval = keyof typeof INTERVAL_MS
/** Every candle interval of the venue; `1M` is the calendar month. */
export type CandleInterval = FixedInterval | '1M'

export const CANDLE_INTERVALS = [...Object.keys(INTERVAL_MS), '1M'] as readonly CandleInterval[]

/** Monday 1970-01-05: weeks open on Mondays, while the epoch was a Thursday. */
const WEEK_ANCHOR_MS = 4 * DAY_MS

/**
 * Opening time of the candle that `ts` falls in.
 * @returns epoch ms, ≤ ts
 */
export function candleOpen(ts: EpochMs, interval: CandleInterval): EpochMs {
  if (interval === '1M') {
    const date = new Date(ts)
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)
  }
  const length = INTERVAL_MS[interval]
  const anchor = interval === '1w' ? WEEK_ANCHOR_MS : 0
  return Math.floor((ts - anchor) / length) * length + anchor
}

/** Opening time of the candle after the one that `ts` falls in, epoch ms. */
export function nextCandleOpen(ts: EpochMs, interval: CandleInterval): EpochMs {
  const open = candleOpen(ts, interval)
  if (interval !== '1M') return open + INTERVAL_MS[interval]
  const date = new Date(open)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)
}

/** The UTC day that `ts` falls in. */
export function isoDay(ts: EpochMs): IsoDay {
  return new Date(ts).toISOString().slice(0, 10)
}

/** Narrows a typed or stored word to a candle interval. @throws HoldfastError INVALID_INTERVAL */
export function parseInterval(text: string): CandleInterval {
  if ((CANDLE_INTERVALS as readonly string[]).includes(text)) return text as CandleInterval
  throw new HoldfastError(`candle interval is "${text}"; expected one of ${CANDLE_INTERVALS.join(', ')}`, {
    code: 'INVALID_INTERVAL',
    retryable: false,
    hint: 'correct the interval in the config or the session input',
  })
}

/** Own fills of the last minutes: spread, rate, and five-minute stretches that lost money to better-informed traders. */
// Source: spec 003 §2 "Window analysis". Not here: sums over the whole session (trade-pnl.ts).
import { sumTrades, type Trade, type TradePnl, tradePnl } from '#domain/session-pnl/trade-pnl.ts'
import type { EpochMs } from '#domain/time.ts'

export type TimedTrade = Trade & { ts: EpochMs }

const BUCKET_MS = 5 * 60_000
const ADVERSE = { fillsMin: 4, bps: -2, newest: 20 } as const

export interface Window {
  minutes: number
  fills: number
  fillsPerHour: number
  buys: number
  sells: number
  /** Null where one side is missing: then there is nothing to compare. */
  pnl: TradePnl | null
  profitable: boolean
  adverseBuckets: number
}

/** Fills strictly newer than now − minutes. */
export function windowOf(trades: readonly TimedTrade[], minutes: number, now: EpochMs): Window {
  const inside = trades.filter(({ ts }) => ts > now - minutes * 60_000)
  const buys = inside.filter(({ side }) => side === 'buy').length
  const both = buys > 0 && buys < inside.length
  const pnl = both ? tradePnl(sumTrades(inside)) : null
  return {
    minutes,
    fills: inside.length,
    fillsPerHour: (inside.length * 60) / minutes,
    buys,
    sells: inside.length - buys,
    pnl,
    profitable: pnl !== null && pnl.spreadBps > 0,
    adverseBuckets: both ? adverseBuckets(inside) : 0,
  }
}

/** Stretches [t, t + 5 min) from the oldest fill on with at least four fills, both sides, and a spread below −2 bps. */
function adverseBuckets(trades: readonly TimedTrade[]): number {
  const times = trades.map(({ ts }) => ts)
  const newest = Math.max(...times)
  let found = 0
  for (let from = Math.min(...times); from < newest; from += BUCKET_MS) {
    const bucket = trades.filter(({ ts }) => ts >= from && ts < from + BUCKET_MS)
    const { spreadBps, buySz, sellSz } = tradePnl(sumTrades(bucket))
    const both = buySz !== '0' && sellSz !== '0'
    if (bucket.length >= ADVERSE.fillsMin && both && spreadBps < ADVERSE.bps) found += 1
  }
  return found
}

/** True when the newest twenty fills, both sides among them, captured less than −2 bps. */
export function isAdverse(trades: readonly TimedTrade[]): boolean {
  const newest = [...trades].sort((a, b) => b.ts - a.ts).slice(0, ADVERSE.newest)
  const { spreadBps, buySz, sellSz } = tradePnl(sumTrades(newest))
  return buySz !== '0' && sellSz !== '0' && spreadBps < ADVERSE.bps
}

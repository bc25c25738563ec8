/** The simulated market: a seeded walk with a spread, and candles of its own, faster time. */
import { formatFixed } from '#domain/fixed-point.ts'
import type { ClosedCandle } from '#domain/session/types.ts'
import type { Random } from './random.ts'

export const COIN = 'SIM'
export const SIZE_DECIMALS = 3
/** Market minutes pass in three virtual seconds. */
export const CANDLE_VIRTUAL_MS = 3_000
const MINUTE_MS = 60_000
const TICK_CENTS = 1

export interface Market {
  /** Cents. */
  bid: number
  ask: number
  readonly mid: number
  candles: ClosedCandle[]
  step(nowMs: number): void
}

export function createMarket(random: Random, startMs: number): Market {
  let mid = 100_00 + random.int(-500, 500)
  let drift = random.int(-3, 3)
  let openIndex = 0
  let forming = { open: mid, high: mid, low: mid, close: mid }
  const market: Market = {
    bid: mid - TICK_CENTS,
    ask: mid + TICK_CENTS,
    get mid() {
      return (market.bid + market.ask) / 2
    },
    candles: [],
    step(nowMs) {
      if (random.chance(0.05)) drift = random.int(-4, 4)
      mid = Math.max(5_000, Math.min(20_000, mid + drift + random.int(-6, 6)))
      const half = random.int(1, 3)
      market.bid = mid - half
      market.ask = mid + half
      const index = Math.floor((nowMs - startMs) / CANDLE_VIRTUAL_MS)
      if (index > openIndex) {
        market.candles.push(closed(openIndex, forming))
        openIndex = index
        forming = { open: mid, high: mid, low: mid, close: mid }
      }
      forming = {
        open: forming.open,
        high: Math.max(forming.high, mid),
        low: Math.min(forming.low, mid),
        close: mid,
      }
    },
  }
  // A past, so that strategies can warm up.
  for (let at = -60; at < 0; at++) {
    const open = mid + random.int(-40, 40)
    const close = mid + random.int(-40, 40)
    market.candles.push(
      closed(at, { open, close, high: Math.max(open, close) + 10, low: Math.min(open, close) - 10 }),
    )
  }
  return market
}

function closed(
  index: number,
  cents: { open: number; high: number; low: number; close: number },
): ClosedCandle {
  return {
    coin: COIN,
    interval: '1m',
    openTs: (1_000 + index) * MINUTE_MS,
    open: cents.open / 100,
    high: cents.high / 100,
    low: cents.low / 100,
    close: cents.close / 100,
    volume: 1,
  }
}

/** Cents as a price of the venue. */
export const priceText = (cents: number): string => formatFixed(BigInt(Math.round(cents)) * 1_000_000n)

/** PnL from trades alone: matched volume, average prices, spread capture, signed fees, imbalance. The order of trades is irrelevant. */
// Source: spec 003 §2 with §7. Not here: what is still held at a mark (exact-pnl.ts), windows of time (windows.ts).
import type { Side } from '#domain/events.ts'
import {
  absE8,
  type Decimal,
  type FixedE8,
  formatFixed,
  minE8,
  mulE8,
  parseFixed,
} from '#domain/fixed-point.ts'

/** What of a fill counts here. `fee` is signed: positive is a cost, negative a rebate. */
export interface Trade {
  side: Side
  px: Decimal
  sz: Decimal
  fee: Decimal
}

/** Sums over trades, coins and USD × 1e8. */
export interface TradeSums {
  buySzE8: FixedE8
  buyUsdE8: FixedE8
  sellSzE8: FixedE8
  sellUsdE8: FixedE8
  feesE8: FixedE8
  fills: number
}

export const NO_TRADES: TradeSums = {
  buySzE8: 0n,
  buyUsdE8: 0n,
  sellSzE8: 0n,
  sellUsdE8: 0n,
  feesE8: 0n,
  fills: 0,
}

export function sumTrades(trades: readonly Trade[]): TradeSums {
  const sums = { ...NO_TRADES }
  for (const { side, px, sz, fee } of trades) {
    const size = parseFixed(sz)
    const usd = mulE8(size, parseFixed(px))
    if (side === 'buy') {
      sums.buySzE8 += size
      sums.buyUsdE8 += usd
    } else {
      sums.sellSzE8 += size
      sums.sellUsdE8 += usd
    }
    sums.feesE8 += parseFixed(fee)
    sums.fills += 1
  }
  return sums
}

/** What was traded between two readings of the same running sums. */
export const tradesBetween = (was: TradeSums, now: TradeSums): TradeSums => ({
  buySzE8: now.buySzE8 - was.buySzE8,
  buyUsdE8: now.buyUsdE8 - was.buyUsdE8,
  sellSzE8: now.sellSzE8 - was.sellSzE8,
  sellUsdE8: now.sellUsdE8 - was.sellUsdE8,
  feesE8: now.feesE8 - was.feesE8,
  fills: now.fills - was.fills,
})

/** USD and coins as decimals; averages '0' and spread 0 on a side without trades. */
export interface TradePnl {
  fills: number
  buySz: Decimal
  sellSz: Decimal
  buyAvgPx: Decimal
  sellAvgPx: Decimal
  matchedSz: Decimal
  captureUsd: Decimal
  /** Positive is a cost. */
  feesUsd: Decimal
  /** Capture − fees. */
  netUsd: Decimal
  spreadBps: number
  imbalanceSz: Decimal
  /** Imbalance of all volume, 0 … 1. */
  imbalanceShare: number
}

export function tradePnl(sums: TradeSums): TradePnl {
  const { buySzE8, buyUsdE8, sellSzE8, sellUsdE8, feesE8 } = sums
  const matched = minE8(buySzE8, sellSzE8)
  const capture = matched === 0n ? 0n : (sellUsdE8 * matched) / sellSzE8 - (buyUsdE8 * matched) / buySzE8
  const volume = buySzE8 + sellSzE8
  const imbalance = absE8(buySzE8 - sellSzE8)
  return {
    fills: sums.fills,
    buySz: formatFixed(buySzE8),
    sellSz: formatFixed(sellSzE8),
    buyAvgPx: formatFixed(averageE8(buyUsdE8, buySzE8)),
    sellAvgPx: formatFixed(averageE8(sellUsdE8, sellSzE8)),
    matchedSz: formatFixed(matched),
    captureUsd: formatFixed(capture),
    feesUsd: formatFixed(feesE8),
    netUsd: formatFixed(capture - feesE8),
    spreadBps: spreadBps(sums),
    imbalanceSz: formatFixed(imbalance),
    imbalanceShare: volume === 0n ? 0 : Number(imbalance) / Number(volume),
  }
}

/** USD per coin × 1e8; 0 without coins. */
export const averageE8 = (usdE8: FixedE8, szE8: FixedE8): FixedE8 =>
  szE8 === 0n ? 0n : (usdE8 * 100_000_000n) / szE8

/** Distance of the average prices as basis points of their middle; 0 unless both sides traded. */
function spreadBps({ buySzE8, buyUsdE8, sellSzE8, sellUsdE8 }: TradeSums): number {
  if (buySzE8 === 0n || sellSzE8 === 0n) return 0
  const buy = Number(buyUsdE8) / Number(buySzE8)
  const sell = Number(sellUsdE8) / Number(sellSzE8)
  return ((sell - buy) / ((sell + buy) / 2)) * 10_000
}

/** Moves mark, oracle and funding of one coin after its book moved, into its public state and into the engine. */
// Not here: the formulas (mark-price.ts), who is told (market-data.ts).
import type { EpochMs } from '#domain/time.ts'
import { RATE_ONE } from '#domain/trading/venue-charges.ts'
import { bestPrices, type CoinMarket } from '#exchange/paper/engine/book.ts'
import type { Engine } from '#exchange/paper/engine/engine.ts'
import { parseUnitsCut } from '#exchange/paper/engine/units.ts'
import {
  type CoinMarketData,
  impactPx,
  impactUsd,
  keepFunding,
  touchOf,
} from '#exchange/paper/market/coin-market-data.ts'
import {
  closeHour,
  PRICING,
  premiumOf,
  samplePremium,
  updateMark,
} from '#exchange/paper/market/mark-price.ts'

interface Books {
  engine: Engine
  now(): EpochMs
}

/** Mark, oracle, premium and funding, every 3 seconds of market time. @returns false where nothing is due or a side is empty */
export function updatePrices(data: CoinMarketData, market: CoinMarket, books: Books): boolean {
  const { price, spec, context } = data
  if (price.mark !== 0 && data.ts - price.updatedTs < PRICING.markEveryMs) return false
  const { bid, ask } = touchOf(data)
  if (bid === 0 || ask === 0) return false
  const own = bestPrices(market)
  const oracle = context.oraclePx === undefined ? null : parseUnitsCut(context.oraclePx, spec.pxDecimals)
  updateMark(price, data.ts, { bid: own.bid || bid, ask: own.ask || ask, last: market.lastPx, oracle })
  const mark =
    context.markPx === undefined ? Math.round(price.mark) : parseUnitsCut(context.markPx, spec.pxDecimals)
  books.engine.markPrice(books.now(), spec.asset, { mark, oracle: Math.round(price.oracle) })
  const impact = (isBid: boolean) => impactPx(data, isBid, impactUsd(spec)) ?? (isBid ? bid : ask)
  samplePremium(price, data.ts, premiumOf(price.oracle, impact(true), impact(false)))
  payFunding(data, books)
  return true
}

/** At every full hour of market time. */
function payFunding(data: CoinMarketData, { engine, now }: Books): void {
  const hour = closeHour(data.price, data.ts)
  if (!hour) return
  const { funding } = data.context
  const rate = Math.round((funding === undefined ? hour.rate : Number(funding)) * RATE_ONE)
  keepFunding(data, { ts: hour.ts, rate, premium: Math.round(hour.premium * RATE_ONE) })
  engine.funding(now(), data.spec.asset, rate)
}

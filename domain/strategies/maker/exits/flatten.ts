/** Flattening by a running maker, at start or far above its cap: chunk by chunk, within bounds of spread and slippage. */
// Source: spec 004 §12 with §16.14. Not here: the flattening of a session that ends (domain/session/flatten.ts).
import { absE8, type FixedE8, fromNumber, maxE8, minE8, mulE8 } from '#domain/fixed-point.ts'
import { floorSize, lotE8, roundAway, shiftBps, sizeForNotional } from '#domain/market/instrument.ts'
import { midE8, spreadBps, type Touch } from '#domain/market/order-book.ts'
import type { ExitFacts, ExitOrder } from '#domain/strategies/maker/exits/exits.ts'
import type { CoinParams } from '#domain/strategies/maker/params.ts'

/** Above this multiple of its cap a position is flattened. */
const OVER_CAP = 12n

/** The touch or the guard around the mid, whichever surely fills: the lower one for a sale, the higher one for a purchase. */
export function flattenPrice(
  touch: Touch,
  side: 'buy' | 'sell',
  slipBps: number,
  sizeDecimals: number,
): FixedE8 {
  const mid = midE8(touch)
  if (side === 'sell') {
    return roundAway(minE8(touch.bidE8, shiftBps(mid, -slipBps)), side, sizeDecimals)
  }
  return roundAway(maxE8(touch.askE8, shiftBps(mid, slipBps)), side, sizeDecimals)
}

/** The next chunk; null when flat, or while the spread is too wide. */
export function flattenChunk(facts: ExitFacts, params: CoinParams): ExitOrder | null {
  const { touch, positionE8, sizeDecimals } = facts
  const held = floorSize(absE8(positionE8), sizeDecimals)
  if (touch === null || held === 0n || spreadBps(touch) > params.flatten_max_spread_bps) return null
  const usd = Math.max(params.flatten_chunk_usd, params.exchange_min_order_usd)
  const chunk = maxE8(sizeForNotional(fromNumber(usd), midE8(touch), sizeDecimals), lotE8(sizeDecimals))
  const side = positionE8 > 0n ? 'sell' : 'buy'
  const pxE8 = flattenPrice(touch, side, params.flatten_max_slippage_bps, sizeDecimals)
  return { side, pxE8, szE8: minE8(chunk, held), tif: 'ioc' }
}

/** True far above the cap: more than a price move explains. */
export function isOverCap(facts: ExitFacts, params: CoinParams): boolean {
  if (facts.touch === null) return false
  const worth = mulE8(absE8(facts.positionE8), midE8(facts.touch))
  return worth * 10n > fromNumber(params.max_per_coin_notional) * OVER_CAP
}

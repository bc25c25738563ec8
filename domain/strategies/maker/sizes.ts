/** How large a quote is: wanted value, margin cap, smallest order, caps of inventory; rounded once. */
// Source: spec 004 §6, with §16.6 and §16.9. Not here: prices (prices.ts).
import type { Side } from '#domain/events.ts'
import { absE8, divE8, type FixedE8, fromNumber, maxE8, minE8, mulE8 } from '#domain/fixed-point.ts'
import { floorSize, lotE8, sizeForNotional } from '#domain/market/instrument.ts'
import { midE8 } from '#domain/market/order-book.ts'
import type { SessionLimits } from '#domain/session/input.ts'
import { roomSzE8, shrinks } from '#domain/strategies/maker/inventory.ts'
import type { CoinParams } from '#domain/strategies/maker/params.ts'
import type { MakerFacts, Quote } from '#domain/strategies/maker/quoting.ts'

/** Smallest size whose value at `pxE8` is at least `usdE8`, coins × 1e8. */
export function sizeAtLeast(usdE8: FixedE8, pxE8: FixedE8, sizeDecimals: number): FixedE8 {
  const lot = lotE8(sizeDecimals)
  return ((divE8(usdE8, pxE8) + lot - 1n) / lot) * lot
}

/** Coins × 1e8 of one quote before caps of inventory; 0 when no valid order fits under the margin cap. */
export function wantedSize(facts: MakerFacts, params: CoinParams): FixedE8 {
  if (facts.touch === null) return 0n
  const mid = midE8(facts.touch)
  const { sizeDecimals, portfolio } = facts
  const capped = (szE8: FixedE8): FixedE8 => {
    if (portfolio.marginUsdMax === null) return szE8
    const max = fromNumber(portfolio.marginUsdMax)
    return mulE8(szE8, mid) > max ? sizeForNotional(max, mid, sizeDecimals) : szE8
  }
  const wanted = capped(sizeAtLeast(fromNumber(params.size_notional_usd), mid, sizeDecimals))
  const minimum = fromNumber(params.exchange_min_order_usd)
  if (wanted <= 0n || mulE8(wanted, mid) >= minimum) return wanted
  const raised = capped(sizeAtLeast(minimum, mid, sizeDecimals))
  return mulE8(raised, mid) >= minimum ? raised : 0n
}

/** The quotes of one side at these prices, best first: each as large as wanted and as the room that is left allows. */
export function sizeSide(
  side: Side,
  prices: readonly FixedE8[],
  wantedE8: FixedE8,
  facts: MakerFacts,
  params: CoinParams,
  limits: SessionLimits,
): Quote[] {
  const reduceOnly = facts.closeOnly
  const held = absE8(facts.positionE8)
  if (reduceOnly && !shrinks(side, facts.positionE8)) return []
  let taken = 0n
  const quotes: Quote[] = []
  for (const [level, pxE8] of prices.entries()) {
    const levelE8 = atLevel(level, pxE8, wantedE8, facts, params)
    const room = (reduceOnly ? held : roomSzE8(side, facts, params, limits, pxE8)) - taken
    const single = sizeForNotional(fromNumber(limits.order_usd_max), pxE8, facts.sizeDecimals)
    const szE8 = floorSize(minE8(minE8(levelE8, single), room), facts.sizeDecimals)
    const isValid = reduceOnly ? szE8 > 0n : mulE8(szE8, pxE8) >= fromNumber(params.exchange_min_order_usd)
    if (!isValid) break
    taken += szE8
    quotes.push({ pxE8, szE8, reduceOnly, ...(!reduceOnly && room < levelE8 ? { capped: true } : {}) })
  }
  return quotes
}

/** Each level out is smaller by the same share of the first, in whole lots, and never below the least order. */
function atLevel(
  level: number,
  pxE8: FixedE8,
  wantedE8: FixedE8,
  { closeOnly, sizeDecimals }: MakerFacts,
  { level_size_decay_pct: decay, exchange_min_order_usd }: CoinParams,
): FixedE8 {
  if (level === 0 || decay === 0 || closeOnly) return wantedE8
  const parts = BigInt(Math.max(0, Math.round((100 - decay * level) * 100)))
  const least = sizeAtLeast(fromNumber(exchange_min_order_usd), pxE8, sizeDecimals)
  return minE8(wantedE8, maxE8(floorSize((wantedE8 * parts) / 10_000n, sizeDecimals), least))
}

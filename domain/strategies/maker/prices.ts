/** Where quotes of `spread` lie: touch-relative, improved where there is room, skewed by inventory and own flow, on valid ticks. */
// Source: spec 004 §4 and §7, with §16.7, §16.8. Not here: sizes (sizes.ts), the fair price of `microprice` (microprice.ts).
import { type FixedE8, maxE8, minE8, signE8 } from '#domain/fixed-point.ts'
import { ceilPrice, floorPrice, shiftBps, tickE8 } from '#domain/market/instrument.ts'
import { midE8, type Touch } from '#domain/market/order-book.ts'
import type { CoinParams } from '#domain/strategies/maker/params.ts'
import type { Flow, MakerState, StaleTouch } from '#domain/strategies/maker/state.ts'

/** Best prices of both sides, × 1e8. */
export interface Prices {
  bidE8: FixedE8
  askE8: FixedE8
}

/** The step that quotes lie on: the venue's, or a coarser one that the override asks for. */
export function tickOf(
  touch: Touch,
  params: Pick<CoinParams, 'px_decimals_override'>,
  sizeDecimals: number,
): FixedE8 {
  const venue = maxE8(tickE8(touch.bidE8, sizeDecimals), tickE8(touch.askE8, sizeDecimals))
  const { px_decimals_override: decimals } = params
  return decimals === null ? venue : maxE8(venue, 10n ** BigInt(8 - decimals))
}

/**
 * Joins the touch, or improves it by a tick where the spread has room. Two ticks wide, both improvements would meet on one
 * price: then only the side that reduces the position improves, and with no position both join.
 */
export function touchPrices(touch: Touch, tick: FixedE8, positionE8: FixedE8): Prices {
  const { bidE8, askE8 } = touch
  const ticks = (askE8 - bidE8) / tick
  const held = signE8(positionE8)
  const improvesBid = ticks > 2n || (ticks === 2n && held < 0)
  const improvesAsk = ticks > 2n || (ticks === 2n && held > 0)
  return {
    bidE8: improvesBid ? minE8(askE8 - tick, bidE8 + tick) : bidE8,
    askE8: improvesAsk ? maxE8(bidE8 + tick, askE8 - tick) : askE8,
  }
}

/** One tick further in where the touch has not moved for long, and at least a tick away from the other side. */
export function improveStale(
  prices: Prices,
  touch: Touch,
  state: MakerState,
  tick: FixedE8,
  passes: number,
): Prices {
  const room = (touch.askE8 - touch.bidE8) / tick >= 2n
  if (!room) return prices
  const isStale = (side: StaleTouch | null): boolean => side !== null && side.passes >= passes
  const near = (a: FixedE8, b: FixedE8): boolean => (a > b ? a - b : b - a) * 10n <= tick * 11n
  const bidIn = isStale(state.bid) && near(prices.bidE8, touch.bidE8)
  const askIn = isStale(state.ask) && near(prices.askE8, touch.askE8)
  return {
    bidE8: bidIn ? minE8(touch.askE8 - tick, prices.bidE8 + tick) : prices.bidE8,
    askE8: askIn ? maxE8(touch.bidE8 + tick, prices.askE8 - tick) : prices.askE8,
  }
}

/** In single-sided modes a quote leans a tick with own flow, inside [best bid, best ask]. */
export function followFlow(prices: Prices, touch: Touch, flow: Flow, tick: FixedE8): Prices {
  const { makerBuys: buys, makerSells: sells } = flow
  const lean = (own: number, other: number): bigint => (own > 1.5 * other ? 1n : own < 0.7 * other ? -1n : 0n)
  const bid = prices.bidE8 + lean(buys, sells) * tick
  const ask = prices.askE8 - lean(sells, buys) * tick
  return {
    bidE8: maxE8(touch.bidE8, minE8(bid, touch.askE8 - tick)),
    askE8: minE8(touch.askE8, maxE8(ask, touch.bidE8 + tick)),
  }
}

/** The side that adds inventory moves away; the side that reduces stays. After every distance, or the distance would swallow it. */
export function skewPrices(prices: Prices, positionE8: FixedE8, ticks: number, tick: FixedE8): Prices {
  const held = signE8(positionE8)
  if (held === 0 || ticks === 0) return prices
  const away = BigInt(ticks) * tick
  return {
    bidE8: held > 0 ? maxE8(prices.bidE8 - away, tick) : prices.bidE8,
    askE8: held < 0 ? prices.askE8 + away : prices.askE8,
  }
}

/** No quote nearer than this behind the touch. */
export function keepDistance(prices: Prices, touch: Touch, distanceBps: number): Prices {
  if (distanceBps <= 0) return prices
  const step = shiftBps(midE8(touch), distanceBps) - midE8(touch)
  return {
    bidE8: minE8(prices.bidE8, touch.bidE8 - step),
    askE8: maxE8(prices.askE8, touch.askE8 + step),
  }
}

/**
 * The prices of one side from its best one outwards: never reaching the other side of the market, on valid ticks, rounded away
 * from it. Fewer where prices would end at zero.
 */
export function ladder(
  side: 'buy' | 'sell',
  bestE8: FixedE8,
  touch: Touch,
  shape: { levels: number; stepTicks: number; tick: FixedE8; sizeDecimals: number },
): FixedE8[] {
  const { tick, sizeDecimals } = shape
  const isBuy = side === 'buy'
  const step = BigInt(shape.stepTicks) * (isBuy ? -tick : tick)
  let wanted = isBuy ? minE8(bestE8, touch.askE8 - tick) : maxE8(bestE8, touch.bidE8 + tick)
  const found: FixedE8[] = []
  for (let level = 0; level < shape.levels && wanted > 0n; level++, wanted += step) {
    const valid = isBuy ? floorPrice(wanted, sizeDecimals) : ceilPrice(wanted, sizeDecimals)
    const pxE8 = onTick(valid, side, tick)
    if (pxE8 <= 0n) break
    if (pxE8 !== found.at(-1)) found.push(pxE8)
  }
  return found
}

const onTick = (pxE8: FixedE8, side: 'buy' | 'sell', tick: FixedE8): FixedE8 =>
  side === 'buy' ? (pxE8 / tick) * tick : ((pxE8 + tick - 1n) / tick) * tick

/** From target weights and what is held to sizes to reach, and from those to the next slices: passive first, then aggressive. Pure. */
// Not here: where the weights come from (domain/traders/target-weights.ts), naming and sending orders (domain/session).
import type { Side } from '#domain/events.ts'
import {
  absE8,
  type Decimal,
  type FixedE8,
  formatFixed,
  fromNumber,
  minE8,
  mulE8,
  parseFixed,
  signE8,
  toNumber,
} from '#domain/fixed-point.ts'
import {
  floorSize,
  MIN_ORDER_USD_E8,
  roundAway,
  shiftBps,
  sizeForNotional,
} from '#domain/market/instrument.ts'
import type { FollowParams } from '#domain/strategies/follow-params.ts'
import type { EpochMs } from '#domain/time.ts'

/** Target weights as they were read. */
export interface TargetSet {
  /** Moment from which they are meant to be held; 0: there are none. */
  ts: EpochMs
  /** Signed fractions of the capital. A coin that is not named is 0. */
  weights: Readonly<Record<string, number>>
  /** Whose they are. */
  source: string
}

/** What is known of a coin when it is decided. */
export interface CoinStanding {
  coin: string
  /** Signed coins. */
  positionSz: Decimal
  bid: Decimal | null
  ask: Decimal | null
  markPx: Decimal | null
  sizeDecimals: number
  /** True while the coin may only be closed. */
  leaving: boolean
}

export interface CoinGoal {
  coin: string
  /** Signed coins to hold; null: leave what is held alone. */
  sz: Decimal | null
  /** Fractions of the capital: wanted, held, and what is traded of the difference. */
  target: number
  held: number
  traded: number
  reason: 'REBALANCE' | 'WITHIN_THRESHOLD' | 'TOO_SMALL' | 'NO_MARK' | 'ON_TARGET'
}

const signedWeight = (szE8: FixedE8, pxE8: FixedE8, capital: number): number =>
  (toNumber(szE8) * toNumber(pxE8)) / capital

/** Weights as they may be held: each within its bound, all together within theirs. Unreadable ones are 0. */
export function boundWeights(
  weights: Readonly<Record<string, number>>,
  coins: readonly string[],
  { gross_max, weight_max }: Pick<FollowParams, 'gross_max' | 'weight_max'>,
): Record<string, number> {
  const bounded = coins.map((coin) => {
    const weight = weights[coin] ?? 0
    return Number.isFinite(weight) ? Math.max(-weight_max, Math.min(weight_max, weight)) : 0
  })
  const gross = bounded.reduce((sum, weight) => sum + Math.abs(weight), 0)
  const scale = gross > gross_max ? gross_max / gross : 1
  return Object.fromEntries(coins.map((coin, at) => [coin, (bounded[at] ?? 0) * scale]))
}

/**
 * Sizes to reach, coin by coin. A coin within the threshold is left alone, unless it is to be closed; when all that is to be traded
 * passes the turnover bound, each coin goes the same share of its way.
 * @param capital USD, > 0
 */
export function planRebalance(
  targets: Readonly<Record<string, number>>,
  standings: readonly CoinStanding[],
  capital: number,
  params: FollowParams,
): CoinGoal[] {
  const coins = standings.map(({ coin }) => coin)
  const wanted = boundWeights(targets, coins, params)
  const drafts = standings.map((standing) => {
    const target = standing.leaving ? 0 : (wanted[standing.coin] ?? 0)
    const szE8 = parseFixed(standing.positionSz)
    const held = standing.markPx === null ? 0 : signedWeight(szE8, parseFixed(standing.markPx), capital)
    const closes = target === 0 && szE8 !== 0n
    const isFar = Math.abs(target - held) >= params.threshold && target !== held
    return { standing, target, held, szE8, trades: standing.markPx !== null && (closes || isFar) }
  })
  const turnover = drafts.reduce(
    (sum, { trades, target, held }) => sum + (trades ? Math.abs(target - held) : 0),
    0,
  )
  const scale = turnover > params.turnover_max ? params.turnover_max / turnover : 1
  return drafts.map(({ standing, target, held, szE8, trades }): CoinGoal => {
    const { coin, markPx, sizeDecimals } = standing
    const leave = (reason: CoinGoal['reason']): CoinGoal => ({
      coin,
      sz: null,
      target,
      held,
      traded: 0,
      reason,
    })
    if (markPx === null) return leave('NO_MARK')
    if (!trades) return leave(Math.abs(target - held) === 0 ? 'ON_TARGET' : 'WITHIN_THRESHOLD')
    const traded = (target - held) * scale
    const isWhole = scale === 1
    const goalE8 =
      isWhole && target === 0
        ? 0n
        : sizeOf(((held + traded) * capital) / toNumber(parseFixed(markPx)), sizeDecimals)
    const deltaE8 = goalE8 - szE8
    const isTiny = mulE8(absE8(deltaE8), parseFixed(markPx)) < MIN_ORDER_USD_E8
    if (deltaE8 === 0n) return leave('ON_TARGET')
    // What only closes may be of any size.
    if (isTiny && goalE8 !== 0n) return leave('TOO_SMALL')
    return { coin, sz: formatFixed(goalE8), target, held, traded, reason: 'REBALANCE' }
  })
}

/** Toward zero on the lot. */
function sizeOf(coins: number, sizeDecimals: number): FixedE8 {
  const size = floorSize(fromNumber(Math.abs(coins)), sizeDecimals)
  return coins < 0 ? -size : size
}

/** One order as it is wanted. */
export interface Slice {
  coin: string
  side: Side
  px: Decimal
  sz: Decimal
  tif: 'alo' | 'ioc'
  reduce_only: boolean
}

/**
 * The next order on the way to a goal; null when it is reached, or the rest is too small to send, or there is no touch.
 * What would flip a position first closes it.
 */
export function nextSlice(
  goalSz: Decimal,
  standing: CoinStanding,
  style: 'passive' | 'aggressive',
  params: Pick<FollowParams, 'slice_usd' | 'slippage_bps_max'>,
): Slice | null {
  const { coin, sizeDecimals } = standing
  const heldE8 = parseFixed(standing.positionSz)
  const deltaE8 = parseFixed(goalSz) - heldE8
  if (deltaE8 === 0n) return null
  const side: Side = deltaE8 > 0n ? 'buy' : 'sell'
  const px =
    style === 'passive' ? ownTouch(standing, side) : takerLimit(standing, side, params.slippage_bps_max)
  if (px === null) return null
  const reduces = heldE8 !== 0n && signE8(heldE8) !== signE8(deltaE8)
  const mostE8 = reduces ? minE8(absE8(deltaE8), absE8(heldE8)) : absE8(deltaE8)
  const sliceE8 = sizeForNotional(fromNumber(params.slice_usd), px, sizeDecimals)
  // A slice that left a rest below the minimum would strand it: the last one takes it along.
  const restE8 = mostE8 - minE8(mostE8, sliceE8)
  const szE8 = mulE8(restE8, px) < MIN_ORDER_USD_E8 ? mostE8 : sliceE8
  if (szE8 === 0n || (!reduces && mulE8(szE8, px) < MIN_ORDER_USD_E8)) return null
  const tif = style === 'passive' ? 'alo' : 'ioc'
  return { coin, side, px: formatFixed(px), sz: formatFixed(szE8), tif, reduce_only: reduces }
}

/** Best price of the own side: where an order rests without crossing. */
function ownTouch({ bid, ask }: CoinStanding, side: Side): FixedE8 | null {
  const touch = side === 'buy' ? bid : ask
  return touch === null ? null : parseFixed(touch)
}

/** Worst price to take: the other side's touch moved by the allowed slippage, on the tick. */
function takerLimit(
  { bid, ask, sizeDecimals }: CoinStanding,
  side: Side,
  slippageBps: number,
): FixedE8 | null {
  const touch = side === 'buy' ? ask : bid
  if (touch === null) return null
  return roundAway(
    shiftBps(parseFixed(touch), side === 'buy' ? slippageBps : -slippageBps),
    side,
    sizeDecimals,
  )
}

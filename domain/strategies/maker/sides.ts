/** Which sides quote: both, a fixed one, or the one that momentum, inventory, bias and own flow choose. */
// Source: spec 004 §8, with the correction of §16.11. Not here: caps, which block a side too (sizes.ts).
import { signE8 } from '#domain/fixed-point.ts'
import { inventoryUsd } from '#domain/strategies/maker/inventory.ts'
import type { CoinParams } from '#domain/strategies/maker/params.ts'
import type { MakerFacts } from '#domain/strategies/maker/quoting.ts'
import { valuesOf } from '#domain/strategies/maker/recent.ts'
import type { Flow, MakerState, QuoteSide } from '#domain/strategies/maker/state.ts'

/** Fills, decayed, before the maker share is judged: with none it would forbid the first one for ever. */
const SHARE_FILLS_MIN = 10
const TREND = { up: 0.7, down: 0.3 } as const

export interface SideChoice {
  bid: boolean
  ask: boolean
  /** What `auto` holds on to; null in the other modes. */
  side: MakerState['side']
  reason: string
}

export interface Tightness {
  liveBps: number
  floorBps: number
}

export function chooseSides(
  state: MakerState,
  facts: MakerFacts,
  params: CoinParams,
  spread: Tightness,
): SideChoice {
  const { side } = state
  switch (params.single_sided_mode) {
    case 'off':
      return { bid: true, ask: true, side, reason: 'BOTH' }
    case 'bid':
      return { bid: true, ask: false, side, reason: 'FIXED_BID' }
    case 'ask':
      return { bid: false, ask: true, side, reason: 'FIXED_ASK' }
    case 'auto': {
      const wanted = autoSide(state, facts, params, spread)
      const now = flip(side, wanted.side, state.passes, params.single_sided_flip_cooldown_loops)
      return { bid: now.now === 'B', ask: now.now === 'A', side: now, reason: wanted.reason }
    }
  }
}

/** Nothing to quote is obeyed at once; another side only after the cooldown; the first answer always. */
function flip(
  was: MakerState['side'],
  wanted: QuoteSide,
  passes: number,
  cooldown: number,
): MakerState['side'] {
  if (wanted === was.now) return was
  const may = was.now === null || wanted === 'N' || passes - was.changedPass >= cooldown
  return may ? { now: wanted, changedPass: passes } : was
}

function autoSide(
  state: MakerState,
  facts: MakerFacts,
  params: CoinParams,
  spread: Tightness,
): { side: QuoteSide; reason: string } {
  const biased = biasSide(facts, params)
  const base = biased ?? vote(state, facts, params)
  const label = biased ? 'BIAS' : 'VOTE'
  if (!params.single_sided_market_aware) return { side: base, reason: label }
  const { flow } = state
  const judged = flow.maker + flow.taker >= SHARE_FILLS_MIN
  if (judged && makerShare(flow) < params.ss_ma_min_maker_share) return { side: 'N', reason: 'MAKER_SHARE' }
  const tight = spread.liveBps < spread.floorBps + params.ss_ma_spread_excess_floor_bps
  if (params.ss_ma_no_quote_when_tight && tight) return { side: 'N', reason: 'TIGHT' }
  const flowing = flowSide(flow, params.ss_ma_side_bias_ratio)
  return flowing ? { side: flowing, reason: 'FLOW' } : { side: base, reason: label }
}

/** Maker fills of all, 0 without any. */
export const makerShare = ({ maker, taker }: Pick<Flow, 'maker' | 'taker'>): number =>
  maker + taker === 0 ? 0 : maker / (maker + taker)

function flowSide({ makerBuys, makerSells }: Flow, ratio: number): 'B' | 'A' | null {
  if (makerBuys > ratio * makerSells) return 'B'
  return makerSells > ratio * makerBuys ? 'A' : null
}

/** Below the band of its target it accumulates, else it distributes; a target of 0 only leaves. Null without a bias. */
function biasSide(facts: MakerFacts, params: CoinParams): 'B' | 'A' | null {
  if (params.bias_side === 'none' || facts.touch === null) return null
  const held = inventoryUsd(facts)
  const target = params.target_inventory_usd
  if (target === 0) return held > 0 ? 'A' : held < 0 ? 'B' : null
  const enough = target * (1 - params.inv_band_pct / 100)
  if (params.bias_side === 'long') return held < enough ? 'B' : 'A'
  return held > -enough ? 'A' : 'B'
}

function vote(state: MakerState, facts: MakerFacts, params: CoinParams): 'B' | 'A' {
  const weight = { B: 0, A: 0 }
  const moved = momentum(valuesOf(state.mids))
  if (moved) weight[moved.side] += moved.weight
  const held = signE8(facts.positionE8)
  const leaving = held > 0 ? 'A' : held < 0 ? 'B' : null
  if (leaving) weight[leaving] += 1
  const flowing = flowSide(state.flow, params.ss_ma_side_bias_ratio)
  if (flowing) weight[flowing] += 0.8
  if (weight.B > weight.A * 1.1) return 'B'
  if (weight.A > weight.B * 1.1) return 'A'
  return leaving ?? 'B'
}

/** Fades a move of more than 5 bps, weighted over 5, 15 and 30 points; null while there is none to fade. */
export function momentum(mids: readonly number[]): { side: 'B' | 'A'; weight: number } | null {
  if (mids.length < 10) return null
  const change = (points: number): number => {
    const from = mids.at(-points)
    const to = mids.at(-1)
    return mids.length >= points && from && to ? (to / from - 1) * 10_000 : 0
  }
  const m = 0.5 * change(5) + 0.3 * change(15) + 0.2 * change(30)
  if (Math.abs(m) <= 5) return null
  const up = upShare(mids)
  const isStrong = up > TREND.up || up < TREND.down
  const confidence = Math.min(1, Math.min(1, Math.abs(m) / 20) * (isStrong ? 1.2 : 1))
  const factor = { trending: 1.5, choppy: 0.5, volatile: 1, stable: 1, unknown: 1 }[regime(mids)]
  return { side: m > 0 ? 'A' : 'B', weight: confidence * factor }
}

const steps = (mids: readonly number[]): number[] =>
  mids.slice(1).map((mid, at) => (mid / (mids[at] ?? mid) - 1) * 10_000)

function upShare(mids: readonly number[]): number {
  const moves = steps(mids)
  return moves.filter((move) => move > 0).length / Math.max(moves.length, 1)
}

export type Regime = 'unknown' | 'volatile' | 'stable' | 'trending' | 'choppy'

/** Source: spec 004 §8.1: sample deviation of the steps in basis points, then the share of upward steps. */
export function regime(mids: readonly number[]): Regime {
  if (mids.length < 20) return 'unknown'
  const moves = steps(mids)
  const mean = moves.reduce((sum, move) => sum + move, 0) / moves.length
  const variance = moves.reduce((sum, move) => sum + (move - mean) ** 2, 0) / (moves.length - 1)
  const deviation = Math.sqrt(variance)
  if (deviation > 50) return 'volatile'
  if (deviation < 10) return 'stable'
  const up = upShare(mids)
  return up > TREND.up || up < TREND.down ? 'trending' : 'choppy'
}

/** When a market is too tight to quote in: the fee guard and the dynamic floor. */
// Source: spec 004 §5. Not here: which sides quote (sides.ts), prices (prices.ts).
import type { CoinParams } from '#domain/strategies/maker/params.ts'
import { countOf, newest, valuesOf } from '#domain/strategies/maker/recent.ts'
import type { MakerState } from '#domain/strategies/maker/state.ts'

export interface FeeRates {
  /** Basis points; a rebate is negative. */
  makerBps: number
  takerBps: number
}

/** What a round trip must earn before it pays its fees, basis points: maker both ways, one of each, taker both ways. */
export function breakEven({ makerBps, takerBps }: FeeRates): { maker: number; mixed: number; taker: number } {
  return { maker: round2(2 * makerBps), mixed: round2(makerBps + takerBps), taker: round2(2 * takerBps) }
}

/** The least spread that is quoted in: the knob, raised to the break-even of two maker fills and the buffer; never lowered. */
export function guardedMinSpread(params: CoinParams, fees: FeeRates): number {
  if (!params.min_spread_guard_enabled) return params.min_spread_bps
  return round2(Math.max(params.min_spread_bps, 2 * fees.makerBps + params.min_spread_guard_buffer_bps))
}

/** Linear between neighbours: k = (n − 1)·q on the sorted list. 0 for an empty list. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const k = (sorted.length - 1) * q
  const low = sorted[Math.floor(k)] ?? 0
  const high = sorted[Math.ceil(k)] ?? low
  return low + (high - low) * (k - Math.floor(k))
}

/** The floor after this pass. It moves only every so many passes, on enough samples, and by more than the dead band. */
export function dynamicFloor(state: MakerState, params: CoinParams, minSpreadBps: number): number {
  const floor = state.floorBps ?? minSpreadBps
  const lookback = params.dynamic_min_spread_lookback_loops
  const enough = Math.max(10, Math.floor(0.2 * lookback))
  const due = state.passes % params.dynamic_min_spread_update_every_loops === 0
  if (!due || countOf(state.spreads) < enough) return floor
  const q = round2(quantile(valuesOf(state.spreads), params.dynamic_min_spread_percentile))
  const target = Math.max(minSpreadBps, q)
  return Math.abs(target - floor) > params.dynamic_min_spread_hysteresis_bps ? target : floor
}

export interface SpreadGate {
  /** What the market shows. */
  liveBps: number
  /** What it has to show. */
  neededBps: number
  /** The dynamic floor after this pass. */
  floorBps: number
  open: boolean
}

export function spreadGate(state: MakerState, params: CoinParams, fees: FeeRates): SpreadGate {
  const liveBps = newest(state.spreads) ?? 0
  const minSpread = guardedMinSpread(params, fees)
  const floorBps = params.dynamic_min_spread_enabled ? dynamicFloor(state, params, minSpread) : minSpread
  const neededBps = Math.max(minSpread, floorBps)
  return { liveBps, neededBps, floorBps, open: liveBps >= neededBps }
}

export const round2 = (value: number): number => Math.round((value + Number.EPSILON) * 100) / 100

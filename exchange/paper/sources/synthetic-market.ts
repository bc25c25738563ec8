/** One synthetic coin, step by step: a mid that walks through regimes, a book of 20 levels around it, trades that sweep and nibble. */
// Not here: real time and the other coins (synthetic.ts).
//
// Everything follows from the seed and the step number: the same seed gives the same market, and a stored state continues it.
import type { EpochMs } from '#domain/time.ts'
import type { CoinSpec, ExternalLevel } from '#exchange/paper/engine/types.ts'
import { pow10, roundToTick } from '#exchange/paper/engine/units.ts'
import {
  createRandom,
  exponential,
  gaussian,
  hashUniform,
  type Random,
  uniform,
} from '#exchange/paper/sources/random.ts'

export const STEP_MS = 100
/** Steps between two book snapshots; a changed touch is told at every step. */
export const BOOK_EVERY_STEPS = 5
const LEVELS = 20
/** Steps for which a price level keeps its size. */
const LEVEL_LIFE_STEPS = 80
const STEPS_PER_YEAR = (365 * 86_400_000) / STEP_MS

export type Regime = 'calm' | 'trend_up' | 'trend_down' | 'crash' | 'illiquid'

/** `drift` in standard deviations of a minute per minute; `vol`, `depth`, `flow` multiply the calm values. */
const REGIMES: Readonly<
  Record<
    Regime,
    {
      drift: number
      vol: number
      depth: number
      flow: number
      spread: number
      meanMinutes: number
      weight: number
    }
  >
> = {
  calm: { drift: 0, vol: 1, depth: 1, flow: 1, spread: 1, meanMinutes: 12, weight: 0.36 },
  trend_up: { drift: 0.9, vol: 1.2, depth: 0.9, flow: 1.6, spread: 1, meanMinutes: 14, weight: 0.28 },
  trend_down: { drift: -0.9, vol: 1.2, depth: 0.9, flow: 1.6, spread: 1, meanMinutes: 14, weight: 0.28 },
  crash: { drift: -3, vol: 3, depth: 0.4, flow: 4, spread: 3, meanMinutes: 3, weight: 0.02 },
  illiquid: { drift: 0, vol: 0.8, depth: 0.15, flow: 0.3, spread: 6, meanMinutes: 8, weight: 0.06 },
}

/** All that continues a coin: small JSON. */
export interface SyntheticCoinState {
  step: number
  random: number
  /** Ticks, as a float. */
  mid: number
  regime: Regime
  regimeEndsStep: number
  bid: number
  ask: number
}

export interface SyntheticTrade {
  isBuy: boolean
  px: number
  sz: number
}

export interface SyntheticStep {
  trades: SyntheticTrade[]
  touchChanged: boolean
}

export interface SyntheticCoin {
  readonly spec: CoinSpec
  state: SyntheticCoinState
  random: Random
  /** Seed of the level sizes. */
  salt: number
  /** Lots of a typical level and of a typical trade. */
  levelLots: number
  tradeLots: number
  /** Standard deviation of a step, fraction of the price. */
  sigma: number
  /** Chance of a trade at the touch in one step. */
  tradeChance: number
}

/** Weight of a coin in traded volume: the first listed are the biggest. */
export const coinWeight = (asset: number): number => 1 / (1 + asset * 0.6)

const tickOf = (px: number, pxDecimals: number): number => {
  const digits = Math.floor(Math.log10(Math.max(1, px))) + 1
  return Math.min(pow10(Math.max(0, digits - 5)), pow10(pxDecimals))
}

export function createSyntheticCoin(
  spec: CoinSpec,
  seed: number,
  start: { px: number; volatility: number; weight: number },
): SyntheticCoin {
  const salt = (seed * 2_654_435_761 + spec.asset * 40_503) >>> 0
  const mid = start.px * pow10(spec.pxDecimals)
  const lotsPerUsd = pow10(spec.szDecimals) / start.px
  return {
    spec,
    salt,
    random: createRandom(salt),
    levelLots: Math.max(2, 60_000 * start.weight * lotsPerUsd),
    tradeLots: Math.max(1, 2_500 * start.weight * lotsPerUsd),
    sigma: start.volatility / Math.sqrt(STEPS_PER_YEAR),
    tradeChance: 0.25 * Math.sqrt(start.weight),
    state: { step: 0, random: salt, mid, regime: 'calm', regimeEndsStep: 3_000, bid: 0, ask: 0 },
  }
}

/** Continues a coin from a stored state. */
export function resumeSyntheticCoin(coin: SyntheticCoin, state: SyntheticCoinState): void {
  coin.state = { ...state }
  coin.random.state = state.random
}

function nextRegime(coin: SyntheticCoin): void {
  let pick = uniform(coin.random)
  for (const [name, { weight }] of Object.entries(REGIMES)) {
    pick -= weight
    if (pick > 0) continue
    coin.state.regime = name as Regime
    break
  }
  const minutes = 1 + REGIMES[coin.state.regime].meanMinutes * exponential(coin.random)
  coin.state.regimeEndsStep = coin.state.step + Math.round((minutes * 60_000) / STEP_MS)
}

/** Moves the mid by one step of `scale` steps' length: history uses long strides, the live market single steps. */
export function moveMid(coin: SyntheticCoin, scale: number): void {
  const { state } = coin
  if (state.step >= state.regimeEndsStep) nextRegime(coin)
  const regime = REGIMES[state.regime]
  const minuteSteps = 60_000 / STEP_MS
  // A drift of d deviations a minute, spread over its steps.
  const drift = (regime.drift * coin.sigma * Math.sqrt(minuteSteps) * scale) / minuteSteps
  const noise = coin.sigma * regime.vol * Math.sqrt(scale) * gaussian(coin.random)
  state.mid = Math.max(200, state.mid * (1 + drift + noise))
  state.step += scale
}

const sizeAt = (coin: SyntheticCoin, px: number, depth: number): number => {
  // Each level changes its size at its own moment.
  const phase = Math.floor(hashUniform(coin.salt, px, 7) * LEVEL_LIFE_STEPS)
  const epoch = Math.floor((coin.state.step + phase) / LEVEL_LIFE_STEPS)
  const u = hashUniform(coin.salt, px, epoch)
  return Math.max(1, Math.round(coin.levelLots * depth * (0.05 + 2.2 * u * u * u)))
}

/** The 20 best levels a side as they stand now. */
export function syntheticBook(coin: SyntheticCoin): { bids: ExternalLevel[]; asks: ExternalLevel[] } {
  const { depth } = REGIMES[coin.state.regime]
  const side = (from: number, direction: 1 | -1): ExternalLevel[] => {
    const levels: ExternalLevel[] = []
    let px = from
    for (let at = 0; at < LEVELS; at++) {
      const sz = sizeAt(coin, px, depth * (1 + at * 0.12))
      levels.push({ px, sz, n: 1 + Math.floor(hashUniform(coin.salt, px, sz) * 9) })
      const tick = tickOf(px, coin.spec.pxDecimals)
      const gap = 1 + Math.floor(hashUniform(coin.salt, px, 3) * 1.6)
      px = roundToTick(px + direction * gap * tick, coin.spec.pxDecimals, direction > 0)
      if (px <= 0) break
    }
    return levels
  }
  return { bids: side(coin.state.bid, -1), asks: side(coin.state.ask, 1) }
}

function placeTouch(coin: SyntheticCoin): { bid: number; ask: number } {
  const { mid, regime } = coin.state
  const tick = tickOf(mid, coin.spec.pxDecimals)
  const half = (tick * REGIMES[regime].spread) / 2
  const bid = roundToTick(Math.floor(mid - half), coin.spec.pxDecimals, false)
  let ask = roundToTick(Math.ceil(mid + half), coin.spec.pxDecimals, true)
  if (ask <= bid) ask = roundToTick(bid + tick, coin.spec.pxDecimals, true)
  return { bid, ask }
}

const tradeSize = (coin: SyntheticCoin): number =>
  Math.max(1, Math.round(coin.tradeLots * exponential(coin.random) ** 1.6))

/** Levels that a move of the touch sweeps, at most this many trades. */
const SWEEP_MAX = 6

/** Steps forward by `stride` steps of 100 ms at once: one move of the mid, one sweep, at most one trade at the touch. */
export function stepSyntheticCoin(coin: SyntheticCoin, stride = 1): SyntheticStep {
  const { state } = coin
  const before = { bid: state.bid, ask: state.ask }
  moveMid(coin, stride)
  const touch = placeTouch(coin)
  const trades: SyntheticTrade[] = []
  const regime = REGIMES[state.regime]
  if (before.bid !== 0) {
    // The mid moved through a level because somebody traded it away.
    const up = touch.ask > before.ask
    const down = touch.bid < before.bid
    if (up !== down) sweep(coin, up ? before.ask : before.bid, up ? touch.ask : touch.bid, trades)
    const chance = Math.min(1, coin.tradeChance * regime.flow)
    if (uniform(coin.random) < (stride === 1 ? chance : 1 - (1 - chance) ** stride)) {
      const bias = regime.drift > 0 ? 0.62 : regime.drift < 0 ? 0.38 : 0.5
      const isBuy = uniform(coin.random) < bias
      trades.push({ isBuy, px: isBuy ? touch.ask : touch.bid, sz: tradeSize(coin) })
    }
  }
  state.bid = touch.bid
  state.ask = touch.ask
  state.random = coin.random.state
  return { trades, touchChanged: before.bid !== touch.bid || before.ask !== touch.ask }
}

function sweep(coin: SyntheticCoin, from: number, to: number, trades: SyntheticTrade[]): void {
  const isBuy = to > from
  const tick = tickOf(from, coin.spec.pxDecimals)
  let px = from
  for (let count = 0; count < SWEEP_MAX && (isBuy ? px < to : px > to); count++) {
    trades.push({ isBuy, px, sz: tradeSize(coin) })
    px = roundToTick(px + (isBuy ? tick : -tick), coin.spec.pxDecimals, isBuy)
    if (px <= 0) return
  }
}

/** Sign of the present drift: what skilled traders sense. */
export const driftOf = ({ state }: SyntheticCoin): number => Math.sign(REGIMES[state.regime].drift)

/** Time of a step. */
export const stepTs = (startTs: EpochMs, step: number): EpochMs => startTs + step * STEP_MS

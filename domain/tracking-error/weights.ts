/** Target and actual weights side by side: normalising, differences, and the class of each mismatch. Spec 000 §6.3–6.7. */
// Not here: returns (daily.ts), what a mismatch cost (attribution.ts).

/** Signed fraction of equity by coin. */
export type Weights = ReadonlyMap<string, number>

/** A weight from here on is material; below it is dust. One bound for everything. */
export const MATERIAL = 0.001
/** A difference beyond which two weights of one sign are of different size. */
export const SIZE_TOLERANCE = 0.02

/** w ÷ Σ|w|; empty weights, and weights that are all zero, stay zero. */
export function absSum(weights: Weights): Map<string, number> {
  const total = [...weights.values()].reduce((sum, weight) => sum + Math.abs(orZero(weight)), 0)
  return new Map([...weights].map(([coin, weight]) => [coin, total > 0 ? orZero(weight) / total : 0]))
}

/** Longs ÷ Σ longs, shorts ÷ Σ|shorts|; an exact zero has no side: null. */
export function bySide(weights: Weights): Map<string, number | null> {
  let [longs, shorts] = [0, 0]
  for (const weight of weights.values()) {
    if (weight > 0) longs += weight
    else shorts -= orZero(weight)
  }
  return new Map(
    [...weights].map(([coin, weight]) => [
      coin,
      weight > 0 ? weight / longs : weight < 0 ? weight / shorts : null,
    ]),
  )
}

const orZero = (weight: number): number => (Number.isFinite(weight) ? weight : 0)

/** Class of a mismatch. */
export type Mismatch = 'missing' | 'extra' | 'sign_flip' | 'mis_sized' | 'aligned'

export interface CoinGap {
  coin: string
  target: number
  actual: number
  /** actual − target. */
  diff: number
  mismatch: Mismatch
}

/** First that fits: missing, extra, sign flip, mis-sized, aligned. A bound that is met counts as material. */
export function classify(target: number, actual: number): Mismatch {
  const [wants, has] = [Math.abs(target) >= MATERIAL, Math.abs(actual) >= MATERIAL]
  if (wants && !has) return 'missing'
  if (!wants && has) return 'extra'
  if (wants && has && target * actual < 0) return 'sign_flip'
  return Math.abs(actual - target) > SIZE_TOLERANCE ? 'mis_sized' : 'aligned'
}

/** Outer join: a coin that one side lacks counts 0 there. Sorted by coin. */
export function compareWeights(targets: Weights, actuals: Weights): CoinGap[] {
  return [...new Set([...targets.keys(), ...actuals.keys()])].sort().map((coin) => {
    const [target, actual] = [orZero(targets.get(coin) ?? 0), orZero(actuals.get(coin) ?? 0)]
    return { coin, target, actual, diff: actual - target, mismatch: classify(target, actual) }
  })
}

export interface GapSummary {
  /** ½·Σ|diff|: 0 is the same book, 1 another one. Null without targets or actuals. */
  active_share: number | null
  /** The original's number: mean |diff| over the joined coins, which dilutes with breadth; without targets or actuals 1/n. */
  mean_abs_diff: number
  classes: Record<Mismatch, { count: number; target: number; actual: number }>
}

/** Compares two books after bringing each to Σ|w| = 1, as the original does. */
export function compareBooks(targets: Weights, actuals: Weights): { coins: CoinGap[]; summary: GapSummary } {
  const coins = compareWeights(absSum(targets), absSum(actuals))
  const total = coins.reduce((sum, { diff }) => sum + Math.abs(diff), 0)
  const empty = [targets, actuals].some((side) => [...side.values()].every((weight) => orZero(weight) === 0))
  const classes: GapSummary['classes'] = {
    missing: nothing(),
    extra: nothing(),
    sign_flip: nothing(),
    mis_sized: nothing(),
    aligned: nothing(),
  }
  for (const { mismatch, target, actual } of coins) {
    const own = classes[mismatch]
    own.count += 1
    own.target += Math.abs(target)
    own.actual += Math.abs(actual)
  }
  return {
    coins,
    summary: {
      active_share: empty ? null : total / 2,
      mean_abs_diff: coins.length === 0 ? 0 : total / coins.length,
      classes,
    },
  }
}

const nothing = () => ({ count: 0, target: 0, actual: 0 })

/** The lag whose targets are nearest; of equals the smallest. Null when no lag has targets. */
export function bestLag(lags: readonly { lag: number; active_share: number | null }[]): number | null {
  let best: { lag: number; share: number } | null = null
  for (const { lag, active_share } of [...lags].sort((a, b) => a.lag - b.lag))
    if (active_share !== null && (best === null || active_share < best.share))
      best = { lag, share: active_share }
  return best?.lag ?? null
}

/** Weight of a position: the venue's position value has no sign, its size has. */
export const positionWeight = (sz: number, positionValueUsd: number, equityUsd: number): number =>
  equityUsd === 0 ? 0 : (Math.sign(sz) * Math.abs(positionValueUsd)) / equityUsd

/** The original's hourly classes of error with their shares: which kind of mismatch makes the squared error. Spec 000 §6.6. */
// Not here: the daily classes (weights.ts).

/** One coin in one hour. Null is what the source lacks. */
export interface HourRow {
  pos: number
  px: number | null
  equity: number | null
  weight_t2: number | null
  weight_t1: number | null
}

export type HourClass =
  | 'MATCHED_ZERO'
  | 'MISSING_POSITION'
  | 'EXTRA_POSITION'
  | 'WRONG_DIRECTION'
  | 'MAGNITUDE_ERROR'
  | 'MATCHED'

export interface HourVerdict {
  kind: HourClass
  actual: number
  /** (actual − weight_t2)²; null without a target. */
  squaredError: number | null
  /** The weight of the day after fits better: the account ran a day ahead. */
  flipExplained: boolean
}

const big = (value: number | null): boolean => value !== null && Math.abs(value) >= 0.001

/** Null for a row that has no equity or no price: it is left out. */
export function classifyHour({ pos, px, equity, weight_t2, weight_t1 }: HourRow): HourVerdict | null {
  if (px === null || equity === null || equity === 0) return null
  const actual = (pos * px) / equity
  const error = weight_t2 === null ? null : actual - weight_t2
  const [wants, has] = [big(weight_t2), big(actual)]
  const kind = (): HourClass => {
    if (!wants && !has) return 'MATCHED_ZERO'
    if (!has) return 'MISSING_POSITION'
    if (!wants) return 'EXTRA_POSITION'
    if (Math.sign(actual) !== Math.sign(weight_t2 ?? 0)) return 'WRONG_DIRECTION'
    return Math.abs(error ?? 0) > 0.02 ? 'MAGNITUDE_ERROR' : 'MATCHED'
  }
  const flip = weight_t1 !== null && error !== null && Math.abs(actual - weight_t1) + 1e-9 < Math.abs(error)
  return { kind: kind(), actual, squaredError: error === null ? null : error ** 2, flipExplained: flip }
}

export interface HourShares {
  /** Σ squared error of the class ÷ that of all; 0 when there is none. */
  share: Record<HourClass, number>
  /** Of the class's squared error, what the next day's weight explains. */
  flip: Record<HourClass, number>
  /** √ of the mean squared error; null without errors. */
  rmse: number | null
}

export function hourShares(rows: readonly HourVerdict[]): HourShares {
  const zero = (): Record<HourClass, number> => ({
    ...{ MATCHED_ZERO: 0, MISSING_POSITION: 0, EXTRA_POSITION: 0 },
    ...{ WRONG_DIRECTION: 0, MAGNITUDE_ERROR: 0, MATCHED: 0 },
  })
  const [errors, flips] = [zero(), zero()]
  let [total, count] = [0, 0]
  for (const { kind, squaredError, flipExplained } of rows) {
    if (squaredError === null) continue
    errors[kind] += squaredError
    total += squaredError
    count += 1
    if (flipExplained) flips[kind] += squaredError
  }
  const share = zero()
  const flip = zero()
  for (const kind of Object.keys(errors) as HourClass[]) {
    share[kind] = total === 0 ? 0 : errors[kind] / total
    flip[kind] = errors[kind] === 0 ? 0 : flips[kind] / errors[kind]
  }
  return { share, flip, rmse: count === 0 ? null : Math.sqrt(total / count) }
}

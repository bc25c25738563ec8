/** Hours of an account against its model as sums by class of mismatch, and those sums as shares of the error. Spec 000 §6.6. */
// Not here: the class of one coin in one hour (hourly.ts), where the hours come from (clickhouse/pnl/hours-store.ts).
import { DAY_MS, type EpochMs } from '#domain/time.ts'
import { classifyHour, type HourClass } from '#domain/tracking-error/hourly.ts'
import type { Weights } from '#domain/tracking-error/weights.ts'

export const HOUR_CLASSES = [
  'MATCHED',
  'MATCHED_ZERO',
  'MAGNITUDE_ERROR',
  'WRONG_DIRECTION',
  'MISSING_POSITION',
  'EXTRA_POSITION',
] as const satisfies readonly HourClass[]

/** One hour that has a snapshot of the account. */
export interface SeenHour {
  /** First millisecond. */
  ts: EpochMs
  /** Mean account value of the hour, USD. */
  equity: number
  /** Positions of its last snapshot; a coin that is absent was flat. */
  held: ReadonlyMap<string, { sz: number; markPx: number }>
}

export interface HoursInput {
  hours: readonly SeenHour[]
  /** By the day that they are dated. A coin that a set lacks counts 0; a day without a set is unknown. */
  targets: ReadonlyMap<EpochMs, Weights>
  /** The same, as they were known a day later: for the targets that are a day younger than those to be held. */
  younger: ReadonlyMap<EpochMs, Weights>
  /** Close of each hour by coin: for coins that are not held, which have no mark. */
  closes: ReadonlyMap<string, ReadonlyMap<EpochMs, number>>
  lagDays: number
  leverage: number
}

/** One class of one hour. Errors are differences of signed fractions of equity, squared and added. */
export interface HourClassSum {
  ts: EpochMs
  kind: HourClass
  coins: number
  squared_error: number
  /** Its part of which the targets of a day younger are nearer. */
  flip_error: number
  /** Against the targets of a day younger, over `younger_coins`. */
  younger_error: number
  younger_coins: number
}

/** All classes of each hour that has targets and a value; an hour of which one is unknown has no rows. */
export function sumHours(input: HoursInput): HourClassSum[] {
  return input.hours.flatMap((hour) => {
    const held = Math.floor(hour.ts / DAY_MS) * DAY_MS - input.lagDays * DAY_MS
    const targets = input.targets.get(held)
    if (targets === undefined || hour.equity === 0) return []
    // Nothing is younger than the targets of the day itself.
    return sumHour(input, hour, targets, input.lagDays < 1 ? undefined : input.younger.get(held + DAY_MS))
  })
}

function sumHour(
  { closes, leverage }: HoursInput,
  hour: SeenHour,
  targets: Weights,
  younger: Weights | undefined,
): HourClassSum[] {
  const sums = new Map(HOUR_CLASSES.map((kind) => [kind, nothing(hour.ts, kind)] as const))
  for (const coin of new Set([...targets.keys(), ...hour.held.keys()])) {
    const position = hour.held.get(coin)
    const next = younger === undefined ? null : (younger.get(coin) ?? 0) * leverage
    const verdict = classifyHour({
      ...{ pos: position?.sz ?? 0, px: position?.markPx ?? closes.get(coin)?.get(hour.ts) ?? null },
      ...{ equity: hour.equity, weight_t2: (targets.get(coin) ?? 0) * leverage, weight_t1: next },
    })
    const own = verdict && sums.get(verdict.kind)
    if (!verdict || !own) continue
    const error = verdict.squaredError ?? 0
    own.coins += 1
    own.squared_error += error
    if (verdict.flipExplained) own.flip_error += error
    if (next === null) continue
    own.younger_error += (verdict.actual - next) ** 2
    own.younger_coins += 1
  }
  return [...sums.values()]
}

/** A class without coins. */
export const nothing = (ts: EpochMs, kind: HourClass): HourClassSum => ({
  ...{ ts, kind, coins: 0, squared_error: 0, flip_error: 0, younger_error: 0, younger_coins: 0 },
})

export interface ClassShare {
  kind: string
  coins: number
  /** Of all squared error; 0 when there is none. */
  share: number
  /** Of the class's squared error, what the targets of a day younger explain. */
  flip: number
}

export interface HourFigures {
  classes: ClassShare[]
  /** √ of the mean squared error against the targets to be held; null without coins. */
  rmse: number | null
  /** The same against the targets of a day younger. */
  rmse_younger: number | null
}

/** @param sums of one pair, of any number of hours */
export function hourFigures(
  sums: readonly (Omit<HourClassSum, 'ts' | 'kind'> & { kind: string })[],
): HourFigures {
  const of = (
    rows: typeof sums,
    field: 'coins' | 'squared_error' | 'flip_error' | 'younger_error' | 'younger_coins',
  ) => rows.reduce((sum, row) => sum + row[field], 0)
  const mean = (error: number, count: number): number | null =>
    count === 0 ? null : Math.sqrt(error / count)
  const total = of(sums, 'squared_error')
  return {
    classes: HOUR_CLASSES.map((kind) => {
      const own = sums.filter((row) => row.kind === kind)
      const error = of(own, 'squared_error')
      return {
        ...{ kind, coins: of(own, 'coins'), share: total === 0 ? 0 : error / total },
        flip: error === 0 ? 0 : of(own, 'flip_error') / error,
      }
    }),
    rmse: mean(total, of(sums, 'coins')),
    rmse_younger: mean(of(sums, 'younger_error'), of(sums, 'younger_coins')),
  }
}

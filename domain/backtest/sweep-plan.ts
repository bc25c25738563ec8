/** Which runs a sweep makes: every point of a grid, or points drawn from it by a seed; the same list wherever it is made. */
// Not here: running them (sweep-run.ts), ranking them (sweep-rank.ts).
import { z } from 'zod'
import { BacktestOptions } from '#domain/backtest/options.ts'
import { InvalidInputError } from '#domain/errors.ts'
import { SessionInterval } from '#domain/strategies/ema-cross-params.ts'

const Value = z.union([z.number(), z.boolean(), z.string()])

const Axis = z.strictObject({
  path: z.string().min(1).describe('parameter, e.g. trade.sl_atr_mult'),
  values: z.array(Value).min(1).max(1_000).optional().describe('values to try'),
  min: z.number().optional().describe('with max: a range to draw from'),
  max: z.number().optional(),
  step: z.number().positive().optional().describe('of the range; a grid needs it'),
})

export const SweepInput = z
  .strictObject({
    sweep_id: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,60}$/, 'lower-case letters, digits and dashes')
      .describe('name of the sweep; its workflow id is sweep/<sweep_id>'),
    strategy: z.string().describe('ema_cross, mei_alpha_v1 or user'),
    params: z.record(z.string(), z.unknown()).default({}).describe('what all runs have in common'),
    data: z.string().describe('folder or file on the data worker’s machine, or clickhouse'),
    coins: z.array(z.string()).max(100).default([]).describe('unset: all that the data holds'),
    interval: SessionInterval.default('1h').describe('candle length'),
    axes: z.array(Axis).min(1).max(50),
    method: z.enum(['grid', 'random']).default('grid'),
    runs_max: z
      .int()
      .min(1)
      .max(100_000)
      .default(5_000)
      .describe('a larger grid is refused; random draws so many'),
    seed: z.int().min(0).default(7).describe('of the random draws'),
    splits: z.int().min(1).max(50).default(4).describe('walk-forward splits'),
    train_share: z.number().gt(0).lt(1).default(0.7).describe('part of a split that is learned on'),
    trades_min: z.int().min(0).default(20).describe('fewer trades halve the score'),
    options: BacktestOptions.prefault({}),
    part_runs: z.int().min(1).max(1_000).default(10).describe('runs of one child workflow'),
  })
  .describe('many backtests of one strategy')
export type SweepInput = z.infer<typeof SweepInput>
export type SweepAxis = z.infer<typeof Axis>
export type SweepValue = z.infer<typeof Value>

/** Differences of one run, by parameter path. */
export type Overrides = Readonly<Record<string, SweepValue>>

/** @throws InvalidInputError */
function valuesOf({ path, values, min, max, step }: SweepAxis): SweepValue[] {
  if (values) return values
  if (min !== undefined && max !== undefined && step !== undefined && max >= min) {
    const count = Math.floor((max - min) / step + 1e-9) + 1
    return Array.from({ length: count }, (_, at) => Number((min + at * step).toPrecision(12)))
  }
  throw new InvalidInputError({
    source: 'sweep',
    path: `axes.${path}`,
    found: 'no list and no grid',
    expected: 'values, or min ≤ max with step',
  })
}

/** How many runs the sweep makes. @throws InvalidInputError when that is too many */
export function countRuns(input: SweepInput): number {
  if (input.method === 'random') return input.runs_max
  const points = input.axes.reduce((product, axis) => product * valuesOf(axis).length, 1)
  if (points <= input.runs_max) return points
  throw new InvalidInputError({
    source: 'sweep',
    path: 'axes',
    found: `a grid of ${points} points`,
    expected: `at most runs_max (${input.runs_max})`,
    hint: 'take fewer values, method random, or a larger runs_max',
  })
}

/** Run `index` of the sweep: a point of the grid, the last axis fastest, or a draw of its own. */
export function overridesOf(input: SweepInput, index: number): Overrides {
  if (input.method === 'random') return drawn(input, index)
  const overrides: Record<string, SweepValue> = {}
  let rest = index
  for (const axis of [...input.axes].reverse()) {
    const values = valuesOf(axis)
    overrides[axis.path] = values[rest % values.length] as SweepValue
    rest = Math.floor(rest / values.length)
  }
  return overrides
}

function drawn({ axes, seed }: SweepInput, index: number): Overrides {
  const overrides: Record<string, SweepValue> = {}
  for (const [at, axis] of axes.entries()) {
    const part = fraction(seed, index, at)
    const { min, max, step, values } = axis
    if (!values && step === undefined && min !== undefined && max !== undefined) {
      overrides[axis.path] = Number((min + part * (max - min)).toPrecision(6))
    } else {
      const choice = valuesOf(axis)
      overrides[axis.path] = choice[Math.floor(part * choice.length)] as SweepValue
    }
  }
  return overrides
}

/** A number in [0, 1) from three whole ones: run and axis have draws of their own, so that a repeat of a part draws the same. */
function fraction(seed: number, index: number, axis: number): number {
  let mixed =
    Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^
    Math.imul(index + 1, 0xc2b2ae35) ^
    Math.imul(axis + 1, 0x27d4eb2f)
  for (const factor of [0x7feb352d, 0x846ca68b]) {
    mixed ^= mixed >>> 16
    mixed = Math.imul(mixed, factor)
  }
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32
}

/** Parameters with the differences laid in at their paths. */
export function withOverrides(
  params: Readonly<Record<string, unknown>>,
  overrides: Overrides,
): Record<string, unknown> {
  const result = structuredClone(params) as Record<string, unknown>
  for (const [path, value] of Object.entries(overrides)) {
    const keys = path.split('.')
    let at = result
    for (const key of keys.slice(0, -1)) {
      const next = at[key]
      at[key] = typeof next === 'object' && next !== null ? next : {}
      at = at[key] as Record<string, unknown>
    }
    at[keys.at(-1) as string] = value
  }
  return result
}

/** One knob of a maker: its range, its default, its unit and what it does, from which schema, per-coin overrides and documentation follow. */
// Not here: the knobs themselves (coin-knobs.ts, session-knobs.ts), composing them (params.ts).
import { z } from 'zod'

export interface Knob<S extends z.ZodType = z.ZodType> {
  schema: S
  fallback: z.output<S>
  /** USD, bps, passes, ms … */
  unit: string
  /** What turning it changes. */
  effect: string
  /** Why it does nothing with these values of the other knobs; null when it works. Then a value other than the default is refused. */
  idle: ((knobs: Readonly<Record<string, unknown>>) => string | null) | null
}

export type Knobs = Readonly<Record<string, Knob>>
/** The values of a set of knobs. */
export type ValuesOf<K extends Knobs> = { [Name in keyof K]: z.output<K[Name]['schema']> }

export function knob<S extends z.ZodType>(
  schema: S,
  fallback: z.output<S>,
  unit: string,
  effect: string,
  idle: Knob['idle'] = null,
): Knob<S> {
  return { schema, fallback, unit, effect, idle }
}

/** Idle unless another knob is on. */
export const needs =
  (other: string, is: (value: unknown) => boolean = (value) => value === true): Knob['idle'] =>
  (knobs) =>
    is(knobs[other]) ? null : `${other} is ${JSON.stringify(knobs[other])}`

const described = ({ schema, unit, effect }: Knob): z.ZodType => schema.describe(`${effect} (${unit})`)

/** Shape with defaults, for the session's own values. */
export const shapeOf = <K extends Knobs>(knobs: K): { [Name in keyof K]: z.ZodDefault<K[Name]['schema']> } =>
  Object.fromEntries(
    Object.entries(knobs).map(([name, each]) => [name, described(each).default(each.fallback as never)]),
  ) as never

/** Shape without defaults, for the overrides of one coin. */
export const overridesOf = <K extends Knobs>(
  knobs: K,
): { [Name in keyof K]: z.ZodOptional<K[Name]['schema']> } =>
  Object.fromEntries(Object.entries(knobs).map(([name, each]) => [name, described(each).optional()])) as never

export const bps = (max: number) => z.number().min(0).max(max)
export const usd = (max: number) => z.number().min(0).max(max)
export const passes = (min: number, max: number) => z.int().min(min).max(max)
export const milliseconds = (min: number, max: number) => z.int().min(min).max(max)
export const share = z.number().min(0).max(1)

/** A change of a running session: what people send is merged into what is in force and validated as a whole, as at the start. */
// Not here: taking it over (domain/session/control-update.ts).
import { z } from 'zod'
import { InvalidInputError } from '#domain/errors.ts'
import { parseSessionInput, type SessionInput } from '#domain/session/input.ts'
import type { UpdateWish } from '#domain/session/wishes.ts'

const Change = z.strictObject({
  params: z.record(z.string(), z.unknown()).optional(),
  /** The parameters are all of them, as a file has them: what is left out goes back to its default. */
  replace_params: z.boolean().optional(),
  limits: z.record(z.string(), z.unknown()).optional(),
  coins: z.array(z.string()).min(1).optional(),
  by: z.string().trim().max(80).optional(),
  reason: z.string().trim().max(400).optional(),
})

/** What the change builds on: what is in force, or what waits to be. */
export interface Present {
  params: Readonly<Record<string, unknown>>
  limits: Readonly<Record<string, unknown>>
  coins: readonly string[]
}

/** @throws InvalidInputError with the path of what is wrong */
export function mergeChange(input: SessionInput, present: Present, raw: unknown): UpdateWish {
  const change = parseChange(raw)
  if (change.coins && input.engine !== 'candles') {
    throw new InvalidInputError({
      source: 'updateParams',
      path: 'coins',
      found: change.coins.join(', '),
      expected: `nothing: a session of engine ${input.engine} keeps its coin`,
    })
  }
  const merged = parseSessionInput(
    {
      ...input,
      coins: change.coins ?? present.coins,
      params: paramsOf(present.params, change),
      limits: without(present.limits, change.limits),
    },
    'updateParams',
  )
  const { params, limits, coins } = merged
  return {
    params,
    limits,
    ...(change.coins ? { coins } : {}),
    ...(change.by ? { by: change.by } : {}),
    ...(change.reason ? { reason: change.reason } : {}),
  }
}

/** What the strategy remembers of an open position is its own: another strategy needs another session. */
const KEPT = ['strategy', 'name', 'interval', 'entry_interval', 'exit_interval'] as const

function paramsOf(
  was: Present['params'],
  { params, replace_params }: z.infer<typeof Change>,
): Record<string, unknown> {
  if (!params || !replace_params) return mergedMaps(was, params ?? {})
  const other = KEPT.find((key) => params[key] !== was[key])
  if (other === undefined) return params
  throw new InvalidInputError({
    source: 'updateParams',
    path: `params.${other}`,
    found: JSON.stringify(params[other]) ?? 'nothing',
    expected: `${JSON.stringify(was[other])}: a running session keeps it; stop it and start another`,
  })
}

/** Maps merge at every depth; anything else replaces. */
function mergedMaps(
  was: Readonly<Record<string, unknown>>,
  change: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...was }
  for (const [key, value] of Object.entries(change)) {
    const before = merged[key]
    merged[key] = isMap(before) && isMap(value) ? mergedMaps(before, value) : value
  }
  return merged
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Null takes a limit away. */
function without(
  present: Readonly<Record<string, unknown>>,
  change: Readonly<Record<string, unknown>> | undefined,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries({ ...present, ...change }).filter(([, value]) => value !== null))
}

function parseChange(raw: unknown): z.infer<typeof Change> {
  const parsed = Change.safeParse(raw ?? {})
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new InvalidInputError({
    source: 'updateParams',
    path: issue?.path.map(String).join('.') ?? '',
    found: JSON.stringify(raw).slice(0, 80),
    expected: `{"params": {…}, "limits": {…}, "coins": […], "by": "…", "reason": "…"}: ${issue?.message ?? ''}`,
  })
}

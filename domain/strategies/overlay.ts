/** Overlays: a small tree of differences laid over a whole one, and the parameters of one coin that follow from it. */
// Not here: files and their modes (config/strategy-file.ts).
import { InvalidInputError } from '#domain/errors.ts'
import type { CandleStrategy } from '#domain/strategies/strategy.ts'

export type Tree = Readonly<Record<string, unknown>>

/** Maps are trees; lists, null and scalars are leaves. */
export const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Map on map goes on inside; anything else (a list, null, a scalar) replaces what was there. Neither argument is changed. */
export function merge(base: unknown, overlay: unknown): unknown {
  if (overlay === undefined) return base
  if (!isTree(base) || !isTree(overlay)) return overlay
  const merged: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(overlay)) merged[key] = merge(base[key], value)
  return merged
}

interface WithSymbols {
  symbols?: Readonly<Record<string, Tree>> | undefined
}

const KEPT = new WeakMap<object, Map<string, unknown>>()

/**
 * Parameters for one coin: those of the session with the coin's overlay in `symbols` laid over them. The same object for the same
 * question, so that it costs nothing to ask at every bar.
 * @throws InvalidInputError when the overlay does not fit; inputs and files are checked before
 */
export function paramsFor<Params, State>(
  strategy: CandleStrategy<Params, State>,
  params: Params,
  coin: string,
): Params {
  const { symbols } = params as WithSymbols
  const overlay = symbols?.[coin]
  if (overlay === undefined) return params
  const perCoin = KEPT.get(params as object) ?? new Map<string, unknown>()
  KEPT.set(params as object, perCoin)
  const kept = perCoin.get(coin)
  if (kept !== undefined) return kept as Params
  const { symbols: _, ...base } = params as WithSymbols & object
  const parsed = strategy.schema.safeParse(merge(base, overlay))
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new InvalidInputError({
      source: `parameters of ${strategy.name}`,
      path: ['symbols', coin, ...(issue?.path ?? [])].map(String).join('.'),
      found: 'a value that does not fit',
      expected: issue?.message ?? 'a valid value',
    })
  }
  perCoin.set(coin, parsed.data)
  return parsed.data
}

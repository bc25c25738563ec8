/** How long an action travels before it is matched: fixed, uniform or lognormal, from a seed. */
import { InvalidInputError } from '#domain/errors.ts'
import { gaussian, type Random, uniform } from '#exchange/paper/sources/random.ts'

export type Latency =
  | { kind: 'fixed'; ms: number }
  | { kind: 'uniform'; minMs: number; maxMs: number }
  /** Median and spread of a lognormal: most are near the median, a few are much later. */
  | { kind: 'lognormal'; medianMs: number; sigma: number }

export const NO_LATENCY: Latency = { kind: 'fixed', ms: 0 }
/** No action waits longer, whatever the distribution says. */
const MS_MAX = 60_000

/** One wait, milliseconds. */
export function drawLatency(latency: Latency, random: Random): number {
  switch (latency.kind) {
    case 'fixed':
      return latency.ms
    case 'uniform':
      return latency.minMs + (latency.maxMs - latency.minMs) * uniform(random)
    case 'lognormal':
      return Math.min(MS_MAX, latency.medianMs * Math.exp(latency.sigma * gaussian(random)))
  }
}

/** `50`, `20..80` or `lognormal:40,0.5` (median ms, sigma). @throws InvalidInputError */
export function parseLatency(text: string): Latency {
  const numbers = (pattern: RegExp) => pattern.exec(text)?.slice(1).map(Number)
  const fixed = numbers(/^(\d+(?:\.\d+)?)$/)
  if (fixed?.[0] !== undefined && fixed[0] <= MS_MAX) return { kind: 'fixed', ms: fixed[0] }
  const range = numbers(/^(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?)$/)
  if (range && (range[0] as number) <= (range[1] as number) && (range[1] as number) <= MS_MAX) {
    return { kind: 'uniform', minMs: range[0] as number, maxMs: range[1] as number }
  }
  const skewed = numbers(/^lognormal:(\d+(?:\.\d+)?),(\d+(?:\.\d+)?)$/)
  if (skewed && (skewed[1] as number) <= 5)
    return { kind: 'lognormal', medianMs: skewed[0] as number, sigma: skewed[1] as number }
  throw new InvalidInputError({
    source: 'latency',
    path: '',
    found: JSON.stringify(text),
    expected: 'milliseconds (50), a range (20..80) or lognormal:MEDIAN,SIGMA (lognormal:40,0.5)',
  })
}

/** How far under water a position may be, in ATR, while it pays funding: less for dear funding and with age, more in a healthy trend. */
// Not here: when it is asked (smart-exits.ts).
import type { At } from '#domain/strategies/mei-alpha/levels.ts'
import type { Row } from '#domain/strategies/mei-alpha/row.ts'
import { HIGH } from '#domain/strategies/mei-alpha/signal.ts'

export interface Headwind {
  where: At
  row: Row
  confidence: number
  /** null for unknown: then nothing decays. */
  ageHours: number | null
}

/** By the absolute hourly rate: the first limit that it exceeds. */
const STEPS = [
  { above: 1e-4, limit: 0.15 },
  { above: 6e-5, limit: 0.25 },
  { above: 4e-5, limit: 0.4 },
  { above: 2e-5, limit: 0.6 },
] as const

function startLimit(rate: number): number {
  for (const { above, limit } of STEPS) if (rate > above) return limit
  return rate < 1e-5 ? 0.95 : 0.8
}

/** The limit in ATR. Source: the engine's funding rule; the terms for profit are left out, since only losers are asked. */
export function headwindLimit({ where, row, confidence, ageHours }: Headwind): number {
  const { side, price } = where
  const isTrending = side * (row.emaFast - row.emaSlow) > 0
  const improves = side * (row.hist - row.hist1) > 0
  const isHigh = confidence >= HIGH
  const isOnMacroSide = row.emaMacro > 0 && side * (price - row.emaMacro) > 0
  const slope = row.adx - row.adxPrev
  let limit = startLimit(Math.abs(where.funding))
  if (row.atr > 1.2 * where.atr) limit *= 0.6
  if (ageHours !== null && ageHours > 1) {
    limit = Math.max(0.35, limit * Math.max(0, 1 - (ageHours - 1) / 11))
  }
  if (isTrending && row.adx > 25) limit = Math.max(0.75, limit)
  if (improves) limit = Math.max(0.5, 1.5 * limit)
  if (row.adx > 35) limit *= 1.4
  if (isHigh) limit *= 1.25
  if (isOnMacroSide) limit *= 1.3
  if (improves && isOnMacroSide && isHigh) limit *= 1.5
  if (row.atr / price < 0.002) limit *= 1.25
  if (side > 0 ? row.rsi < 35 : row.rsi > 65) limit *= 1.3
  if (row.adx > 45) limit *= 1.6
  if (slope > 1) limit *= 1.4
  if (row.adx > 40) limit *= 1.25
  if (slope < 0) limit *= 0.75
  return limit
}

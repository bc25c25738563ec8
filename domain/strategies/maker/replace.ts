/** Whether a resting quote must give way: price, size, cap, age, and how often that may happen. */
// Source: spec 004 §9 with §16.4, §16.5. Not here: sending it (domain/session/segment-maker.ts).
import type { Side } from '#domain/events.ts'
import type { FixedE8 } from '#domain/fixed-point.ts'
import type { CoinParams } from '#domain/strategies/maker/params.ts'
import type { Quote } from '#domain/strategies/touch-maker.ts'

export interface RestingQuote {
  side: Side
  pxE8: FixedE8
  remainingE8: FixedE8
  reduceOnly: boolean
  /** Since it was placed, milliseconds. */
  ageMs: number
}

export type ReplaceWhy = 'UNWANTED' | 'REDUCE_ONLY' | 'CAP' | 'CROSSED' | 'PRICE' | 'SIZE' | 'AGE'

export interface ReplaceTerms {
  tick: FixedE8
  /** The best price of others on its side; null without one. */
  touchE8: FixedE8 | null
  /** The best price of others on the other side: a quote there would be picked off; unset or null without one. */
  facingE8?: FixedE8 | null
  /** 2 while the address has few actions left: then only moves of twice the threshold count. */
  moveFactor: number
  /** False while the request budget wants replacements apart: what lies only slightly wrong stays. */
  mayMove: boolean
  /** False while the request budget is low: then size and age wait. */
  mayTidy: boolean
}

/** Why it must go; null while it may stay. What limits risk goes at once; the rest keeps `min_replace_ms` between two replacements. */
export function replaceReason(
  resting: RestingQuote,
  wanted: Quote | null,
  terms: ReplaceTerms,
  params: Pick<
    CoinParams,
    'move_threshold_ticks' | 'min_replace_ms' | 'max_order_age_ms' | 'replace_size_pct'
  >,
): ReplaceWhy | null {
  if (wanted === null) return 'UNWANTED'
  if (resting.reduceOnly !== wanted.reduceOnly) return 'REDUCE_ONLY'
  if (wanted.capped && resting.remainingE8 > wanted.szE8) return 'CAP'
  if (isCrossed(resting, terms.facingE8)) return 'CROSSED'
  if (!terms.mayMove || resting.ageMs < params.min_replace_ms) return null
  const moved = distance(resting.pxE8, wanted.pxE8)
  const threshold = BigInt(params.move_threshold_ticks * terms.moveFactor) * terms.tick
  if (moved > 0n && moved >= threshold) return 'PRICE'
  if (!terms.mayTidy) return null
  const differs = distance(resting.remainingE8, wanted.szE8) * 100n
  if (differs > wanted.szE8 * BigInt(Math.round(params.replace_size_pct))) return 'SIZE'
  return resting.ageMs >= params.max_order_age_ms && !isAtFront(resting, terms.touchE8) ? 'AGE' : null
}

const distance = (a: FixedE8, b: FixedE8): FixedE8 => (a > b ? a - b : b - a)

/** At or through the other side's best price: whoever is faster takes it. */
export function isCrossed(
  { side, pxE8 }: Pick<RestingQuote, 'side' | 'pxE8'>,
  facingE8: FixedE8 | null | undefined,
): boolean {
  if (facingE8 === null || facingE8 === undefined) return false
  return side === 'buy' ? pxE8 >= facingE8 : pxE8 <= facingE8
}

/** At or inside the best price of others: renewing it would only lose its place. */
function isAtFront({ side, pxE8 }: RestingQuote, touchE8: FixedE8 | null): boolean {
  if (touchE8 === null) return false
  return side === 'buy' ? pxE8 >= touchE8 : pxE8 <= touchE8
}

/** What a change of a position is: opened, closed, increased, decreased or flipped; when it is worth a row; and what it says as a signal. */
// Not here: following positions (position-book.ts), the view over all traders (signal.ts).
import { roundTo } from '#domain/traders/rounding.ts'

export type PositionAction = 'open' | 'close' | 'increase' | 'decrease' | 'flip'
export type Direction = 'long' | 'short' | 'flat'

export interface PositionChange {
  coin: string
  /** Signed coins. */
  size: number
  delta: number
  direction: Direction
  action: PositionAction
}

export const directionOf = (size: number): Direction => (size > 0 ? 'long' : size < 0 ? 'short' : 'flat')

/** Null when the size is the same. */
export function changeOf(coin: string, before: number, now: number): PositionChange | null {
  if (before === now) return null
  return { coin, size: now, delta: now - before, direction: directionOf(now), action: actionOf(before, now) }
}

function actionOf(before: number, now: number): PositionAction {
  if (before === 0) return 'open'
  if (now === 0) return 'close'
  if (Math.sign(before) !== Math.sign(now)) return 'flip'
  return Math.abs(now) > Math.abs(before) ? 'increase' : 'decrease'
}

/**
 * Whether a change is stored: openings, closings and flips always, others once they have moved by `threshold` of the size stored
 * last. @param threshold fraction, e.g. 0.01
 */
export function isWorthARow(stored: number, now: number, threshold: number): boolean {
  const change = changeOf('', stored, now)
  if (!change) return false
  if (change.action !== 'increase' && change.action !== 'decrease') return true
  return Math.abs(change.delta) / Math.abs(stored) >= threshold
}

/** Weight of a coin in an exposure over coins. */
const EXPOSURE_WEIGHT: Readonly<Record<string, number>> = { BTC: 1, ETH: 0.7, SOL: 0.6 }

/** Signed USD that a book of positions stands for, other coins than the three big ones left out. @param value absolute notional, USD */
export const exposureUsd = (positions: readonly { coin: string; size: number; value: number }[]): number =>
  positions.reduce(
    (sum, { coin, size, value }) => sum + Math.sign(size) * value * (EXPOSURE_WEIGHT[coin] ?? 0),
    0,
  )

/** How much one trader's change is worth as a signal: seven tenths his score, three tenths the size of the move in coins. 4 decimals. */
export const changeConfidence = (score: number, delta: number): number =>
  roundTo(0.7 * Math.min(score / 100, 1) + 0.3 * Math.min(Math.abs(delta) / 10, 1), 4)

/** Figures of a book at one moment: mid, spread, microprice, imbalance, depth. */
// Not here: keeping books up to date (streamers/market-state.ts), matching (exchange/paper/engine).
import type { BboEvent, BookEvent, BookLevel } from '#domain/events.ts'
import { type FixedE8, minE8, ONE_E8, parseFixed, toNumber } from '#domain/fixed-point.ts'

/** Best prices, USD per coin × 1e8. */
export interface Touch {
  bidE8: FixedE8
  askE8: FixedE8
}

/** The touch of a quote; null while a side is empty or the book is locked or crossed, when nobody should quote on it. */
export function touchOf(bbo: Pick<BboEvent, 'bid' | 'ask'> | null): Touch | null {
  if (!bbo?.bid || !bbo.ask) return null
  const touch = { bidE8: parseFixed(bbo.bid.px), askE8: parseFixed(bbo.ask.px) }
  return touch.bidE8 > 0n && touch.bidE8 < touch.askE8 ? touch : null
}

/** Middle of the touch, cut off at 8 places. */
export const midE8 = ({ bidE8, askE8 }: Touch): FixedE8 => (bidE8 + askE8) / 2n

/** Distance of bid and ask as basis points of the mid. */
export function spreadBps(touch: Touch): number {
  return (Number(touch.askE8 - touch.bidE8) / Number(midE8(touch))) * 10_000
}

/** Mid weighted by the size on the other side: leans to where the book is thin. @returns USD per coin, float */
export function microprice(bid: BookLevel, ask: BookLevel): number {
  const bidSz = toNumber(parseFixed(bid.sz))
  const askSz = toNumber(parseFixed(ask.sz))
  const bidPx = toNumber(parseFixed(bid.px))
  const askPx = toNumber(parseFixed(ask.px))
  const total = bidSz + askSz
  return total === 0 ? (bidPx + askPx) / 2 : (bidPx * askSz + askPx * bidSz) / total
}

/** (bid size − ask size) / total over the best `levels` of each side: −1 … 1, 0 for an empty book. */
export function imbalance(book: Pick<BookEvent, 'bids' | 'asks'>, levels: number): number {
  const sum = (side: readonly BookLevel[]): FixedE8 =>
    side.slice(0, levels).reduce((total, level) => total + parseFixed(level.sz), 0n)
  const bids = sum(book.bids)
  const asks = sum(book.asks)
  return bids + asks === 0n ? 0 : Number(bids - asks) / Number(bids + asks)
}

/**
 * What a taker of `szE8` coins would pay on average and at worst on one side of the book.
 * @returns null when the shown depth is not enough
 */
export function sweep(
  levels: readonly BookLevel[],
  szE8: FixedE8,
): { avgPxE8: FixedE8; worstPxE8: FixedE8 } | null {
  let left = szE8
  let cost = 0n
  for (const level of levels) {
    const px = parseFixed(level.px)
    const sz = parseFixed(level.sz)
    const taken = minE8(sz, left)
    cost += (taken * px) / ONE_E8
    left -= taken
    if (left === 0n) return { avgPxE8: (cost * ONE_E8) / szE8, worstPxE8: px }
  }
  return null
}

/** True when prices get strictly worse from level to level and no size is zero or negative. */
export function isOrdered(levels: readonly BookLevel[], side: 'bids' | 'asks'): boolean {
  return levels.every((level, at) => {
    if (parseFixed(level.sz) <= 0n) return false
    const before = levels[at - 1]
    if (!before) return true
    const step = parseFixed(level.px) - parseFixed(before.px)
    return side === 'asks' ? step > 0n : step < 0n
  })
}

/** The touch that others make: best prices and sizes with our own quotes taken out, so that a maker never improves on itself. */
// Not here: keeping books up to date (streamers/market-state.ts).
import type { BboEvent, BookEvent, BookLevel, Side } from '#domain/events.ts'
import { type FixedE8, parseFixed } from '#domain/fixed-point.ts'
import type { Touch } from '#domain/market/order-book.ts'

export interface OwnQuote {
  side: Side
  pxE8: FixedE8
  remainingE8: FixedE8
}

export interface MarketTouch {
  touch: Touch | null
  bidSzE8: FixedE8
  askSzE8: FixedE8
}

/**
 * Best levels of others. Where the best price is ours alone, the book below it is asked; where that shows nothing else, the best
 * price stands as it is: better a quote that joins itself than none.
 */
export function othersTouch(
  bbo: Pick<BboEvent, 'bid' | 'ask'> | null,
  book: Pick<BookEvent, 'bids' | 'asks'> | null,
  own: readonly OwnQuote[],
): MarketTouch {
  const bid = othersBest('buy', bbo?.bid ?? null, book?.bids ?? [], own)
  const ask = othersBest('sell', bbo?.ask ?? null, book?.asks ?? [], own)
  const sound = bid !== null && ask !== null && bid.pxE8 > 0n && bid.pxE8 < ask.pxE8
  return {
    touch: sound ? { bidE8: bid.pxE8, askE8: ask.pxE8 } : null,
    bidSzE8: bid?.szE8 ?? 0n,
    askSzE8: ask?.szE8 ?? 0n,
  }
}

interface Best {
  pxE8: FixedE8
  szE8: FixedE8
}

function othersBest(
  side: Side,
  best: BookLevel | null,
  levels: readonly BookLevel[],
  own: readonly OwnQuote[],
): Best | null {
  if (best === null) return null
  const top = { pxE8: parseFixed(best.px), szE8: parseFixed(best.sz) }
  const left = withoutOwn(side, top, own)
  if (left !== null) return left
  for (const level of levels) {
    const pxE8 = parseFixed(level.px)
    const isBehind = side === 'buy' ? pxE8 < top.pxE8 : pxE8 > top.pxE8
    if (!isBehind) continue // the bbo is newer: levels before it are gone
    const rest = withoutOwn(side, { pxE8, szE8: parseFixed(level.sz) }, own)
    if (rest !== null) return rest
  }
  return top
}

/** The level without our share of it; null when nothing is left. */
function withoutOwn(side: Side, level: Best, own: readonly OwnQuote[]): Best | null {
  const ours = own
    .filter((quote) => quote.side === side && quote.pxE8 === level.pxE8)
    .reduce((sum, { remainingE8 }) => sum + remainingE8, 0n)
  const szE8 = level.szE8 - ours
  return szE8 > 0n ? { pxE8: level.pxE8, szE8 } : null
}

/** What it costs to trade a sum of USD at once: the book walked level by level, against its mid. */
// Not here: other figures of a book (order-book.ts), when it is measured (streamers/market-recorder.ts).
import type { BookEvent, BookLevel, Side } from '#domain/events.ts'
import {
  type Decimal,
  divE8,
  type FixedE8,
  formatFixed,
  minE8,
  mulE8,
  ONE_E8,
  parseFixed,
} from '#domain/fixed-point.ts'

/** Sizes of the orders that are measured, USD at mid. */
export const COST_SIZES_USD = [1_000, 10_000, 100_000] as const

/** Cost of one order. */
export interface TradingCost {
  usd: number
  side: Side
  mid: Decimal
  /** Average price against mid of what the levels hold, basis points, ≥ 0. */
  costBps: Decimal
  /** USD at mid that the levels hold, at most `usd`. */
  filledUsd: Decimal
}

/** Costs of buying and selling each size; [] for a book with an empty, locked or crossed side. */
export function tradingCosts(
  book: Pick<BookEvent, 'bids' | 'asks'>,
  sizesUsd: readonly number[] = COST_SIZES_USD,
): TradingCost[] {
  const [bid, ask] = [book.bids[0], book.asks[0]]
  if (!bid || !ask || parseFixed(bid.px) <= 0n || parseFixed(bid.px) >= parseFixed(ask.px)) return []
  const mid = (parseFixed(bid.px) + parseFixed(ask.px)) / 2n
  return sizesUsd.flatMap((usd) =>
    (['buy', 'sell'] as const).map((side) =>
      costOf(side === 'buy' ? book.asks : book.bids, { usd, side, mid }),
    ),
  )
}

function costOf(
  levels: readonly BookLevel[],
  { usd, side, mid }: { usd: number; side: Side; mid: FixedE8 },
): TradingCost {
  const wanted = divE8(BigInt(usd) * ONE_E8, mid)
  let left = wanted
  let paid = 0n
  for (const level of levels) {
    if (left <= 0n) break
    const taken = minE8(parseFixed(level.sz), left)
    paid += mulE8(taken, parseFixed(level.px))
    left -= taken
  }
  const filled = wanted - left
  const atMid = mulE8(filled, mid)
  const cost = side === 'buy' ? paid - atMid : atMid - paid
  return {
    usd,
    side,
    mid: formatFixed(mid),
    costBps: atMid === 0n ? '0' : formatFixed(divE8(cost * 10_000n, atMid)),
    filledUsd: formatFixed(atMid),
  }
}

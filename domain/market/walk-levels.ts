/** What one side of a book gives to an order: how much within its limit, and at which average price. */
import type { BookLevel, Side } from '#domain/events.ts'
import { divE8, type FixedE8, minE8, mulE8, parseFixed } from '#domain/fixed-point.ts'

/**
 * Takes level by level, best first, until the size is filled or the limit is reached.
 * @param limitE8 worst price, USD per coin × 1e8
 * @returns coins × 1e8 taken, and their average price × 1e8, 0 when nothing was
 */
export function walkLevels(
  levels: readonly BookLevel[],
  side: Side,
  limitE8: FixedE8,
  wantedE8: FixedE8,
): { szE8: FixedE8; pxE8: FixedE8 } {
  let szE8 = 0n
  let costE8 = 0n
  for (const level of levels) {
    const px = parseFixed(level.px)
    const isWithin = side === 'buy' ? px <= limitE8 : px >= limitE8
    if (!isWithin || szE8 >= wantedE8) break
    const taken = minE8(parseFixed(level.sz), wantedE8 - szE8)
    szE8 += taken
    costE8 += mulE8(taken, px)
  }
  return { szE8, pxE8: szE8 === 0n ? 0n : divE8(costE8, szE8) }
}

/** Fills of one crossing order at one moment as one fill, as `aggregateByTime` asks for. */
import type { Fill } from '#exchange/paper/engine/types.ts'

/** Adds up neighbouring fills of the same order, time and side of the book; the price is the size-weighted one, to the tick. */
export function aggregateFills(fills: readonly Fill[]): Fill[] {
  const merged: { fill: Fill; ntl: number }[] = []
  for (const fill of fills) {
    const last = merged.at(-1)
    const joins =
      last && fill.crossed && last.fill.crossed && last.fill.oid === fill.oid && last.fill.ts === fill.ts
    if (!last || !joins) {
      merged.push({ fill: { ...fill }, ntl: fill.px * fill.sz })
      continue
    }
    last.ntl += fill.px * fill.sz
    last.fill.sz += fill.sz
    last.fill.px = Math.round(last.ntl / last.fill.sz)
    last.fill.fee += fill.fee
    last.fill.builderFee += fill.builderFee
    last.fill.closedPnl += fill.closedPnl
  }
  return merged.map(({ fill }) => fill)
}

/** How the book is shown: best 20 levels, or aggregated to significant figures as the venue does. */

import { type OwnSide, ownLevels } from '#exchange/paper/engine/book.ts'
import type { CoinSpec, ExternalLevel } from '#exchange/paper/engine/types.ts'
import { formatUnits, parseUnitsCut, pow10 } from '#exchange/paper/engine/units.ts'
import type { WireLevel } from '#exchange/paper/sources/source.ts'

export const BOOK_LEVELS = 20

export interface Aggregation {
  /** 2–5, or null for the raw book. */
  nSigFigs: number | null
  /** 1, 2 or 5; only with nSigFigs 5. */
  mantissa: number | null
}

export interface BookView {
  coin: string
  time: number
  levels: [WireLevel[], WireLevel[]]
  /** Only on aggregated books: the unaggregated spread. */
  spread?: string
}

/** Price step of an aggregation at a price, ticks. */
function stepOf(px: number, { nSigFigs, mantissa }: Aggregation): number {
  if (nSigFigs === null) return 1
  const digits = Math.floor(Math.log10(px)) + 1
  return Math.max(1, pow10(Math.max(0, Math.min(12, digits - nSigFigs))) * (mantissa ?? 1))
}

function aggregateSide(
  levels: readonly WireLevel[],
  spec: CoinSpec,
  aggregation: Aggregation,
  isBid: boolean,
): WireLevel[] {
  const best = levels[0]
  if (!best) return []
  const step = stepOf(parseUnitsCut(best.px, spec.pxDecimals), aggregation)
  const merged: { px: number; sz: number; n: number }[] = []
  for (const level of levels) {
    const px = parseUnitsCut(level.px, spec.pxDecimals)
    const bucket = isBid ? Math.floor(px / step) * step : Math.ceil(px / step) * step
    const sz = parseUnitsCut(level.sz, spec.szDecimals)
    const last = merged[merged.length - 1]
    if (last && last.px === bucket) {
      last.sz += sz
      last.n += level.n
    } else merged.push({ px: bucket, sz, n: level.n })
  }
  return merged.slice(0, BOOK_LEVELS).map(({ px, sz, n }) => ({
    px: formatUnits(px, spec.pxDecimals),
    sz: formatUnits(sz, spec.szDecimals),
    n,
  }))
}

/** Levels of a side with the accounts' own orders among them, best first. */
export function withOwn(
  spec: CoinSpec,
  levels: readonly WireLevel[],
  side: OwnSide,
  max: number,
): WireLevel[] {
  if (side.keys.length === 0) return levels.slice(0, max)
  const merged = new Map<number, ExternalLevel>()
  for (const { px, sz, n } of levels) {
    const units = parseUnitsCut(px, spec.pxDecimals)
    merged.set(units, { px: units, sz: parseUnitsCut(sz, spec.szDecimals), n })
  }
  let seen = 0
  for (const { px, sz, count } of ownLevels(side)) {
    const level = merged.get(px)
    merged.set(px, level ? { px, sz: level.sz + sz, n: level.n + count } : { px, sz, n: count })
    if (++seen === max) break
  }
  return [...merged.values()]
    .sort((a, b) => (side.isBuy ? b.px - a.px : a.px - b.px))
    .slice(0, max)
    .map(({ px, sz, n }) => ({
      px: formatUnits(px, spec.pxDecimals),
      sz: formatUnits(sz, spec.szDecimals),
      n,
    }))
}

/** A book as a client asked for it. */
export function viewBook(
  spec: CoinSpec,
  book: { ts: number; bids: readonly WireLevel[]; asks: readonly WireLevel[] },
  aggregation: Aggregation,
): BookView {
  if (aggregation.nSigFigs === null) {
    return {
      coin: spec.name,
      time: book.ts,
      levels: [book.bids.slice(0, BOOK_LEVELS), book.asks.slice(0, BOOK_LEVELS)],
    }
  }
  const view: BookView = {
    coin: spec.name,
    time: book.ts,
    levels: [
      aggregateSide(book.bids, spec, aggregation, true),
      aggregateSide(book.asks, spec, aggregation, false),
    ],
  }
  const bid = book.bids[0]
  const ask = book.asks[0]
  if (bid && ask)
    view.spread = formatUnits(
      parseUnitsCut(ask.px, spec.pxDecimals) - parseUnitsCut(bid.px, spec.pxDecimals),
      spec.pxDecimals,
    )
  return view
}

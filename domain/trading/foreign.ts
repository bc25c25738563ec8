/** A position that a session shares with somebody else's trades: its own part, and the rest, which it neither counts nor closes. */
// Not here: whose a fill is (domain/session/manual-fills.ts), positions that are one man's alone (position.ts).
import { type FillEvent, sideSign } from '#domain/events.ts'
import { absE8, type FixedE8, formatFixed, minE8, parseFixed, signE8 } from '#domain/fixed-point.ts'
import type { PositionState } from '#domain/session/types.ts'
import { foldFill, venueSzE8 } from '#domain/trading/position.ts'

/** How one fill changes a position. */
export type Fold = (was: PositionState, fill: FillEvent) => PositionState

/**
 * Keeps somebody else's fills apart. The exchange nets both into one position, so the own part never stands against the rest: a trade
 * by hand in the other direction takes the foreign part first, then the own one, at its price and without its fee. That way a
 * reduce-only order of the own size can always close it, and nothing else.
 */
export const foldApart =
  (isForeign: (fill: FillEvent) => boolean): Fold =>
  (was, fill) => {
    const netE8 = venueSzE8(was) + BigInt(sideSign(fill.side)) * parseFixed(fill.sz)
    const folded = isForeign(fill) ? was : foldFill(was, fill)
    const own = parseFixed(folded.sz)
    const kept = ownPartE8(own, netE8)
    const lost = own - kept
    const taken = { ...fill, side: lost > 0n ? ('sell' as const) : ('buy' as const) }
    const rest = lost === 0n ? folded : foldFill(folded, { ...taken, sz: formatFixed(absE8(lost)), fee: '0' })
    return withForeign(rest, netE8 - kept)
  }

/** The venue's word on the whole position: the own part stays as far as it can, the rest is somebody else's. */
export function shareOut(was: PositionState, venueSz: string): PositionState {
  const netE8 = parseFixed(venueSz)
  const kept = ownPartE8(parseFixed(was.sz), netE8)
  const own = { ...was, sz: formatFixed(kept), entryPx: kept === 0n ? '0' : was.entryPx }
  return withForeign(own, netE8 - kept)
}

/** Signed coins of somebody else in this position × 1e8. */
export const foreignE8 = ({ foreign }: PositionState): FixedE8 => parseFixed(foreign ?? '0')

/** Never more than the whole, never against it. */
function ownPartE8(own: FixedE8, netE8: FixedE8): FixedE8 {
  if (signE8(own) !== signE8(netE8)) return 0n
  return BigInt(signE8(own)) * minE8(absE8(own), absE8(netE8))
}

function withForeign({ foreign: _, ...own }: PositionState, e8: FixedE8): PositionState {
  return e8 === 0n ? own : { ...own, foreign: formatFixed(e8) }
}

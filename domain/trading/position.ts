/** Fills → position, realised PnL and fees, exactly; each fill counts once, in the order of the venue's own position chain. */
// Not here: marking (unrealisedE8 takes the price), where fills come from (domain/session/desk.ts), account equity.
import { type FillEvent, sideSign } from '#domain/events.ts'
import {
  absE8,
  type FixedE8,
  formatFixed,
  minE8,
  mulE8,
  ONE_E8,
  parseFixed,
  signE8,
} from '#domain/fixed-point.ts'
import type { Checkpoint, PositionFlow, PositionState } from '#domain/session/types.ts'

/** What a ledger is: positions, and which fills are inside. */
export type Ledger = Pick<Checkpoint, 'positions' | 'fillCursorTs' | 'fillCursorTids'>

export function flatPosition(coin: string): PositionState {
  return {
    coin,
    sz: '0',
    entryPx: '0',
    realizedPnl: '0',
    fees: '0',
    fills: 0,
    volumeUsd: '0',
    lastFillTs: 0,
    lastFillTid: 0,
  }
}

/** The position of a coin; flat when the ledger does not know it. */
export function positionOf(positions: readonly PositionState[], coin: string): PositionState {
  return positions.find((position) => position.coin === coin) ?? flatPosition(coin)
}

/**
 * Adds one fill: opening moves the entry to the size-weighted average, closing realises and keeps it, a flip resets it to the
 * fill's price. Money is cut off at 8 places. Source: wire contract §7, "Fills".
 */
export function foldFill(was: PositionState, fill: FillEvent): PositionState {
  const held = parseFixed(was.sz)
  const entry = parseFixed(was.entryPx)
  const px = parseFixed(fill.px)
  const size = parseFixed(fill.sz)
  const signed = BigInt(sideSign(fill.side)) * size
  const now = held + signed
  const opens = held === 0n || signE8(held) === signE8(signed)
  const closed = opens ? 0n : minE8(absE8(held), size)
  const realized = mulE8(closed, px - entry) * BigInt(signE8(held))
  return {
    coin: was.coin,
    sz: formatFixed(now),
    entryPx: formatFixed(entryAfter({ held, entry, px, size, now, opens })),
    realizedPnl: formatFixed(parseFixed(was.realizedPnl) + realized),
    fees: formatFixed(parseFixed(was.fees) + parseFixed(fill.fee)),
    fills: was.fills + 1,
    volumeUsd: formatFixed(parseFixed(was.volumeUsd) + mulE8(size, px)),
    lastFillTs: fill.ts,
    lastFillTid: fill.tid,
    ...(was.foreign === undefined ? {} : { foreign: was.foreign }),
    flow: flowAfter(was.flow ?? NO_FLOW, fill, mulE8(size, px)),
  }
}

export const NO_FLOW: PositionFlow = {
  ...{ buySz: '0', buyUsd: '0', sellSz: '0', sellUsd: '0' },
  ...{ makerFills: 0, takerFills: 0 },
}

function flowAfter(was: PositionFlow, fill: FillEvent, usdE8: FixedE8): PositionFlow {
  const sum = (text: string, more: FixedE8): string => formatFixed(parseFixed(text) + more)
  const counts = {
    makerFills: was.makerFills + (fill.crossed ? 0 : 1),
    takerFills: was.takerFills + (fill.crossed ? 1 : 0),
  }
  const sz = parseFixed(fill.sz)
  return fill.side === 'buy'
    ? { ...was, ...counts, buySz: sum(was.buySz, sz), buyUsd: sum(was.buyUsd, usdE8) }
    : { ...was, ...counts, sellSz: sum(was.sellSz, sz), sellUsd: sum(was.sellUsd, usdE8) }
}

function entryAfter(at: {
  held: FixedE8
  entry: FixedE8
  px: FixedE8
  size: FixedE8
  now: FixedE8
  opens: boolean
}): FixedE8 {
  if (at.now === 0n) return 0n
  if (at.opens) return (absE8(at.held) * at.entry + at.size * at.px) / absE8(at.now)
  return signE8(at.now) === signE8(at.held) ? at.entry : at.px
}

/** Profit or loss of what is held, at this price, USD × 1e8; gross of fees. */
export function unrealizedE8(position: PositionState, pxE8: FixedE8): FixedE8 {
  return (parseFixed(position.sz) * (pxE8 - parseFixed(position.entryPx))) / ONE_E8
}

/** Realised − fees of all positions, plus what is held at the given prices, USD × 1e8. A coin without price counts at entry. */
export function netPnlE8(
  positions: readonly PositionState[],
  pxE8: (coin: string) => FixedE8 | null,
): FixedE8 {
  return positions.reduce((total, position) => {
    const px = pxE8(position.coin)
    const open = px === null ? 0n : unrealizedE8(position, px)
    return total + parseFixed(position.realizedPnl) - parseFixed(position.fees) + open
  }, 0n)
}

/** True when the ledger holds this fill already: before its cursor, or named at it. */
export function isFolded(ledger: Ledger, fill: Pick<FillEvent, 'ts' | 'tid' | 'coin'>): boolean {
  if (fill.ts !== ledger.fillCursorTs) return fill.ts < ledger.fillCursorTs
  return ledger.fillCursorTids.includes(fill.tid)
}

/** What the venue shows for it: its own part and what is kept apart, signed coins × 1e8. */
export const venueSzE8 = ({ sz, foreign }: PositionState): FixedE8 =>
  parseFixed(sz) + (foreign === undefined ? 0n : parseFixed(foreign))

/** True when the fill starts where the ledger stands, so that none is missing between them. */
export function continues(ledger: Ledger, fill: Pick<FillEvent, 'coin' | 'startPosition'>): boolean {
  return parseFixed(fill.startPosition) === venueSzE8(positionOf(ledger.positions, fill.coin))
}

/**
 * Folds fills in any order and with repeats; the result is the same for every order of arrival. Fills older than the cursor
 * are taken for folded, so pass everything from the cursor on.
 * @param fold how one fill changes its position
 */
export function foldFills(
  was: Ledger,
  fills: readonly FillEvent[],
  fold: (was: PositionState, fill: FillEvent) => PositionState = foldFill,
): { ledger: Ledger; folded: FillEvent[] } {
  const fresh = new Map<string, FillEvent>()
  for (const fill of fills) if (!isFolded(was, fill)) fresh.set(`${fill.ts}/${fill.tid}/${fill.coin}`, fill)
  const folded = inChainOrder([...fresh.values()], was.positions)
  let ledger = was
  for (const fill of folded) ledger = withFill(ledger, fill, fold)
  return { ledger, folded }
}

function withFill(ledger: Ledger, fill: FillEvent, fold: typeof foldFill): Ledger {
  const position = fold(positionOf(ledger.positions, fill.coin), fill)
  const others = ledger.positions.filter((each) => each.coin !== fill.coin)
  const sameTs = fill.ts === ledger.fillCursorTs
  return {
    positions: [...others, position].sort((a, b) => (a.coin < b.coin ? -1 : 1)),
    fillCursorTs: Math.max(fill.ts, ledger.fillCursorTs),
    fillCursorTids: sameTs ? [...ledger.fillCursorTids, fill.tid] : [fill.tid],
  }
}

/** By time; inside one millisecond by the chain of start positions, and by tid where the chain does not tell. */
export function inChainOrder(fills: readonly FillEvent[], positions: readonly PositionState[]): FillEvent[] {
  const sorted = [...fills].sort((a, b) => a.ts - b.ts || a.tid - b.tid)
  const standing = new Map(positions.map((position) => [position.coin, venueSzE8(position)]))
  const ordered: FillEvent[] = []
  for (let from = 0; from < sorted.length; ) {
    let until = from + 1
    while (sorted[until]?.ts === sorted[from]?.ts) until += 1
    ordered.push(...linkOneMillisecond(sorted.slice(from, until), standing))
    from = until
  }
  return ordered
}

function linkOneMillisecond(rest: FillEvent[], standing: Map<string, FixedE8>): FillEvent[] {
  const ordered: FillEvent[] = []
  while (rest.length > 0) {
    const linked = rest.findIndex(
      (fill) => parseFixed(fill.startPosition) === (standing.get(fill.coin) ?? 0n),
    )
    for (const next of rest.splice(Math.max(linked, 0), 1)) {
      ordered.push(next)
      const after = parseFixed(next.startPosition) + BigInt(sideSign(next.side)) * parseFixed(next.sz)
      standing.set(next.coin, after)
    }
  }
  return ordered
}

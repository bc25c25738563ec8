/** One quote a side around the mid, shifted against inventory, never inside or across the touch. */
// Not here: keeping quotes at the venue (domain/session/segment-maker.ts), the risk gate (domain/risk/limits.ts).
import type { Side } from '#domain/events.ts'
import {
  absE8,
  type FixedE8,
  formatFixed,
  fromNumber,
  maxE8,
  minE8,
  mulE8,
  toNumber,
} from '#domain/fixed-point.ts'
import {
  floorSize,
  MIN_ORDER_USD_E8,
  roundAway,
  shiftBps,
  sizeForNotional,
} from '#domain/market/instrument.ts'
import { midE8, type Touch } from '#domain/market/order-book.ts'
import type { SessionLimits, TouchParams } from '#domain/session/input.ts'
import type { Verdict } from '#domain/strategies/strategy.ts'

export interface QuoteFacts {
  /** Null while a side is empty, or the book is locked or crossed. */
  touch: Touch | null
  /** Milliseconds since the last frame. */
  ageMs: number
  /** What the risk gate values a position at, USD × 1e8; null while unknown. */
  markE8: FixedE8 | null
  /** Signed coins × 1e8, fills reported and folded. */
  positionE8: FixedE8
  sizeDecimals: number
  accountStreamUp: boolean
  closeOnly: boolean
}

/** One quote as wanted, × 1e8. */
export interface Quote {
  pxE8: FixedE8
  szE8: FixedE8
  reduceOnly: boolean
  /** True where a cap, not the wanted value, made it this small: then nothing larger may rest. */
  capped?: boolean
}

export interface QuotePlan {
  bid: Quote | null
  ask: Quote | null
  verdict: Verdict
}

/** What should rest now. Without a trustworthy picture of market and account: nothing, and the gate says why. */
export function planQuotes(facts: QuoteFacts, params: TouchParams, limits: SessionLimits): QuotePlan {
  const gate = blindGate(facts, params)
  if (gate !== null || facts.touch === null) {
    const inputs = { age_ms: Number.isFinite(facts.ageMs) ? Math.round(facts.ageMs) : null }
    const why = gate ?? 'NO_TOUCH'
    return { bid: null, ask: null, verdict: { kind: 'hold', reason: why, gate: why, inputs } }
  }
  const mid = midE8(facts.touch)
  const inventory = inventoryShare(facts.positionE8, mid, limits.position_usd_max)
  const shift = -inventory * params.skew_bps
  const bid = quoteSide('buy', facts, params, limits, shiftBps(mid, shift - params.half_spread_bps))
  const ask = quoteSide('sell', facts, params, limits, shiftBps(mid, shift + params.half_spread_bps))
  return { bid, ask, verdict: explain(facts, { bid, ask }, mid, inventory) }
}

function blindGate(facts: QuoteFacts, params: TouchParams): string | null {
  if (facts.ageMs > params.stale_ms) return 'STALE_MARKET'
  if (!facts.accountStreamUp) return 'ACCOUNT_STREAM_DOWN'
  return facts.touch === null ? 'NO_TOUCH' : null
}

/** Position as a share of the limit, −1 … 1. */
export function inventoryShare(positionE8: FixedE8, mid: FixedE8, positionUsdMax: number): number {
  const share = toNumber(mulE8(positionE8, mid)) / positionUsdMax
  return Math.max(-1, Math.min(1, share))
}

function quoteSide(
  side: Side,
  facts: QuoteFacts,
  params: TouchParams,
  limits: SessionLimits,
  wantedE8: FixedE8,
): Quote | null {
  if (facts.touch === null) return null
  const outside = side === 'buy' ? minE8(wantedE8, facts.touch.bidE8) : maxE8(wantedE8, facts.touch.askE8)
  const pxE8 = roundAway(outside, side, facts.sizeDecimals)
  const shrinks = side === 'buy' ? facts.positionE8 < 0n : facts.positionE8 > 0n
  const held = absE8(facts.positionE8)
  const full = sizeForNotional(fromNumber(params.quote_usd), pxE8, facts.sizeDecimals)
  if (facts.closeOnly) {
    const szE8 = floorSize(minE8(full, held), facts.sizeDecimals)
    return shrinks && szE8 > 0n ? { pxE8, szE8, reduceOnly: true } : null
  }
  const valuedAt = maxE8(pxE8, facts.markE8 ?? pxE8) // as the risk gate does, or it would refuse what is planned here
  const room = roomE8(shrinks ? -held : held, valuedAt, limits)
  const szE8 = floorSize(minE8(full, room), facts.sizeDecimals)
  return mulE8(szE8, pxE8) >= MIN_ORDER_USD_E8 ? { pxE8, szE8, reduceOnly: false } : null
}

/** Coins that this side may still take until the position limit; `heldE8` is negative when the side shrinks the position. */
function roomE8(heldE8: FixedE8, valuedAt: FixedE8, limits: SessionLimits): FixedE8 {
  const room = (fromNumber(limits.position_usd_max) * 100_000_000n) / valuedAt - heldE8
  return maxE8(room, 0n)
}

function explain(
  facts: QuoteFacts,
  quotes: { bid: Quote | null; ask: Quote | null },
  mid: FixedE8,
  inventory: number,
): Verdict {
  const { bid, ask } = quotes
  const gate = facts.closeOnly ? 'KILL_CLOSE_ONLY' : bid && ask ? '' : 'POSITION_LIMIT'
  const reason = bid && ask ? 'TWO_SIDED' : bid ? 'BID_ONLY' : ask ? 'ASK_ONLY' : 'NOTHING_TO_QUOTE'
  return {
    kind: bid || ask ? 'quote' : 'hold',
    reason,
    gate,
    inputs: {
      mid: formatFixed(mid),
      inventory: Math.round(inventory * 1e6) / 1e6,
      position_sz: formatFixed(facts.positionE8),
      bid_px: bid ? formatFixed(bid.pxE8) : null,
      ask_px: ask ? formatFixed(ask.pxE8) : null,
    },
  }
}

/**
 * True when what rests must give way to what is wanted: gone, other price by at least `replaceBps`, too near or across the
 * touch, or less than half of the size left.
 */
export function mustReplace(
  resting: { pxE8: FixedE8; remainingE8: FixedE8; reduceOnly: boolean },
  wanted: Quote | null,
  side: Side,
  replaceBps: number,
): boolean {
  if (wanted === null || resting.reduceOnly !== wanted.reduceOnly) return true
  if (resting.remainingE8 * 2n < wanted.szE8 || resting.remainingE8 > wanted.szE8 * 2n) return true
  const away = side === 'buy' ? wanted.pxE8 - resting.pxE8 : resting.pxE8 - wanted.pxE8
  const distanceBps = (Math.abs(Number(away)) / Number(wanted.pxE8)) * 10_000
  return distanceBps >= replaceBps && away !== 0n
}

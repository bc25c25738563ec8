/** Profit and loss of sessions from their fills: exact, gross and net of fees, with what is still held at a mark. */
// Not here: one position's arithmetic (domain/trading/position.ts), funding and attribution by cause.
import type { FillEvent } from '#domain/events.ts'
import { type Decimal, formatFixed, parseFixed } from '#domain/fixed-point.ts'
import { hash32, parseCloid } from '#domain/ids.ts'
import { foldFills, netPnlE8, unrealizedE8 } from '#domain/trading/position.ts'

/** One session's result. Money in USD, exact decimals. */
export interface SessionPnl {
  session_id: string
  accounts: string[]
  fills: number
  volume_usd: Decimal
  /** Gross of fees. */
  realized_pnl_usd: Decimal
  /** Negative for rebates. */
  fees_usd: Decimal
  /** Of what is held, at the marks; 0 for a coin without one. */
  unrealized_pnl_usd: Decimal
  /** realized + unrealized − fees. */
  net_pnl_usd: Decimal
  /** Signed coins by coin; flat coins are absent. */
  positions: Record<string, Decimal>
  first_fill_ts: number
  last_fill_ts: number
}

/** A fill with the session it is stored under, '' where only its client order id tells. */
export type OwnedFill = FillEvent & { sessionId: string }

/** Fills that no known session placed: by hand, or by another program. */
export const UNKNOWN_SESSION = '(no session)'

/**
 * Splits fills by session and folds each from flat. The same fill twice counts once.
 * @param sessions every known session id: client order ids carry only their hash
 * @param markPx USD per coin, or null where no price is known
 */
export function sessionPnl(
  fills: readonly OwnedFill[],
  sessions: readonly string[],
  markPx: (coin: string) => Decimal | null,
): SessionPnl[] {
  const byTag = new Map(sessions.map((session) => [hash32(session), session]))
  const groups = new Map<string, OwnedFill[]>()
  for (const fill of fills) {
    const session = fill.sessionId || byTag.get(parseCloid(fill.cloid)?.tag ?? -1) || UNKNOWN_SESSION
    const group = groups.get(session)
    if (group) group.push(fill)
    else groups.set(session, [fill])
  }
  return [...groups]
    .map(([session, own]) => foldSession(session, own, markPx))
    .sort((a, b) => (a.session_id < b.session_id ? -1 : 1))
}

function foldSession(
  session: string,
  fills: readonly OwnedFill[],
  markPx: (coin: string) => Decimal | null,
): SessionPnl {
  const start = { positions: [], fillCursorTs: 0, fillCursorTids: [] }
  const { positions } = foldFills(start, fills).ledger
  const pxE8 = (coin: string): bigint | null => {
    const px = markPx(coin)
    return px === null ? null : parseFixed(px)
  }
  const sum = (field: 'realizedPnl' | 'fees' | 'volumeUsd'): Decimal =>
    formatFixed(positions.reduce((total, position) => total + parseFixed(position[field]), 0n))
  const unrealized = positions.reduce((total, position) => {
    const px = pxE8(position.coin)
    return px === null ? total : total + unrealizedE8(position, px)
  }, 0n)
  return {
    session_id: session,
    accounts: [...new Set(fills.map(({ account }) => account))].sort(),
    fills: positions.reduce((total, position) => total + position.fills, 0),
    volume_usd: sum('volumeUsd'),
    realized_pnl_usd: sum('realizedPnl'),
    fees_usd: sum('fees'),
    unrealized_pnl_usd: formatFixed(unrealized),
    net_pnl_usd: formatFixed(netPnlE8(positions, pxE8)),
    positions: Object.fromEntries(positions.filter(({ sz }) => sz !== '0').map(({ coin, sz }) => [coin, sz])),
    first_fill_ts: fills.reduce((first, { ts }) => Math.min(first, ts), Number.POSITIVE_INFINITY),
    last_fill_ts: fills.reduce((last, { ts }) => Math.max(last, ts), 0),
  }
}

/** The sum over sessions; positions of one coin add up, whoever holds them. */
export function totalPnl(
  sessions: readonly SessionPnl[],
): Omit<SessionPnl, 'session_id' | 'accounts' | 'positions'> {
  const sum = (
    field: 'volume_usd' | 'realized_pnl_usd' | 'fees_usd' | 'unrealized_pnl_usd' | 'net_pnl_usd',
  ): Decimal => formatFixed(sessions.reduce((total, session) => total + parseFixed(session[field]), 0n))
  return {
    fills: sessions.reduce((total, session) => total + session.fills, 0),
    volume_usd: sum('volume_usd'),
    realized_pnl_usd: sum('realized_pnl_usd'),
    fees_usd: sum('fees_usd'),
    unrealized_pnl_usd: sum('unrealized_pnl_usd'),
    net_pnl_usd: sum('net_pnl_usd'),
    first_fill_ts: sessions.reduce(
      (first, session) => Math.min(first, session.first_fill_ts),
      Number.POSITIVE_INFINITY,
    ),
    last_fill_ts: sessions.reduce((last, session) => Math.max(last, session.last_fill_ts), 0),
  }
}

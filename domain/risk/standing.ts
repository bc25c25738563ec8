/** What the risk manager remembers of a session: the day's start, the peak, losing round trips, and what it opened lately. */
// Not here: judging an order by it (manager.ts, pace.ts). It travels in the checkpoint, so that no restart forgets it.
import { type Decimal, type FixedE8, formatFixed, maxE8, parseFixed } from '#domain/fixed-point.ts'
import type { PositionState } from '#domain/session/types.ts'
import type { EpochMs } from '#domain/time.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

/** Money in decimal USD. */
export interface RiskStanding {
  /** Start of the UTC day that `dayStartPnl` belongs to. */
  dayTs: EpochMs
  /** Net PnL of the session when the day began. */
  dayStartPnl: string
  /** Highest net PnL so far. */
  peakPnl: string
  /** Equity of the account when the session was first seen, less its PnL by then; '0' until it was read. */
  startEquity: string
  /** Round trips lost in a row, and when the last one ended. */
  lossStreak: number
  lastLossTs: EpochMs
  /** Per coin, when it was last flat: fills and realised − fees. */
  flat: Readonly<Record<string, { fills: number; pnl: string }>>
  /** Opening orders that may still go out this minute; refilled as time passes. Null before the first. */
  opened: { tokens: number; ts: EpochMs } | null
  /** Opening orders of the last minute or window; kept only while a limit asks for them, absent before the first. */
  sent?: readonly SentOrder[] | undefined
}

/** One opening order that went out. */
export interface SentOrder {
  coin: string
  ts: EpochMs
  /** Notional at its limit price. */
  usd: Decimal
}

export const NO_STANDING: RiskStanding = {
  dayTs: 0,
  dayStartPnl: '0',
  peakPnl: '0',
  startEquity: '0',
  lossStreak: 0,
  lastLossTs: 0,
  flat: {},
  opened: null,
}

export interface StandingFacts {
  ts: EpochMs
  positions: readonly PositionState[]
  /** Realised + unrealised − fees of the session, USD × 1e8. */
  netPnlE8: FixedE8
  /** Equity of the account, USD × 1e8; null until it was read. */
  equityE8: FixedE8 | null
}

/** The standing as of now. Equity that moves by deposits and other sessions does not count: only the session's own PnL moves it. */
export function observeRisk(was: RiskStanding, facts: StandingFacts): RiskStanding {
  const { ts, netPnlE8, equityE8 } = facts
  const dayTs = Math.floor(ts / DAY_MS) * DAY_MS
  const isNewDay = dayTs > was.dayTs
  const isFirst = was.startEquity === '0' && equityE8 !== null
  return {
    ...withRoundTrips(was, facts),
    dayTs: Math.max(dayTs, was.dayTs),
    dayStartPnl: isNewDay ? formatFixed(netPnlE8) : was.dayStartPnl,
    peakPnl: formatFixed(maxE8(netPnlE8, parseFixed(was.peakPnl))),
    startEquity: isFirst ? formatFixed(equityE8 - netPnlE8) : was.startEquity,
  }
}

/** A coin that is flat again has made a round trip; its result is what realised PnL less fees grew by. */
function withRoundTrips(was: RiskStanding, { ts, positions }: StandingFacts): RiskStanding {
  let { lossStreak, lastLossTs } = was
  const flat = { ...was.flat }
  for (const { coin, sz, fills, realizedPnl, fees } of positions) {
    if (parseFixed(sz) !== 0n) continue
    const pnl = parseFixed(realizedPnl) - parseFixed(fees)
    const before = flat[coin] ?? { fills: 0, pnl: '0' }
    if (fills > before.fills) {
      const isLoss = pnl < parseFixed(before.pnl)
      lossStreak = isLoss ? lossStreak + 1 : 0
      if (isLoss) lastLossTs = ts
    }
    flat[coin] = { fills, pnl: formatFixed(pnl) }
  }
  return { ...was, lossStreak, lastLossTs, flat }
}

/** Net PnL of the present UTC day, USD × 1e8. */
export const dayPnlE8 = (standing: RiskStanding, netPnlE8: FixedE8): FixedE8 =>
  netPnlE8 - parseFixed(standing.dayStartPnl)

/** Fall from the highest equity of the session, as a fraction of it; 0 until equity is known. */
export function drawdown(standing: RiskStanding, netPnlE8: FixedE8): number {
  const start = parseFixed(standing.startEquity)
  if (start <= 0n) return 0
  const peak = start + maxE8(parseFixed(standing.peakPnl), 0n)
  const fall = peak - (start + netPnlE8)
  return fall <= 0n ? 0 : Number(fall) / Number(peak)
}

/** Tokens in the bucket now: it starts full and refills evenly over a minute. */
export function openTokens(standing: RiskStanding, ts: EpochMs, perMinute: number): number {
  const { opened } = standing
  if (opened === null) return perMinute
  const refilled = opened.tokens + (Math.max(ts - opened.ts, 0) / MINUTE_MS) * perMinute
  return Math.min(refilled, perMinute)
}

/** One opening order goes out. */
export const takeOpenToken = (standing: RiskStanding, ts: EpochMs, perMinute: number): RiskStanding => ({
  ...standing,
  opened: { tokens: openTokens(standing, ts, perMinute) - 1, ts },
})

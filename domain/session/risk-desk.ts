/** The risk manager at work in a segment: keeps its standing up to date and puts together what an order is judged on. */
// Not here: the rules (domain/risk), sending (submit.ts).

import { sideSign } from '#domain/events.ts'
import { absE8, type FixedE8, formatFixed, mulE8, parseFixed } from '#domain/fixed-point.ts'
import {
  isDrawnDown,
  type ManagerGate,
  managerGate,
  type RiskFacts,
  worstCaseE8,
} from '#domain/risk/manager.ts'
import { notePace } from '#domain/risk/pace.ts'
import { drawdown, observeRisk } from '#domain/risk/standing.ts'
import { markE8, type SegmentContext, sessionPnlE8 } from '#domain/session/context.ts'
import type { VenueAccount } from '#domain/session/ports.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import { foreignE8 } from '#domain/trading/foreign.ts'

/** Brings day, peak and losing streak up to now. */
export function observe(context: SegmentContext): void {
  const { base, desk, ports } = context
  const netPnlE8 = sessionPnlE8(context)
  context.risk = observeRisk(context.risk, {
    ts: ports.clock.now(),
    positions: desk.fills.ledger.positions,
    netPnlE8,
    equityE8: base === null ? null : base.equityE8 + netPnlE8 - base.netPnlE8,
  })
}

/** Asks the risk manager; an order that it lets through counts against the limits of pace. */
export function judge(context: SegmentContext, order: OrderIntent): ManagerGate | null {
  if (order.reduce_only) return null
  observe(context)
  const { limits } = context.input
  const facts = factsOf(context, order)
  const gate = managerGate(order, facts, limits, context.risk)
  if (gate !== null) return gate
  context.risk = notePace(context.risk, order, facts.ts, limits)
  return null
}

/** The sum of an account's positions that are not the session's, at their entry prices: other coins, and what is kept apart in its own. USD × 1e8. */
export const othersE8 = ({ desk, input }: SegmentContext, account: VenueAccount): FixedE8 =>
  account.positions.reduce((total, { coin, sz, entryPx }) => {
    const theirs = input.coins.includes(coin) ? foreignE8(desk.fills.position(coin)) : parseFixed(sz)
    return total + mulE8(absE8(theirs), parseFixed(entryPx))
  }, 0n)

/** Trips the gate when the session has fallen too far from its highest equity. */
export function checkDrawdown(context: SegmentContext): boolean {
  const { limits } = context.input
  if (limits.drawdown_pct_max === undefined) return false
  observe(context)
  const { ports, risk, stop } = context
  const netPnlE8 = sessionPnlE8(context)
  if (!isDrawnDown(limits, risk, netPnlE8)) return false
  const pct = (drawdown(risk, netPnlE8) * 100).toFixed(2)
  ports.journal.event('drawdown_limit', { drawdown_pct: pct, net_pnl_usd: formatFixed(netPnlE8) })
  stop.trip({ kind: 'killed', by: 'risk', mode: 'off', reason: `DRAWDOWN_LIMIT: ${pct} % below the peak` })
  return true
}

function factsOf(context: SegmentContext, order: OrderIntent): RiskFacts {
  const { desk, input, ports } = context
  const { market, clock } = ports
  const bbo = market.bbo(order.coin)
  const oracle = market.oraclePx?.(order.coin) ?? null
  const standings = input.coins.map((coin) => coinStanding(context, coin))
  const own = standings.find(({ coin }) => coin === order.coin)
  const before = desk.positionE8(order.coin)
  const after = before + BigInt(sideSign(order.side)) * parseFixed(order.sz)
  const held = standings.filter(({ isHeld }) => isHeld)
  return {
    ts: clock.now(),
    ageMs: market.ageMs(order.coin),
    bidE8: bbo?.bid ? parseFixed(bbo.bid.px) : null,
    askE8: bbo?.ask ? parseFixed(bbo.ask.px) : null,
    oracleE8: oracle === null ? null : parseFixed(oracle),
    grossE8: standings.reduce((total, { worstE8 }) => total + worstE8, 0n),
    othersE8: context.othersE8,
    coinsHeld: held.length,
    isCoinHeld: own?.isHeld ?? false,
    shrinks: absE8(after) < absE8(before),
    netPnlE8: sessionPnlE8(context),
  }
}

function coinStanding(
  context: SegmentContext,
  coin: string,
): { coin: string; worstE8: FixedE8; isHeld: boolean } {
  const { desk } = context
  const mark = markE8(context, coin)
  const { positionE8, opening } = desk.exposure(coin, mark)
  const sum = (side: 'buy' | 'sell'): FixedE8 =>
    opening.filter((order) => order.side === side).reduce((total, { remainingE8 }) => total + remainingE8, 0n)
  const px = mark ?? parseFixed(desk.fills.position(coin).entryPx)
  return {
    coin,
    worstE8: worstCaseE8(positionE8, sum('buy'), sum('sell'), px),
    isHeld: positionE8 !== 0n || opening.length > 0,
  }
}

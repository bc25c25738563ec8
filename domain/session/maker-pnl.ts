/** Session PnL of a running maker: windows over its own fills, trade and exact PnL of each coin, and what the workflow judges a cycle by. */
// Not here: the formulas (domain/session-pnl), the mode that follows (control-maker.ts).
import type { FillEvent, FundingEvent } from '#domain/events.ts'
import { formatFixed, mulE8, parseFixed, toNumber } from '#domain/fixed-point.ts'
import { isOwnCloid } from '#domain/ids.ts'
import { markE8, type SegmentContext } from '#domain/session/context.ts'
import { within } from '#domain/session/deadline.ts'
import type { CycleFacts, MakerMemory } from '#domain/session/maker-state.ts'
import type { MakerSegmentInput } from '#domain/session/segment-input.ts'
import { TIMING } from '#domain/session/timing.ts'
import type { PositionState } from '#domain/session/types.ts'
import { type ExactPnl, exactPnl } from '#domain/session-pnl/exact-pnl.ts'
import { findIssues } from '#domain/session-pnl/issues.ts'
import { type TradePnl, type TradeSums, tradePnl } from '#domain/session-pnl/trade-pnl.ts'
import { isAdverse, type TimedTrade, windowOf } from '#domain/session-pnl/windows.ts'
import { NO_FLOW } from '#domain/trading/position.ts'

const HOUR_MS = 60 * 60_000
const TRADES_MAX = 20_000

/** Own fills of the last hour by trade id, so that a list read at start and the stream may overlap. */
export interface Recent {
  readonly trades: Map<string, TimedTrade & { coin: string }>
}

export const openRecent = (): Recent => ({ trades: new Map() })

export function takeTrades(recent: Recent, fills: readonly FillEvent[], now: number): void {
  for (const { coin, ts, tid, side, px, sz, fee } of fills) {
    recent.trades.set(`${coin}/${ts}/${tid}`, { coin, ts, side, px, sz, fee })
  }
  for (const [key, { ts }] of recent.trades) {
    if (ts >= now - HOUR_MS && recent.trades.size <= TRADES_MAX) break
    recent.trades.delete(key)
  }
}

/** The last hour as the venue tells it: once a segment, so that windows survive restarts. Nobody waits for it. */
export async function recallTrades(context: SegmentContext, recent: Recent): Promise<void> {
  const { clock, venue } = context.ports
  const now = clock.now()
  const read = await within(clock, TIMING.venueDeadlineMs, () =>
    (venue.recentFills ?? venue.fillsSince)(now - HOUR_MS),
  )
  if (!read.ok || context.returned) return
  const own = read.value.filter(({ cloid }) => isOwnCloid(cloid, context.input.session_id))
  const seen = [...recent.trades.entries()]
  recent.trades.clear()
  takeTrades(recent, own, now)
  for (const [key, trade] of seen) recent.trades.set(key, trade)
}

/** Sums of a coin since the session began; they live in the ledger and survive whatever it survives. */
export function sumsOf(position: PositionState): TradeSums {
  const flow = position.flow ?? NO_FLOW
  return {
    buySzE8: parseFixed(flow.buySz),
    buyUsdE8: parseFixed(flow.buyUsd),
    sellSzE8: parseFixed(flow.sellSz),
    sellUsdE8: parseFixed(flow.sellUsd),
    feesE8: parseFixed(position.fees),
    fills: position.fills,
  }
}

/** Position and mark when the session began, taken as soon as a mark is known. */
export function noteStart(context: SegmentContext, memory: MakerMemory, coin: string): MakerMemory {
  if (memory.starts[coin]) return memory
  const mark = markE8(context, coin)
  if (mark === null) return memory
  const position = context.desk.fills.position(coin)
  const { buySzE8, sellSzE8 } = sumsOf(position)
  const sz = formatFixed(parseFixed(position.sz) - buySzE8 + sellSzE8)
  return { ...memory, starts: { ...memory.starts, [coin]: { sz, markPx: formatFixed(mark) } } }
}

/** Adds funding that was not inside yet. */
export function takeFunding(memory: MakerMemory, events: readonly FundingEvent[]): MakerMemory {
  let { funding } = memory
  for (const { coin, ts, usd } of [...events].sort((a, b) => a.ts - b.ts)) {
    const was = funding[coin] ?? { usd: '0', lastTs: 0 }
    if (ts <= was.lastTs) continue
    funding = { ...funding, [coin]: { usd: formatFixed(parseFixed(was.usd) + parseFixed(usd)), lastTs: ts } }
  }
  return { ...memory, funding }
}

export interface CoinPnl {
  coin: string
  trade: TradePnl
  exact: ExactPnl
  positionUsd: number
}

export function coinPnl(context: SegmentContext, memory: MakerMemory, coin: string): CoinPnl {
  const position = context.desk.fills.position(coin)
  const start = memory.starts[coin] ?? { sz: '0', markPx: '0' }
  const positionE8 = parseFixed(position.sz)
  const mark = markE8(context, coin) ?? parseFixed(position.entryPx)
  const sums = sumsOf(position)
  const exact = exactPnl({
    sums,
    positionE8,
    startPositionE8: parseFixed(start.sz),
    markE8: mark,
    startMarkE8: parseFixed(start.markPx),
    fundingE8: parseFixed(memory.funding[coin]?.usd ?? '0'),
  })
  const worth = Math.abs(toNumber(mulE8(positionE8, mark)))
  return { coin, trade: tradePnl(sums), exact, positionUsd: worth }
}

/** Everything about the cycle so far: for the checkpoint, so that the workflow can judge it when the segment ends. */
export function cycleFacts(
  context: SegmentContext<MakerSegmentInput>,
  recent: Recent,
  memory: MakerMemory,
): CycleFacts {
  const now = context.ports.clock.now()
  const trades = [...recent.trades.values()]
  const coins = context.input.coins.map((coin) => coinPnl(context, memory, coin))
  const sum = (read: (exact: ExactPnl) => string): string =>
    formatFixed(coins.reduce((total, { exact }) => total + parseFixed(read(exact)), 0n))
  return {
    spread_bps: spreadOfCoins(context.input.coins, trades, now),
    adverse: context.input.coins.some((coin) => isAdverse(trades.filter((each) => each.coin === coin))),
    hour_fills: trades.length,
    exact_usd: sum(({ totalUsd }) => totalUsd),
    inventory_usd: sum(({ inventoryUsd }) => inventoryUsd),
    carry_in_usd: sum(({ carryInUsd }) => carryInUsd),
    funding_usd: sum(({ fundingUsd }) => fundingUsd),
    free_usd: context.freeUsd,
  }
}

/** Mean of the coins' spreads of half an hour, weighted by their fills: coins are never mixed in one average price. */
function spreadOfCoins(
  coins: readonly string[],
  trades: readonly (TimedTrade & { coin: string })[],
  now: number,
): number | null {
  let weight = 0
  let total = 0
  for (const coin of coins) {
    const { fills, pnl } = windowOf(
      trades.filter((each) => each.coin === coin),
      30,
      now,
    )
    if (pnl === null) continue
    weight += fills
    total += fills * pnl.spreadBps
  }
  return weight === 0 ? null : total / weight
}

/** One row a coin at the end of a cycle. */
export function writeCycle(
  context: SegmentContext<MakerSegmentInput>,
  recent: Recent,
  memory: MakerMemory,
): void {
  const { params, coins } = context.input
  if (params.strategy === 'touch') return
  const now = context.ports.clock.now()
  for (const coin of coins) {
    const trades = [...recent.trades.values()].filter((each) => each.coin === coin)
    const [five, thirty, hour] = [5, 30, 60].map((minutes) => windowOf(trades, minutes, now))
    const { trade, exact, positionUsd } = coinPnl(context, memory, coin)
    const facts = {
      ...{ session: trade, sessionPnlUsd: Number(exact.totalUsd), positionUsd, adverse: isAdverse(trades) },
      hour: hour ?? windowOf(trades, 60, now),
    }
    const issues = findIssues(facts, {
      imbalanceShare: params.imbalance_alert_share,
      lossUsd: params.session_loss_alert_usd,
      positionUsd: params.max_per_coin_notional,
    })
    context.ports.journal.maker?.({
      ...{ kind: 'cycle', ts: now, coin, fills: trade.fills },
      ...{ buySz: trade.buySz, sellSz: trade.sellSz, buyAvgPx: trade.buyAvgPx, sellAvgPx: trade.sellAvgPx },
      ...{ matchedSz: trade.matchedSz, tradeUsd: trade.netUsd, feesUsd: trade.feesUsd },
      ...{ spreadBps: trade.spreadBps, imbalanceShare: trade.imbalanceShare },
      ...{ exactUsd: exact.totalUsd, inventoryUsd: exact.inventoryUsd, carryInUsd: exact.carryInUsd },
      ...{ fundingUsd: exact.fundingUsd, unexplainedUsd: exact.unexplainedUsd },
      spread5Bps: five?.pnl?.spreadBps ?? 0,
      spread30Bps: thirty?.pnl?.spreadBps ?? 0,
      spread60Bps: hour?.pnl?.spreadBps ?? 0,
      hourFills: facts.hour.fills,
      adverseBuckets: thirty?.adverseBuckets ?? 0,
      issues: issues.map(({ kind, message }) => `${kind}: ${message}`),
    })
  }
}

/** A session's limits at work in a backtest: the same gates judge every opening order, and the same losses end the run. */
// Looked at when the bar closes: a session looks at each tick, so its losses may end it, or begin a pause, within a bar.
// Not here: the rules themselves (domain/risk).
import type { Account, BacktestTrade } from '#domain/backtest/account.ts'
import type { CoinRun } from '#domain/backtest/coin-run.ts'
import { type FixedE8, formatFixed, fromNumber, toNumber } from '#domain/fixed-point.ts'
import { killReason } from '#domain/risk/kill-rules.ts'
import type { SessionLimits } from '#domain/risk/limit-input.ts'
import { type Exposure, type RiskGate, riskGate } from '#domain/risk/limits.ts'
import {
  isDrawnDown,
  type ManagerGate,
  managerGate,
  type RiskFacts,
  worstCaseE8,
} from '#domain/risk/manager.ts'
import { notePace } from '#domain/risk/pace.ts'
import { NO_STANDING, observeRisk, type RiskStanding } from '#domain/risk/standing.ts'
import type { OrderIntent, PositionState } from '#domain/session/types.ts'
import type { PlannedOrder } from '#domain/strategies/plan.ts'
import type { EpochMs } from '#domain/time.ts'
import { flatPosition } from '#domain/trading/position.ts'

const MICRO = 1_000_000

/** Why a session would kill itself. */
export type EndedBy = 'LOSS_LIMIT' | 'DRAWDOWN_LIMIT'

type Coin = Pick<
  CoinRun<unknown, unknown>,
  'series' | 'candle' | 'holding' | 'pending' | 'stopPx' | 'targetPx' | 'input'
>

export interface LimitDesk {
  /** Brings day, peak and losing streak to the close. @returns what ends the run there, or null */
  observe(ts: EpochMs, equityUsd: number): EndedBy | null
  /** The first gate that stops an order, or null; an opening one that passes counts against the limits of pace. */
  judge(coin: Coin, order: PlannedOrder, ts: EpochMs): RiskGate | ManagerGate | null
}

/** @param startUsd equity before the first bar */
export function createLimitDesk(
  limits: SessionLimits,
  account: Account,
  coins: readonly Coin[],
  startUsd: number,
): LimitDesk {
  const trips = createRoundTrips(account)
  let standing: RiskStanding = NO_STANDING
  let netPnlE8 = 0n
  return {
    observe(ts, equityUsd) {
      // A session's limits do not count funding; neither do these.
      netPnlE8 = fromNumber(equityUsd - startUsd - account.funding / MICRO)
      const positions = coins.map((coin) => trips.positionOf(coin))
      standing = observeRisk(standing, { ts, positions, netPnlE8, equityE8: fromNumber(equityUsd) })
      if (killReason(netPnlE8, limits.loss_usd_max) !== null) return 'LOSS_LIMIT'
      return isDrawnDown(limits, standing, netPnlE8) ? 'DRAWDOWN_LIMIT' : null
    },
    judge(coin, order, ts) {
      if (!order.opens) return null
      const intent = intentOf(coin.series.coin, order)
      const gate =
        riskGate(intent, exposureOf(coin, coins), limits, { closeOnly: false }) ??
        managerGate(intent, factsOf(coin, coins, { ts, order, netPnlE8 }), limits, standing)
      if (gate === null) standing = notePace(standing, intent, ts, limits)
      return gate
    },
  }
}

/** Realised money of each coin as a session's ledger counts it, read on from the trades that have ended. */
function createRoundTrips({ trades }: Account): { positionOf(coin: Coin): PositionState } {
  const sums = new Map<string, { fills: number; pnlUsd: number; feesUsd: number }>()
  let read = 0
  const take = ({ coin, pnl_usd, fees_usd }: BacktestTrade): void => {
    const sum = sums.get(coin) ?? { fills: 0, pnlUsd: 0, feesUsd: 0 }
    sums.set(coin, {
      fills: sum.fills + 1,
      pnlUsd: sum.pnlUsd + pnl_usd,
      feesUsd: sum.feesUsd + fees_usd,
    })
  }
  return {
    positionOf({ series: { coin }, holding }) {
      for (; read < trades.length; read += 1) take(trades[read] as BacktestTrade)
      const { fills, pnlUsd, feesUsd } = sums.get(coin) ?? { fills: 0, pnlUsd: 0, feesUsd: 0 }
      return {
        ...flatPosition(coin),
        fills,
        sz: formatFixed(fromNumber(holding.sz)),
        realizedPnl: formatFixed(fromNumber(pnlUsd)),
        fees: formatFixed(fromNumber(feesUsd)),
      }
    },
  }
}

const intentOf = (coin: string, { side, px, sz, purpose }: PlannedOrder): OrderIntent => ({
  ...{ cloid: '', coin, side, tif: 'ioc', reduce_only: false, purpose },
  px: formatFixed(fromNumber(px)),
  sz: formatFixed(fromNumber(sz)),
})

/** What is held once everything that reduces has been filled: a session sends that first. */
function positionE8({ holding, pending }: Coin): FixedE8 {
  const reducing = pending.filter(({ opens }) => !opens).reduce((sum, { sz }) => sum + sz, 0)
  const left = Math.max(Math.abs(holding.sz) - reducing, 0)
  return fromNumber(Math.sign(holding.sz) * left)
}

const openingOf = ({ pending }: Coin): Exposure['opening'] =>
  pending.filter(({ opens }) => opens).map(({ side, sz }) => ({ side, remainingE8: fromNumber(sz) }))

const restingOf = ({ holding, pending, stopPx, targetPx }: Coin): number =>
  pending.length + (holding.sz === 0 ? 0 : Math.sign(stopPx) + Math.sign(targetPx))

const exposureOf = (coin: Coin, coins: readonly Coin[]): Exposure => ({
  positionE8: positionE8(coin),
  opening: openingOf(coin),
  openOrders: coins.reduce((sum, each) => sum + restingOf(each), 0),
  markE8: fromNumber(coin.candle.close),
})

function factsOf(
  coin: Coin,
  coins: readonly Coin[],
  { ts, order, netPnlE8 }: { ts: EpochMs; order: PlannedOrder; netPnlE8: FixedE8 },
): RiskFacts {
  const isHeld = (each: Coin): boolean => positionE8(each) !== 0n || openingOf(each).length > 0
  const before = toNumber(positionE8(coin))
  const after = before + (order.side === 'buy' ? order.sz : -order.sz)
  const { bid, ask } = coin.input
  return {
    ...{ ts, netPnlE8, ageMs: 0, oracleE8: null, othersE8: 0n },
    bidE8: bid === null ? null : fromNumber(bid),
    askE8: ask === null ? null : fromNumber(ask),
    grossE8: coins.reduce((sum, each) => sum + worstE8(each), 0n),
    coinsHeld: coins.filter(isHeld).length,
    isCoinHeld: isHeld(coin),
    shrinks: Math.abs(after) < Math.abs(before),
  }
}

function worstE8(coin: Coin): FixedE8 {
  const sum = (side: 'buy' | 'sell'): FixedE8 =>
    openingOf(coin)
      .filter((each) => each.side === side)
      .reduce((total, { remainingE8 }) => total + remainingE8, 0n)
  return worstCaseE8(positionE8(coin), sum('buy'), sum('sell'), fromNumber(coin.candle.close))
}

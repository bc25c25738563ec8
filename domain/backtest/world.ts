/** What a running backtest is made of: strategy, account, coins, the guide's average, and who listens. */
// Not here: what happens in it (run.ts, decide.ts).
import type { Account } from '#domain/backtest/account.ts'
import type { CoinRun } from '#domain/backtest/coin-run.ts'
import type { LimitDesk } from '#domain/backtest/limit-desk.ts'
import type { BacktestOptions } from '#domain/backtest/options.ts'
import { type Ema, pushEma } from '#domain/market/indicators/ema.ts'
import type { SessionLimits } from '#domain/risk/limit-input.ts'
import type { ClosedCandle } from '#domain/session/types.ts'
import { GUIDE_BARS } from '#domain/strategies/step-bar.ts'
import type { CandleStrategy, Move } from '#domain/strategies/strategy.ts'

/** One decision, for those who want to compare or show them. */
export interface DecisionEvent {
  ts: number
  coin: string
  kind: Move<unknown>['kind']
  reason: string
  gate: string
}

export interface RunHooks {
  onDecision?(event: DecisionEvent): void
  /** Limits of a session that judge every opening order; absent: none. */
  limits?: SessionLimits | undefined
  /** Keep single fills, every equity point and gate counts. A sweep does without. */
  keep?: boolean
}

/** BTC's average, as step-bar.ts keeps it. */
export interface Guide extends Ema {
  close: number
}

export interface World<Params, State> {
  strategy: CandleStrategy<Params, State>
  options: BacktestOptions
  account: Account
  coins: CoinRun<Params, State>[]
  guide: Guide
  /** Whether a candle of the guiding coin counts. */
  guides(candle: ClosedCandle): boolean
  hooks: RunHooks
  /** Null without limits. */
  limits: LimitDesk | null
  keep: boolean
  gates: Record<string, number>
}

export function observeGuide(guide: Guide, close: number): void {
  pushEma(guide, close, GUIDE_BARS)
  guide.close = close
}

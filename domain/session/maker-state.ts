/** What the maker engine remembers between segments, as plain JSON in the checkpoint: exits, portfolio, tuned knobs, what it began with. */
// Not here: what it remembers between passes alone (domain/strategies/maker/state.ts).
import { type ExitState, firstExits } from '#domain/strategies/maker/exits/exits.ts'
import { firstPortfolio, type PortfolioState } from '#domain/strategies/maker/exits/portfolio.ts'
import type { EpochMs } from '#domain/time.ts'

/** Knobs that autotune has moved for a coin; the configured ones hold where it is null. */
export interface Tuned {
  dynamic_min_spread_percentile: number
  min_spread_guard_buffer_bps: number
  changedMinute: number
}

/** Position and mark of a coin when the session began, decimals. */
export interface StartOf {
  sz: string
  markPx: string
}

/** What the workflow judges a cycle by; sums come from the ledger itself. */
export interface CycleFacts {
  /** Spread of own fills in the last 30 minutes, bps; null without both sides. */
  spread_bps: number | null
  adverse: boolean
  hour_fills: number
  /** Exact PnL of the session, USD. */
  exact_usd: string
  /** Sum of the terms that make exact and trade PnL differ. */
  inventory_usd: string
  carry_in_usd: string
  funding_usd: string
  /** Collateral that binds nothing, USD; null while the account does not tell it. */
  free_usd?: number | null
}

export interface MakerMemory {
  exits: Readonly<Record<string, ExitState>>
  portfolio: PortfolioState
  tuned: Readonly<Record<string, Tuned>>
  starts: Readonly<Record<string, StartOf>>
  /** USD received by coin, and the time of the last payment that is inside. */
  funding: Readonly<Record<string, { usd: string; lastTs: EpochMs }>>
  /** What is done once a session: purging, marking positions to flatten. */
  begun: boolean
  cycle: CycleFacts | null
}

/** Reads the memory back; a session's first segment, and an older state, begin anew. */
export function recallMaker(engine: Readonly<Record<string, unknown>>): MakerMemory {
  const kept = (engine.maker ?? {}) as Partial<MakerMemory>
  return {
    exits: kept.exits ?? {},
    portfolio: kept.portfolio ?? firstPortfolio,
    tuned: kept.tuned ?? {},
    starts: kept.starts ?? {},
    funding: kept.funding ?? {},
    begun: kept.begun ?? false,
    cycle: kept.cycle ?? null,
  }
}

export const exitsOf = (memory: MakerMemory, coin: string): ExitState =>
  memory.exits[coin] ?? firstExits(false)

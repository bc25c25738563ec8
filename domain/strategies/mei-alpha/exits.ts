/** Whether a position is left: stops first, then the indicators, then the target; every reason that holds is kept. */
// Not here: the levels (levels.ts), the single indicator exits (smart-exits.ts).
import { floorSizeNumber } from '#domain/market/round-number.ts'
import {
  type At,
  at,
  isAgainst,
  stopLevel,
  targetLevel,
  trailingLevel,
} from '#domain/strategies/mei-alpha/levels.ts'
import type { MeiAlphaParams } from '#domain/strategies/mei-alpha/params.ts'
import type { Row } from '#domain/strategies/mei-alpha/row.ts'
import { isAnomaly } from '#domain/strategies/mei-alpha/signal-gates.ts'
import { EXIT_REASONS, smartExits } from '#domain/strategies/mei-alpha/smart-exits.ts'
import { better, type Held } from '#domain/strategies/mei-alpha/state.ts'

const STOPS = EXIT_REASONS.STOP_LOSS | EXIT_REASONS.TRAILING_STOP

export interface ExitFacts {
  coin: string
  nowTs: number
  price: number
  entryPx: number
  fundingRate: number | null
  sizeDecimals: number
  /** Last full close of the coin, whoever did it. */
  closedTs: number
  /** Distance of the target, ATR. */
  tpMult: number
}

export interface Exit {
  /** Bits of EXIT_REASONS that hold and are not blocked. */
  reasons: number
  action: 'hold' | 'reduce' | 'exit'
  /** Coins of a reduction. */
  reduceSz: number
  stopPx: number
  targetPx: number
  /** Why nothing may be done although it is wanted: '', ANOMALY, GLITCH, EXIT_COOLDOWN. */
  blockedBy: string
}

/**
 * Judges the position at a price. Moves the trailing stop and latches break-even in `held`.
 * @param isWarm false while indicators are not known: then only the stops speak
 */
export function judgeExit(
  held: Held,
  row: Row,
  facts: ExitFacts,
  params: MeiAlphaParams,
  isWarm: boolean,
): Exit {
  const { trade } = params
  const where = at(held, facts.entryPx, facts.price, facts.fundingRate)
  const stop = stopLevel(where, row, held, params)
  if (isWarm) held.trailing = trailingLevel(where, row, held, params)
  const stopPx = held.trailing > 0 ? held.trailing : stop
  const exit: Exit = {
    reasons: 0,
    action: 'hold',
    reduceSz: 0,
    stopPx,
    targetPx: targetLevel(where, facts.tpMult),
    blockedBy: blockOf(where, row, params, isWarm),
  }
  if (exit.blockedBy !== '') return exit
  // What lies at the exchange counts too, should it be nearer than today's level.
  if (isAgainst(where, better(stopPx, held.stopPx, held.side))) {
    exit.reasons |= held.trailing > 0 ? EXIT_REASONS.TRAILING_STOP : EXIT_REASONS.STOP_LOSS
  }
  if (isWarm) {
    exit.reasons |= smartExits(where, row, held, facts, params)
    exit.reasons |= targetReason(where, held, exit, facts, params)
  }
  const coolingDown = facts.closedTs > 0 && facts.nowTs - facts.closedTs < trade.exit_cooldown_s * 1_000
  if (coolingDown && (exit.reasons & STOPS) === 0 && exit.reasons !== 0) {
    exit.blockedBy = 'EXIT_COOLDOWN'
    return exit
  }
  if (exit.reasons !== 0) {
    exit.action = exit.reasons === EXIT_REASONS.TAKE_PROFIT_PARTIAL ? 'reduce' : 'exit'
  }
  return exit
}

function blockOf(where: At, row: Row, params: MeiAlphaParams, isWarm: boolean): string {
  const { filters, trade } = params
  if (filters.block_exits_on_anomaly && isWarm && isAnomaly(row, params)) return 'ANOMALY'
  if (!trade.block_exits_on_extreme_dev) return ''
  const distance = Math.abs(where.price - where.entryPx)
  const isGlitch =
    distance / where.entryPx > trade.glitch_price_dev_pct || distance > trade.glitch_atr_mult * where.atr
  return isGlitch ? 'GLITCH' : ''
}

/** The whole at the target, or the part of it that the ladder takes; nothing while the rest trails. */
function targetReason(
  where: At,
  held: Held,
  exit: Exit,
  facts: ExitFacts,
  { trade }: MeiAlphaParams,
): number {
  const isBeyond = (where.price - exit.targetPx) * where.side >= 0
  if (!isBeyond) return 0
  if (!trade.enable_partial_tp) return EXIT_REASONS.TAKE_PROFIT
  if (held.tp1) return 0
  const part = trade.tp_partial_pct
  const sz = part > 0 && part < 1 ? floorSizeNumber(held.size * part, facts.sizeDecimals) : 0
  const isLarge = sz > 0 && sz < held.size && sz * where.price >= trade.tp_partial_min_notional_usd
  if (!isLarge) return EXIT_REASONS.TAKE_PROFIT
  exit.reduceSz = sz
  return EXIT_REASONS.TAKE_PROFIT_PARTIAL
}

/** When mei_alpha_v1 adds to a position in profit, and how much. */
// Not here: entries (entry-gates.ts), what an add changes once it is filled (state.ts).
import { rateGates } from '#domain/strategies/mei-alpha/entry-gates.ts'
import type { MeiAlphaParams } from '#domain/strategies/mei-alpha/params.ts'
import { rankOf } from '#domain/strategies/mei-alpha/signal.ts'
import { sizeAdd } from '#domain/strategies/mei-alpha/sizing.ts'
import type { MeiAlphaState } from '#domain/strategies/mei-alpha/state.ts'
import type { StrategyInput } from '#domain/strategies/strategy.ts'

/** In the order in which the first one that stops is named. */
export const ADD_GATES = {
  ADD_OFF: 1,
  ADD_COUNT: 2,
  ADD_CONFIDENCE: 4,
  ADD_COOLDOWN: 8,
  ADD_AFTER_TP: 16,
  ADD_NEAR_STOP: 32,
  ADD_MACD: 64,
  ADD_RSI: 128,
  ADD_RATE: 256,
  ADD_PROFIT: 512,
  ADD_NO_EQUITY: 1024,
  ADD_MARGIN_CAP: 2048,
  ADD_MIN_NOTIONAL: 4096,
  ADD_LEVERAGE: 8192,
} as const

/** ATR that adds are measured in: now, else at entry, else half a percent of the entry. */
const atrOf = ({ row, held }: MeiAlphaState, entryPx: number): number =>
  row.atr > 0 ? row.atr : held.entryAtr > 0 ? held.entryAtr : 0.005 * entryPx

/** All gates that are closed for an add now, as bits. */
export function addGates(
  state: MeiAlphaState,
  input: StrategyInput,
  price: number,
  params: MeiAlphaParams,
): number {
  const { row, held, signal } = state
  const { trade } = params
  const { side } = held
  const atr = atrOf(state, input.entryPx)
  let closed = 0
  if (!trade.enable_pyramiding) closed |= ADD_GATES.ADD_OFF
  if (held.adds >= trade.max_adds_per_symbol) closed |= ADD_GATES.ADD_COUNT
  if (signal.confidence < rankOf(trade.add_min_confidence)) closed |= ADD_GATES.ADD_CONFIDENCE
  const waits = input.nowTs - held.lastAddTs < trade.add_cooldown_minutes * 60_000
  if (held.lastAddTs > 0 && waits) closed |= ADD_GATES.ADD_COOLDOWN
  if (held.tp1) closed |= ADD_GATES.ADD_AFTER_TP
  const stop = held.trailing > 0 ? held.trailing : input.entryPx - side * trade.sl_atr_mult * atr
  if (side * (price - stop) < 0.5 * atr) closed |= ADD_GATES.ADD_NEAR_STOP
  if (!(side * (row.hist - row.hist1) > 0)) closed |= ADD_GATES.ADD_MACD
  if (side > 0 ? row.rsi > 75 : row.rsi < 25) closed |= ADD_GATES.ADD_RSI
  if (rateGates(state, input, trade) !== 0) closed |= ADD_GATES.ADD_RATE
  if (side * (price - input.entryPx) < profitNeeded(state, params) * atr) closed |= ADD_GATES.ADD_PROFIT
  return closed | moneyGates(state, input, price, params)
}

/** ATR of profit; half of it while the trend grows calmly. */
function profitNeeded({ row, held }: MeiAlphaState, { trade }: MeiAlphaParams): number {
  const isCalm = row.adx - row.adxPrev > 0.75 && row.atrRaw - row.atrRawPrev <= 0
  const hasRoom = held.side > 0 ? row.rsi <= 65 : row.rsi >= 35
  return isCalm && hasRoom ? trade.add_min_profit_atr / 2 : trade.add_min_profit_atr
}

/** Notional of an add, USD; 0 without a known equity. */
export function addUsd(
  state: MeiAlphaState,
  input: StrategyInput,
  price: number,
  params: MeiAlphaParams,
): number {
  if (input.equityUsd === null || input.equityUsd <= 0) return 0
  const facts = {
    equityUsd: input.equityUsd,
    price,
    confidence: state.signal.confidence,
    atr: atrOf(state, input.entryPx),
    adx: state.row.adx,
    leverageLimit: null,
  }
  return sizeAdd(facts, params) * state.held.leverage
}

function moneyGates(
  state: MeiAlphaState,
  input: StrategyInput,
  price: number,
  params: MeiAlphaParams,
): number {
  const { trade } = params
  const { held } = state
  const usd = addUsd(state, input, price, params)
  if (usd === 0) return ADD_GATES.ADD_NO_EQUITY
  let closed = 0
  const cap = (input.equityUsd ?? 0) * trade.max_total_margin_pct
  if (input.marginUsedUsd + usd / held.leverage > cap) closed |= ADD_GATES.ADD_MARGIN_CAP
  if (usd < trade.min_notional_usd && !trade.bump_to_min_notional) closed |= ADD_GATES.ADD_MIN_NOTIONAL
  if (input.leverageMax !== null && held.leverage > input.leverageMax) closed |= ADD_GATES.ADD_LEVERAGE
  return closed
}

/** The record of one decision of mei_alpha_v1: every reason that held, every gate with its number and limit, and the indicator row. */
// Not here: the decision (mei-alpha.ts); this file only reads what it left in the state.
import type { GateReading } from '#domain/session/types.ts'
import { allBits } from '#domain/strategies/mei-alpha/bits.ts'
import { ENTRY_GATES, reefLimits, reentryMinutes } from '#domain/strategies/mei-alpha/entry-gates.ts'
import type { MeiAlphaParams } from '#domain/strategies/mei-alpha/params.ts'
import { ADD_GATES } from '#domain/strategies/mei-alpha/pyramid.ts'
import { rankOf, SIGNAL_MODES } from '#domain/strategies/mei-alpha/signal.ts'
import {
  changeOf,
  distanceToFast,
  rangingSigns,
  SIGNAL_GATES,
} from '#domain/strategies/mei-alpha/signal-gates.ts'
import { EXIT_REASONS } from '#domain/strategies/mei-alpha/smart-exits.ts'
import type { MeiAlphaState } from '#domain/strategies/mei-alpha/state.ts'
import type { Explanation, Move, StrategyInput } from '#domain/strategies/strategy.ts'

type Numbers = Readonly<Record<string, readonly [value: number | null, limit: number | null]>>

export function explain(
  state: MeiAlphaState,
  input: StrategyInput,
  move: Move<MeiAlphaState>,
  params: MeiAlphaParams,
): Explanation {
  const others = allBits(EXIT_REASONS, state.exitReasons).filter((reason) => reason !== move.reason)
  const isCold = state.row.bars < state.coldBars
  return {
    reasons: [move.reason, ...others],
    gates: isCold
      ? [reading('WARMING_UP', false, [state.row.bars, state.coldBars])]
      : gatesOf(state, input, params),
    inputs: inputsOf(state, input),
  }
}

const reading = (gate: string, ok: boolean, [value, limit]: Numbers[string] = [null, null]): GateReading => ({
  gate,
  ok,
  value: value === null || Number.isFinite(value) ? value : null,
  limit,
})

function gatesOf(state: MeiAlphaState, input: StrategyInput, params: MeiAlphaParams): GateReading[] {
  const { signal, row, held } = state
  const isLong = signal.side > 0 || (signal.side === 0 && row.emaFast >= row.emaSlow)
  const closed = signal.closed | (isLong ? signal.closedLong : signal.closedShort)
  const numbers = signalNumbers(state, input, params, isLong)
  const signalGates = Object.entries(SIGNAL_GATES).map(([gate, bit]) =>
    reading(gate, (closed & bit) === 0, numbers[gate]),
  )
  if (signal.side === 0) return signalGates
  if (held.side === signal.side) {
    const adds = Object.entries(ADD_GATES).map(([gate, bit]) => reading(gate, (state.addClosed & bit) === 0))
    return [...signalGates, ...adds]
  }
  if (held.side !== 0 && params.flip === 'close') return signalGates
  const entry = entryNumbers(state, input, params)
  return [
    ...signalGates,
    ...Object.entries(ENTRY_GATES).map(([gate, bit]) =>
      reading(gate, (state.entryClosed & bit) === 0, entry[gate]),
    ),
  ]
}

function signalNumbers(
  { signal, row }: MeiAlphaState,
  input: StrategyInput,
  { filters, market_regime: regime, thresholds }: MeiAlphaParams,
  isLong: boolean,
): Numbers {
  const { entry, stoch_rsi: stoch } = thresholds
  return {
    RANGING: [
      rangingSigns(row, { thresholds } as MeiAlphaParams),
      Math.max(1, thresholds.ranging.min_signals),
    ],
    ANOMALY: [changeOf(row), thresholds.anomaly.price_change_pct_gt],
    EXTENSION: [distanceToFast(row), entry.max_dist_ema_fast],
    VOLUME: [row.volume, row.volSma],
    ADX_RISING: [row.adx - row.adxPrev, row.adx > filters.adx_rising_saturation ? null : 0],
    ADX_FLOOR: [row.adx, signal.adxFloor],
    ALIGNMENT: [row.emaFast, row.emaSlow],
    PRICE_SIDE: [row.close, row.emaFast],
    RSI: [row.rsi, isLong ? signal.rsiLong : signal.rsiShort],
    MACD: [row.hist, entry.macd_hist_entry_mode === 'accel' ? row.hist1 : 0],
    STOCH_RSI: [row.k < 0 ? null : row.k, isLong ? stoch.block_long_if_k_gt : stoch.block_short_if_k_lt],
    BTC: [input.btcBullish === null ? null : Number(input.btcBullish), isLong ? 1 : 0],
    REGIME: [input.breadthPct, isLong ? regime.breadth_block_long_below : regime.breadth_block_short_above],
  }
}

function entryNumbers(state: MeiAlphaState, input: StrategyInput, { trade }: MeiAlphaParams): Numbers {
  const { row, signal } = state
  const reef = reefLimits(row.adx, trade)
  const minutesSince = state.closedTs > 0 ? (input.nowTs - state.closedTs) / 60_000 : null
  const secondsSince = state.lastEntryTs > 0 ? (input.nowTs - state.lastEntryTs) / 1_000 : null
  return {
    CONFIDENCE: [signal.confidence, rankOf(trade.entry_min_confidence)],
    MAX_OPEN_POSITIONS: [input.openPositions, trade.max_open_positions],
    REENTRY_COOLDOWN: [minutesSince, reentryMinutes(row.adx, trade)],
    SSF: [row.hist, 0],
    REEF: [row.rsi, signal.side > 0 ? reef.long : reef.short],
    ENTRY_COOLDOWN: [secondsSince, trade.entry_cooldown_s],
    ENTRY_BUDGET: [input.entriesThisBar, trade.max_entry_orders_per_loop],
    NO_EQUITY: [input.equityUsd, 0],
    MARGIN_CAP: [input.marginUsedUsd, (input.equityUsd ?? 0) * trade.max_total_margin_pct],
    MIN_NOTIONAL: [null, trade.min_notional_usd],
  }
}

function inputsOf(state: MeiAlphaState, input: StrategyInput): Explanation['inputs'] {
  const { row, signal, held } = state
  return {
    open_ts: input.candle.openTs,
    close: row.close,
    bars: row.bars,
    signal: signal.side,
    mode: SIGNAL_MODES[signal.mode] ?? 'NEUTRAL',
    confidence: signal.confidence,
    reversed: signal.reversed,
    ema_fast: row.emaFast,
    ema_slow: row.emaSlow,
    ema_macro: row.emaMacro,
    adx: row.adx,
    adx_slope: row.adx - row.adxPrev,
    atr: row.atr,
    atr_slope: row.atrRaw - row.atrRawPrev,
    rsi: row.rsi,
    hist: row.hist,
    hist_prev: row.hist1,
    bb_ratio: row.bbRatio,
    stoch_k: row.k < 0 ? null : row.k,
    stoch_d: row.d < 0 ? null : row.d,
    slow_slope: row.slowSlope,
    tp_mult: signal.tpMult,
    entry_adx_threshold: signal.threshold,
    bid: input.bid,
    ask: input.ask,
    equity_usd: input.equityUsd,
    funding_rate: input.fundingRate,
    btc_bullish: input.btcBullish,
    breadth_pct: input.breadthPct,
    position_sz: input.position,
    entry_px: input.entryPx,
    entry_atr: held.side === 0 ? null : held.entryAtr,
    stop_px: held.stopPx || null,
    trailing_px: held.trailing || null,
    adds: held.adds,
    tp1: held.tp1,
  }
}

/** Worlds of mei_alpha_v1 for tests: parameters, a warm row with chosen numbers, positions, and the state after the reference series. */
// Not here: the numbers expected (domain/strategies/mei-alpha/*.test.ts).
import type { ClosedCandle } from '#domain/session/types.ts'
import { meiAlpha } from '#domain/strategies/mei-alpha/mei-alpha.ts'
import { MeiAlphaParams } from '#domain/strategies/mei-alpha/params.ts'
import { openRow, type Row } from '#domain/strategies/mei-alpha/row.ts'
import { type Held, type MeiAlphaState, notHeld } from '#domain/strategies/mei-alpha/state.ts'
import { NOTHING_SHARED } from '#domain/strategies/step.ts'
import type { StrategyInput } from '#domain/strategies/strategy.ts'
import { referenceSeries } from './reference-series.ts'

type Change = Record<string, unknown>

/** Code defaults with differences. */
export const meiParams = (change: Change = {}): MeiAlphaParams =>
  MeiAlphaParams.parse({ strategy: 'mei_alpha_v1', ...change })

/** What the original's configuration file shipped. */
export const SHIPPED: Change = {
  trade: {
    allocation_pct: 0.2,
    leverage_medium: 3,
    leverage_low: 1,
    enable_dynamic_sizing: false,
    bump_to_min_notional: true,
    entry_min_confidence: 'low',
    tp_atr_mult: 6,
    smart_exit_adx_exhaustion_lt: 0,
  },
  indicators: { ema_fast_window: 8, ema_slow_window: 15, adx_window: 10, bb_window: 15 },
  filters: { enable_ranging_filter: false, enable_anomaly_filter: false },
  thresholds: { entry: { min_adx: 15, max_dist_ema_fast: 0.03 } },
}

/** The state after the first bars of the reference series; the last bar may be changed. */
export function stateAfter(
  bars: number,
  params: MeiAlphaParams,
  last: Partial<ClosedCandle> = {},
): MeiAlphaState {
  let state = meiAlpha.init(params)
  const series = referenceSeries(bars)
  for (const [at, candle] of series.entries()) {
    const given = at === bars - 1 ? { ...candle, ...last } : candle
    state = meiAlpha.observe(state, given, params)
  }
  return state
}

/** Slopes are given instead of the values before. */
export interface RowFacts extends Partial<Row> {
  adxSlope?: number
  atrSlope?: number
}

/** The row of the worked exits: a quiet long trend at 20. */
export function rowOf(facts: RowFacts = {}): Row {
  const { adxSlope = 0.1, atrSlope = -0.01, ...given } = facts
  const row: Row = {
    ...openRow(),
    bars: 1_000,
    close: 20,
    closePrev: 20,
    emaFast: 20.5,
    emaSlow: 20,
    emaMacro: 19,
    adx: 30,
    atr: 0.4,
    rsi: 55,
    hist: 0.1,
    hist1: 0.05,
    hist2: 0.02,
    hist3: 0.01,
    bbWidth: 0.02,
    bbWidthAvg: 0.02,
    ...given,
  }
  row.bbRatio = row.bbWidth / row.bbWidthAvg
  row.adxPrev = row.adx - adxSlope
  row.atrRaw = row.atr
  row.atrRawPrev = row.atr - atrSlope
  return row
}

/** A long of 50 coins at 20 with an ATR of 0.4. */
export const heldOf = (held: Partial<Held> = {}): Held => ({
  ...notHeld(),
  side: 1,
  size: 50,
  entryAtr: 0.4,
  confidence: 1,
  threshold: 22,
  leverage: 3,
  openTs: 1_000,
  ...held,
})

export const candleOf = (candle: Partial<ClosedCandle> = {}): ClosedCandle => ({
  coin: 'LINK',
  interval: '1h',
  openTs: 0,
  open: 20,
  high: 20,
  low: 20,
  close: 20,
  volume: 1,
  ...candle,
})

/** A flat account of 10 000 USD that sees 20 on both sides. */
export const inputOf = (input: Partial<StrategyInput> = {}): StrategyInput => ({
  ...NOTHING_SHARED,
  candle: candleOf(),
  nowTs: 3_600_000,
  position: 0,
  entryPx: 0,
  bid: 20,
  ask: 20,
  markPx: 20,
  oraclePx: null,
  fundingRate: null,
  sizeDecimals: 1,
  leverageMax: null,
  pending: false,
  stale: false,
  equityUsd: 10_000,
  ...input,
})

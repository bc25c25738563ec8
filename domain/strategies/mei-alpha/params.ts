/** Parameters of mei_alpha_v1 as a whole: what a session input, a strategy file and a sweep axis may set. */
// Not here: overlays of files (config/strategies.ts), the strategy (mei-alpha.ts).
import { z } from 'zod'
import { CADENCE, SessionInterval } from '#domain/strategies/ema-cross-params.ts'
import {
  FilterParams,
  IndicatorParams,
  RegimeParams,
  ThresholdParams,
} from '#domain/strategies/mei-alpha/params-signal.ts'
import { TradeParams } from '#domain/strategies/mei-alpha/params-trade.ts'

export const MeiAlphaParams = z.strictObject({
  strategy: z.literal('mei_alpha_v1'),
  interval: SessionInterval.default('1h').describe('candle length'),
  ...CADENCE,
  flip: z
    .enum(['close', 'reverse'])
    .default('close')
    .describe('on an opposite signal: close, or close and enter the other side if its gates pass'),
  target_at_exchange: z
    .boolean()
    .default(false)
    .describe('lay the target as a take-profit order for the whole position; needs enable_partial_tp off'),
  trade: TradeParams.prefault({}),
  indicators: IndicatorParams.prefault({}),
  filters: FilterParams.prefault({}),
  market_regime: RegimeParams.prefault({}),
  thresholds: ThresholdParams.prefault({}),
})
export type MeiAlphaParams = z.infer<typeof MeiAlphaParams>

/** Bars before the slowest window is full: below it nothing is traded. */
export function coldBars({ indicators, thresholds }: MeiAlphaParams): number {
  const { ema_fast_window, ema_slow_window, ema_macro_window, adx_window, atr_window } = indicators
  return Math.max(
    ema_fast_window,
    ema_slow_window,
    ema_macro_window,
    2 * adx_window + 1,
    atr_window + 1,
    indicators.rsi_window,
    indicators.bb_window + indicators.bb_width_avg_window - 1,
    indicators.vol_sma_window + 1,
    indicators.vol_trend_window + 1,
    2 * indicators.stoch_rsi_window + indicators.stoch_rsi_smooth1 + indicators.stoch_rsi_smooth2,
    thresholds.entry.ave_avg_atr_window,
    thresholds.entry.slow_drift_slope_window + ema_slow_window,
    37, // four MACD histograms
  )
}

/** Recursive averages remember their first bar; five windows later it no longer matters. */
export const WARM_UP_WINDOWS = 5
/** What one request of candles gives at most, with room for what closes meanwhile. */
const WARM_UP_MAX = 4_800

export const warmUpBars = (params: MeiAlphaParams): number =>
  Math.min(
    Math.max(
      coldBars(params),
      WARM_UP_WINDOWS *
        Math.max(
          params.indicators.ema_fast_window,
          params.indicators.ema_slow_window,
          params.indicators.ema_macro_window,
          params.indicators.adx_window,
          params.indicators.rsi_window,
          params.indicators.stoch_rsi_window,
        ),
    ),
    WARM_UP_MAX,
  )

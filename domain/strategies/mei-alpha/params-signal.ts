/** Sections of mei_alpha_v1 that make the signal: indicators, filters, market regime, thresholds. Every key with unit, range and default. */
// Not here: what a signal leads to (params-trade.ts), the whole (params.ts).
import { z } from 'zod'
import { CONFIDENCES } from '#domain/strategies/mei-alpha/params-trade.ts'

const window = z.int().min(2).max(500)
const fraction = z.number().min(0).max(1)
const points = z.number().min(0).max(100)
const percent = z.number().min(0).max(100)

export const IndicatorParams = z.strictObject({
  ema_fast_window: window.default(20).describe('fast EMA, bars'),
  ema_slow_window: window.default(50).describe('slow EMA, bars'),
  ema_macro_window: window.default(200).describe('EMA of the large trend, bars'),
  adx_window: window.default(14).describe('ADX, bars'),
  atr_window: window.default(14).describe('ATR, bars'),
  rsi_window: window.default(14).describe('RSI, bars'),
  bb_window: window.default(20).describe('Bollinger bands, bars'),
  bb_width_avg_window: window.default(30).describe('average width of the bands, bars'),
  vol_sma_window: window.default(20).describe('average volume, bars'),
  vol_trend_window: window.default(5).describe('average volume of the recent bars, bars'),
  stoch_rsi_window: window.default(14).describe('stochastic RSI, bars'),
  stoch_rsi_smooth1: z.int().min(1).max(100).default(3).describe('line K, bars'),
  stoch_rsi_smooth2: z.int().min(1).max(100).default(3).describe('line D, bars'),
})
export type IndicatorParams = z.infer<typeof IndicatorParams>

export const FilterParams = z.strictObject({
  enable_ranging_filter: z.boolean().default(true).describe('no entry in a market without direction'),
  enable_anomaly_filter: z.boolean().default(true).describe('no entry on a jump'),
  enable_extension_filter: z.boolean().default(true).describe('no entry far from the fast EMA'),
  require_adx_rising: z.boolean().default(true).describe('entries need a rising ADX'),
  adx_rising_saturation: points.default(40).describe('above this ADX it need not rise, points'),
  require_volume_confirmation: z.boolean().default(false).describe('entries need volume above its average'),
  vol_confirm_include_prev: z.boolean().default(true).describe('the bar before counts for the volume too'),
  use_stoch_rsi_filter: z
    .boolean()
    .default(true)
    .describe('no long at the top, no short at the bottom of the stochastic RSI'),
  require_btc_alignment: z.boolean().default(true).describe('entries need BTC on their side'),
  require_macro_alignment: z.boolean().default(false).describe('entries need the large trend on their side'),
  block_exits_on_anomaly: z
    .boolean()
    .default(false)
    .describe('no exit on a jump; stops at the exchange stay'),
})
export type FilterParams = z.infer<typeof FilterParams>

export const RegimeParams = z.strictObject({
  enable_regime_filter: z.boolean().default(false).describe('no entry against the breadth of the market'),
  breadth_block_short_above: percent.default(90).describe('no short above this breadth, percent of coins'),
  breadth_block_long_below: percent.default(10).describe('no long below this breadth, percent of coins'),
  enable_auto_reverse: z
    .boolean()
    .default(false)
    .describe('enter against the signal while the breadth lies between the two limits'),
  auto_reverse_breadth_low: percent.default(10).describe('lower limit of the reversal, percent of coins'),
  auto_reverse_breadth_high: percent.default(90).describe('upper limit of the reversal, percent of coins'),
})
export type RegimeParams = z.infer<typeof RegimeParams>

const EntryThresholds = z.strictObject({
  min_adx: points.default(22).describe('least ADX of an entry, points'),
  btc_adx_override: points.default(40).describe('above this ADX BTC is not asked, points'),
  high_conf_volume_mult: z
    .number()
    .min(0)
    .max(1_000)
    .default(2.5)
    .describe('volume for high confidence, × its average'),
  max_dist_ema_fast: fraction.default(0.04).describe('largest distance to the fast EMA, fraction'),
  ave_enabled: z.boolean().default(true).describe('ask more ADX after a volatility spike'),
  ave_atr_ratio_gt: z.number().min(0).max(100).default(1.5).describe('spike: ATR to its average'),
  ave_adx_mult: z.number().min(0).max(10).default(1.25).describe('factor on the ADX floor in a spike'),
  ave_avg_atr_window: z.int().min(5).max(500).default(50).describe('average ATR, bars'),
  macd_hist_entry_mode: z
    .enum(['accel', 'sign', 'none'])
    .default('accel')
    .describe('histogram must grow, have the sign, or nothing'),
  enable_pullback_entries: z
    .boolean()
    .default(false)
    .describe('enter when the close comes back over the fast EMA'),
  pullback_confidence: z.enum(CONFIDENCES).default('low').describe('confidence of a pullback entry'),
  pullback_min_adx: points.default(22).describe('least ADX of a pullback entry, points'),
  pullback_rsi_long_min: points.default(50).describe('least RSI of a pullback long, points'),
  pullback_rsi_short_max: points.default(50).describe('largest RSI of a pullback short, points'),
  pullback_require_macd_sign: z.boolean().default(true).describe('pullback needs the histogram on its side'),
  enable_slow_drift_entries: z.boolean().default(false).describe('enter with a slow average that drifts'),
  slow_drift_slope_window: z.int().min(3).max(500).default(20).describe('slope of the slow EMA, bars'),
  slow_drift_min_slope_pct: fraction
    .default(0.0006)
    .describe('least slope of a drift, fraction of the price'),
  slow_drift_min_adx: points.default(10).describe('least ADX of a drift entry, points'),
  slow_drift_rsi_long_min: points.default(50).describe('least RSI of a drift long, points'),
  slow_drift_rsi_short_max: points.default(50).describe('largest RSI of a drift short, points'),
  slow_drift_require_macd_sign: z.boolean().default(true).describe('drift needs the histogram on its side'),
})

const RangingThresholds = z.strictObject({
  min_signals: z.int().min(0).max(3).default(2).describe('signs of a range that make one; 0 is 1'),
  adx_below: points.default(21).describe('sign of a range: ADX below, points'),
  bb_width_ratio_below: z
    .number()
    .min(0)
    .max(100)
    .default(0.8)
    .describe('sign of a range: width to its average below'),
  rsi_low: points.default(47).describe('sign of a range: RSI above, points'),
  rsi_high: points.default(53).describe('and below, points'),
})

const AnomalyThresholds = z.strictObject({
  price_change_pct_gt: z.number().min(0).max(10).default(0.1).describe('jump: change of one bar, fraction'),
  ema_fast_dev_pct_gt: z
    .number()
    .min(0)
    .max(10)
    .default(0.5)
    .describe('jump: distance to the fast EMA, fraction'),
})

const MomentumThresholds = z.strictObject({
  adx_strong_gt: points.default(40).describe('strong trend, points'),
  adx_weak_lt: points.default(30).describe('weak trend, points'),
  tp_mult_strong: z.number().min(0).max(100).default(7).describe('target in a strong trend, ATR'),
  tp_mult_weak: z.number().min(0).max(100).default(3).describe('target in a weak trend, ATR'),
  rsi_long_strong: points.default(52).describe('RSI limit of a long in a strong trend, points'),
  rsi_long_weak: points.default(56).describe('RSI limit of a long in a weak trend, points'),
  rsi_short_strong: points.default(48).describe('RSI limit of a short in a strong trend, points'),
  rsi_short_weak: points.default(44).describe('RSI limit of a short in a weak trend, points'),
})

const StochThresholds = z.strictObject({
  block_long_if_k_gt: fraction.default(0.85).describe('no long at or above this line K, 0–1'),
  block_short_if_k_lt: fraction.default(0.15).describe('no short at or below this line K, 0–1'),
})

export const ThresholdParams = z.strictObject({
  entry: EntryThresholds.prefault({}),
  ranging: RangingThresholds.prefault({}),
  anomaly: AnomalyThresholds.prefault({}),
  tp_and_momentum: MomentumThresholds.prefault({}),
  stoch_rsi: StochThresholds.prefault({}),
})
export type ThresholdParams = z.infer<typeof ThresholdParams>

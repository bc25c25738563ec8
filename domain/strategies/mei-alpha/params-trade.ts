/** Section `trade` of mei_alpha_v1: size, leverage, adds, stops, targets and exits. Every key with unit, range and default. */
// Not here: indicators, filters and thresholds of the signal (params-signal.ts), the whole (params.ts).
import { z } from 'zod'

export const CONFIDENCES = ['low', 'medium', 'high'] as const
const confidence = z.enum(CONFIDENCES)

const fraction = z.number().min(0).max(1)
const multiple = z.number().min(0).max(100)
const points = z.number().min(0).max(100)
const minutes = z.number().min(0).max(100_000)

const sizing = {
  allocation_pct: fraction.default(0.03).describe('margin of one entry, fraction of equity'),
  leverage: z.number().min(1).max(50).default(3).describe('leverage without enable_dynamic_leverage, ×'),
  enable_dynamic_leverage: z.boolean().default(true).describe('leverage by confidence'),
  leverage_low: z.number().min(1).max(50).default(1).describe('leverage at low confidence, ×'),
  leverage_medium: z.number().min(1).max(50).default(3).describe('leverage at medium confidence, ×'),
  leverage_high: z.number().min(1).max(50).default(5).describe('leverage at high confidence, ×'),
  leverage_max_cap: z.number().min(0).max(50).default(0).describe('most leverage in any case, ×; 0 for none'),
  enable_dynamic_sizing: z.boolean().default(true).describe('margin by confidence and ADX'),
  confidence_mult_high: multiple.default(1).describe('margin factor at high confidence'),
  confidence_mult_medium: multiple.default(0.7).describe('margin factor at medium confidence'),
  confidence_mult_low: multiple.default(0.5).describe('margin factor at low confidence'),
  adx_sizing_min_mult: fraction.default(0.6).describe('margin factor at the least ADX'),
  adx_sizing_full_adx: points.default(40).describe('ADX at which the margin factor reaches 1, points'),
  vol_baseline_pct: fraction.default(0.01).describe('ATR of a calm market, fraction of the price'),
  vol_scalar_min: multiple.default(0.5).describe('least margin factor by volatility'),
  vol_scalar_max: multiple.default(1).describe('largest margin factor by volatility'),
  min_notional_usd: z.number().min(10).max(1_000_000).default(10).describe('smallest order, USD'),
  bump_to_min_notional: z.boolean().default(false).describe('raise smaller orders to min_notional_usd'),
  max_notional_usd_per_order: z
    .number()
    .min(0)
    .nullable()
    .default(null)
    .describe('largest order, USD; null for none'),
  min_margin_usd: z.number().min(0).default(0).describe('least margin of an entry, USD; 0 for none'),
  max_total_margin_pct: z
    .number()
    .min(0)
    .max(10)
    .default(0.6)
    .describe('margin of all positions, fraction of equity'),
  max_open_positions: z.int().min(0).max(200).default(20).describe('most coins held at once; 0 for no limit'),
  slippage_bps: z
    .number()
    .min(0.1)
    .max(500)
    .default(10)
    .describe('bound of an aggressive order to the touch, basis points'),
}

const entries = {
  entry_min_confidence: confidence.default('high').describe('least confidence of an entry'),
  enable_reef_filter: z
    .boolean()
    .default(true)
    .describe('no long into an overbought, no short into an oversold market'),
  reef_long_rsi_block_gt: points.default(70).describe('no long above this RSI, points'),
  reef_short_rsi_block_lt: points.default(30).describe('no short below this RSI, points'),
  reef_adx_threshold: points.default(45).describe('from this ADX on the extreme limits apply, points'),
  reef_long_rsi_extreme_gt: points.default(75).describe('no long above this RSI in a strong trend, points'),
  reef_short_rsi_extreme_lt: points.default(25).describe('no short below this RSI in a strong trend, points'),
  enable_ssf_filter: z.boolean().default(true).describe('no entry against the sign of the MACD histogram'),
  reentry_cooldown_minutes: minutes.default(60).describe('0 switches the re-entry cool-down off, minutes'),
  reentry_cooldown_min_mins: minutes.default(45).describe('re-entry cool-down at ADX 40 and above, minutes'),
  reentry_cooldown_max_mins: minutes.default(180).describe('re-entry cool-down at ADX 25 and below, minutes'),
  entry_cooldown_s: z
    .number()
    .min(0)
    .max(86_400)
    .default(20)
    .describe('between two entries or adds of a coin, seconds'),
  exit_cooldown_s: z
    .number()
    .min(0)
    .max(86_400)
    .default(15)
    .describe('no indicator exit so soon after a full close, seconds; stops ignore it'),
  max_entry_orders_per_loop: z
    .int()
    .min(0)
    .max(200)
    .default(6)
    .describe('most entries and adds per bar, all coins; 0 for no limit'),
  min_atr_pct: fraction.default(0.003).describe('least ATR, fraction of the price; 0 is 0'),
  reverse_entry_signal: z
    .boolean()
    .default(false)
    .describe('enter against the signal; every filter is asked for the final side'),
}

const adds = {
  enable_pyramiding: z.boolean().default(true).describe('add to a position in profit'),
  max_adds_per_symbol: z.int().min(0).max(100).default(2).describe('most adds to one position'),
  add_fraction_of_base_margin: z
    .number()
    .min(0)
    .max(2)
    .default(0.5)
    .describe('margin of an add, fraction of an entry’s'),
  add_cooldown_minutes: minutes.default(60).describe('between two adds, minutes'),
  add_min_profit_atr: multiple.default(0.5).describe('least profit for an add, ATR'),
  add_min_confidence: confidence.default('medium').describe('least confidence for an add'),
}

const stops = {
  sl_atr_mult: multiple.default(2).describe('distance of the stop, ATR at entry'),
  tp_atr_mult: multiple.default(4).describe('distance of the target, ATR at entry'),
  enable_partial_tp: z
    .boolean()
    .default(true)
    .describe('take part of the profit at the target, trail the rest'),
  tp_partial_pct: fraction.default(0.5).describe('part that is taken, fraction of the position'),
  tp_partial_min_notional_usd: z.number().min(0).default(10).describe('smallest part, USD'),
  trailing_start_atr: multiple.default(1).describe('profit at which the stop begins to trail, ATR'),
  trailing_distance_atr: multiple.default(0.8).describe('distance of the trailing stop, ATR'),
  enable_vol_buffered_trailing: z.boolean().default(true).describe('trail wider while the bands widen'),
  trailing_start_atr_low_conf: multiple
    .default(0)
    .describe('the same for low confidence; 0 uses trailing_start_atr'),
  trailing_distance_atr_low_conf: multiple
    .default(0)
    .describe('the same for low confidence; 0 uses trailing_distance_atr'),
  enable_breakeven_stop: z
    .boolean()
    .default(true)
    .describe('once in profit the stop never lies beyond the entry again'),
  breakeven_start_atr: multiple
    .default(0.7)
    .describe('profit that latches the break-even stop, ATR; 0 switches it off'),
  breakeven_buffer_atr: multiple.default(0.05).describe('break-even stop beyond the entry, ATR'),
  block_exits_on_extreme_dev: z
    .boolean()
    .default(false)
    .describe('no exit on a price that looks like a glitch'),
  glitch_price_dev_pct: z
    .number()
    .min(0)
    .max(10)
    .default(0.4)
    .describe('glitch: distance to the entry, fraction of the entry'),
  glitch_atr_mult: z.number().min(0).max(1_000).default(12).describe('glitch: distance to the entry, ATR'),
}

const smart = {
  enable_rsi_overextension_exit: z.boolean().default(true).describe('exit when the RSI is overextended'),
  rsi_exit_profit_atr_switch: multiple
    .default(1.5)
    .describe('profit from which the hi_profit limits apply, ATR'),
  rsi_exit_ub_lo_profit: points.default(80).describe('long exit above this RSI at little profit, points'),
  rsi_exit_ub_hi_profit: points.default(70).describe('long exit above this RSI at much profit, points'),
  rsi_exit_lb_lo_profit: points.default(20).describe('short exit below this RSI at little profit, points'),
  rsi_exit_lb_hi_profit: points.default(30).describe('short exit below this RSI at much profit, points'),
  rsi_exit_ub_lo_profit_low_conf: points
    .default(0)
    .describe('the same for low confidence; 0 uses the main value'),
  rsi_exit_ub_hi_profit_low_conf: points
    .default(0)
    .describe('the same for low confidence; 0 uses the main value'),
  rsi_exit_lb_lo_profit_low_conf: points
    .default(0)
    .describe('the same for low confidence; 0 uses the main value'),
  rsi_exit_lb_hi_profit_low_conf: points
    .default(0)
    .describe('the same for low confidence; 0 uses the main value'),
  smart_exit_adx_exhaustion_lt: points
    .default(18)
    .describe('exit below this ADX where the position has no threshold of its own, points'),
  smart_exit_adx_exhaustion_lt_low_conf: points
    .default(0)
    .describe('the same for low confidence; 0 for none'),
  tsme_min_profit_atr: multiple.default(1).describe('least profit for the saturation exit, ATR'),
  tsme_require_adx_slope_negative: z
    .boolean()
    .default(true)
    .describe('saturation exit only while the ADX falls'),
}

export const TradeParams = z.strictObject({ ...sizing, ...entries, ...adds, ...stops, ...smart })
export type TradeParams = z.infer<typeof TradeParams>

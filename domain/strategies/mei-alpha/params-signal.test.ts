/** Defaults and ranges of the section(s) in params-signal.ts, at the values the engine was specified with. */
import { expect, test } from 'vitest'
import { FilterParams, IndicatorParams, RegimeParams, ThresholdParams } from './params-signal.ts'

test('defaults are those of the engine', () => {
  expect(IndicatorParams.parse({})).toMatchObject({
    ema_fast_window: 20,
    ema_slow_window: 50,
    ema_macro_window: 200,
    adx_window: 14,
  })
  expect(FilterParams.parse({})).toMatchObject({
    require_adx_rising: true,
    adx_rising_saturation: 40,
    require_macro_alignment: false,
  })
  expect(RegimeParams.parse({})).toMatchObject({ enable_regime_filter: false, enable_auto_reverse: false })
  expect(ThresholdParams.parse({})).toMatchObject({
    entry: { min_adx: 22, btc_adx_override: 40, macd_hist_entry_mode: 'accel' },
    ranging: { min_signals: 2, adx_below: 21 },
    stoch_rsi: { block_long_if_k_gt: 0.85, block_short_if_k_lt: 0.15 },
  })
})

test.each([
  { schema: IndicatorParams, value: { adx_window: 2 }, ok: true },
  { schema: IndicatorParams, value: { adx_window: 1 }, ok: false },
  { schema: IndicatorParams, value: { adx_window: 14.5 }, ok: false },
  { schema: RegimeParams, value: { breadth_block_short_above: 100.1 }, ok: false },
  { schema: ThresholdParams, value: { entry: { ave_avg_atr_window: 4 } }, ok: false },
  { schema: ThresholdParams, value: { entry: { ave_avg_atr_window: 5 } }, ok: true },
])('case %#: $value is accepted: $ok', ({ schema, value, ok }) => {
  expect(schema.safeParse(value).success).toBe(ok)
})

/** Defaults and ranges of the section(s) in params-trade.ts, at the values the engine was specified with. */
import { expect, test } from 'vitest'
import { TradeParams } from './params-trade.ts'

test('defaults are those of the engine', () => {
  expect(TradeParams.parse({})).toMatchObject({
    ...{ allocation_pct: 0.03, leverage: 3, leverage_low: 1, leverage_medium: 3, leverage_high: 5 },
    ...{
      entry_min_confidence: 'high',
      sl_atr_mult: 2,
      tp_atr_mult: 4,
      trailing_start_atr: 1,
      trailing_distance_atr: 0.8,
    },
    ...{ breakeven_start_atr: 0.7, min_atr_pct: 0.003, max_open_positions: 20, max_total_margin_pct: 0.6 },
    ...{ reverse_entry_signal: false, rsi_exit_ub_lo_profit_low_conf: 0 },
  })
})

test.each([
  { trade: { allocation_pct: 1 }, ok: true },
  { trade: { allocation_pct: 1.01 }, ok: false },
  { trade: { min_notional_usd: 10 }, ok: true },
  { trade: { min_notional_usd: 9.99 }, ok: false }, // the venue's smallest order
  { trade: { leverage: 0.99 }, ok: false },
  { trade: { min_atr_pct: 0 }, ok: true },
  { trade: { add_min_confidence: 'sure' }, ok: false },
])('$trade is accepted: $ok', ({ trade, ok }) => {
  expect(TradeParams.safeParse(trade).success).toBe(ok)
})

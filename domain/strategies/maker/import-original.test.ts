/** Configurations of the original become sessions that start: names, units, exclusions, and a note on each thing left out. */
import { expect, test } from 'vitest'
import { parseSessionInput } from '#domain/session/input.ts'
import { importOriginal } from './import-original.ts'

const SHIPPED = {
  bot_id: 'Fast_Trading-1',
  name: 'fast',
  mode: 'testnet',
  wallet_address: '0xabc',
  coins: ['BTC', 'HYPE'],
  loop_ms: 300,
  size_notional_usd: 25,
  max_per_coin_notional: 400,
  max_gross_notional: 800,
  margin_cap_fraction: 0.2,
  fc_hint_usd: 1000,
  improve_one_tick: false,
  improve_stale_ticks: 2,
  dynamic_min_spread_enabled: false,
  dynamic_min_spread_percentile: 0.6,
  min_spread_bps: 3,
  min_spread_guard_exclude: ['HYPE', 'PENGU'],
  single_sided_mode: 'off',
  single_sided_flip_cooldown_loops: 120,
  bias_side: 'auto',
  emergency_stop_loss_pct: -0.15,
  portfolio_pause_threshold_pct: -0.05,
  ioc_throttle_s: 0.25,
  order_batch_size: 1,
  taker_fee_bps: 5,
  bailout_pause_seconds: 20,
  per_coin: {
    BTC: { size_notional_usd: 100, take_profit_min_usd: 200, config_version: '1.0.1' },
    HYPE: { min_spread_bps: 3.5, flatten_max_spread_bps: 3000, loop_ms: 100 },
    DOGE: { size_notional_usd: 5 },
  },
}

test('the shipped configuration becomes a session that the product accepts', () => {
  const { session, notes } = importOriginal(SHIPPED, 'paper-maker')
  const input = parseSessionInput(session)
  expect(input).toMatchObject({ session_key: 'fast-trading-1', mode: 'paper', coins: ['BTC', 'HYPE'] })
  expect(input.params).toMatchObject({
    ...{ strategy: 'spread', loop_ms: 300, ioc_throttle_ms: 250, portfolio_pause_threshold_pct: 5 },
    ...{ bailout_pause_s: 20, margin_cap_fraction: 0.2 },
    per_coin: {
      BTC: { size_notional_usd: 100, take_profit_min_usd: 200 },
      HYPE: { min_spread_bps: 3.5, min_spread_guard_enabled: false },
    },
  })
  expect(input.limits).toMatchObject({ order_usd_max: 125, position_usd_max: 500 })
  const said = notes.join('\n')
  for (const word of [
    'order_batch_size',
    'taker_fee_bps',
    'DOGE',
    'single_sided_flip_cooldown_loops',
    'HYPE.loop_ms',
  ]) {
    expect(said).toContain(word)
  }
  expect(said).toContain('became paper')
})

test('what has no effect is left out rather than refused later', () => {
  const { session, notes } = importOriginal({ bot_id: 'x', coins: ['ETH'], autotune_window_minutes: 60 }, 'a')
  expect(JSON.stringify(session)).not.toContain('autotune')
  expect(notes.join(' ')).toContain('autotune_enabled is false')
})

test.each([{}, { bot_id: 'x' }, { bot_id: 'x', coins: [] }, null])('%o is no configuration', (raw) => {
  expect(() => importOriginal(raw, 'a')).toThrow()
})

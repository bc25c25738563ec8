/** Parameters of makers: overrides per coin, and every value that would do nothing or contradicts another is refused. */
import { describe, expect, test } from 'vitest'
import { coinParams, knobFaults, MicropriceParams, SpreadParams } from './params.ts'

const SESSION = { coins: ['ETH', 'BTC'], limits: { order_usd_max: 1_000, position_usd_max: 5_000 } }
const faults = (change: Record<string, unknown>, strategy = 'spread'): string[] => {
  const schema = strategy === 'spread' ? SpreadParams : MicropriceParams
  return knobFaults(schema.parse({ strategy, ...change }), SESSION).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  )
}

test('the defaults are free of faults', () => {
  expect(faults({})).toEqual([])
  expect(faults({}, 'microprice')).toEqual([])
})

test('an override holds for its coin alone', () => {
  const params = SpreadParams.parse({ strategy: 'spread', per_coin: { BTC: { size_notional_usd: 25 } } })
  expect(coinParams(params, 'BTC').size_notional_usd).toBe(25)
  expect(coinParams(params, 'ETH').size_notional_usd).toBe(100)
})

describe('without effect', () => {
  test.each([
    [
      { single_sided_flip_cooldown_loops: 9 },
      'single_sided_flip_cooldown_loops',
      'single_sided_mode is "off"',
    ],
    [
      { min_spread_guard_enabled: false, min_spread_guard_buffer_bps: 3 },
      'min_spread_guard_buffer_bps',
      'false',
    ],
    [{ autotune_window_minutes: 9 }, 'autotune_window_minutes', 'autotune_enabled is false'],
    [{ margin_cap_mode: 'off', fc_hint_usd: 5 }, 'fc_hint_usd', 'margin_cap_mode is "off"'],
    [{ level_step_ticks: 3 }, 'level_step_ticks', 'levels is 1'],
    [{ risk_aversion: 2 }, 'risk_aversion', 'strategy is "spread"'],
    [{ improve_one_tick: false, improve_stale_loops: 3 }, 'improve_stale_loops', 'improve_one_tick'],
  ])('%o is refused', (change, name, why) => {
    const [found] = faults(change)
    expect(found).toContain(`params.${name}: has no effect while`)
    expect(found).toContain(why)
  })

  test('knobs of spread are refused with microprice', () => {
    expect(faults({ inventory_skew_ticks: 2 }, 'microprice')[0]).toContain('inventory_skew_ticks')
  })

  test('a session value works as long as one coin lets it work', () => {
    expect(faults({ level_step_ticks: 3, per_coin: { BTC: { levels: 2 } } })).toEqual([])
  })

  test('an override of a coin that is not traded, or that idles, is refused with its path', () => {
    expect(faults({ per_coin: { DOGE: { levels: 2 } } })).toEqual([
      'params.per_coin.DOGE: has no effect: DOGE is not in coins',
    ])
    expect(faults({ per_coin: { BTC: { bias_side: 'long' } } })[0]).toContain('params.per_coin.BTC.bias_side')
  })
})

test.each([
  [{ size_notional_usd: 1_001 }, 'size_notional_usd'],
  [{ max_per_coin_notional: 5_001 }, 'max_per_coin_notional'],
  [{ portfolio_pause_threshold_pct: 15 }, 'portfolio_pause_threshold_pct'],
  [{ bailout_partial_mae_bps: 61 }, 'bailout_partial_mae_bps'],
  [{ per_coin: { ETH: { size_notional_usd: 1_001 } } }, 'size_notional_usd'],
])('%o contradicts another value', (change, name) => {
  expect(faults(change).join(' ')).toContain(`params.${name}`)
})

test('unknown knobs and values out of range are refused by the schema', () => {
  expect(SpreadParams.safeParse({ strategy: 'spread', peg_frac_of_spread: 1 }).success).toBe(false)
  expect(SpreadParams.safeParse({ strategy: 'spread', loop_ms: 49 }).success).toBe(false)
  expect(SpreadParams.safeParse({ strategy: 'spread', loop_ms: 50 }).success).toBe(true)
  expect(SpreadParams.safeParse({ strategy: 'spread', per_coin: { ETH: { loop_ms: 300 } } }).success).toBe(
    false,
  )
})

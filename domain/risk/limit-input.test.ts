/** Limits as people write them: two are mandatory, unknown and impossible ones are refused. */
import { expect, test } from 'vitest'
import { LIMIT_DEFAULTS, SessionLimits } from './limit-input.ts'

const least = { order_usd_max: 100, position_usd_max: 500 }

test('the caps of order and position are mandatory; what is left out is off or has its default', () => {
  expect(SessionLimits.parse(least)).toEqual({ ...least, open_orders_max: 20, loss_usd_max: 1_000 })
  expect(SessionLimits.safeParse({ order_usd_max: 100 }).success).toBe(false)
  expect(SessionLimits.safeParse({ position_usd_max: 100 }).success).toBe(false)
})

test.each([
  ['daily_loss_usd_max', 0],
  ['drawdown_pct_max', 100.1],
  ['stale_ms_max', 499],
  ['oracle_band_bps', 9_501],
  ['orders_per_min_max', 0],
  ['coin_orders_per_min_max', 0],
  ['window_usd_max', 0],
  ['window_s', 9.9],
  ['order_gap_ms_min', 0],
  ['coins_held_max', 0],
  ['gross_usd', 5],
])('%s of %s is refused', (key, value) => {
  expect(SessionLimits.safeParse({ ...least, [key]: value }).success).toBe(false)
})

test('every limit says its unit, and the defaults that apply to unset ones are named', () => {
  const texts = Object.values(SessionLimits.shape).map(({ description }) => description ?? '')
  expect(texts.filter((text) => text === '')).toEqual([])
  const values = Object.values(LIMIT_DEFAULTS)
  for (const value of values) {
    const named = texts.filter((text) => text.endsWith(`unset: ${value}`))
    expect(named, `${value}`).toHaveLength(values.filter((other) => other === value).length)
  }
})

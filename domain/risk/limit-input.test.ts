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
  ['coins_held_max', 0],
  ['gross_usd', 5],
])('%s of %s is refused', (key, value) => {
  expect(SessionLimits.safeParse({ ...least, [key]: value }).success).toBe(false)
})

test('every limit says its unit, and the defaults that apply to unset ones are named', () => {
  const texts = Object.values(SessionLimits.shape).map(({ description }) => description ?? '')
  expect(texts.filter((text) => text === '')).toEqual([])
  for (const value of Object.values(LIMIT_DEFAULTS)) {
    expect(
      texts.filter((text) => text.includes(`unset: ${value}`)),
      `${value}`,
    ).toHaveLength(1)
  }
})

/** Parameters of ema_cross: defaults, ranges, and the intervals that a session can decide on. */
import { expect, test } from 'vitest'
import { EmaCrossParams, SessionInterval } from './ema-cross-params.ts'

test('a name alone is enough', () => {
  expect(EmaCrossParams.parse({ strategy: 'ema_cross' })).toMatchObject({
    interval: '1m',
    fast_bars: 3,
    slow_bars: 8,
    stop_atr: 2,
  })
})

test.each([
  { params: { stop_atr: 0 }, ok: false },
  { params: { stop_atr: 50 }, ok: true },
  { params: { fast_bars: 1.5 }, ok: false },
  { params: { cooldown_bars: 0 }, ok: true },
  { params: { fast: 3 }, ok: false },
])('$params is accepted: $ok', ({ params, ok }) => {
  expect(EmaCrossParams.safeParse({ strategy: 'ema_cross', ...params }).success).toBe(ok)
})

test('a session decides at most once a minute and at least once a day', () => {
  expect([
    SessionInterval.safeParse('1s').success,
    SessionInterval.safeParse('1M').success,
    SessionInterval.options.length,
  ]).toEqual([false, false, 11])
})

/** Autotune: its two triggers with both sides of each limit, cooldown, window and bounds. */
import { expect, test } from 'vitest'
import { knobsOf } from '#tests/support/maker-facts.ts'
import { type TunedMinute, tune, tunedParams } from './autotune.ts'
import { SpreadParams } from './params.ts'

const KNOBS = { dynamic_min_spread_percentile: 0.6, min_spread_guard_buffer_bps: 2 }
const session = (change = {}) => SpreadParams.parse({ strategy: 'spread', autotune_enabled: true, ...change })
const minutes = (pnlUsd: number, makerShare: number | null = 1, makerFills = 1, count = 5): TunedMinute[] =>
  Array.from({ length: count }, () => ({ pnlUsd, makerShare, makerFills }))
const tuned = (list: TunedMinute[], now = KNOBS, change = {}, since = Number.POSITIVE_INFINITY): string => {
  const found = tune(now, list, since, session(change))
  if (!found) return '-'
  const { dynamic_min_spread_percentile: percentile, min_spread_guard_buffer_bps: buffer } = found.knobs
  return `${found.reason} ${percentile} ${buffer}`
}

test.each([
  [0, 0.7, 'AUTOTUNE_TIGHTEN 0.65 2.5'],
  [-1, 1, 'AUTOTUNE_TIGHTEN 0.65 2.5'],
  [-1, 0.69, '-'],
  [0.01, 1, 'AUTOTUNE_LOOSEN 0.55 1.5'],
])('a PnL of %f a minute with a maker share of %f: %s', (pnl, share, is) => {
  expect(tuned(minutes(pnl, share))).toBe(is)
})

test('a profit with enough fills changes nothing', () => {
  expect(tuned(minutes(1, 1, 1.9))).toContain('LOOSEN')
  expect(tuned(minutes(1, 1, 2))).toBe('-')
})

test('it waits for its window and for its cooldown, and does nothing unless enabled', () => {
  expect(tuned(minutes(-1, 1, 1, 4))).toBe('-')
  expect(tuned(minutes(-1), KNOBS, {}, 1)).toBe('-')
  expect(tuned(minutes(-1), KNOBS, {}, 2)).toContain('TIGHTEN')
  expect(tuned(minutes(-1), KNOBS, { autotune_enabled: false })).toBe('-')
})

test('only the last minutes of the window are judged, minutes without fills have no share', () => {
  expect(tuned([...minutes(9), ...minutes(-1)])).toContain('TIGHTEN')
  expect(tuned([...minutes(-1, 1, 1, 2), ...minutes(0, null, 0, 3)])).toContain('TIGHTEN')
})

test('no step leaves the bounds; at both bounds nothing is changed', () => {
  const high = { dynamic_min_spread_percentile: 0.88, min_spread_guard_buffer_bps: 3.8 }
  expect(tuned(minutes(-1), high)).toBe('AUTOTUNE_TIGHTEN 0.9 4')
  expect(tuned(minutes(-1), { dynamic_min_spread_percentile: 0.9, min_spread_guard_buffer_bps: 4 })).toBe('-')
  const low = { dynamic_min_spread_percentile: 0.4, min_spread_guard_buffer_bps: 1.5 }
  expect(tuned(minutes(1), low)).toBe('-')
})

test('tuned knobs replace the configured ones, and nothing else', () => {
  const params = knobsOf()
  expect(tunedParams(params, undefined)).toBe(params)
  const { dynamic_min_spread_percentile, ...rest } = tunedParams(params, {
    ...KNOBS,
    dynamic_min_spread_percentile: 0.8,
  })
  expect(dynamic_min_spread_percentile).toBe(0.8)
  expect({ ...rest, dynamic_min_spread_percentile: 0.6 }).toEqual(params)
})

/** Windows of fills: the worked example, and both edges of the window and of a stretch. */
import { expect, test } from 'vitest'
import { isAdverse, type TimedTrade, windowOf } from './windows.ts'

const NOW = 1_700_000_000_000
const at = (secondsAgo: number, side: 'buy' | 'sell', sz: string, px: string, fee = '0.004'): TimedTrade => ({
  ...{ ts: NOW - secondsAgo * 1_000, side, sz, px, fee },
})

const EXAMPLE = [
  at(1_500, 'buy', '0.2', '693.30'),
  at(1_499, 'sell', '0.2', '693.10'),
  at(1_498, 'buy', '0.2', '693.30'),
  at(1_497, 'sell', '0.2', '693.10'),
  at(60, 'buy', '0.4', '692', '0.008'),
  at(50, 'sell', '0.4', '693', '0.008'),
]

test('worked example 6: half an hour with one adverse stretch', () => {
  const found = windowOf(EXAMPLE, 30, NOW)
  expect(found.pnl).toMatchObject({ buyAvgPx: '692.65', sellAvgPx: '693.05', netUsd: '0.288' })
  expect(found.pnl?.spreadBps).toBeCloseTo(5.773255, 6)
  expect(found).toMatchObject({ fills: 6, fillsPerHour: 12, adverseBuckets: 1, profitable: true })
})

test('a fill exactly as old as the window is outside, one millisecond younger inside', () => {
  const fill = at(300, 'buy', '1', '100')
  expect(windowOf([fill], 5, NOW).fills).toBe(0)
  expect(windowOf([{ ...fill, ts: fill.ts + 1 }], 5, NOW).fills).toBe(1)
})

test('one side alone gives counts and no prices', () => {
  expect(windowOf([at(1, 'buy', '1', '100'), at(2, 'buy', '1', '101')], 5, NOW)).toMatchObject({
    ...{ fills: 2, buys: 2, sells: 0, pnl: null, profitable: false, adverseBuckets: 0 },
  })
})

test('three losing fills are no stretch, four are', () => {
  const losing = EXAMPLE.slice(0, 4)
  expect(windowOf(losing.slice(0, 3), 30, NOW).adverseBuckets).toBe(0)
  expect(windowOf(losing, 30, NOW).adverseBuckets).toBe(1)
})

test('adverse selection is judged on the newest twenty fills, by −2 bps', () => {
  const pair = (ago: number, sellPx: string) => [at(ago, 'buy', '1', '100'), at(ago, 'sell', '1', sellPx)]
  expect(isAdverse(pair(1, '99.97'))).toBe(true)
  expect(isAdverse(pair(1, '99.99'))).toBe(false)
  const older = Array.from({ length: 10 }, (_, n) => pair(100 + n, '90')).flat()
  const newer = Array.from({ length: 10 }, (_, n) => pair(1 + n, '100.1')).flat()
  expect(isAdverse([...newer, ...older])).toBe(false)
  expect(isAdverse([at(1, 'buy', '1', '100')])).toBe(false)
})

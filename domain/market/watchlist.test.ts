/** The watchlist: by volume, ties by name, without what is excluded, delisted or too quiet. */
import { expect, test } from 'vitest'
import { rankByVolume } from './watchlist.ts'

const volumes = [
  { coin: 'ETH', delisted: false, dayNotionalUsd: '900.5' },
  { coin: 'BTC', delisted: false, dayNotionalUsd: '1000' },
  { coin: 'SOL', delisted: false, dayNotionalUsd: '900.5' },
  { coin: 'OLD', delisted: true, dayNotionalUsd: '5000' },
  { coin: 'kPEPE', delisted: false, dayNotionalUsd: '100' },
]
const rank = (rule: Partial<Parameters<typeof rankByVolume>[1]> = {}) =>
  rankByVolume(volumes, { top_n: 50, exclude: [], min_day_usd: 0, ...rule })

test('the most traded first, equal ones by name, delisted ones never', () => {
  expect(rank()).toEqual(['BTC', 'ETH', 'SOL', 'kPEPE'])
})
test.each([
  { top_n: 1, is: ['BTC'] },
  { top_n: 2, is: ['BTC', 'ETH'] },
])('the first $top_n', ({ top_n, is }) => expect(rank({ top_n })).toEqual(is))
test('excluded ones make room', () => {
  expect(rank({ top_n: 2, exclude: ['BTC'] })).toEqual(['ETH', 'SOL'])
})
test.each([
  { min_day_usd: 100, is: 4 },
  { min_day_usd: 100.01, is: 3 },
])('at least $min_day_usd USD a day leaves $is', ({ min_day_usd, is }) => {
  expect(rank({ min_day_usd })).toHaveLength(is)
})

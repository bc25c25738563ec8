/** Figures and times read the same everywhere, and boundaries fall on the right side. */
import { expect, test } from 'vitest'
import {
  flattenFacts,
  formatAge,
  formatBytes,
  formatDecimal,
  formatFact,
  formatMarket,
  formatSize,
  formatTime,
  formatUsd,
  tone,
} from '#dashboard/page/format.ts'

const noon = Date.UTC(2026, 10, 21, 12, 4, 31)

test.each([
  [noon, '12:04:31'],
  [Date.UTC(2026, 10, 21), '00:00:00'],
  [Date.UTC(2026, 10, 21) - 1, '11-20 23:59:59'],
  [Date.UTC(2026, 0, 1), '01-01 00:00:00'],
  [Date.UTC(2026, 0, 1) - 1, '2025-12-31 23:59:59'],
  [0, '–'],
])('the time %i is written %s', (ts, text) => {
  expect(formatTime(ts, noon)).toBe(text)
})

test.each([
  [-5, '0 s'],
  [99_999, '99 s'],
  [100_000, '1 min'],
  [99 * 60_000, '99 min'],
  [100 * 60_000, '1 h 40 min'],
  [48 * 3_600_000 - 1, '47 h 59 min'],
  [48 * 3_600_000, '2 d 0 h'],
])('an age of %i ms is written %s', (ms, text) => {
  expect(formatAge(ms)).toBe(text)
})

test.each([
  ['64123.50', '64 123.50'],
  ['-1234567', '−1 234 567'],
  ['0.00000001', '0.00000001'],
  ['999', '999'],
])('%s keeps every digit: %s', (text, shown) => {
  expect(formatDecimal(text)).toBe(shown)
})

test.each([
  ['0.01540', '+0.0154'],
  ['-2.0', '−2'],
  ['100', '+100'],
  ['0', '0'],
])('the size %s is written %s', (text, shown) => {
  expect(formatSize(text)).toBe(shown)
})

test.each([
  ['0.004', '0.00', 'flat'],
  ['0.006', '+0.01', 'gain'],
  ['-0.004', '0.00', 'flat'],
  ['-12.5', '−12.50', 'loss'],
  [null, '–', 'flat'],
] as const)('a result of %s is written %s and looks like a %s', (value, text, look) => {
  expect(formatUsd(value, { signed: true })).toBe(text)
  expect(tone(value)).toBe(look)
})

test.each([
  [0, '–'],
  [999 * 1_048_576, '999 MiB'],
  [1_000 * 1_048_576, '0.98 GiB'],
])('%i bytes are written %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})

test.each([
  [1 / 3, '0.33333333'],
  [12, '12'],
  [null, '–'],
  [{ a: 1 }, '{"a":1}'],
  ['x', 'x'],
])('the fact %j is written %s', (value, text) => {
  expect(formatFact(value)).toBe(text)
})

test.each([
  ['replay:/data/ws/day.jsonl.gz', 'replay:day.jsonl.gz'],
  ['replay:day.jsonl.gz', 'replay:day.jsonl.gz'],
  ['mirror:https://api.example/info', 'mirror:https://api.example/info'],
  ['synthetic', 'synthetic'],
])('the market %s is shown as %s', (market, shown) => {
  expect(formatMarket(market)).toBe(shown)
})

test('inner objects of a report are opened up, empty ones read none, times are times', () => {
  expect(
    flattenFacts({
      fills: 2,
      ended_ts: noon,
      residual: { open_orders: 0, positions: {} },
      coins: ['BTC', 'ETH'],
      positions: [{ sz: '1' }],
    }),
  ).toEqual([
    ['fills', '2'],
    ['ended_ts', '2026-11-21 12:04:31.000 UTC'],
    ['residual.open_orders', '0'],
    ['residual.positions', 'none'],
    ['coins', 'BTC, ETH'],
    ['positions.0.sz', '1'],
  ])
})

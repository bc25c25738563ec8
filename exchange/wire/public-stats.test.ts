/** Both shapes of the public statistics are read; rows and figures that are not there cost themselves alone. */
import { expect, test } from 'vitest'
import { MalformedAnswerError } from '#exchange/wire/errors.ts'
import { parsePublicStats } from '#exchange/wire/public-stats.ts'

const DAY = Date.UTC(2026, 1, 16)

test('a list of rows', () => {
  const chart_data = [
    { time: '2026-02-16T00:00:00', coin: 'BTC', open_interest: 1_234_567_890.5 },
    { time: '2026-02-16T23:59:59', coin: 'ETH', daily_notional_liquidated: '7.25' },
  ]
  expect(parsePublicStats('x', { chart_data })).toEqual([
    { metric: 'open_interest_usd', coin: 'BTC', dayTs: DAY, value: '1234567890.5' },
    { metric: 'notional_liquidated_usd', coin: 'ETH', dayTs: DAY, value: '7.25' },
  ])
})

test('a map from coin to rows; absent slippages are left out, fractions become basis points', () => {
  const chart_data = {
    BTC: [
      {
        time: '2026-02-16',
        mid_price: 68_000,
        median_liquidity: 5e6,
        median_slippage_1000: 0.00005,
        median_slippage_100000: null,
      },
    ],
    ETH: 'nothing',
  }
  expect(parsePublicStats('x', { chart_data })).toEqual([
    { metric: 'mid_px', coin: 'BTC', dayTs: DAY, value: '68000' },
    { metric: 'liquidity_median_usd', coin: 'BTC', dayTs: DAY, value: '5000000' },
    { metric: 'slippage_1k_bps', coin: 'BTC', dayTs: DAY, value: '0.5' },
  ])
})

test('rows without a day, coin or number are left out; a document without rows is refused', () => {
  const chart_data = [
    null,
    7,
    { coin: 'BTC', a: 1 },
    { time: 'today', coin: 'BTC', a: 1 },
    { time: DAY + 5, a: 1 },
    { time: DAY + 5, coin: 'BTC', a: 'x', b: Number.NaN, c: 1 },
  ]
  expect(parsePublicStats('x', { chart_data })).toEqual([
    { metric: 'c', coin: 'BTC', dayTs: DAY, value: '1' },
  ])
  expect(() => parsePublicStats('open_interest', { data: [] })).toThrow(MalformedAnswerError)
  expect(() => parsePublicStats('open_interest', null)).toThrow(/open_interest/)
})

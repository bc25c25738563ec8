/** Options of a backtest: whole by default, and bounded. */
import { expect, test } from 'vitest'
import { BacktestOptions } from './options.ts'

test('nothing given is a whole set: next open, worst path, a basis point of spread', () => {
  expect(BacktestOptions.parse({})).toMatchObject({
    equity_usd: 10_000,
    fill: 'next_open',
    path: 'worst',
    spread_bps: 1,
    from_ts: 0,
    to_ts: null,
  })
})

test.each([{ equity_usd: 0 }, { spread_bps: -1 }, { fill: 'mid' }, { fee_discount_pct: 101 }, { fees: 1 }])(
  '%o is refused',
  (options) => {
    expect(BacktestOptions.safeParse(options).success).toBe(false)
  },
)

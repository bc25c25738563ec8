/** Money of a backtest: fees by the venue's maths, averages and trades as the ledger counts them, nothing lost between cash and trades. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { equityOf, execute, flat, openAccount, payFunding } from './account.ts'
import { BacktestOptions } from './options.ts'

const open = (change: Record<string, unknown> = {}) => openAccount(BacktestOptions.parse(change), true)
const order = (side: 'buy' | 'sell', px: number, sz: number, reason = 'R') => ({
  ts: 1,
  coin: 'LINK',
  side,
  px,
  sz,
  purpose: 'entry',
  reason,
})

test('the open of the worked example: 20.1 at 20.02 costs 0.18108 and leaves 9999.818…', () => {
  const [account, holding] = [open(), flat()]
  execute(account, holding, order('buy', 20.02, 20.1))
  expect(account.fees).toBe(181_080) // the venue cuts off at a micro-dollar; the original had 0.181081
  expect(equityOf(account, 20.02 * 20.1)).toBeCloseTo(9_999.81892, 6)
})

test('adds average by size, closes realise, and the last lot ends the trade', () => {
  const [account, holding] = [open(), flat()]
  execute(account, holding, order('buy', 20, 10, 'IN'))
  execute(account, holding, order('buy', 22, 30, 'ADD'))
  expect(holding).toMatchObject({ sz: 40, entryPx: 21.5, entryReason: 'IN' })
  execute(account, holding, order('sell', 23, 15, 'PART'))
  execute(account, holding, order('sell', 20, 99, 'OUT'))
  expect(holding.sz).toBe(0)
  expect(account.trades.map(({ sz, pnl_usd, exit_reason }) => [sz, pnl_usd, exit_reason])).toEqual([
    [15, 22.5, 'PART'],
    [25, -37.5, 'OUT'],
  ])
})

test.each([
  { side: 'buy', rate: 0.0001, usd: -0.04 },
  { side: 'sell', rate: 0.0001, usd: 0.04 },
] as const)('$side 20 coins at 20 and funding of $rate: $usd', ({ side, rate, usd }) => {
  const [account, holding] = [open(), flat()]
  execute(account, holding, order(side, 20, 20))
  payFunding(account, holding, 20, rate)
  expect(account.funding / 1e6).toBeCloseTo(usd, 9)
})

test('a tier and a discount lower the fee', () => {
  expect([
    open().takerRate,
    open({ volume_14d_usd: 6e6 }).takerRate,
    open({ fee_discount_pct: 4 }).takerRate,
  ]).toEqual([4_500_000, 4_000_000, 4_320_000])
})

test('cash is the start plus what all trades left, to a micro-dollar a fill, whatever is bought and sold', () => {
  const deal = fc.record({
    buy: fc.boolean(),
    cents: fc.integer({ min: 100, max: 10_000 }),
    lots: fc.integer({ min: 1, max: 1_000 }),
    rate: fc.double({ min: -1e-4, max: 1e-4, noNaN: true }),
  })
  fc.assert(
    fc.property(fc.array(deal, { maxLength: 40 }), (deals) => {
      const [account, holding] = [open(), flat()]
      for (const { buy, cents, lots, rate } of deals) {
        const wanted = lots / 10
        const isClose = holding.sz !== 0 && Math.sign(holding.sz) !== (buy ? 1 : -1)
        execute(
          account,
          holding,
          order(buy ? 'buy' : 'sell', cents / 100, isClose ? Math.min(wanted, Math.abs(holding.sz)) : wanted),
        )
        payFunding(account, holding, cents / 100, rate)
      }
      if (holding.sz !== 0)
        execute(account, holding, order(holding.sz > 0 ? 'sell' : 'buy', 50, Math.abs(holding.sz)))
      const left = account.trades.reduce(
        (sum, { pnl_usd, fees_usd, funding_usd }) => sum + pnl_usd - fees_usd + funding_usd,
        0,
      )
      expect(Math.abs(account.cash / 1e6 - 10_000 - left)).toBeLessThan(1e-3)
    }),
  )
})

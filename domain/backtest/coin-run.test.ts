/** One coin of a run: what a waiting order may do to a position, and what is due when. The whole of a run: run.test.ts. */
import { expect, test } from 'vitest'
import { walkSeries } from '../../tests/support/walks.ts'
import { emaCross } from '../strategies/ema-cross.ts'
import { EmaCrossParams } from '../strategies/ema-cross-params.ts'
import { execute, openAccount } from './account.ts'
import { closeAtEnd, fillPending, openCoin, payDueFunding, readBar } from './coin-run.ts'
import { BacktestOptions } from './options.ts'

const options = BacktestOptions.parse({ spread_bps: 0, slippage_bps: 0 })
function world(position: number) {
  const series = {
    ...walkSeries(1, 3, { sizeDecimals: 2 }),
    funding: { ts: Float64Array.of(50, 200), rate: Float64Array.of(0.01, 0.02) },
  }
  const coin = openCoin(series, emaCross, EmaCrossParams.parse({ strategy: 'ema_cross' }), true)
  const account = openAccount(options, true)
  readBar(coin, 0)
  if (position !== 0)
    execute(account, coin.holding, {
      ts: 0,
      coin: 'BTC',
      side: position > 0 ? 'buy' : 'sell',
      px: 100,
      sz: Math.abs(position),
      purpose: 'entry',
      reason: 'R',
    })
  return { account, coin }
}
const wait = (side: 'buy' | 'sell', opens: boolean, sz = 5) => ({
  side,
  px: side === 'buy' ? 200 : 50,
  sz,
  opens,
  purpose: opens ? ('entry' as const) : ('exit' as const),
  leverage: null,
  reason: 'R',
})

test.each([
  { what: 'an entry on a flat coin', position: 0, orders: [wait('buy', true)], after: 5 },
  { what: 'an exit without a position', position: 0, orders: [wait('sell', false)], after: 0 },
  { what: 'an exit larger than the position', position: 3, orders: [wait('sell', false)], after: 0 },
  { what: 'an entry against the position', position: 3, orders: [wait('sell', true)], after: 3 },
  {
    what: 'a flip: exit, then entry',
    position: 3,
    orders: [wait('sell', false), wait('sell', true)],
    after: -5,
  },
])('$what leaves $after', ({ position, orders, after }) => {
  const { account, coin } = world(position)
  coin.pending = [...orders]
  fillPending(coin, account, 1, 100, options)
  expect([coin.holding.sz, coin.pending]).toEqual([after, []])
})

test('funding is due until a minute after the close, and its newest rate is remembered also while flat', () => {
  const { account, coin } = world(0)
  payDueFunding(coin, account, 100, true)
  expect([coin.input.fundingRate, account.funding, coin.fundingAt]).toEqual([0.02, 0, 2])
  const held = world(2)
  payDueFunding(held.coin, held.account, 100, true)
  expect(held.account.funding).toBeLessThan(0)
})

test('the end closes what is held', () => {
  const { account, coin } = world(-2)
  closeAtEnd(coin, account, 9, options)
  expect([coin.holding.sz, account.trades[0]?.exit_reason]).toEqual([0, 'END_OF_DATA'])
})

/** What a dry_live order tells: fills with the venue's chain, fee and closed PnL; open orders with their trigger. */
import { expect, test } from 'vitest'
import { parseFixed } from '#domain/fixed-point.ts'
import { flatPosition } from '#domain/trading/position.ts'
import { intentOf, START_TS } from '#tests/support/session-ports.ts'
import { type DryOrder, fillEvent, openOrder, orderEvent } from './dry-orders.ts'

const order = (change: Parameters<typeof intentOf>[0] = {}): DryOrder => ({
  ...{
    oid: 5,
    intent: intentOf({ side: 'sell', ...change }),
    remainingE8: parseFixed('0.4'),
    status: 'open',
    ts: START_TS,
  },
})
const at = { account: 'unit', ts: START_TS, tid: 9 }
const was = { ...flatPosition('BTC'), sz: '2', entryPx: '90' }

test.each([
  { crossed: true, fee: '0.045' },
  { crossed: false, fee: '0.015' },
])('a fill of 1 at 100 costs $fee, taken: $crossed', ({ crossed, fee }) => {
  const fill = fillEvent(order(), was, { pxE8: parseFixed('100'), szE8: parseFixed('1'), crossed }, at)
  expect(fill).toMatchObject({
    startPosition: '2',
    closedPnl: '10',
    fee,
    sz: '1',
    direction: 'dry',
    snapshot: false,
  })
})

test.each([
  { sz: '0', entryPx: '0', closed: '0' },
  { sz: '-1', entryPx: '90', closed: '0' }, // sells more of a short: nothing is closed
  { sz: '0.5', entryPx: '90', closed: '5' }, // closes half a coin and turns
])('from $sz coins a sale of 1 closes $closed USD', ({ sz, entryPx, closed }) => {
  const filled = { pxE8: parseFixed('100'), szE8: parseFixed('1'), crossed: true }
  expect(fillEvent(order(), { ...was, sz, entryPx }, filled, at).closedPnl).toBe(closed)
})

test('events and open orders carry what is left and where it fires', () => {
  expect(orderEvent(order(), at)).toMatchObject({ sz: '0.4', originalSz: '1', status: 'open', oid: 5 })
  expect(openOrder(order())).toMatchObject({ px: '100', trigger: false, sz: '0.4' })
  const stop = order({ reduce_only: true, trigger: { px: '95', kind: 'stop' } })
  expect(openOrder(stop)).toMatchObject({ px: '95', trigger: true, reduceOnly: true })
})

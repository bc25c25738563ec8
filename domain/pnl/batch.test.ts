/** Fills become columns: sorted, once each, exact; what is too large for a double is named. */
import { expect, test } from 'vitest'
import { batchOf, type LedgerFill } from '#domain/pnl/batch.ts'
import { FLAG } from '#domain/pnl/types.ts'

const fill = (more: Partial<LedgerFill>): LedgerFill => ({
  ...{ account: 'a', coin: 'BTC', ts: 5, tid: 1, side: 'buy', px: '2', sz: '3', startPosition: '0' },
  ...{ closedPnl: '0', fee: '0.1', crossed: true, ...more },
})

test('lanes are accounts and coins in order; a fill that came twice is there once', () => {
  const { batch, lanes } = batchOf([fill({ coin: 'ETH' }), fill({}), fill({}), fill({ account: '', tid: 9 })])
  expect(lanes).toEqual([
    { account: '', coin: 'BTC' },
    { account: 'a', coin: 'BTC' },
    { account: 'a', coin: 'ETH' },
  ])
  expect([...batch.lane]).toEqual([0, 1, 2])
  expect(batch.rows).toBe(3)
})

test('amounts are whole numbers of the eighth place, flags are bits', () => {
  const { batch } = batchOf([
    fill({ px: '0.00000001', startPosition: '-1.5', feeInCoins: true, builderFee: '0.02', tag: 7 }),
  ])
  expect([batch.px[0], batch.start[0], batch.builder[0], batch.tag[0]]).toEqual([
    1, -150_000_000, 2_000_000, 7,
  ])
  expect(batch.flags[0]).toBe(FLAG.buy | FLAG.crossed | FLAG.feeInCoins)
  expect(batch.wide).toBeNull()
})

test('an amount beyond the bound is kept exactly beside the columns', () => {
  const { batch } = batchOf([fill({ sz: '22517998.13685248' }), fill({ tid: 2, sz: '22517998.13685249' })])
  expect([...(batch.wide?.keys() ?? [])]).toEqual([1])
  expect(batch.wide?.get(1)?.sz).toBe(2_251_799_813_685_249n)
})

test('nothing in, nothing out', () => {
  expect(batchOf([])).toMatchObject({ lanes: [], batch: { rows: 0 } })
})

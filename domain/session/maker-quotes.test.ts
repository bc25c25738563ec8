/** Quotes at the venue: one order a slot, an unanswered one keeps its slot, a refused one rests a while, batches when asked. */
import { expect, test } from 'vitest'
import { makerStage } from '#tests/support/maker-stage.ts'

test('an order without an answer keeps its slot until the venue has told', async () => {
  const stage = await makerStage({}, { knobs: { answersLost: new Set(['placeOrders']) }, runMs: 1_900 })
  expect(stage.calls.filter((call) => call === 'placeOrders')).toHaveLength(1)
  expect(stage.venue.open()).toHaveLength(2)
})

test('fewer levels take the outer ones back', async () => {
  const stage = await makerStage({ levels: 3 })
  expect(stage.venue.open()).toHaveLength(6)
  const one = await makerStage({ levels: 1 })
  expect(one.venue.open()).toHaveLength(2)
})

test('orders of a pass go in one action, or one each', async () => {
  const count = async (batch_orders: boolean): Promise<number> =>
    (await makerStage({ batch_orders, levels: 2 })).calls.filter((call) => call === 'placeOrders').length
  expect([await count(true), await count(false)]).toEqual([1, 4])
})

test('what the risk gate refuses is not tried again in the same second', async () => {
  const limits = { order_usd_max: 2_000, position_usd_max: 5_000, open_orders_max: 1, loss_usd_max: 500 }
  const stage = await makerStage({}, { input: { limits }, runMs: 3_000 })
  const refused = stage.decisions.filter(({ gate }) => gate === 'RISK_OPEN_ORDERS')
  expect(refused.length).toBeGreaterThan(0)
  expect(refused.length).toBeLessThan(5)
})

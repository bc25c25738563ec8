/** New quotes beside those that are on their way out: what waits, what goes, and what the risk gate has to refuse. */
import { expect, test } from 'vitest'
import { makerStage } from '#tests/support/maker-stage.ts'

const FULL = { size_notional_usd: 1_000, levels: 2, max_per_coin_notional: 3_000 }
const limits = { order_usd_max: 2_000, position_usd_max: 3_000, open_orders_max: 10, loss_usd_max: 500 }
const refused = (decisions: readonly { reason: string; gate: string }[]): string[] =>
  decisions.filter(({ reason }) => reason === 'ORDER_REFUSED').map(({ gate }) => gate)

test('a limit without room for a quote and its successor refuses nothing: the successor waits until the old one is settled', async () => {
  const stage = await makerStage(FULL, { input: { limits } })
  for (let move = 1; move <= 20; move++) {
    stage.trade(9_999 + (move % 2), 10_001 + (move % 2)) // to and fro, and nothing fills
    await stage.advance(500)
  }
  expect(refused(stage.decisions)).toEqual([])
  expect(stage.venue.orders.length).toBeGreaterThan(40)
  await stage.advance(2_000)
  expect(stage.venue.open()).toHaveLength(4)
})

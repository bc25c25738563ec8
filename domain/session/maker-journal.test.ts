/** The journal of a maker: what is new at once, the same every ten seconds, quotes once a second with the best level. */
import { expect, test } from 'vitest'
import { makerStage } from '#tests/support/maker-stage.ts'

test('an unchanged verdict is told every ten seconds', async () => {
  const stage = await makerStage({ min_spread_bps: 50 }, { runMs: 25_000 })
  expect(stage.decisions.filter(({ gate }) => gate === 'SPREAD_GATE')).toHaveLength(3)
})

test('quotes are told once a second with the best price of each side', async () => {
  const told: { bid: unknown; ask: unknown }[] = []
  await makerStage(
    { levels: 3 },
    {
      before: ({ ports }) => Object.assign(ports.journal, { quotes: (row: never) => void told.push(row) }),
      runMs: 5_000,
    },
  )
  expect(told.length).toBeGreaterThan(3)
  expect(told.length).toBeLessThan(7)
  expect(told.at(-1)).toMatchObject({ bid: { px: '99.99' }, ask: { px: '100.01' } })
})

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

const budget = (over: object) => ({
  ...{ weightLeft: 1_200, weightMax: 1_200, wsLeft: 1_900, actionsLeft: 9_000, paceLeft: 1 },
  ...over,
})

test.each([
  { over: { paceLeft: 0.3 }, reason: 'BUDGET_SLOWED', kind: 'quote', inputs: { pace_ms: 926, tier: 'free' } },
  { over: { weightLeft: 200 }, reason: 'BUDGET_SPENT', kind: 'hold', inputs: { share_left: 0.17 } },
  { over: { wsLeft: 99 }, reason: 'BUDGET_SPENT', kind: 'hold', inputs: { ws_left: 99 } },
  { over: { actionsLeft: 99 }, reason: 'BUDGET_SPENT', kind: 'hold', inputs: { actions_left: 99 } },
])('with $over the decision says $reason once, and the quote row that a budget holds back', async (one) => {
  const told: { gate?: string }[] = []
  const stage = await makerStage(
    {},
    { before: ({ ports }) => Object.assign(ports.journal, { quotes: (row: never) => void told.push(row) }) },
  )
  expect(told.map(({ gate }) => gate)).toEqual(told.map(() => undefined))
  stage.budget = budget(one.over)
  await stage.advance(5_000)
  const said = stage.decisions.filter(({ gate }) => gate === 'BUDGET')
  expect(said).toHaveLength(1)
  expect(said[0]).toMatchObject({
    kind: one.kind,
    reason: one.reason,
    inputs: { wanted: 'TWO_SIDED', ...one.inputs },
  })
  expect(told.at(-1)?.gate).toBe('BUDGET')
  stage.budget = budget({})
  await stage.advance(2_000)
  expect(stage.decisions.at(-1)).toMatchObject({ reason: 'TWO_SIDED', gate: '' })
  expect(told.at(-1)?.gate).toBeUndefined()
})

test('a pass that wants no quotes names its own gate, whatever the budgets', async () => {
  const stage = await makerStage(
    { min_spread_bps: 50 },
    { before: (each) => (each.budget = budget({ paceLeft: 0 })) },
  )
  expect(stage.decisions.map(({ gate }) => gate)).toEqual(stage.decisions.map(() => 'SPREAD_GATE'))
})

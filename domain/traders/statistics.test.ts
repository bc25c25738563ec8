/** Tests of averages over traders. */
import { expect, it } from 'vitest'
import { scoreRows } from '#domain/traders/selection.ts'
import { traderStatistics } from '#domain/traders/statistics.ts'
import { exampleRows } from '#tests/support/worked-traders.ts'

it('is all zero for nobody', () => {
  expect(traderStatistics([])).toEqual({ count: 0, totalAccountValue: 0, avgScore: 0, avgRoi: 0 })
})

it('averages returns only over those that have the window', () => {
  const scored = scoreRows(exampleRows().slice(0, 2))
  const without = scored.map((each, at) => (at === 0 ? each : { ...each, row: { ...each.row, known: [] } }))
  expect(traderStatistics(scored)).toMatchObject({
    count: 2,
    avgScore: (55.78 + 15) / 2,
    avgRoi: (0.8421 + 2.7) / 2,
  })
  expect(traderStatistics(without).avgRoi).toBe(0.8421)
})

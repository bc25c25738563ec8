/** Tiers of the request budgets, both sides of each share and count. */
import { expect, test } from 'vitest'
import { budgetTier } from './budget.ts'

const tier = (weightLeft: number, actionsLeft: number | null = null) => {
  const { name, moveFactor } = budgetTier({ weightLeft, weightMax: 1_200, wsLeft: null, actionsLeft })
  return `${name} ×${moveFactor}`
}

test.each([
  [480, null, 'free ×1'],
  [479, null, 'careful ×1'],
  [240, null, 'careful ×1'],
  [239, null, 'exits_and_cancels ×1'],
  [60, null, 'exits_and_cancels ×1'],
  [59, null, 'exits ×1'],
  [1_200, 1_000, 'free ×1'],
  [1_200, 999, 'free ×2'],
  [1_200, 100, 'free ×2'],
  [1_200, 99, 'exits_and_cancels ×2'],
])('weight %i and %s actions left: %s', (weight, actions, is) => {
  expect(tier(weight, actions)).toBe(is)
})

test.each([
  [720, 1],
  [719, 2],
  [480, 2],
  [479, 4],
])('with a weight of %i left replacements keep %i × their distance in time', (weightLeft, is) => {
  expect(budgetTier({ weightLeft, weightMax: 1_200, wsLeft: null, actionsLeft: null }).paceFactor).toBe(is)
})

test('a budget that nobody counts does not bind', () => {
  expect(budgetTier(null)).toMatchObject({ name: 'free', mayQuote: true, mayTidy: true })
})

test('each tier allows no more than the one above', () => {
  const allowed = [1_200, 400, 200, 10].map((weightLeft) => {
    const { mayQuote, mayImprove, mayTidy } = budgetTier({
      weightLeft,
      weightMax: 1_200,
      wsLeft: null,
      actionsLeft: null,
    })
    return [mayQuote, mayImprove, mayTidy].filter(Boolean).length
  })
  expect(allowed).toEqual([3, 1, 0, 0])
})

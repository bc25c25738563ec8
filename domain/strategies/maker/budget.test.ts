/** Tiers and pace of the request budgets: both sides of each share and count, and no budget that allows more with less left. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type BudgetFacts, budgetTier, paced, paceMs, slows } from './budget.ts'

const ALL: BudgetFacts = { weightLeft: 1_200, weightMax: 1_200, wsLeft: null, actionsLeft: null }
const left = (over: Partial<BudgetFacts>): BudgetFacts => ({ ...ALL, ...over })

describe('tiers', () => {
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
  ])('weight %i and %s actions left: %s', (weightLeft, actionsLeft, is) => {
    const { name, moveFactor } = budgetTier(left({ weightLeft, actionsLeft }))
    expect(`${name} ×${moveFactor}`).toBe(is)
  })

  test.each([
    [400, 'free'],
    [399, 'careful'],
    [100, 'careful'],
    [99, 'exits_and_cancels'],
  ])('%i messages left to the sockets: %s', (wsLeft, is) => {
    expect(budgetTier(left({ wsLeft })).name).toBe(is)
  })

  test('a budget that nobody counts does not bind', () => {
    expect(budgetTier(null)).toMatchObject({ name: 'free', mayQuote: true, mayTidy: true, paceMs: 0 })
  })

  test('each tier allows no more than the one above', () => {
    const allowed = [1_200, 400, 200, 10].map((weightLeft) => {
      const { mayQuote, mayImprove, mayTidy } = budgetTier(left({ weightLeft }))
      return [mayQuote, mayImprove, mayTidy].filter(Boolean).length
    })
    expect(allowed).toEqual([3, 1, 0, 0])
  })
})

describe('pace', () => {
  test.each([
    [1, 25],
    [0.5, 200],
    [0.25, 1_600],
    [0.1, 25_000],
    [0, 60_000],
  ])('with %f of what may be spent at once, %i ms lie between two placements', (share, is) => {
    expect(paceMs(left({ paceLeft: share, weightLeft: 400 }))).toBeCloseTo(is, 6)
  })

  test.each([
    [720, 25],
    [480, 200],
    [240, 60_000],
  ])('without that share a weight of %i of 1,200 asks for %i ms', (weightLeft, is) => {
    expect(paceMs(left({ weightLeft }))).toBeCloseTo(is, 6)
  })

  test.each([
    [5_000, 25],
    [2_500, 750],
    [1_000, 6_000],
    [100, 60_000],
  ])('%i actions left to the address ask for %i ms', (actionsLeft, is) => {
    expect(paceMs(left({ actionsLeft }))).toBe(is)
  })

  test('what a pass may do before and at its time', () => {
    const tier = budgetTier(left({ paceLeft: 0.5 }))
    const may = (movedMs: number, placedMs: number): string => {
      const { mayMove, mayTidy, mayQuote } = paced(tier, { movedMs, placedMs })
      return `${mayMove} ${mayTidy} ${mayQuote}`
    }
    expect(may(199, 24)).toBe('false false false')
    expect(may(199, 25)).toBe('false false true') // a free slot comes eight times sooner
    expect(may(200, 24)).toBe('true true true')
    expect(paced(budgetTier(left({ weightLeft: 200 })), { movedMs: 1e9, placedMs: 1e9 })).toMatchObject({
      ...{ mayMove: false, mayQuote: false },
    })
  })

  test.each([
    [false, 499, false],
    [false, 500, true],
    [true, 250, true],
    [true, 249, false],
  ])('slowed before: %s, %i ms at a loop of 250: %s', (was, paceMs, is) => {
    expect(slows(was, { ...budgetTier(null), paceMs }, 250)).toBe(is)
  })

  test('a tier that may not quote slows whatever its pace', () => {
    expect(slows(false, budgetTier(left({ weightLeft: 200, paceLeft: 1 })), 250)).toBe(true)
  })

  const share = fc.double({ min: 0, max: 1, noNaN: true })
  const facts = fc.record({
    weightLeft: fc.integer({ min: -500, max: 1_200 }),
    paceLeft: share,
    wsLeft: fc.integer({ min: -10, max: 2_000 }),
    actionsLeft: fc.integer({ min: -1_000, max: 20_000 }),
  })

  test('with less left of anything, no pass comes sooner and nothing more is allowed', () => {
    fc.assert(
      fc.property(facts, facts, (a, b) => {
        const less = left({
          weightLeft: Math.min(a.weightLeft, b.weightLeft),
          paceLeft: Math.min(a.paceLeft, b.paceLeft),
          wsLeft: Math.min(a.wsLeft, b.wsLeft),
          actionsLeft: Math.min(a.actionsLeft, b.actionsLeft),
        })
        const [low, high] = [budgetTier(less), budgetTier(left(a))]
        expect(low.paceMs).toBeGreaterThanOrEqual(high.paceMs)
        expect(Number(low.mayQuote)).toBeLessThanOrEqual(Number(high.mayQuote))
        expect(Number(low.mayTidy)).toBeLessThanOrEqual(Number(high.mayTidy))
        expect(low.moveFactor).toBeGreaterThanOrEqual(high.moveFactor)
        expect(low.paceMs).toBeLessThanOrEqual(60_000)
      }),
    )
  })
})

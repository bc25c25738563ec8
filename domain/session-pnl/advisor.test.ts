/** The advisor: both sides of each level, the row of losses, smoothing, volatility, and what no history may break. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type AdvisorFacts, type AdvisorState, firstAdvisor, stepAdvisor } from './advisor.ts'

/** One step a day: then the Sharpe ratio of a steady gain with little deviation is easy to name. */
const TERMS = { volatilityMax: 0.15, stepsPerYear: 365 }
const MINUTE = 60_000
const step = (was: AdvisorState, facts: Partial<AdvisorFacts>, terms = TERMS) =>
  stepAdvisor(was, { ts: MINUTE, equityUsd: 1_000, pnlUsd: 0, volatility: null, ...facts }, terms)
const at = (equityUsd: number, more: Partial<AdvisorState> = {}) =>
  step({ ...firstAdvisor(0), peakUsd: 1_000, ...more }, { equityUsd }).advice

test.each([
  [980.1, 'CONSERVATIVE', 0.7, false],
  [980, 'RECOVERY', 0.8, false],
  [950.1, 'RECOVERY', 0.24, false],
  [950, 'DEFENSIVE', 1, true],
])('an equity of %f below a peak of 1000: %s, size %f, pause %s', (equity, mode, size, pause) => {
  const advice = at(equity)
  expect([advice.mode, advice.pause]).toEqual([mode, pause])
  expect(advice.size).toBeCloseTo(size, 2)
})

test('deep in a recovery the leverage ends at ten of twenty, the spread grows by five', () => {
  const { leverage, spreadBps } = at(950.0001)
  expect(leverage).toBe(10)
  expect(spreadBps).toBeCloseTo(5, 4)
})

/** Steps of 1 % and of `low` in turn. */
const returnsOf = (count: number, low: number): number[] =>
  Array.from({ length: count }, (_, index) => (index % 2 === 0 ? 0.01 : low))
const byReturns = (low: number, count = 19): string => {
  const state = { ...firstAdvisor(0), peakUsd: 1_000, returns: returnsOf(count, low) }
  return step(state, { pnlUsd: low * 1_000 }).advice.mode
}

test('returns: annualised mean over deviation decides, from twenty on', () => {
  // (0.01 + low) / 2 over (0.01 − low) / 2, times √365.
  expect(byReturns(-0.005)).toBe('VERY_AGGRESSIVE') // 6.4
  expect(byReturns(-0.0065)).toBe('AGGRESSIVE') // 4.05
  expect(byReturns(-0.009)).toBe('NORMAL') // 1.005
  expect(byReturns(-0.0096)).toBe('CONSERVATIVE') // 0.39
  expect(byReturns(-0.005, 18)).toBe('CONSERVATIVE') // nineteen say nothing
})

test('five losses in a row are conservative, four are not; a step without PnL changes no row', () => {
  const calm = { ...firstAdvisor(0), peakUsd: 1_000, returns: returnsOf(99, -0.009) }
  const losing = (lossesInRow: number, pnlUsd: number) => step({ ...calm, lossesInRow }, { pnlUsd })
  expect(losing(4, -9).advice.mode).toBe('CONSERVATIVE')
  expect(losing(3, -9).advice.mode).toBe('NORMAL')
  expect([losing(3, 0), losing(3, 1), losing(3, -1)].map(({ state }) => state.lossesInRow)).toEqual([3, 0, 4])
})

test('volatility beyond its level is defensive, on it is not, and a pause stays what it is', () => {
  const calm = { ...firstAdvisor(0), peakUsd: 1_000 }
  expect(step(calm, { volatility: 0.15 }).advice.mode).toBe('CONSERVATIVE')
  expect(step(calm, { volatility: 0.151 }).advice).toMatchObject({
    ...{ mode: 'DEFENSIVE', size: 0.7, levels: 10, spreadBps: 8, leverage: 10 },
  })
  expect(step(calm, { volatility: 0.5, equityUsd: 900 }).advice).toMatchObject({ leverage: 20, spreadBps: 0 })
})

test('the leverage is the mean of ten recommendations, cut off; the eleventh drives the first out', () => {
  const leverages = [20, 20, 20, 20, 20, 20, 20, 20, 20, 10]
  const calm = { ...firstAdvisor(0), peakUsd: 1_000, leverages }
  expect(step(calm, { volatility: 0.2 }).advice.leverage).toBe(18)
  expect(step(calm, { volatility: 0.2 }).state.leverages).toHaveLength(10)
})

test('a pause is no recommendation of leverage', () => {
  const calm = { ...firstAdvisor(0), peakUsd: 1_000, leverages: [10] }
  expect(step(calm, { equityUsd: 900 }).state.leverages).toEqual([10])
  expect(step(calm, { equityUsd: 1_000 }).state.leverages).toEqual([10, 20])
})

test('the shown mode waits a minute, also after the start; the advice does not', () => {
  const begun = firstAdvisor(0)
  const early = step(begun, { ts: MINUTE - 1 })
  expect([early.advice.mode, early.state.shown]).toEqual(['CONSERVATIVE', 'NORMAL'])
  const shown = step(early.state, { ts: MINUTE })
  expect(shown.state.shown).toBe('CONSERVATIVE')
  expect(step(shown.state, { ts: 2 * MINUTE - 1, equityUsd: 970 }).state.shown).toBe('CONSERVATIVE')
  expect(step(shown.state, { ts: 2 * MINUTE, equityUsd: 970 }).state.shown).toBe('RECOVERY')
})

test('whatever happened: factors inside their bounds, memories bounded, plain JSON', () => {
  const facts = fc.record({
    pnlUsd: fc.integer({ min: -20_000, max: 20_000 }).map((cents) => cents / 100),
    volatility: fc.option(fc.double({ min: 0, max: 3, noNaN: true })),
  })
  fc.assert(
    fc.property(fc.array(facts, { minLength: 1, maxLength: 150 }), (list) => {
      let state = firstAdvisor(0)
      let equityUsd = 1_000
      for (const [index, { pnlUsd, volatility }] of list.entries()) {
        equityUsd = Math.max(1, equityUsd + pnlUsd)
        const next = step(state, { ts: index * MINUTE, equityUsd, pnlUsd, volatility })
        const { size, levels, leverage, spreadBps } = next.advice
        expect(size >= 0.23 && size <= 1.5).toBe(true)
        expect(levels >= 10 && levels <= 30).toBe(true)
        expect(Number.isInteger(leverage) && leverage >= 5 && leverage <= 20).toBe(true)
        expect(spreadBps >= -2 && spreadBps <= 10).toBe(true)
        state = next.state
      }
      expect(state.returns.length <= 100 && state.leverages.length <= 10).toBe(true)
      expect(JSON.parse(JSON.stringify(state))).toEqual(state)
    }),
  )
})

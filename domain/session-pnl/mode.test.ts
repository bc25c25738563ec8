/** Modes: the worked table, tightening at once, loosening slowly, and nothing without data. */
import { describe, expect, test } from 'vitest'
import { firstMode, judgeMode, type ModeState, settingOf, stepMode, trendUsd } from './mode.ts'
import { MODE_BOUNDS, MODE_NAMES } from './mode-table.ts'

const judge = (spreadBps: number | null, cycleUsd: number, sessionUsd: number, more = {}) =>
  judgeMode({ spreadBps, cycleUsd, sessionUsd, adverse: false, cycles: [], ...more }).mode

describe('worked example 7', () => {
  test.each([
    [4, 0.02, -1.99, {}, 'NORMAL'],
    [4, 0.02, -2, {}, 'NORMAL'],
    [4, 0.02, -2.3, {}, 'EMERGENCY_DEFENSIVE'],
    [4, -0.55, 0, { cycles: [-0.3, -0.3, -0.3, -0.3, -0.3] }, 'EMERGENCY_DEFENSIVE'],
    [4, -0.55, 0, { cycles: [0.1, 0.1, 0.1, 0.1, 0.1] }, 'DEFENSIVE'],
    [-3.2, 0.05, 0, {}, 'DEFENSIVE'],
    [0.5, 0.5, 3, {}, 'MODERATE'],
    [12, 0.12, 1, {}, 'AGGRESSIVE'],
    [18, 0.2, 1, {}, 'VERY_AGGRESSIVE'],
    [18, 0.12, 1, {}, 'AGGRESSIVE'],
    [12, 0.2, 1, { adverse: true }, 'DEFENSIVE'],
    [null, 0.2, 1, {}, 'NO_DATA'],
    [null, 0.2, -2.01, {}, 'EMERGENCY_DEFENSIVE'],
  ])('spread %s, cycle %f, session %f, %o: %s', (spread, cycle, session, more, mode) => {
    expect(judge(spread, cycle, session, more)).toBe(mode)
  })
})

test('a trend needs five cycles', () => {
  expect(trendUsd([-1, -1, -1, -1])).toBe(0)
  expect(trendUsd([9, -1, -1, -1, -1, -1])).toBe(-5)
})

const inputs = (spreadBps: number | null, cycleUsd = 0.3, sessionUsd = 1) => ({
  ...{ spreadBps, cycleUsd, sessionUsd, adverse: false },
})
const normal: ModeState = firstMode(0)

test('a more careful mode holds at once', () => {
  const { state, changed } = stepMode(normal, inputs(-4), 1)
  expect(state.mode).toBe('DEFENSIVE')
  expect(changed).toBe(true)
})

test('a bolder mode needs two cycles that agree and ten minutes since the last change', () => {
  const first = stepMode(normal, inputs(18), 700_000)
  expect(first.state.mode).toBe('NORMAL')
  const second = stepMode(first.state, inputs(18), 800_000)
  expect(second.state.mode).toBe('VERY_AGGRESSIVE')
  const early = stepMode(stepMode(normal, inputs(18), 300_000).state, inputs(18), 599_999)
  expect(early.state.mode).toBe('NORMAL')
  expect(stepMode(stepMode(normal, inputs(18), 300_000).state, inputs(18), 600_000).changed).toBe(true)
})

test('a cycle that agrees with what is starts the count anew', () => {
  const one = stepMode(normal, inputs(18), 700_000).state
  const none = stepMode(one, inputs(4), 800_000).state
  expect(stepMode(none, inputs(18), 900_000).changed).toBe(false)
})

test('without data the mode stays, whatever it is', () => {
  const defensive: ModeState = { ...normal, mode: 'DEFENSIVE' }
  for (let cycle = 0; cycle < 5; cycle++) {
    expect(stepMode(defensive, inputs(null), 10_000_000 + cycle).state.mode).toBe('DEFENSIVE')
  }
})

test('no mode leaves its bounds, and a bolder one is never further away', () => {
  const settings = MODE_NAMES.map((mode) => settingOf(mode))
  for (const { distanceBps, levels } of settings) {
    expect(distanceBps).toBeGreaterThanOrEqual(MODE_BOUNDS.distanceBpsMin)
    expect(distanceBps).toBeLessThanOrEqual(MODE_BOUNDS.distanceBpsMax)
    expect(levels).toBeGreaterThanOrEqual(MODE_BOUNDS.levelsMin)
    expect(levels).toBeLessThanOrEqual(MODE_BOUNDS.levelsMax)
  }
  const distances = settings.map(({ distanceBps }) => distanceBps)
  expect(distances).toEqual([...distances].sort((a, b) => b - a))
})

/** Runs of a sweep: every point of a grid once, draws that a seed repeats, and grids that are too large refused. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countRuns, overridesOf, SweepInput, withOverrides } from './sweep-plan.ts'

const sweep = (change: Record<string, unknown>) =>
  SweepInput.parse({
    sweep_id: 'unit',
    strategy: 'ema_cross',
    data: 'x',
    axes: [
      { path: 'a', values: [1, 2] },
      { path: 'b.c', min: 0.1, max: 0.3, step: 0.1 },
    ],
    ...change,
  })

test('a grid has every point once, the last axis fastest', () => {
  const input = sweep({})
  expect(countRuns(input)).toBe(6)
  expect(Array.from({ length: 6 }, (_, run) => overridesOf(input, run))).toEqual([
    { a: 1, 'b.c': 0.1 },
    { a: 1, 'b.c': 0.2 },
    { a: 1, 'b.c': 0.3 },
    { a: 2, 'b.c': 0.1 },
    { a: 2, 'b.c': 0.2 },
    { a: 2, 'b.c': 0.3 },
  ])
})

test.each([
  { runs_max: 6, ok: true },
  { runs_max: 5, ok: false },
])('a grid of 6 with at most $runs_max runs is accepted: $ok', ({ runs_max, ok }) => {
  const count = () => countRuns(sweep({ runs_max }))
  if (ok) expect(count()).toBe(6)
  else expect(count).toThrow('a grid of 6 points')
})

test('an axis that is no list and no grid is refused by name', () => {
  expect(() => countRuns(sweep({ axes: [{ path: 'a.b', min: 1, max: 2 }] }))).toThrow('axes.a.b')
})

test('draws stay in their range, repeat with the seed, and differ from each other', () => {
  fc.assert(
    fc.property(fc.nat(1_000), (seed) => {
      const input = sweep({
        method: 'random',
        seed,
        runs_max: 40,
        axes: [
          { path: 'a', min: 1, max: 4 },
          { path: 'b', values: ['x', 'y'] },
        ],
      })
      const drawn = Array.from({ length: 40 }, (_, run) => overridesOf(input, run))
      for (const { a, b } of drawn) {
        expect(a).toBeGreaterThanOrEqual(1)
        expect(a).toBeLessThanOrEqual(4)
        expect(['x', 'y']).toContain(b)
      }
      expect(overridesOf(input, 7)).toEqual(drawn[7])
      expect(new Set(drawn.map(({ a }) => a)).size).toBeGreaterThan(30)
    }),
    { numRuns: 30 },
  )
})

test('differences are laid in at their paths, and the base stays as it was', () => {
  const base = { trade: { a: 1, b: 2 } }
  expect(withOverrides(base, { 'trade.a': 9, 'x.y.z': true })).toEqual({
    trade: { a: 9, b: 2 },
    x: { y: { z: true } },
  })
  expect(base).toEqual({ trade: { a: 1, b: 2 } })
})

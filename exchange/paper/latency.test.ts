/** Latencies and faults come from their seed, and only when they are asked for. */
import { expect, test } from 'vitest'
import { Faults, NO_FAULTS } from '#exchange/paper/faults.ts'
import { drawLatency, type Latency, parseLatency } from '#exchange/paper/latency.ts'
import { createRandom } from '#exchange/paper/sources/random.ts'

const draws = (latency: Latency, seed: number) => {
  const random = createRandom(seed)
  return Array.from({ length: 2_000 }, () => drawLatency(latency, random)).sort((a, b) => a - b)
}

test.each([
  ['50', { kind: 'fixed', ms: 50 }],
  ['20..80', { kind: 'uniform', minMs: 20, maxMs: 80 }],
  ['lognormal:40,0.5', { kind: 'lognormal', medianMs: 40, sigma: 0.5 }],
])('%s is read', (text, latency) => {
  expect(parseLatency(text)).toEqual(latency)
})

test.each([['-1'], ['80..20'], ['fast'], ['lognormal:40'], ['99999999']])('%s is refused', (text) => {
  expect(() => parseLatency(text)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }))
})

test('a uniform one stays in its range, a lognormal one has its median and a long tail; the seed repeats them', () => {
  const uniform = draws({ kind: 'uniform', minMs: 20, maxMs: 80 }, 1)
  expect(uniform[0]).toBeGreaterThanOrEqual(20)
  expect(uniform.at(-1)).toBeLessThanOrEqual(80)
  const skewed = draws({ kind: 'lognormal', medianMs: 40, sigma: 0.5 }, 1)
  expect(Math.abs((skewed[1_000] as number) - 40)).toBeLessThan(3)
  expect(skewed.at(-1)).toBeGreaterThan(120)
  expect(draws({ kind: 'lognormal', medianMs: 40, sigma: 0.5 }, 1)).toEqual(skewed)
})

test('without rules nothing happens to requests and frames', () => {
  const faults = new Faults()
  for (let at = 0; at < 100; at++) {
    expect(faults.request()).toEqual({ refuse: 0, delayMs: 0, loseAnswer: false })
    expect(faults.frame('x', { frame: null }, at)).toEqual(['x'])
  }
  expect(faults.counts()).toEqual({})
})

test('faults happen about as often as asked, the same ones for the same seed, and end with a reset', () => {
  const run = (seed: number) => {
    const faults = new Faults()
    faults.set({ http_429: 0.1, http_502: 0.1, answer_lost: 0.2 }, seed)
    return { faults, fates: Array.from({ length: 1_000 }, () => faults.request()) }
  }
  const { faults, fates } = run(5)
  expect(run(5).fates).toEqual(fates)
  expect(run(6).fates).not.toEqual(fates)
  expect(fates.filter(({ refuse }) => refuse === 429).length).toBeGreaterThan(60)
  expect(fates.filter(({ loseAnswer }) => loseAnswer).length).toBeGreaterThan(100)
  faults.set(NO_FAULTS)
  expect(faults.request().refuse).toBe(0)
})

test('frames are dropped, doubled where they carry fills, held back behind their successor, and silent during a stall', () => {
  const faults = new Faults()
  const held = { frame: null as string | null }
  faults.set({ frame_drop: 1 })
  expect(faults.frame('a', held, 0)).toEqual([])
  faults.set({ ...NO_FAULTS, fill_duplicate: 1 })
  expect(faults.frame('{"fills":[{}]}', held, 0)).toHaveLength(2)
  expect(faults.frame('a', held, 0)).toEqual(['a'])
  faults.set({ ...NO_FAULTS, frame_reorder: 1 })
  expect(faults.frame('a', held, 0)).toEqual([])
  expect(faults.frame('b', held, 0)).toEqual(['b', 'a'])
  faults.set({ ...NO_FAULTS, disconnect: 1 })
  expect(faults.frame('a', held, 0)).toBe('disconnect')
  faults.set(NO_FAULTS)
  faults.stall(100)
  expect(faults.frame('a', held, 99)).toEqual([])
  expect(faults.frame('a', held, 100)).toEqual(['a'])
})

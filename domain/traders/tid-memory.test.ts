/** Tests of recognising trades that the venue repeats. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createTidMemory, LIMITS } from '#domain/traders/tid-memory.ts'

it('takes each trade once, whatever the order of its id', () => {
  const memory = createTidMemory()
  expect(memory.see(990, 1_000)).toBe('new')
  expect(memory.see(120, 1_001)).toBe('new') // ids have no order
  expect(memory.see(990, 1_000)).toBe('repeated')
  expect(memory.reach()).toBe(1_001)
})

it('says that a trade is too old to tell once its generation is forgotten', () => {
  const memory = createTidMemory()
  memory.see(1, 1_000)
  memory.see(2, 1_000 + LIMITS.generationMs + 1)
  memory.see(3, 1_000 + 2 * LIMITS.generationMs + 3)
  expect(memory.see(1, 1_000)).toBe('too_old')
  expect(memory.see(9, 1_000 + 2 * LIMITS.generationMs)).toBe('new')
})

it('stays bounded under any number of trades of one moment, and takes none of them twice', () => {
  const memory = createTidMemory()
  const count = LIMITS.generationMax * 3
  for (let tid = 0; tid < count; tid++) memory.see(tid, 5_000)
  expect(memory.since(0).tids.length).toBeLessThanOrEqual(2 * LIMITS.generationMax)
  expect(memory.see(0, 5_000)).not.toBe('new')
})

it('goes on from what an earlier one knew', () => {
  const first = createTidMemory()
  for (let tid = 1; tid <= 10; tid++) first.see(tid, tid * 1_000)
  const second = createTidMemory(first.since(5_000))
  expect(second.reach()).toBe(10_000)
  expect(second.see(7, 7_000)).toBe('repeated')
  expect(second.see(4, 4_000)).toBe('too_old')
  expect(second.see(11, 5_000)).toBe('new')
})

it('never takes a trade twice, in whatever order trades come and come again', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 3_000_000 })), {
        maxLength: 200,
      }),
      (trades) => {
        const memory = createTidMemory()
        const times = new Map<number, number>()
        const taken = new Set<number>()
        for (const [tid, drawn] of trades) {
          const ts = times.get(tid) ?? drawn
          times.set(tid, ts)
          if (memory.see(tid, ts) !== 'new') continue
          expect(taken.has(tid)).toBe(false)
          taken.add(tid)
        }
      },
    ),
  )
})

/** Silence counts only after a feed was active, is asked about once, and then cuts. */
import { beforeEach, expect, test } from 'vitest'
import { createStallWatch, LIMITS, type StallWatch } from '#streamers/stall-watch.ts'

let nowMs: number
let calls: string[]
let watch: StallWatch

beforeEach(() => {
  nowMs = 0
  calls = []
  watch = createStallWatch({
    clock: { monotonicMs: () => nowMs },
    staleMs: 1_000,
    onStall: (key) => calls.push(`stall ${key}`),
    onStuck: (key) => calls.push(`stuck ${key}`),
  })
  watch.watch('book')
})
const speak = (times: number): void => {
  for (let index = 0; index < times; index++) watch.alive('book')
}
const checkAt = (ms: number): void => {
  nowMs = ms
  watch.check()
}

test.each([
  { frames: LIMITS.activeAfterFrames - 1, stalls: 0 },
  { frames: LIMITS.activeAfterFrames, stalls: 1 },
])('after $frames frames, silence is noticed $stalls times', ({ frames, stalls }) => {
  speak(frames)
  checkAt(5_000)
  expect(calls).toHaveLength(stalls)
})

test.each([
  { ms: 999, stalls: 0 },
  { ms: 1_000, stalls: 1 },
])('after $ms ms of silence: $stalls stalls', ({ ms, stalls }) => {
  speak(5)
  checkAt(ms)
  expect(calls).toHaveLength(stalls)
})

test('one renewal, then the cut, then nothing until it was active again', () => {
  speak(5)
  checkAt(1_000)
  checkAt(1_999)
  expect(calls).toEqual(['stall book'])
  checkAt(2_000)
  checkAt(9_000)
  expect(calls).toEqual(['stall book', 'stuck book'])
})

test('a frame after the renewal ends the matter', () => {
  speak(5)
  checkAt(1_000)
  speak(1)
  checkAt(9_000)
  expect(calls).toEqual(['stall book'])
})

test('a new connection starts anew, and feeds that are not watched are ignored', () => {
  speak(5)
  watch.forget(['book', 'nobody'])
  watch.alive('nobody')
  checkAt(9_000)
  expect(calls).toEqual([])
})

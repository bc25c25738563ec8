/** Gathered reads: sessions that ask within a pass share one question, which is sent after the last of them; one alone waits for nothing. */
import { expect, test } from 'vitest'
import type { FillEvent } from '#domain/events.ts'
import { createGatheredReads } from './gathered-reads.ts'

const fill = (ts: number): FillEvent => ({ kind: 'fill', coin: 'ETH', ts, tid: ts, oid: ts }) as FillEvent

function setUp() {
  let release = (): void => undefined
  const asked: number[] = []
  const slept: number[] = []
  const sleep = (ms: number): Promise<void> => {
    slept.push(ms)
    return new Promise((resolve) => {
      release = resolve
    })
  }
  const reads = createGatheredReads({ sleep }, async (fromTs) => {
    asked.push(fromTs)
    return [10, 20, 30].filter((ts) => ts >= fromTs).map(fill)
  })
  const times = async (ts: number, isShared = true): Promise<number[]> =>
    (await reads.fillsSince(ts, isShared)).map((each) => each.ts)
  return { asked, slept, times, release: () => release() }
}

test('questions of one pass are one, from the earliest time, and each gets what it asked for', async () => {
  const { asked, release, times } = setUp()
  const answers = [times(20), times(10), times(31)]
  expect(asked).toEqual([])
  release()
  expect(await Promise.all(answers)).toEqual([[20, 30], [10, 20, 30], []])
  expect(asked).toEqual([10])
})

test('who asks after it was sent asks anew: the answer may be older than his question', async () => {
  const { asked, release, times } = setUp()
  const first = times(20)
  release()
  await first
  const second = times(30)
  release()
  await second
  expect(asked).toEqual([20, 30])
})

test('a session that has the account for itself waits for nothing', async () => {
  const { asked, slept, times } = setUp()
  expect(await times(20, false)).toEqual([20, 30])
  expect([asked, slept]).toEqual([[20], []])
})

test('a failure reaches everybody who asked, and the next question is sent', async () => {
  let fails = true
  const reads = createGatheredReads({ sleep: async () => undefined }, async () => {
    if (fails) throw new TypeError('no answer')
    return []
  })
  const both = await Promise.allSettled([reads.fillsSince(1, true), reads.fillsSince(2, true)])
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  fails = false
  expect(await reads.fillsSince(1, true)).toEqual([])
})

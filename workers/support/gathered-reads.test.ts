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

test('what was listed is not asked for again, but for the last half minute, in which a fill may be listed late', async () => {
  const venue = [fill(100_000), fill(200_000)]
  const asked: number[] = []
  const reads = createGatheredReads({ sleep: async () => undefined }, async (fromTs) => {
    asked.push(fromTs)
    return venue.filter(({ ts }) => ts >= fromTs)
  })
  const times = async (ts: number): Promise<number[]> =>
    (await reads.fillsSince(ts, true)).map((each) => each.ts)
  expect(await times(50_000)).toEqual([100_000, 200_000])
  venue.push(fill(180_000), fill(210_000))
  expect(await times(60_000)).toEqual([100_000, 180_000, 200_000, 210_000])
  expect(await times(205_000)).toEqual([210_000])
  expect(await times(49_999)).toEqual([100_000, 180_000, 200_000, 210_000])
  expect(asked).toEqual([50_000, 170_000, 205_000, 49_999])
})

test('fills of one moment are all told, and in order', async () => {
  const two = [
    { ...fill(10), tid: 2, oid: 1 },
    { ...fill(10), tid: 1, oid: 1 },
  ]
  const reads = createGatheredReads({ sleep: async () => undefined }, async () => two)
  const told = [await reads.fillsSince(0, true), await reads.fillsSince(0, true)]
  expect(told.map((fills) => fills.map(({ tid }) => tid))).toEqual([
    [1, 2],
    [1, 2],
  ])
})

test('of too many the oldest are forgotten, and asked for again when somebody wants them', async () => {
  const fills = [10, 20, 30, 40, 50].map(fill)
  const asked: number[] = []
  const ask = async (fromTs: number): Promise<FillEvent[]> => {
    asked.push(fromTs)
    return fills.filter(({ ts }) => ts >= fromTs)
  }
  const reads = createGatheredReads({ sleep: async () => undefined }, ask, 4)
  const times = async (ts: number): Promise<number[]> =>
    (await reads.fillsSince(ts, true)).map((each) => each.ts)
  expect(await times(0)).toEqual([10, 20, 30, 40, 50])
  expect(await times(31)).toEqual([40, 50])
  expect(await times(30)).toEqual([30, 40, 50])
  expect(asked).toEqual([0, 31, 30])
})

test('up to that number a question from the beginning asks for the newest half minute alone', async () => {
  const hours = [1, 2, 4].map((hour) => fill(hour * 3_600_000))
  const asked: number[] = []
  const reads = createGatheredReads({ sleep: async () => undefined }, async (fromTs) => {
    asked.push(fromTs)
    return hours.filter(({ ts }) => ts >= fromTs)
  })
  await reads.fillsSince(0, true)
  expect(await reads.fillsSince(0, true)).toHaveLength(3)
  expect(asked).toEqual([0, 4 * 3_600_000 - 30_000])
})

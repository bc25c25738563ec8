/** Recent fills: the venue is asked once, again after a cut, and never for what the stream has told. */
import { describe, expect, test } from 'vitest'
import type { FillEvent } from '#domain/events.ts'
import { createRecentFills } from './recent-fills.ts'

const fill = (tid: number, ts: number, snapshot = false): FillEvent =>
  ({ kind: 'fill', coin: 'ETH', tid, oid: tid, ts, snapshot }) as FillEvent

function setUp(listed: FillEvent[] = []) {
  let ts = 10_000_000
  const asked: number[] = []
  const recent = createRecentFills(() => ts)
  return {
    ...{ recent, asked, listed },
    pass: (ms: number) => {
      ts += ms
    },
    tids: async (fromTs: number) =>
      (
        await recent.since('desk', fromTs, async (from) => {
          asked.push(from)
          return listed.filter((each) => each.ts >= from)
        })
      ).map(({ tid }) => tid),
  }
}

describe('fills of the last hour', () => {
  test('the first question goes to the venue; a later one is answered from what was heard since', async () => {
    const { asked, recent, tids } = setUp([fill(1, 9_000_000)])
    expect(await tids(8_000_000)).toEqual([1])
    recent.take('desk', [fill(2, 9_500_000)])
    expect(await tids(8_000_001)).toEqual([1, 2])
    expect(asked).toEqual([8_000_000])
  })

  test('a question that reaches back further than any before is asked', async () => {
    const { asked, tids } = setUp()
    await tids(8_000_000)
    await tids(7_999_999)
    expect(asked).toEqual([8_000_000, 7_999_999])
  })

  test('after a cut of the stream the venue is asked again, and a fill that both told comes once', async () => {
    const { asked, recent, listed, tids } = setUp()
    await tids(8_000_000)
    recent.take('desk', [fill(2, 9_500_000)])
    recent.cut('desk')
    listed.push(fill(2, 9_500_000), fill(3, 9_600_000))
    expect(await tids(8_000_000)).toEqual([2, 3])
    expect(asked).toHaveLength(2)
  })

  test('an answer that a cut has overtaken is not believed to be whole', async () => {
    const { asked, recent, tids } = setUp()
    const first = tids(8_000_000)
    recent.cut('desk')
    await first
    await tids(8_000_000)
    expect(asked).toHaveLength(2)
  })

  test('the stream that begins with a snapshot counts as cut', async () => {
    const { asked, recent, tids } = setUp()
    await tids(8_000_000)
    recent.take('desk', [fill(2, 9_500_000, true)])
    await tids(8_000_000)
    expect(asked).toHaveLength(2)
  })

  test('sessions that ask together share one question', async () => {
    const { asked, tids } = setUp([fill(1, 9_000_000)])
    expect(await Promise.all([tids(8_000_000), tids(8_500_000), tids(9_500_000)])).toEqual([[1], [1], []])
    expect(asked).toEqual([8_000_000])
  })

  test('accounts are told apart, and what is older than an hour is let go', async () => {
    const { asked, pass, recent, tids } = setUp()
    recent.take('other', [fill(9, 9_900_000)])
    await tids(8_000_000)
    pass(70 * 60_000)
    recent.take('desk', [fill(4, 14_000_000)])
    expect(await tids(8_000_000)).toEqual([4])
    expect(asked).toHaveLength(2)
  })
})

/** Gaps cover exactly what can be missing: whatever is cut and whenever, every lost event lies inside one. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { MarketEvent } from '#domain/events.ts'
import { createContinuity, type Gap, LIMITS, type Reach } from '#streamers/continuity.ts'

const bbo = (ts: number): MarketEvent => ({
  kind: 'bbo',
  coin: 'BTC',
  ts,
  bid: null,
  ask: null,
  receivedTs: ts,
})
const FEED = { channel: 'bbo', coin: 'BTC' }
const start = (from: Reach[] = []) => {
  const gaps: Gap[] = []
  return { gaps, continuity: createContinuity({ from, onGap: (gap) => gaps.push({ ...gap }) }) }
}

test('a second cut before data came keeps the first cause and the first beginning', () => {
  const { gaps, continuity } = start()
  continuity.arrived([bbo(5)])
  continuity.cut([FEED], 'stall')
  continuity.cut([FEED], 'disconnect')
  continuity.arrived([bbo(9)])
  expect(gaps.map(({ reason, openedTs, closedTs }) => [reason, openedTs, closedTs])).toEqual([
    ['stall', 5, 0],
    ['stall', 5, 9],
  ])
})

test('a snapshot that shows the last known quote after a reconnect proves that nothing is missing; after a stall it proves nothing', () => {
  const { gaps, continuity } = start()
  continuity.arrived([bbo(5)])
  continuity.cut([FEED], 'disconnect')
  continuity.arrived([bbo(5)])
  expect(gaps.at(-1)).toMatchObject({ openedTs: 5, closedTs: 5, status: 'recovered' })
  continuity.cut([FEED], 'stall')
  continuity.arrived([bbo(5)])
  expect(gaps.at(-1)).toMatchObject({ status: 'open' })
  continuity.arrived([bbo(6)])
  expect(gaps.at(-1)).toMatchObject({ closedTs: 6, status: 'closed' })
})

test.each([
  { frames: LIMITS.olderFramesMax - 1, reach: 1_000_000 },
  { frames: LIMITS.olderFramesMax, reach: 19 },
])('after $frames frames of an older market the reach is $reach', ({ frames, reach }) => {
  const { continuity } = start()
  continuity.arrived([bbo(1_000_000)])
  for (let ts = 0; ts < frames; ts++) continuity.arrived([bbo(ts)])
  expect(continuity.reach()).toEqual([{ ...FEED, ts: reach, tid: 0 }])
})

test('candles of each interval, mids and contexts are feeds of their own', () => {
  const { continuity } = start()
  const candle = { kind: 'candle', coin: 'BTC', interval: '5m', openTs: 5, closeTs: 9, receivedTs: 7 }
  continuity.arrived([candle as MarketEvent])
  continuity.arrived([{ kind: 'mids', mids: {}, receivedTs: 8 }])
  continuity.arrived([{ kind: 'asset_context', coin: 'BTC', receivedTs: 9 } as MarketEvent])
  expect(continuity.reach().map(({ channel, coin, ts }) => [channel, coin, ts])).toEqual([
    ['candle:5m', 'BTC', 7],
    ['allMids', '', 8],
    ['activeAssetCtx', 'BTC', 9],
  ])
})

test('a candle of a replayed market reaches as far as the candle, not to the time of this machine', () => {
  const { continuity } = start()
  const candle = { kind: 'candle', coin: 'BTC', interval: '1m', openTs: 60_000, closeTs: 119_999 }
  for (const [receivedTs, reach] of [
    [1, 60_000],
    [90_000, 90_000],
    [1_000_000, 119_999],
  ] as const) {
    continuity.arrived([{ ...candle, receivedTs } as MarketEvent])
    expect(continuity.reach()).toMatchObject([{ channel: 'candle:1m', ts: reach }])
  }
})

test('every event lost to a cut or to a killed process lies inside a gap, and nothing that arrived does', () => {
  const step = fc.constantFrom('event', 'event', 'event', 'lost', 'kill')
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      let gaps: Gap[] = []
      let reach: Reach[] = []
      const note = (gap: Gap): void => {
        gaps = [...gaps.filter(({ openedTs }) => openedTs !== gap.openedTs), { ...gap }]
      }
      let continuity = createContinuity({ onGap: note })
      const arrived: number[] = []
      const lost: number[] = []
      for (const [index, what] of steps.entries()) {
        const ts = index + 1
        if (what === 'event') {
          continuity.arrived([bbo(ts)])
          reach = continuity.reach()
          arrived.push(ts)
        } else if (what === 'lost') {
          continuity.cut([FEED], 'disconnect')
          lost.push(ts)
        } else {
          continuity = createContinuity({ from: reach, onGap: note }) // kill -9, and a start from the saved reach
          lost.push(ts)
        }
      }
      const isInside = (ts: number): boolean =>
        gaps.some(({ openedTs, closedTs, status }) => ts > openedTs && (status === 'open' || ts < closedTs))
      const first = arrived[0] ?? Number.POSITIVE_INFINITY
      expect(lost.filter((ts) => ts > first && !isInside(ts))).toEqual([])
      expect(arrived.filter(isInside)).toEqual([])
    }),
    { numRuns: 500 },
  )
})

/** The filters on both sides of their bounds, with the numbers of the original system, and as properties. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  createRowFilter,
  type Judged,
  midOf,
  PRESETS,
  policiesOf,
  RecordingPolicies,
  type RecordingPolicy,
  type RowFilter,
} from '#domain/market/recording-policy.ts'

const keep = (filter: RowFilter, row: Judged): boolean => {
  const isWanted = filter.wants(row)
  if (isWanted) filter.stored(row)
  return isWanted
}
const keeps = (policy: RecordingPolicy, rows: readonly object[]): boolean[] => {
  const filter = createRowFilter(policy)
  return rows.map((row) => keep(filter, { coin: 'BTC', ts: 0, ...row }))
}

test('the change filter keeps what the original kept of a book', () => {
  const book = (bid: number, second: number) => ({
    mid: midOf(String(bid), String(bid + 1)),
    ts: second * 1_000,
  })
  const rows = [
    book(64_000, 0), // first
    book(64_600, 5), // 0.94 %
    book(64_640.5, 9), // 1.0008 %
    book(64_650, 10),
    book(64_700, 609), // 600 s
    book(64_700, 610),
    book(63_990, 615),
  ]
  expect(keeps({ store: 'change', moved_pct: 1, every_s: 600 }, rows)).toEqual([
    ...[true, false, true, false, true, false, true],
  ])
})

test('exactly one percent and exactly the time are enough', () => {
  const policy = { store: 'change', moved_pct: 1, every_s: 600 } as const
  expect(keeps(policy, [{ mid: 100 }, { mid: 101 }])).toEqual([true, true])
  expect(keeps(policy, [{ mid: 100 }, { mid: 100.99 }])).toEqual([true, false])
  expect(keeps(policy, [{ mid: 100 }, { mid: 100, ts: 599_999 }, { mid: 100, ts: 600_000 }])).toEqual([
    ...[true, false, true],
  ])
})

test('a book that loses a side has changed, and again when it has both', () => {
  const policy = { store: 'change', moved_pct: 1, every_s: 600 } as const
  const rows = [{ mid: 100 }, { mid: null, ts: 1 }, { mid: null, ts: 2 }, { mid: 100, ts: 3 }]
  expect(keeps(policy, rows)).toEqual([true, true, false, true])
  expect(midOf('100', undefined)).toBeNull()
  expect(midOf('0', '5')).toBeNull()
})

test('trades are kept by their value, the bound included, whatever their ids', () => {
  const trades = [64_251 * 0.01557, 64_251 * 2, 64_250 * 0.0155, 64_249.5 * 0.4, 1_000].map((usd) => ({
    usd,
  }))
  expect(keeps({ store: 'value', min_usd: 1_000 }, trades)).toEqual([true, true, false, true, true])
})

test('events are rows whose figures differ from the last one; samples are one per time and coin', () => {
  const prints = ['a', 'a', 'b', 'a'].map((print) => ({ print }))
  expect(keeps({ store: 'events' }, prints)).toEqual([true, false, true, true])
  const samples = [{ ts: 0 }, { ts: 999 }, { ts: 999, coin: 'ETH' }, { ts: 1_000 }, { ts: 5 }]
  expect(keeps({ store: 'sample', every_ms: 1_000 }, samples)).toEqual([true, false, true, true, true])
})

test('a row that could not be stored is wanted again', () => {
  const filter = createRowFilter({ store: 'change', moved_pct: 1, every_s: 600 })
  const row = { coin: 'BTC', ts: 5, mid: 100 }
  expect([filter.wants(row), filter.wants(row)]).toEqual([true, true])
  filter.stored(row)
  expect(filter.wants(row)).toBe(false)
})

test('all keeps everything, none nothing', () => {
  expect(keeps({ store: 'all' }, [{}, {}])).toEqual([true, true])
  expect(keeps({ store: 'none' }, [{}, {}])).toEqual([false, false])
})

test('property: between two rows kept by change the mid never strays further than the bound, nor the time', () => {
  const step = fc.record({
    ms: fc.integer({ min: 1, max: 200_000 }),
    move: fc.double({ min: -0.02, max: 0.02, noNaN: true }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const filter = createRowFilter({ store: 'change', moved_pct: 1, every_s: 600 })
      let [ts, mid] = [0, 100]
      let [keptTs, keptMid] = [0, 100]
      keep(filter, { coin: 'X', ts, mid })
      for (const { ms, move } of steps) {
        ts += ms
        mid *= 1 + move
        const kept = keep(filter, { coin: 'X', ts, mid })
        if (kept) [keptTs, keptMid] = [ts, mid]
        expect(Math.abs(mid - keptMid) / keptMid).toBeLessThan(0.01)
        expect(ts - keptTs).toBeLessThan(600_000)
      }
    }),
  )
})

test('exceptions replace the policy of their table alone', () => {
  const policies = policiesOf({ preset: 'economy', policies: { trades: { store: 'all' }, bbo: undefined } })
  expect(policies).toEqual({ ...PRESETS.economy, trades: { store: 'all' } })
})

test('the presets are valid policies; a policy that a table cannot have is refused', () => {
  for (const preset of Object.values(PRESETS)) expect(RecordingPolicies.parse(preset)).toEqual(preset)
  const wrong = { ...PRESETS.full, trades: { store: 'sample', every_ms: 1_000 } }
  expect(RecordingPolicies.safeParse(wrong).success).toBe(false)
})

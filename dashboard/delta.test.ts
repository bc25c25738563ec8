/** Deltas carry exactly the difference of two states. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyDelta, diffStates, EMPTY_STATE } from '#dashboard/delta.ts'
import type { KeyedRow, TopicState } from '#dashboard/topic-states.ts'

const rows = fc
  .uniqueArray(fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), figure: fc.integer() }), {
    selector: (row) => row.key,
  })
  .map((list) => list as KeyedRow[])
const state: fc.Arbitrary<TopicState> = fc.record({
  values: fc.record({ system: fc.option(fc.record({ market: fc.string() })), as_of: fc.nat() }),
  lists: fc.record({ fills: rows, orders: rows }),
})

const sorted = (from: TopicState) => ({
  values: from.values,
  lists: Object.fromEntries(
    Object.entries(from.lists).map(([name, list]) => [
      name,
      [...list].sort((a, b) => a.key.localeCompare(b.key)),
    ]),
  ),
})

test('the delta between two states turns the first into the second', () => {
  fc.assert(
    fc.property(state, state, (before, after) => {
      const delta = diffStates(before, after)
      expect(sorted(delta ? applyDelta(before, delta) : before)).toEqual(sorted(after))
    }),
  )
})

test('a delta that arrives twice changes nothing more', () => {
  fc.assert(
    fc.property(state, state, (before, after) => {
      const delta = diffStates(before, after) ?? {}
      const once = applyDelta(before, delta)
      expect(applyDelta(once, delta)).toEqual(once)
    }),
  )
})

test('equal states have no delta', () => {
  fc.assert(
    fc.property(state, (same) => {
      expect(diffStates(same, structuredClone(same))).toBeNull()
    }),
  )
})

test('only the changed row of a list travels', () => {
  const before = {
    values: {},
    lists: {
      fills: [
        { key: 'a', px: '1' },
        { key: 'b', px: '2' },
      ],
    },
  }
  const after = {
    values: {},
    lists: {
      fills: [
        { key: 'a', px: '1' },
        { key: 'b', px: '3' },
      ],
    },
  }
  expect(diffStates(before, after)).toEqual({ upsert: { fills: [{ key: 'b', px: '3' }] } })
})

test('from the empty state the delta is the whole state', () => {
  const after = { values: { x: 1 }, lists: { fills: [{ key: 'a' }] } }
  expect(applyDelta(EMPTY_STATE, diffStates(EMPTY_STATE, after) ?? {})).toEqual(after)
})

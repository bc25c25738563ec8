/** Spans of partitions, to the millisecond and over the turns of months and years. */
import { expect, test } from 'vitest'
import { isClosedPartition, partitionIdOf, partitionLabel, partitionSpan } from '#domain/time-partition.ts'

test.each([
  ['20261119', Date.UTC(2026, 10, 19), Date.UTC(2026, 10, 20), '2026-11-19'],
  ['20261231', Date.UTC(2026, 11, 31), Date.UTC(2027, 0, 1), '2026-12-31'],
  ['20280229', Date.UTC(2028, 1, 29), Date.UTC(2028, 2, 1), '2028-02-29'],
  ['202612', Date.UTC(2026, 11, 1), Date.UTC(2027, 0, 1), '2026-12'],
])('%s covers its time and is called by it', (id, from, until, label) => {
  expect(partitionSpan(id)).toEqual({ from, until })
  expect(partitionLabel(id)).toBe(label)
  expect(partitionIdOf(label)).toBe(id)
})

test.each(['all', '', '2026', '20261301', '20260230', '202613', "2026' OR 1"])('%j is no time', (id) => {
  expect(partitionSpan(id)).toBeNull()
  expect(isClosedPartition(id, Number.MAX_SAFE_INTEGER, 1)).toBe(false)
})

test('a partition closes so many hours after its end, not a millisecond before', () => {
  const closes = Date.UTC(2026, 10, 20, 6)
  expect(isClosedPartition('20261119', closes - 1, 6)).toBe(false)
  expect(isClosedPartition('20261119', closes, 6)).toBe(true)
})

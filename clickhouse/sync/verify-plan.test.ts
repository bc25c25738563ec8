/** Which hours are compared, and how differences become stretches. */
import { describe, expect, test } from 'vitest'
import { differingBuckets, dueHours, stretches } from '#clickhouse/sync/verify-plan.ts'

describe('an hour is due', () => {
  const bucket = Date.UTC(2026, 10, 20, 10) / 1_000
  const over = (bucket + 3_660) * 1_000
  const due = (block: number, cursor: number, now: number, verified: [number, number][] = []) =>
    dueHours([{ bucket, block }], { cursor, now, verified: new Map(verified) }).length
  test('one minute after its end, when all its rows are copied', () => {
    expect(due(5, 5, over)).toBe(1)
    expect(due(5, 5, over - 1)).toBe(0)
    expect(due(6, 5, over)).toBe(0)
  })
  test('again when rows came after it was found equal, else never again', () => {
    expect(due(5, 9, over, [[bucket, 5]])).toBe(0)
    expect(due(6, 9, over, [[bucket, 5]])).toBe(1)
  })
  test('again when its newest rows are gone: something is wrong then', () => {
    expect(due(4, 9, over, [[bucket, 5]])).toBe(1)
  })
})

test('buckets differ by count, by hash, and by being there at all', () => {
  const content = (rows: number, hash: string) => ({ rows, hash })
  const here = new Map([
    [1, content(1, 'a')],
    [2, content(1, 'a')],
    [3, content(1, 'a')],
    [4, content(1, 'a')],
  ])
  const there = new Map([
    [1, content(1, 'a')],
    [2, content(2, 'a')],
    [3, content(1, 'b')],
    [5, content(1, 'a')],
  ])
  expect(differingBuckets(here, there)).toEqual([2, 3, 4, 5])
})

test('neighbouring minutes are one stretch', () => {
  expect(stretches([60, 120, 180, 600, 720, 780])).toEqual([
    { from: 60, until: 240 },
    { from: 600, until: 660 },
    { from: 720, until: 840 },
  ])
  expect(stretches([])).toEqual([])
})

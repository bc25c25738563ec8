/** Cursors, batches and identities of the copy: what is next, and that no row falls between two batches. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  announced,
  batchNumberOf,
  type Cursor,
  cutRanges,
  NEW_CURSOR,
  nextMove,
  recorded,
  restarted,
  rowsOfBatch,
  tokenOf,
} from '#clickhouse/sync/plan.ts'

const at = (cursor: number, pendingTo = cursor): Cursor => ({ ...NEW_CURSOR, cursor, pendingTo })

describe('the next move', () => {
  test.each<[string, Cursor, number, string]>([
    ['nothing was ever copied', NEW_CURSOR, 5, 'copy'],
    ['an empty partition', NEW_CURSOR, 0, 'idle'],
    ['everything is there', at(5), 5, 'idle'],
    ['one block more', at(5), 6, 'copy'],
    ['a batch was announced', at(5, 9), 9, 'redo'],
    ['a batch was announced, more came since', at(5, 9), 20, 'redo'],
    ['the newest block is before the cursor', at(5), 4, 'restart'],
    ['the newest block is before the announced batch', at(5, 9), 8, 'restart'],
  ])('%s: %s', (_what, cursor, newest, move) => {
    expect(nextMove(cursor, newest)).toBe(move)
  })

  test('after a restart the old identities are never used again', () => {
    const fresh = restarted({ ...at(5, 9), epoch: 2, version: 40 })
    expect(fresh).toEqual({ ...NEW_CURSOR, epoch: 3, version: 40 })
    const name = { source: 's', table: 't', partition: 'p', from: 0, to: 5 }
    expect(tokenOf({ ...name, epoch: 3 })).not.toBe(tokenOf({ ...name, epoch: 2 }))
  })
})

test('a batch is announced, then recorded; every write has a higher version than the one before', () => {
  const first = announced(at(5), 9, 77)
  expect(first).toMatchObject({ cursor: 5, pendingTo: 9, batch: 77, version: 1 })
  const done = recorded(first, 400)
  expect(done).toMatchObject({ cursor: 9, pendingTo: 9, rows: 400, version: 2 })
  expect(nextMove(done, 9)).toBe('idle')
})

test('batches cover every block once, in order, and stay below the limit unless one block alone passes it', () => {
  const blocks = fc.array(
    fc.record({ gap: fc.integer({ min: 1, max: 5 }), rows: fc.integer({ min: 1, max: 900 }) }),
  )
  fc.assert(
    fc.property(blocks, fc.integer({ min: 1, max: 1000 }), (steps, rowsMax) => {
      let block = 0
      const list = steps.map(({ gap, rows }) => {
        block += gap
        return { block, rows }
      })
      const ranges = cutRanges(list, rowsMax)
      let from = 0
      for (const range of ranges) {
        const inside = list.filter((each) => each.block > from && each.block <= range.to)
        expect(inside.reduce((sum, { rows }) => sum + rows, 0)).toBe(range.rows)
        expect(inside.length === 1 || range.rows <= rowsMax).toBe(true)
        from = range.to
      }
      expect(ranges.reduce((sum, { rows }) => sum + rows, 0)).toBe(
        list.reduce((sum, { rows }) => sum + rows, 0),
      )
      expect(ranges.at(-1)?.to ?? 0).toBe(block)
    }),
  )
})

test('wide rows make smaller batches', () => {
  const limits = { batchRows: 500_000, batchBytes: 64_000_000 }
  expect(rowsOfBatch(50, limits)).toBe(500_000)
  expect(rowsOfBatch(1_000, limits)).toBe(64_000)
  expect(rowsOfBatch(1e12, limits)).toBe(1)
  expect(rowsOfBatch(0, limits)).toBe(500_000)
})

test('a batch number is a whole number above 0 that a double holds, and differs by every part of its name', () => {
  const name = { source: 's', table: 't', partition: 'p', epoch: 0, from: 1, to: 2 }
  const others = [{ source: 'x' }, { table: 'x' }, { partition: 'x' }, { epoch: 1 }, { from: 0 }, { to: 3 }]
  const numbers = [name, ...others.map((other) => ({ ...name, ...other }))].map((each) =>
    batchNumberOf(tokenOf(each)),
  )
  expect(new Set(numbers).size).toBe(7)
  expect(numbers.every((number) => Number.isSafeInteger(number) && number > 0)).toBe(true)
})

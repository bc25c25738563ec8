/** Tests of cutting the leaderboard document into rows, however it is chopped up on its way. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createRowScanner } from '#domain/traders/row-scanner.ts'

function scan(text: string, size = text.length): { rows: unknown[]; complete: boolean; unreadable: number } {
  const rows: unknown[] = []
  const scanner = createRowScanner((row) => rows.push(row))
  for (let at = 0; at < text.length; at += Math.max(1, size))
    scanner.push(text.slice(at, at + Math.max(1, size)))
  return { rows, complete: scanner.end(), unreadable: scanner.unreadable() }
}

it('finds the rows of a document in pieces of any size', () => {
  fc.assert(
    fc.property(
      fc.array(fc.jsonValue()),
      fc.integer({ min: 1, max: 50 }),
      fc.boolean(),
      (rows, size, spaced) => {
        const text = JSON.stringify({ other: 1, leaderboardRows: rows, after: [1] }, null, spaced ? 2 : 0)
        expect(scan(text, size)).toEqual({
          rows: JSON.parse(JSON.stringify(rows)),
          complete: true,
          unreadable: 0,
        })
      },
    ),
  )
})

it('is not misled by brackets and commas in texts', () => {
  const rows = [{ displayName: 'a],[{"b' }, { displayName: '\\"]' }]
  expect(scan(JSON.stringify({ leaderboardRows: rows }), 3).rows).toEqual(rows)
})

it('says that a document was cut off, and keeps the rows before', () => {
  const text = JSON.stringify({ leaderboardRows: [{ a: 1 }, { a: 2 }, { a: 3 }] })
  const cut = scan(text.slice(0, -6))
  expect(cut).toMatchObject({ complete: false, rows: [{ a: 1 }, { a: 2 }] })
})

it('says so when there is no list at all', () => {
  expect(scan('<html>502 Bad Gateway</html>')).toEqual({ rows: [], complete: false, unreadable: 0 })
  expect(scan('')).toEqual({ rows: [], complete: false, unreadable: 0 })
})

it('counts a row that is no JSON and one that never ends, and goes on behind them', () => {
  const long = `{"displayName":"${'x'.repeat(70_000)}"}`
  const read = scan(`{"leaderboardRows":[{"a":1},{oops},${long},{"a":2}]}`, 1_000)
  expect(read).toEqual({ rows: [{ a: 1 }, { a: 2 }], complete: true, unreadable: 2 })
})

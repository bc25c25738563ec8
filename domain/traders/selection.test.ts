/** Tests of the selection: worked example, who comes and goes and why, and documents that must not be believed. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type LeaderboardRow, readRow, readRows } from '#domain/traders/leaderboard.ts'
import {
  changesSince,
  DEFAULT_RULES,
  refuseDocument,
  scoreRows,
  selectTraders,
} from '#domain/traders/selection.ts'
import { exampleAddress, exampleRows } from '#tests/support/worked-traders.ts'

const RULES = { ...DEFAULT_RULES, max: 5, score_min: 45 }

it('selects the worked example: the likely ones by score, then the best of the rest, marked as such', () => {
  const selected = selectTraders(scoreRows(exampleRows()), RULES)
  expect(selected.map(({ address, rank, likely, reason }) => [address, rank, likely, reason])).toEqual([
    [exampleAddress(6), 1, true, 'day_roi_0.4000'],
    [exampleAddress(4), 2, true, 'day_pnl_ratio_0.0012'],
    [exampleAddress(3), 3, true, 'day_volume_250000'],
    [exampleAddress(1), 4, true, 'day_roi_0.0031'],
    [exampleAddress(5), 5, false, 'fallback'],
  ])
})

it('keeps the order of the document among equal scores', () => {
  const rows = [3, 1, 2].map((digit) => ({
    ...(exampleRows()[5] as LeaderboardRow),
    address: exampleAddress(digit),
  }))
  expect(selectTraders(scoreRows(rows), RULES).map(({ address }) => address)).toEqual(
    rows.map(({ address }) => address),
  )
})

it('names everybody who came and left, with the reason', () => {
  const scored = scoreRows(exampleRows())
  const before = [exampleAddress(2), exampleAddress(6), exampleAddress(5), exampleAddress(9)]
  const now = selectTraders(scored, { ...RULES, max: 2 })
  expect(changesSince(before, now, scored, RULES)).toEqual([
    { address: exampleAddress(4), change: 'entered', reason: 'day_pnl_ratio_0.0012' },
    { address: exampleAddress(2), change: 'left', reason: 'score_below_min' },
    { address: exampleAddress(5), change: 'left', reason: 'outranked' },
    { address: exampleAddress(9), change: 'left', reason: 'vanished' },
  ])
})

it('lets nobody leave because of an empty selection', () => {
  expect(changesSince([exampleAddress(1)], [], [], RULES)).toEqual([])
})

it('selects the same when it is run again', () => {
  const scored = scoreRows(exampleRows())
  const first = selectTraders(scored, RULES)
  expect(
    changesSince(
      first.map(({ address }) => address),
      selectTraders(scored, RULES),
      scored,
      RULES,
    ),
  ).toEqual([])
})

it.each([
  [{ complete: true, rows: 0, rowsBefore: 0 }, 'empty'],
  [{ complete: false, rows: 100, rowsBefore: 0 }, 'truncated'],
  [{ complete: true, rows: 499, rowsBefore: 1_000 }, 'shrunken'],
  [{ complete: true, rows: 500, rowsBefore: 1_000 }, null],
  [{ complete: true, rows: 1, rowsBefore: 0 }, null],
  [{ complete: true, rows: 10_000, rowsBefore: 1_000 }, null],
])('a document of %o is refused as %s', (document, reason) => {
  expect(refuseDocument(document)).toBe(reason)
})

it('never takes more than it may, nobody twice, nobody below the bound, and the likely ones first', () => {
  const row = fc.record({
    roi: fc.double({ min: -1, max: 3, noNaN: true }),
    value: fc.double({ min: 0, max: 2e7, noNaN: true }),
    day: fc.double({ min: -0.001, max: 0.001, noNaN: true }),
  })
  fc.assert(
    fc.property(
      fc.array(row, { maxLength: 60 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: -20, max: 80 }),
      (made, max, scoreMin) => {
        const rows = made.map(
          ({ roi, value, day }, at) =>
            readRow({
              ethAddress: `0x${at.toString(16).padStart(40, '0')}`,
              accountValue: value,
              windowPerformances: { day: { roi: day }, allTime: { roi } },
            }) as LeaderboardRow,
        )
        const taken = selectTraders(scoreRows(rows), { ...DEFAULT_RULES, max, score_min: scoreMin })
        expect(taken.length).toBeLessThanOrEqual(max)
        expect(new Set(taken.map(({ address }) => address)).size).toBe(taken.length)
        expect(taken.every(({ score }) => score >= scoreMin)).toBe(true)
        const firstFallback = taken.findIndex(({ likely }) => !likely)
        if (firstFallback >= 0) expect(taken.slice(firstFallback).every(({ likely }) => !likely)).toBe(true)
        const good = scoreRows(rows).filter(({ score }) => score.total >= scoreMin).length
        expect(taken.length).toBe(Math.min(max, good))
      },
    ),
  )
})

it('reads, scores and selects 40,000 rows in less than a second', () => {
  const documentRows = Array.from({ length: 40_000 }, (_, at) => ({
    ethAddress: `0x${at.toString(16).padStart(40, '0')}`,
    accountValue: String((at * 7919) % 20_000_000),
    displayName: null,
    windowPerformances: ['day', 'week', 'month', 'allTime'].map((window, nth) => [
      window,
      {
        pnl: String((at % 997) - 500),
        roi: String(((at * (nth + 3)) % 1_000) / 800 - 0.3),
        vlm: String(at * 4_000),
      },
    ]),
  }))
  const started = process.threadCpuUsage() // of this thread: what else runs on the machine does not count
  const scored = scoreRows(readRows(documentRows).rows)
  const selected = selectTraders(scored, DEFAULT_RULES)
  const { user, system } = process.threadCpuUsage(started)
  expect(scored).toHaveLength(40_000)
  expect(selected).toHaveLength(500)
  expect((user + system) / 1_000).toBeLessThan(1_000)
})

/** Tests of the daily selection: once a day, in an order that survives a crash, and never by a broken document. */
import { expect, it } from 'vitest'
import {
  createTraderSelectionActivities,
  type SelectionSink,
  type TraderSelectionDeps,
} from '#activities/trader-selection.ts'
import type {
  LeaderboardRow,
  TrackedTraderRow,
  TraderScoreRow,
  TraderSelectionRow,
} from '#clickhouse/tables/traders.ts'
import { DAY_MS } from '#domain/time.ts'
import { DEFAULT_RULES } from '#domain/traders/selection.ts'
import { EXAMPLE_ROWS, exampleAddress } from '#tests/support/worked-traders.ts'

const DAY = Date.UTC(2026, 1, 16)

function world(start: { document?: () => string; now?: number } = {}) {
  const written: string[] = []
  const stored = {
    leaderboard: [] as LeaderboardRow[],
    scores: [] as TraderScoreRow[],
    tracked: [] as TrackedTraderRow[],
    selections: [] as TraderSelectionRow[],
  }
  const state = {
    now: start.now ?? DAY + 3_600_000,
    document: start.document ?? (() => JSON.stringify({ leaderboardRows: EXAMPLE_ROWS })),
    documents: 0,
    failWrite: '',
  }
  const put =
    <Row>(name: string, list: Row[]) =>
    (rows: readonly Row[]): void => {
      if (state.failWrite === name) throw new RangeError('disk full')
      written.push(name)
      list.push(...rows)
    }
  const selection = put('selection', stored.selections)
  const sink: SelectionSink = {
    leaderboard: put('leaderboard', stored.leaderboard),
    scores: put('scores', stored.scores),
    tracked: put('tracked', stored.tracked),
    selection: (row) => selection([row]),
    drained: async () => void written.push('drained'),
  }
  const latest = () => stored.selections.filter(({ status }) => status === 'used').at(-1)
  const deps: TraderSelectionDeps = {
    clock: { now: () => state.now },
    rules: { ...DEFAULT_RULES, max: 5, score_min: 45 },
    async readDocument(onText) {
      state.documents++
      const text = state.document()
      for (let at = 0; at < text.length; at += 100) onText(text.slice(at, at + 100))
    },
    memory: {
      selections: async () =>
        [...stored.selections]
          .reverse()
          .map(({ day, document_ts, ...row }) => ({ ...row, day_ts: day, document_at: document_ts })),
      tracked: async () =>
        stored.tracked
          .filter(
            ({ day, change, received_ts }) =>
              day === latest()?.day && received_ts === latest()?.document_ts && change !== 'left',
          )
          .map(({ address }) => address),
    },
    sink,
    breathe: async () => {},
  }
  return { ...createTraderSelectionActivities(deps), deps, state, stored, written }
}

it('keeps the document, its scores and who is tracked, and marks the day last of all', async () => {
  const { selectTraders, stored, written } = world()
  expect(await selectTraders()).toEqual({
    day: '2026-02-16',
    status: 'used',
    reason: '',
    rows: 7,
    tracked: 5,
    entered: 5,
    left: 0,
  })
  expect(stored.leaderboard).toHaveLength(7)
  expect(stored.scores.map(({ score }) => score)).toEqual([55.78, 15, 72.1, 79.5, 81.6, 82, 35.5])
  expect(stored.tracked.map(({ address, rank, change }) => [address, rank, change])).toEqual(
    [6, 4, 3, 1, 5].map((digit, at) => [exampleAddress(digit), at + 1, 'entered']),
  )
  expect(written.slice(-3)).toEqual(['drained', 'selection', 'drained'])
})

it('does its work once a day, unless it is told to do it again', async () => {
  const { selectTraders, state, stored } = world()
  await selectTraders()
  expect(await selectTraders()).toMatchObject({ status: 'already_done', tracked: 5 })
  expect(state.documents).toBe(1)
  state.now += 1_000
  expect(await selectTraders({ force: true })).toMatchObject({ status: 'used', entered: 0, left: 0 })
  expect(stored.tracked.at(-1)).toMatchObject({ change: 'kept', day: DAY })
})

it('tells the next day who came and who left', async () => {
  const { selectTraders, state, stored } = world()
  await selectTraders()
  state.now += DAY_MS
  state.document = () => JSON.stringify({ leaderboardRows: EXAMPLE_ROWS.filter((_, at) => at !== 5) })
  expect(await selectTraders()).toMatchObject({ day: '2026-02-17', tracked: 4, entered: 0, left: 1 })
  expect(stored.tracked.filter(({ change }) => change === 'left')).toMatchObject([
    { address: exampleAddress(6), reason: 'vanished' },
  ])
})

it.each([
  ['shrunken', () => JSON.stringify({ leaderboardRows: EXAMPLE_ROWS.slice(0, 3) })],
  ['empty', () => JSON.stringify({ leaderboardRows: [] })],
  ['empty', () => '<html>502</html>'],
  ['truncated', () => JSON.stringify({ leaderboardRows: EXAMPLE_ROWS }).slice(0, -9)],
])('keeps everybody when the document is %s', async (reason, document) => {
  const { selectTraders, state, deps, stored } = world()
  await selectTraders()
  const before = await deps.memory.tracked()
  state.now += DAY_MS
  state.document = document
  expect(await selectTraders()).toMatchObject({ status: 'refused', reason, tracked: 5 })
  expect(await deps.memory.tracked()).toEqual(before)
  expect(stored.leaderboard).toHaveLength(7)
  // It is large: it is not read again at once, but it is after an hour.
  expect(await selectTraders()).toMatchObject({ status: 'refused', reason })
  expect(state.documents).toBe(2)
  state.now += 3_600_001
  await selectTraders()
  expect(state.documents).toBe(3)
})

it('keeps everybody when a good document has nobody good enough', async () => {
  const { selectTraders, state, deps } = world()
  await selectTraders()
  const before = await deps.memory.tracked()
  state.now += DAY_MS
  state.document = () =>
    JSON.stringify({
      leaderboardRows: EXAMPLE_ROWS.map((row) => ({ ...(row as object), windowPerformances: [] })),
    })
  expect(await selectTraders()).toMatchObject({ status: 'used', tracked: 5, entered: 0, left: 0 })
  expect(await deps.memory.tracked()).toEqual(before)
})

it('leaves rows without a selection behind when it is cut off, and does the day anew', async () => {
  const { selectTraders, state, deps, stored } = world()
  state.failWrite = 'tracked'
  await expect(selectTraders()).rejects.toThrow('disk full')
  expect(await deps.memory.tracked()).toEqual([])
  state.failWrite = ''
  state.now += 5_000
  expect(await selectTraders()).toMatchObject({ status: 'used', tracked: 5 })
  expect(stored.selections).toHaveLength(1)
})

it('reads a document of ten times the usual size', { timeout: 60_000 }, async () => {
  const rows = Array.from({ length: 300_000 }, (_, at) => ({
    ethAddress: `0x${at.toString(16).padStart(40, '0')}`,
    accountValue: at % 97 === 0 ? null : String(at),
    windowPerformances: [['allTime', { pnl: '1', roi: String((at % 300) / 100), vlm: '1' }]],
  }))
  const text = JSON.stringify({ leaderboardRows: rows })
  const { selectTraders, state, stored } = world()
  state.document = () => text
  const found = await selectTraders()
  expect(found.rows).toBe(300_000 - Math.ceil(300_000 / 97))
  expect(JSON.parse(stored.selections[0]?.faults ?? '{}')).toMatchObject({
    bad_account_value: Math.ceil(300_000 / 97),
  })
})

/** What the coordinator remembers survives a continue-as-new, adds up, and never claims a clean end that nobody saw. */
import { expect, test } from 'vitest'
import { openBook, remember, reportOf, resumeState, statusAt, statusOf } from '#domain/session/book.ts'
import type { CloseInput } from '#domain/session/effects.ts'
import { createWishBox } from '#domain/session/wishes.ts'
import { checkpointOf, holding } from '../../tests/support/segment-inputs.ts'
import { bookOf, closeResultOf, makerSession } from '../../tests/support/session-effects.ts'
import { cloidOf, RUN, SESSION, START_TS } from '../../tests/support/session-ports.ts'

const input = makerSession()
const verdict = { ts: 1, coin: 'BTC', kind: 'hold', reason: 'R', gate: '', inputs: {} } as const
const rich = () => {
  const [position] = holding('2').positions
  const money = { realizedPnl: '7', fees: '3', fills: 4, volumeUsd: '800' }
  return checkpointOf({ positions: position ? [{ ...position, ...money }] : [], markPx: { BTC: '110' } })
}

test('a new book has no epoch and needs a fence that keeps the quiet time', () => {
  expect(bookOf(input)).toMatchObject({ state: 'STARTING', epoch: 0, needsFence: true, quietMs: 5_150 })
})

test('a book that continues as new is the same book, without another fence', () => {
  const book = bookOf(input, {
    epoch: 4,
    epochs: 2,
    segments: 9,
    checkpoint: rich(),
    strategy: { coins: { BTC: 3 }, guide: { ema: null, close: 0 } },
  })
  remember(book, verdict)
  const wishes = createWishBox('flatten')
  wishes.askPause({ reason: 'by hand' })
  wishes.askKill({ mode: 'close_only', reason: 'news' })
  const resume = resumeState(book, wishes)
  expect(resume).toMatchObject({ paused: 'by hand', kill: { mode: 'close_only', reason: 'news' } })
  const start = { sessionId: SESSION, run: RUN, now: START_TS + 5, quietMs: 5_150 }
  const next = openBook(input, start, JSON.parse(JSON.stringify(resume)))
  const { stateTs, reason, ...same } = next
  expect([stateTs, reason]).toEqual([START_TS + 5, 'continued as new'])
  expect(same).toEqual({
    ...same,
    epoch: 4,
    epochs: 2,
    segments: 9,
    checkpoint: book.checkpoint,
    strategy: { coins: { BTC: 3 }, guide: { ema: null, close: 0 } },
    pending: book.pending,
    recent: book.recent,
    startedTs: book.startedTs,
    sizeDecimals: { BTC: 3 },
    needsFence: false,
    quietMs: 0,
    state: 'RUNNING',
  })
})

test('decisions are numbered one after the other and wait for the next segment’s journal', () => {
  const book = bookOf(input, { checkpoint: checkpointOf({ decisionSeq: 7, decisions: 2 }) })
  remember(book, verdict)
  remember(book, verdict)
  expect(book.pending.decisions.map(({ seq }) => seq)).toEqual([7, 8])
  expect(book.checkpoint).toMatchObject({ decisionSeq: 9, decisions: 4 })
})

test.each([
  { taken: 20, first: 0 },
  { taken: 21, first: 1 },
])('after $taken decisions the oldest one shown is $first', ({ taken, first }) => {
  const book = bookOf(input)
  for (let at = 0; at < taken; at++) remember(book, verdict)
  expect([book.recent[0]?.seq, book.recent.length]).toEqual([first, 20])
})

test('the status adds realised, unrealised and fees up to the net', () => {
  const status = statusOf(bookOf(input, { checkpoint: rich() }), input, 'off')
  expect(status).toMatchObject({
    realized_pnl_usd: '7',
    fees_usd: '3',
    unrealized_pnl_usd: '20',
    net_pnl_usd: '24',
    fills: 4,
    last_decision: null,
  })
})

test('a coin without a mark counts at its entry', () => {
  const status = statusOf(bookOf(input, { checkpoint: { ...rich(), markPx: {} } }), input, 'off')
  expect([status.unrealized_pnl_usd, status.net_pnl_usd]).toEqual(['0', '4'])
})

test.each([
  { what: 'a newer checkpoint of the epoch', epoch: 1, laterMs: 1, net: '24' },
  { what: 'one of the same time', epoch: 1, laterMs: 0, net: '0' },
  { what: 'one of another epoch', epoch: 2, laterMs: 1, net: '0' },
])('$what gives the status a net of $net', ({ epoch, laterMs, net }) => {
  const status = statusOf(bookOf(input, { epoch: 1 }), input, 'off')
  const told = { ...rich(), updatedTs: status.updated_ts + laterMs }
  expect(statusAt(status, epoch, told).net_pnl_usd).toBe(net)
})

const closeInput = { checkpoint: rich() } as CloseInput

test('a clean close makes a CLOSED report with the close’s own value of what is left', () => {
  const closed = closeResultOf(closeInput, { unrealized_pnl_usd: '-1.5' })
  expect(reportOf(bookOf(input), { closed, reason: 'enough', now: START_TS + 9 })).toMatchObject({
    state: 'CLOSED',
    reason: 'enough',
    ended_ts: START_TS + 9,
    unrealized_pnl_usd: '-1.5',
    net_pnl_usd: '2.5',
    volume_usd: '800',
    residual: { open_orders: 0, positions: {} },
  })
})

test('an unclean close makes a FAILED report that says what is left', () => {
  const residual = { open_orders: 1, positions: { BTC: '2' } }
  const closed = closeResultOf(closeInput, { clean: false, message: 'position not flat', residual })
  expect(reportOf(bookOf(input), { closed, reason: 'enough', now: START_TS })).toMatchObject({
    state: 'FAILED',
    reason: 'enough; not clean: position not flat',
    residual,
  })
})

test('when no close ever answered, the report is FAILED and names what was believed to be left', () => {
  const unresolved = [{ cloid: cloidOf(), coin: 'BTC', expires_ts: 0 }]
  const book = bookOf(input, { checkpoint: { ...rich(), unresolved } })
  expect(reportOf(book, { closed: null, reason: 'enough', now: START_TS })).toMatchObject({
    state: 'FAILED',
    residual: { open_orders: 1, positions: { BTC: '2' } },
  })
})

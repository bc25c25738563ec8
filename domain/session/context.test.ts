/** What a segment is worth, and what every heartbeat carries. */
import { expect, test } from 'vitest'
import {
  checkpointNow,
  decide,
  equityUsd,
  markE8,
  openContext,
  sessionPnlE8,
} from '#domain/session/context.ts'
import { fakePorts } from '../../tests/support/fake-ports.ts'
import { candleInput, holding, makerInput, readyContext } from '../../tests/support/segment-inputs.ts'
import { START_TS } from '../../tests/support/session-ports.ts'

const E8 = 100_000_000n

test.each([
  { mark: '105', bid: '99', ask: '101', px: 105n * E8 },
  { mark: null, bid: '99', ask: '101', px: 100n * E8 },
  { mark: null, bid: null, ask: '101', px: null },
  { mark: null, bid: '101', ask: '101', px: null }, // locked: nobody’s price
])('with mark $mark and touch $bid/$ask positions are valued at $px', ({ mark, bid, ask, px }) => {
  const { context, market } = readyContext(makerInput())
  Object.assign(market.state, { mark, bid, ask })
  expect(markE8(context, 'BTC')).toBe(px)
})

test('PnL is what is held at the mark, realised added and fees taken off', () => {
  const [position] = holding('2').positions
  const positions = position ? [{ ...position, realizedPnl: '7', fees: '3' }] : []
  const { context, market } = readyContext(makerInput({ checkpoint: holding('2', { positions }) }))
  market.state.mark = '110'
  expect(sessionPnlE8(context)).toBe((2n * 10n + 7n - 3n) * E8)
})

test('equity is zero before the first audit, then moves with the PnL from what was read', () => {
  const { context, market } = readyContext(makerInput({ checkpoint: holding('2') }))
  expect(equityUsd(context)).toBe('0')
  context.base = { equityE8: 1_000n * E8, netPnlE8: sessionPnlE8(context) }
  market.state.mark = '101.5'
  expect(equityUsd(context)).toBe('1003')
})

test('a checkpoint carries epoch, time, marks and equity of now; a coin without price is left out', async () => {
  const { context, market, time } = readyContext(makerInput())
  await time.advance(250)
  expect(checkpointNow(context)).toMatchObject({
    epoch: 1,
    updatedTs: START_TS + 250,
    markPx: { BTC: '100' },
  })
  Object.assign(market.state, { mark: null, bid: null, ask: null })
  expect(checkpointNow(context).markPx).toEqual({})
})

const verdict = { coin: 'BTC', kind: 'hold', reason: 'R', gate: '', inputs: {} } as const

test('a decision is numbered, stamped and journaled; after the return it is nobody’s', () => {
  const { context, journal } = readyContext(makerInput())
  decide(context, verdict)
  context.returned = true
  decide(context, verdict)
  expect(journal.rows.decisions).toEqual([{ ...verdict, seq: 0, ts: START_TS }])
})

test('a new context may not trade: no lease, fills unread, gate open', () => {
  const { lease, desk, stop, base } = openContext(candleInput(), fakePorts().ports)
  expect([lease.isHeld(), desk.fills.missing, stop.why(), base]).toEqual([false, 'ask', null, null])
})

test('close_only of the input reaches the gate', () => {
  expect(openContext(makerInput({ close_only: true }), fakePorts().ports).stop.closeOnly()).toBe(true)
})

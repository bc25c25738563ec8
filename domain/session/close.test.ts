/** A close is clean only when the venue itself says: nothing open, and flat if flattening was asked. */
import { expect, test } from 'vitest'
import { closeSession } from '#domain/session/close.ts'
import type { CloseInput } from '#domain/session/effects.ts'
import { VenueSilentError } from '#domain/session/settle-ledger.ts'
import type { Decision } from '#domain/session/types.ts'
import { fakePorts } from '../../tests/support/fake-ports.ts'
import { holding } from '../../tests/support/segment-inputs.ts'
import { cloidOf, openOf, RUN, SESSION, silence, stopOf } from '../../tests/support/session-ports.ts'

function closing(change: Partial<CloseInput> = {}, attempt = 1) {
  const fakes = fakePorts()
  const input: CloseInput = {
    session_id: SESSION,
    run: RUN,
    account: 'unit',
    coins: ['BTC'],
    epoch: 3,
    checkpoint: holding('1'),
    step: 'flatten',
    flatten: true,
    quiet_ms: 0,
    decisions: [],
    ...change,
  }
  const told = { running: 0 }
  const ports = { ...fakes.ports, attempt, stillRunning: () => void told.running++ }
  fakes.venue.state.positions = [{ coin: 'BTC', sz: '1', entryPx: '100' }]
  return { ...fakes, ports, told, close: () => fakes.time.drive(closeSession(input, ports)) }
}

test('flatten cancels, closes the position with reduce-only orders, and reads both back', async () => {
  const { close, told, venue } = closing()
  venue.state.open = [openOf()]
  const result = await close()
  expect(result).toMatchObject({
    clean: true,
    residual: { open_orders: 0, positions: {} },
    orders_sent: 1,
    message: '',
  })
  expect(venue.state.placed).toMatchObject([{ side: 'sell', sz: '1', reduce_only: true, tif: 'ioc' }])
  expect(told.running).toBeGreaterThan(0)
})

test('nothing is sent before what rests is cancelled', async () => {
  const { close, venue } = closing()
  venue.state.open = [openOf()]
  await close()
  const order = venue.state.calls.map(({ call }) => call).filter((call) => /place|cancel/.test(call))
  expect(order).toEqual(['cancelOrders', 'placeOrders'])
})

test('the protective stop goes last, after the position is closed', async () => {
  const { close, venue } = closing()
  venue.state.open = [stopOf()]
  expect((await close()).clean).toBe(true)
  const order = venue.state.calls.map(({ call }) => call).filter((call) => /place|cancel/.test(call))
  expect(order).toEqual(['placeOrders', 'cancelOrders'])
})

test('a position that could not be closed keeps its stop, and the close is not clean', async () => {
  const { close, ports, venue } = closing()
  venue.state.open = [stopOf()]
  ports.venue.placeOrders = async (orders) =>
    orders.map(({ cloid }) => ({ cloid, status: 'rejected', message: 'no' }))
  const result = await close()
  expect(result).toMatchObject({ clean: false, residual: { open_orders: 1, positions: { BTC: '1' } } })
  expect(venue.state.open).toEqual([stopOf()])
})

test('halt leaves the position, cancels everything with its stop, and is clean', async () => {
  const { close, venue } = closing({ flatten: false })
  venue.state.open = [openOf(), stopOf()]
  const result = await close()
  expect(result).toMatchObject({ clean: true, residual: { open_orders: 0, positions: { BTC: '1' } } })
  expect([venue.state.placed, venue.state.open]).toEqual([[], []])
})

test('reconcile sends no order, also when flattening is asked and the position is not flat', async () => {
  const { close, venue } = closing({ step: 'reconcile' })
  const result = await close()
  expect([result.clean, result.message, venue.state.placed]).toEqual([false, 'position not flat', []])
})

test('reconcile of a flat account is clean', async () => {
  const { close, venue } = closing({ step: 'reconcile', checkpoint: holding('0') })
  venue.state.positions = []
  expect((await close()).clean).toBe(true)
})

test('an order that cannot be cancelled makes the close unclean, and is counted', async () => {
  const { close, ports, venue } = closing({ flatten: false })
  venue.state.open = [openOf()]
  ports.venue.cancelOrders = async () => []
  expect(await close()).toMatchObject({
    clean: false,
    residual: { open_orders: 1 },
    message: '1 orders still open',
  })
})

test('a stranger’s order and coin are neither touched nor counted', async () => {
  const { close, venue } = closing()
  const stranger = openOf({ cloid: '' })
  venue.state.open = [stranger]
  venue.state.positions.push({ coin: 'ETH', sz: '5', entryPx: '100' })
  expect((await close()).residual).toEqual({ open_orders: 0, positions: {} })
  expect(venue.state.open).toEqual([stranger])
})

test('what is left is valued at the mark, or at the side it would leave by', async () => {
  const marked = closing({ flatten: false })
  marked.market.state.mark = '110'
  expect((await marked.close()).unrealized_pnl_usd).toBe('10')
  const unmarked = closing({ flatten: false })
  unmarked.market.state.mark = null
  expect((await unmarked.close()).unrealized_pnl_usd).toBe('-1')
  const blind = closing({ flatten: false })
  Object.assign(blind.market.state, { mark: null, bid: null, ask: null })
  expect((await blind.close()).unrealized_pnl_usd).toBe('0')
})

test('decisions that no segment wrote are journaled first', async () => {
  const decision: Decision = { seq: 4, ts: 1, coin: 'BTC', kind: 'hold', reason: 'R', gate: '', inputs: {} }
  const { close, journal } = closing({ decisions: [decision] })
  await close()
  expect(journal.rows.decisions).toEqual([decision])
})

test('the quiet time of an unclear end is kept before anything is closed', async () => {
  const { close, venue } = closing({ quiet_ms: 5_150 })
  const startTs = venue.state.calls.length
  await close()
  const [sold] = venue.called('placeOrders')
  const [looked] = venue.called('openOrders')
  expect([startTs, (sold?.ts ?? 0) - (looked?.ts ?? 0) >= 5_150]).toEqual([0, true])
})

test('two attempts of one close never share an order id', async () => {
  const first = closing({}, 1)
  const second = closing({}, 2)
  await first.close()
  await second.close()
  const ids = [first, second].map(({ venue }) => venue.state.placed[0]?.cloid)
  expect(new Set(ids).size).toBe(2)
  expect(ids).toContain(cloidOf({ epoch: 3, leg: 0x8001 }))
})

test('a venue that does not answer the final look makes the close fail, to be tried again', async () => {
  const { close, ports } = closing({ flatten: false })
  ports.venue.account = silence
  await expect(close()).rejects.toThrow(VenueSilentError)
})

test('a session that was killed before its first fence takes nothing over as its own', async () => {
  const checkpoint = { ...holding('0'), epoch: 0 }
  const { close } = closing({ checkpoint, flatten: false })
  const { positions } = (await close()).checkpoint
  expect(positions).toMatchObject([{ sz: '1', realizedPnl: '0', fills: 0 }])
})

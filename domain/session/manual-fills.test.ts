/** Trades by hand are recognised and recorded; they are adopted, kept apart, or nothing is added to their position. */
import { expect, test } from 'vitest'
import { submitOrders } from '#domain/session/submit.ts'
import { candleInput, makerInput, readyContext } from '#tests/support/segment-inputs.ts'
import { cloidOf, fillOf, intentOf } from '#tests/support/session-ports.ts'
import { manualGate, noteForeignFill } from './manual-fills.ts'
import { takeEvents } from './reconcile.ts'

const byHand = (change = {}) => fillOf({ cloid: '', direction: 'Open Long', sz: '2', ...change })
const entry = intentOf({ tif: 'ioc', px: '101' })

test('an own fill is nobody else’s', () => {
  const { context, journal } = readyContext(candleInput({ manual_positions: 'refuse' }))
  noteForeignFill(context, fillOf())
  expect([journal.rows.decisions, [...context.manual]]).toEqual([[], []])
})

test.each([
  { rule: undefined, gate: '', sent: 1, own: '2' },
  { rule: 'adopt' as const, gate: '', sent: 1, own: '2' },
  { rule: 'ignore' as const, gate: '', sent: 1, own: '0' },
  { rule: 'refuse' as const, gate: 'MANUAL_POSITION', sent: 0, own: '2' },
])(
  'under $rule a trade by hand makes $own our own and is recorded with gate "$gate", and an entry after it sends $sent',
  async ({ rule, gate, sent, own }) => {
    const { context, ports, journal, time, venue } = readyContext(candleInput({ manual_positions: rule }))
    let events = [byHand()]
    ports.events.takeAccountEvents = () => events.splice(0)
    takeEvents(context)
    events = []
    expect(context.desk.fills.position('BTC').sz).toBe(own)
    expect(journal.rows.decisions).toMatchObject([{ reason: 'MANUAL_FILL', gate, inputs: { sz: '2' } }])
    await time.drive(submitOrders(context, [entry]))
    expect(venue.state.placed).toHaveLength(sent)
  },
)

test.each([
  { by: 'buy' as const, gate: null },
  { by: 'sell' as const, gate: 'MANUAL_OPPOSITE' },
])('ignored, a $by by hand stops an entry to buy with gate $gate, and never an exit', ({ by, gate }) => {
  const { context, journal } = readyContext(candleInput({ manual_positions: 'ignore' }))
  context.desk.takeEvents([byHand({ side: by })])
  noteForeignFill(context, byHand({ side: by }))
  expect(manualGate(context, { ...entry, side: 'buy' })).toBe(gate)
  expect(manualGate(context, { ...entry, side: 'buy', reduce_only: true })).toBeNull()
  const foreign = by === 'buy' ? '2' : '-2'
  expect(journal.rows.decisions).toMatchObject([{ gate: '', inputs: { own: '0', foreign } }])
})

test('refused, what reduces passes, and a coin that is flat again is the session’s own', () => {
  const { context } = readyContext(candleInput({ manual_positions: 'refuse' }))
  context.desk.takeEvents([byHand()])
  noteForeignFill(context, byHand())
  expect(manualGate(context, { ...entry, reduce_only: true })).toBeNull()
  expect(manualGate(context, entry)).toBe('MANUAL_POSITION')
  context.desk.takeEvents([
    fillOf({ ts: byHand().ts + 1, tid: 9, side: 'sell', sz: '2', startPosition: '2', cloid: cloidOf() }),
  ])
  expect(manualGate(context, entry)).toBeNull()
})

test('a liquidation is called what it is, for makers too', () => {
  const { context, journal } = readyContext(makerInput())
  noteForeignFill(context, byHand({ direction: 'Liquidated Cross Long' }))
  expect(journal.rows.decisions).toMatchObject([{ reason: 'LIQUIDATION', gate: '' }])
})

/** A segment that ends takes back what could open risk, leaves what protects, and never stays longer than it may. */
import { expect, test } from 'vitest'
import { checkpointNow } from '#domain/session/context.ts'
import { submitOrders } from '#domain/session/submit.ts'
import { TIMING } from '#domain/session/timing.ts'
import { windDown } from '#domain/session/wind-down.ts'
import { candleInput, holding, makerInput, readyContext } from '../../tests/support/segment-inputs.ts'
import { cloidOf, intentOf, silence } from '../../tests/support/session-ports.ts'

const UNTIL = TIMING.windDownMs
const quote = intentOf()
const stop = intentOf({
  cloid: cloidOf({ leg: 100 }),
  side: 'sell',
  px: '82',
  tif: 'gtc',
  reduce_only: true,
  trigger: { px: '90', kind: 'stop' },
  purpose: 'stop',
})

test('a segment without orders is gone at once', async () => {
  const { context, clock, time, venue } = readyContext(makerInput())
  await time.drive(windDown(context, UNTIL))
  expect([clock.monotonicMs(), venue.state.calls]).toEqual([0, []])
})

test('what could open risk is cancelled; a resting stop stays and is handed on', async () => {
  const { context, time, venue } = readyContext(candleInput({ checkpoint: holding('1') }))
  venue.state.positions = [{ coin: 'BTC', sz: '1', entryPx: '100' }]
  await time.drive(submitOrders(context, [quote, stop]))
  await time.drive(windDown(context, UNTIL))
  expect(venue.state.canceled).toEqual([quote.cloid])
  expect(checkpointNow(context)).toMatchObject({ unresolved: [], stops: [{ cloid: stop.cloid, px: '90' }] })
})

test('it needs no lease and no permission', async () => {
  const { context, inbox, time, venue } = readyContext(makerInput())
  await time.drive(submitOrders(context, [quote]))
  await time.advance(TIMING.leaseTtlMs)
  inbox.state.kill = { mode: 'halt', by: 'direct', reason: 'unit' }
  context.stop.look()
  await time.drive(windDown(context, 2 * TIMING.leaseTtlMs))
  expect(venue.state.open).toEqual([])
})

test.each([
  { on_control_loss: 'hold', why: { kind: 'safe', reason: 'lease_expired' }, stays: 1 },
  { on_control_loss: 'cancel_quotes', why: { kind: 'safe', reason: 'lease_expired' }, stays: 0 },
  { on_control_loss: 'hold', why: { kind: 'safe', reason: 'attempt_replaced' }, stays: 0 },
  { on_control_loss: 'hold', why: { kind: 'killed', by: 'direct', mode: 'halt', reason: 'u' }, stays: 0 },
  { on_control_loss: 'hold', why: { kind: 'handover' }, stays: 0 },
] as const)('with $on_control_loss, a segment that ends as $why leaves $stays quotes', async (given) => {
  const { context, time, venue } = readyContext(makerInput({ on_control_loss: given.on_control_loss }))
  await time.drive(submitOrders(context, [quote]))
  context.stop.trip(given.why)
  await time.drive(windDown(context, UNTIL))
  expect(venue.state.open).toHaveLength(given.stays)
})

test('an unanswered order that turns out to rest is cancelled too', async () => {
  const { context, ports, time, venue } = readyContext(makerInput())
  const place = ports.venue.placeOrders
  ports.venue.placeOrders = async (orders, options) => {
    await place(orders, options)
    return [] // it arrived, its answer did not
  }
  await time.drive(submitOrders(context, [quote]))
  await time.drive(windDown(context, UNTIL))
  expect([venue.state.open, checkpointNow(context).unresolved]).toEqual([[], []])
})

test('against a silent venue it ends at its time, and what is unknown is handed on', async () => {
  const { context, clock, ports, time } = readyContext(makerInput())
  await time.drive(submitOrders(context, [quote]))
  Object.assign(ports.venue, { cancelOrders: silence, orderStatus: silence, fillsSince: silence })
  await time.drive(windDown(context, UNTIL))
  expect(clock.monotonicMs()).toBe(UNTIL)
  expect(checkpointNow(context).unresolved).toMatchObject([{ cloid: quote.cloid }])
})

test('a cancel that is lost once is sent again', async () => {
  const { context, ports, time, venue } = readyContext(makerInput())
  await time.drive(submitOrders(context, [quote]))
  const cancel = ports.venue.cancelOrders
  ports.venue.cancelOrders = async () => {
    ports.venue.cancelOrders = cancel
    return []
  }
  await time.drive(windDown(context, UNTIL))
  expect(venue.state.open).toEqual([])
})

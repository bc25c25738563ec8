/** Every order of a segment passes kill, lease, risk gate and journal, in this order and again right before it leaves. */
import { expect, test } from 'vitest'
import { barrier, cancelOrders, submitOrders } from '#domain/session/submit.ts'
import { TIMING } from '#domain/session/timing.ts'
import type { OrderLife } from '#domain/trading/order-lifecycle.ts'
import { candleInput, limitsOf, makerInput, readyContext } from '../../tests/support/segment-inputs.ts'
import { cloidOf, intentOf, silence } from '../../tests/support/session-ports.ts'

const order = intentOf()
const reducing = intentOf({ cloid: cloidOf({ seq: 1 }), reduce_only: true, side: 'sell' })

test('an allowed order goes out once, with a durable intent before it and an expiry of one order ttl', async () => {
  const { context, journal, time, venue, clock } = readyContext(makerInput())
  const [life] = await time.drive(submitOrders(context, [order]))
  expect(life?.phase).toBe('open')
  expect(journal.rows.intents).toEqual([order.cloid])
  expect(venue.called('placeOrders')).toMatchObject([{ expiresAfter: clock.now() + TIMING.orderTtlMs }])
})

test('the order is not sent before its intent is durable', async () => {
  const { context, ports, time, venue } = readyContext(makerInput())
  let durable = (): void => undefined
  ports.journal.intent = () => new Promise((resolve) => (durable = resolve))
  const sending = submitOrders(context, [order])
  await time.advance(TIMING.journalDeadlineMs - 1)
  expect(venue.called('placeOrders')).toEqual([])
  durable()
  await time.drive(sending)
  expect(venue.called('placeOrders')).toHaveLength(1)
})

test('an order whose intent is not durable in time is never sent', async () => {
  const { context, ports, time, venue, journal } = readyContext(makerInput())
  ports.journal.intent = silence
  const [life] = await time.drive(submitOrders(context, [order]))
  expect([life?.phase, life?.end, venue.called('placeOrders')]).toEqual(['done', 'rejected', []])
  expect(journal.gates()).toEqual(['JOURNAL_DOWN'])
})

test.each(['flatten', 'halt'] as const)(
  'under a %s kill nothing leaves, not even what reduces',
  async (mode) => {
    const { context, inbox, journal, time, venue } = readyContext(makerInput())
    inbox.state.kill = { mode, by: 'direct', reason: 'unit' }
    await time.drive(submitOrders(context, [order, reducing]))
    expect(venue.called('placeOrders')).toEqual([])
    expect(journal.gates()).toEqual(['KILLED', 'KILLED'])
  },
)

test('under a close_only kill only the reducing order leaves', async () => {
  const { context, inbox, journal, time, venue } = readyContext(makerInput())
  inbox.state.kill = { mode: 'close_only', by: 'direct', reason: 'unit' }
  await time.drive(submitOrders(context, [order, reducing]))
  expect(venue.state.placed.map(({ cloid }) => cloid)).toEqual([reducing.cloid])
  expect(journal.gates()).toEqual(['KILL_CLOSE_ONLY'])
})

test.each([
  { arrives: 'a kill', gate: 'KILLED' },
  { arrives: 'a close_only kill', gate: 'KILL_CLOSE_ONLY' },
  { arrives: 'the end of the lease', gate: 'LEASE_EXPIRED' },
  { arrives: 'a rotation', gate: 'SEGMENT_ENDING' },
])('$arrives while the intent is written stops the order: $gate', async ({ arrives, gate }) => {
  const { context, inbox, journal, ports, time, venue } = readyContext(makerInput())
  ports.journal.intent = async () => {
    if (arrives === 'a kill') inbox.state.kill = { mode: 'halt', by: 'direct', reason: 'unit' }
    if (arrives === 'a close_only kill')
      inbox.state.kill = { mode: 'close_only', by: 'direct', reason: 'unit' }
    if (arrives === 'the end of the lease') time.jumpWall(TIMING.leaseTtlMs)
    if (arrives === 'a rotation') inbox.state.rotate = 'pause'
  }
  const [life] = await time.drive(submitOrders(context, [order]))
  expect([life?.end, venue.called('placeOrders')]).toEqual(['rejected', []])
  expect(journal.gates()).toEqual([gate])
})

test.each([
  { arrives: 'a kill', mode: 'flatten', refused: 'KILLED' },
  { arrives: 'a close_only kill', mode: 'close_only', refused: 'KILL_CLOSE_ONLY' },
] as const)(
  '$arrives while the venue client signs is seen directly before the bytes go out',
  async (given) => {
    const { context, inbox, ports, time, venue } = readyContext(makerInput())
    const place = ports.venue.placeOrders
    ports.venue.placeOrders = (orders, options) => {
      inbox.state.kill = { mode: given.mode, by: 'direct', reason: 'unit' }
      return place(orders, options)
    }
    const [life] = await time.drive(submitOrders(context, [order]))
    expect([life?.end, life?.message, venue.state.placed]).toEqual(['rejected', given.refused, []])
  },
)

test('without a lease nothing leaves; with one millisecond of it left the order does', async () => {
  const late = readyContext(makerInput())
  await late.time.advance(TIMING.leaseTtlMs)
  await late.time.drive(submitOrders(late.context, [order]))
  expect(late.venue.called('placeOrders')).toEqual([])
  const just = readyContext(makerInput())
  await just.time.advance(TIMING.leaseTtlMs - 1)
  await just.time.drive(submitOrders(just.context, [order]))
  expect(just.venue.called('placeOrders')).toHaveLength(1)
})

test('a segment that never held a lease is barred as NO_LEASE', () => {
  const { context, clock } = readyContext(makerInput())
  const never = { ...context, lease: { ...context.lease, isHeld: () => false } }
  expect([barrier(never, [order]), barrier(context, [order]), clock.monotonicMs()]).toEqual([
    'NO_LEASE',
    null,
    0,
  ])
})

test('orders of one batch are judged together: the second one sees the first', async () => {
  const { context, journal, time, venue } = readyContext(
    makerInput({ limits: limitsOf({ position_usd_max: 150 }) }),
  )
  await time.drive(submitOrders(context, [order, intentOf({ cloid: cloidOf({ seq: 1 }) })]))
  expect(venue.state.placed.map(({ cloid }) => cloid)).toEqual([order.cloid])
  expect(journal.gates()).toEqual(['RISK_MAX_POSITION'])
})

test.each([
  { sz: '10', sent: 1 },
  { sz: '10.001', sent: 0 },
])('with a limit of 1000 USD an order of $sz coins at 100 is sent $sent times', async ({ sz, sent }) => {
  const { context, time, venue } = readyContext(makerInput())
  await time.drive(submitOrders(context, [intentOf({ sz })]))
  expect(venue.state.placed).toHaveLength(sent)
})

test('while fills are missing nothing that opens is sent, but what reduces is', async () => {
  const { context, journal, time, venue } = readyContext(makerInput())
  context.desk.fills.ask()
  await time.drive(submitOrders(context, [order, reducing]))
  expect(venue.state.placed.map(({ cloid }) => cloid)).toEqual([reducing.cloid])
  expect(journal.gates()).toEqual(['FILLS_MISSING'])
})

test('while an inherited order is unexplained nothing that opens is sent', async () => {
  const { context, journal, time, venue } = readyContext(makerInput())
  context.desk.inherited = [{ cloid: cloidOf({ seq: 9 }), coin: 'BTC', expires_ts: 0 }]
  await time.drive(submitOrders(context, [order]))
  expect([venue.state.placed, journal.gates()]).toEqual([[], ['FILLS_MISSING']])
})

test('a silent venue leaves the order unknown at the deadline, with its slot taken', async () => {
  const { context, clock, ports, time } = readyContext(makerInput())
  ports.venue.placeOrders = silence
  const [life] = await time.drive(submitOrders(context, [order]))
  expect([life?.phase, clock.monotonicMs()]).toEqual(['unknown', TIMING.venueDeadlineMs])
  expect(context.desk.live()).toHaveLength(1)
})

test('an answer that leaves one order out makes that one unknown, not the others', async () => {
  const { context, journal, ports, time } = readyContext(makerInput())
  ports.venue.placeOrders = async () => [{ cloid: order.cloid, status: 'resting', oid: 1 }]
  const lives = await time.drive(submitOrders(context, [order, reducing]))
  expect(lives.map((life) => life?.phase)).toEqual(['open', 'unknown'])
  expect(journal.rows.answers.map(({ status }) => status)).toEqual(['resting', 'unknown'])
})

test('a refused order leaves no trace at the desk, and its refusal names price and size', async () => {
  const { context, journal, time } = readyContext(makerInput())
  const lives = await time.drive(submitOrders(context, [intentOf({ sz: '0' })]))
  expect([lives, context.desk.live()]).toEqual([[null], []])
  expect(journal.rows.decisions).toMatchObject([{ reason: 'ORDER_REFUSED', inputs: { px: '100', sz: '0' } }])
})

const openLife = async (ready: ReturnType<typeof readyContext>): Promise<OrderLife[]> => {
  await ready.time.drive(submitOrders(ready.context, [order]))
  return ready.context.desk.live()
}

test('a cancel needs neither lease nor permission', async () => {
  const ready = readyContext(candleInput())
  const lives = await openLife(ready)
  ready.inbox.state.kill = { mode: 'halt', by: 'direct', reason: 'unit' }
  await ready.time.advance(TIMING.leaseTtlMs * 2)
  await ready.time.drive(cancelOrders(ready.context, lives))
  expect([ready.venue.state.canceled, ready.context.desk.live()]).toEqual([[order.cloid], []])
})

test('a cancel that is not answered leaves the order where it was', async () => {
  const ready = readyContext(candleInput())
  const lives = await openLife(ready)
  ready.ports.venue.cancelOrders = silence
  await ready.time.drive(cancelOrders(ready.context, lives))
  expect(ready.context.desk.live().map(({ phase }) => phase)).toEqual(['open'])
})

test('`gone` ends an order that was known to rest, and leaves one on its way unknown', async () => {
  const ready = readyContext(candleInput())
  const lives = await openLife(ready)
  ready.venue.state.open = []
  await ready.time.drive(cancelOrders(ready.context, lives))
  expect(ready.context.desk.live()).toEqual([])

  const unsure = readyContext(candleInput())
  unsure.ports.venue.placeOrders = async () => [{ cloid: order.cloid, status: 'unknown', message: 'lost' }]
  const unknown = await openLife(unsure)
  await unsure.time.drive(cancelOrders(unsure.context, unknown))
  expect(unsure.context.desk.live().map(({ phase }) => phase)).toEqual(['unknown'])
})

test('nothing to cancel asks nobody', async () => {
  const { context, time, venue } = readyContext(candleInput())
  await time.drive(cancelOrders(context, []))
  expect(venue.state.calls).toEqual([])
})

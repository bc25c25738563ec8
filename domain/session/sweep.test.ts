/** A sweep is clean only when a look after the quiet time found nothing of the session but what may stay. */
import { expect, test } from 'vitest'
import { cancelListed, quietUntil, type SweepPlan, sweepOrders } from '#domain/session/sweep.ts'
import { TIMING } from '#domain/session/timing.ts'
import { fakeVenue } from '../../tests/support/fake-venue.ts'
import { cloidOf, openOf, SESSION, silence, stopOf } from '../../tests/support/session-ports.ts'
import { virtualClock } from '../../tests/support/virtual-clock.ts'

function swept(plan: Partial<SweepPlan> = {}) {
  const time = virtualClock()
  const venue = fakeVenue(time.clock)
  const ports = { clock: time.clock, venue: venue.venue }
  const whole = { session_id: SESSION, keep: () => false, quietUntilMs: 0, giveUpMs: 20_000, ...plan }
  return { ...time, ...venue, ports, sweep: () => time.drive(sweepOrders(ports, whole)) }
}

test('orders of every epoch and run of the session go; a stranger’s stays', async () => {
  const { state, sweep } = swept()
  const stranger = openOf({ cloid: `0x${'ab'.repeat(16)}` })
  state.open = [openOf({ cloid: cloidOf({ epoch: 7 }) }), openOf({ cloid: cloidOf({ run: 1 }) }), stranger]
  expect(await sweep()).toMatchObject({ clean: true, canceled: 2, open: [], message: '' })
  expect(state.open).toEqual([stranger])
})

test('what may stay is neither cancelled nor in the way of a clean sweep', async () => {
  const { state, sweep } = swept({ keep: (order) => order.trigger })
  state.open = [stopOf(), openOf()]
  expect(await sweep()).toMatchObject({
    clean: true,
    canceled: 1,
    open: [stopOf()],
    seen: [stopOf(), openOf()],
  })
})

test.each([{ quietUntilMs: 3_000 }, { quietUntilMs: 150 }])(
  'an empty look before the quiet time of $quietUntilMs ms proves nothing: it looks again after it',
  async ({ quietUntilMs }) => {
    const { called, clock, sweep } = swept({ quietUntilMs })
    expect((await sweep()).clean).toBe(true)
    expect(called('openOrders')).toHaveLength(2)
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(quietUntilMs)
  },
)

test('a look that was sent inside the quiet time does not count, however late it is answered', async () => {
  const { called, clock, ports, sweep } = swept({ quietUntilMs: 100 })
  const ask = ports.venue.openOrders
  ports.venue.openOrders = async () => {
    const listed = await ask()
    await clock.sleep(150)
    return listed
  }
  expect((await sweep()).clean).toBe(true)
  expect(called('openOrders')).toHaveLength(2)
})

test('an order that arrives in the quiet time is cancelled too', async () => {
  const { advance, clock, drive, ports, state } = swept()
  const plan = { session_id: SESSION, keep: () => false, quietUntilMs: 3_000, giveUpMs: 20_000 }
  const sweeping = sweepOrders(ports, plan)
  await advance(2_999)
  state.open = [openOf()]
  expect(await drive(sweeping)).toMatchObject({ clean: true, canceled: 1 })
  expect([state.open, clock.monotonicMs() > 3_000]).toEqual([[], true])
})

test('an order that cannot be cancelled ends in no clean sweep, at the time to give up', async () => {
  const { clock, ports, state, sweep } = swept({ giveUpMs: 5_000 })
  ports.venue.cancelOrders = async (orders) => orders.map(({ cloid }) => ({ cloid, status: 'gone' }))
  state.open = [openOf()]
  expect(await sweep()).toMatchObject({
    clean: false,
    open: [openOf()],
    canceled: 1,
    message: '1 orders still open',
  })
  expect(clock.monotonicMs()).toBe(5_000)
})

test('a silent venue is no empty venue', async () => {
  const { ports, sweep } = swept({ giveUpMs: 5_000 })
  ports.venue.openOrders = silence
  const { clean, message } = await sweep()
  expect([clean, message]).toEqual([false, `open orders: no answer in ${TIMING.venueDeadlineMs} ms`])
})

test('a sweep whose time is over before it begins asks nobody and is not clean', async () => {
  const { called, sweep } = swept({ giveUpMs: 0 })
  expect([(await sweep()).clean, called('openOrders')]).toEqual([false, []])
})

test('cancelling a list carries an expiry, and an empty list asks nobody', async () => {
  const { called, clock, drive, ports } = swept()
  await drive(cancelListed(ports, []))
  expect(called('cancelOrders')).toEqual([])
  await drive(cancelListed(ports, [openOf()]))
  expect(called('cancelOrders')).toMatchObject([{ expiresAfter: clock.now() + TIMING.orderTtlMs }])
})

test.each([
  { quiet: 0, expiresIn: null, waits: 0 },
  { quiet: 5_000, expiresIn: null, waits: 5_000 },
  { quiet: 0, expiresIn: 1_500, waits: 1_500 + TIMING.clockSkewMs },
  { quiet: 5_000, expiresIn: 1_500, waits: 5_000 },
  { quiet: 0, expiresIn: -TIMING.clockSkewMs, waits: 0 }, // long expired: nothing to wait for
  { quiet: 0, expiresIn: 1 - TIMING.clockSkewMs, waits: 1 },
])('quiet of $quiet ms and an order that expires in $expiresIn ms wait $waits ms', (given) => {
  const { clock } = virtualClock()
  const orders = given.expiresIn === null ? [] : [{ expires_ts: clock.now() + given.expiresIn }]
  expect(quietUntil(clock, given.quiet, orders)).toBe(clock.monotonicMs() + given.waits)
})

/** A modify passes what every order passes, and each answer says what became of the new order and of the old one. */
import { expect, test } from 'vitest'
import type { OrderAnswer } from '#domain/session/ports.ts'
import { settleUnknown } from '#domain/session/reconcile.ts'
import { cancelOrders, replaceOrders, submitOrders } from '#domain/session/submit.ts'
import { TIMING } from '#domain/session/timing.ts'
import { isDoubted, type OrderLife } from '#domain/trading/order-lifecycle.ts'
import { limitsOf, makerInput, readyContext } from '#tests/support/segment-inputs.ts'
import { cloidOf, intentOf, silence } from '#tests/support/session-ports.ts'

const old = intentOf({ sz: '4' })
const order = intentOf({ cloid: cloidOf({ seq: 1 }), px: '99', sz: '4' })

/** One resting order of 400 USD, and a way to replace it. */
async function resting(limits = limitsOf()) {
  const ready = readyContext(makerInput({ limits }))
  const { context, time } = ready
  await time.drive(submitOrders(context, [old]))
  const life = context.desk.orders.get(old.cloid) as OrderLife
  const replace = (intent = order) => time.drive(replaceOrders(context, [{ old: life, order: intent }]))
  const phases = (): (string | undefined)[] =>
    [old, order].map(({ cloid }) => {
      const now = context.desk.orders.get(cloid)
      return now?.phase === 'done' ? (now.end ?? '') : now?.phase
    })
  const answers = (...given: OrderAnswer[]): void => {
    ready.ports.venue.modifyOrders = async () => given
  }
  return { ...ready, replace, phases, answers }
}

test('one action ends the old order and places the new one, with a durable intent and an expiry', async () => {
  const { replace, phases, venue, journal, clock } = await resting()
  const [life] = await replace()
  expect([life?.phase, ...phases()]).toEqual(['open', 'canceled', 'open'])
  expect(venue.called('modifyOrders')).toMatchObject([
    { modifies: [{ cloid: old.cloid, order }], expiresAfter: clock.now() + TIMING.orderTtlMs },
  ])
  expect(venue.called('placeOrders')).toHaveLength(1) // the old one's own
  expect(journal.rows.intents).toEqual([old.cloid, order.cloid])
  expect(journal.rows.answers.slice(1)).toMatchObject([
    { cloid: order.cloid, status: 'resting' },
    { cloid: old.cloid, status: 'canceled' },
  ])
})

test('what the old order filled before it ended still counts until the venue has told', async () => {
  const { context, replace } = await resting()
  await replace()
  expect(context.desk.ended()).toEqual([old.cloid])
  const opening = context.desk.exposure('BTC', null).opening.map(({ remainingE8 }) => remainingE8)
  expect(opening).toEqual([400_000_000n, 400_000_000n])
})

test('refused as gone: the old order is over and its fills are asked for, the new one was never placed', async () => {
  const { context, phases, replace, venue, journal } = await resting()
  venue.state.open = []
  await replace()
  expect(phases()).toEqual(['gone', 'rejected'])
  expect(context.desk.fills.missing).not.toBe('none')
  expect(journal.rows.answers.at(-1)).toMatchObject({ cloid: old.cloid, status: 'gone' })
})

test.each([
  { what: 'the venue kept it', keeps: true },
  { what: 'the venue had ended it', keeps: false },
])('refused for another reason the old order stays ours to cancel: $what', async ({ keeps }) => {
  const { answers, context, phases, replace, time, venue } = await resting()
  const message = 'Post only order would have immediately matched'
  answers({ cloid: order.cloid, status: 'rejected', message, code: 'POST_ONLY_CROSS' })
  if (!keeps) venue.state.open = []
  await replace()
  expect(phases()).toEqual(['open', 'rejected'])
  await time.drive(cancelOrders(context, context.desk.live()))
  expect([venue.state.open, context.desk.live()]).toEqual([[], []])
})

test('a modify that takes at once is told as filled', async () => {
  const { answers, phases, replace, context } = await resting()
  answers({ cloid: order.cloid, status: 'filled', oid: 9, sz: '4', avgPx: '99' })
  await replace()
  expect([phases(), context.desk.positionE8('BTC')]).toEqual([['canceled', 'filled'], 400_000_000n])
})

test('no answer: both keep their places, in the checkpoint too, until both were asked for', async () => {
  const { context, phases, replace, ports, time, clock, venue } = await resting()
  const modify = ports.venue.modifyOrders
  ports.venue.modifyOrders = async (...call) => {
    await modify?.(...call)
    return silence()
  }
  await replace()
  expect(phases()).toEqual(['open', 'unknown'])
  expect(context.desk.orders.get(old.cloid)).toMatchObject({ doubtedTs: expect.any(Number) })
  expect(context.desk.isUnsettled()).toBe(true)
  const { unresolved } = context.desk.checkpoint(clock.now(), { markPx: {}, equityUsd: '0' })
  expect(unresolved.map(({ cloid }) => cloid)).toEqual([old.cloid, order.cloid])
  ports.venue.orderStatus = async (cloid) =>
    venue.state.open.some((each) => each.cloid === cloid)
      ? { status: 'open', word: 'open' }
      : { status: 'canceled', word: 'canceled' }
  await time.drive(settleUnknown(context))
  expect(phases()).toEqual(['canceled', 'open'])
})

test('a modify that never arrived: the new order is never placed, the old one is known to rest', async () => {
  const { context, phases, replace, ports, time } = await resting()
  ports.venue.modifyOrders = silence
  await replace()
  await time.drive(settleUnknown(context))
  // Asked after the venue's deadline, which is later than the expiry.
  expect(phases()).toEqual(['open', 'never_placed'])
  const kept = context.desk.orders.get(old.cloid)
  expect(kept && isDoubted(kept)).toBe(false)
})

test.each([
  // The old order counts too: it may fill before the modify arrives.
  { limit: 800, sent: 1 },
  { limit: 799, sent: 0 },
])(
  'with a position limit of $limit USD a modify of 4 by 4 coins at 100 is sent $sent times',
  async (given) => {
    const { replace, venue, journal } = await resting(limitsOf({ position_usd_max: given.limit }))
    const [life] = await replace(intentOf({ cloid: order.cloid, sz: '4' }))
    expect(venue.called('modifyOrders')).toHaveLength(given.sent)
    expect(life === null).toBe(given.sent === 0)
    expect(journal.gates()).toEqual([]) // the caller's plain way tells
  },
)

test.each(['flatten', 'halt', 'close_only'] as const)('under a %s kill no modify leaves', async (mode) => {
  const { inbox, replace, venue, journal } = await resting()
  inbox.state.kill = { mode, by: 'direct', reason: 'unit' }
  await replace()
  expect([venue.called('modifyOrders'), journal.gates()]).toEqual([[], []])
})

test('a kill while the client signs is seen directly before the bytes go out, and the old order stays open', async () => {
  const { inbox, phases, ports, replace, venue } = await resting()
  const modify = ports.venue.modifyOrders
  ports.venue.modifyOrders = async (modifies, options) => {
    inbox.state.kill = { mode: 'flatten', by: 'direct', reason: 'unit' }
    return (await modify?.(modifies, options)) ?? []
  }
  await replace()
  expect(phases()).toEqual(['open', 'rejected'])
  expect(venue.state.open.map(({ cloid }) => cloid)).toEqual([old.cloid])
})

test('without a durable intent or a lease no modify leaves', async () => {
  const mute = await resting()
  mute.ports.journal.intent = silence
  await mute.replace()
  const late = await resting()
  await late.time.advance(TIMING.leaseTtlMs)
  await late.replace()
  expect([mute, late].map(({ venue }) => venue.called('modifyOrders'))).toEqual([[], []])
  expect([mute.phases()[0], late.phases()[0]]).toEqual(['open', 'open'])
})

test('while fills are missing nothing is modified', async () => {
  const { context, replace, venue } = await resting()
  context.desk.fills.ask()
  await replace()
  expect(venue.called('modifyOrders')).toEqual([])
})

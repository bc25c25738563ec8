/** A segment's picture comes back in line with the venue: lost answers, lost fills, strangers, another ledger. */
import { expect, test } from 'vitest'
import { buildCloid, hash32 } from '#domain/ids.ts'
import { COIN } from '#tests/simulation/market.ts'
import { createStage, type Knobs, makerInput, SESSION_ID, type Stage } from '#tests/support/session-stage.ts'
import { openContext, type SegmentContext } from './context.ts'
import { audit, auditDue, hasUnknown, pump, settleUnknown } from './reconcile.ts'
import { submitOrders } from './submit.ts'
import type { OrderIntent } from './types.ts'

function setUp(knobs: Partial<Knobs> = {}) {
  const stage = createStage(knobs)
  const context = openContext(makerInput(), stage.ports)
  context.lease.renew(context.lease.moment())
  context.desk.takeList([], context.desk.fills.request())
  return { stage, context }
}

const order = ({ desk }: SegmentContext, over: Partial<OrderIntent> = {}): OrderIntent => ({
  cloid: desk.nextCloid(0),
  coin: COIN,
  side: 'buy',
  px: '99',
  sz: '2',
  tif: 'alo',
  reduce_only: false,
  purpose: 'quote',
  ...over,
})

async function settled<T>(stage: Stage, work: Promise<T>, ms = 20_000): Promise<T> {
  await stage.advance(ms)
  return work
}

const cloidOf = (epoch: number, run = 7): string =>
  buildCloid({ tag: hash32(SESSION_ID), epoch, seq: 99, run, leg: 0 })
const place = (stage: Stage, intent: Partial<OrderIntent>): void => {
  const whole = {
    coin: COIN,
    side: 'buy',
    px: '99',
    sz: '2',
    tif: 'alo',
    reduce_only: false,
    purpose: 'quote',
    cloid: '',
  }
  stage.venue.place([{ ...whole, ...intent } as OrderIntent], Number.POSITIVE_INFINITY)
}

test('an order whose answer was lost is found at the venue', async () => {
  const { stage, context } = setUp({ answersLost: new Set(['placeOrders']) })
  await settled(stage, submitOrders(context, [order(context)]), 4_000)
  expect(hasUnknown(context)).toBe(true)
  await settled(stage, settleUnknown(context), 100)
  expect(context.desk.live().map(({ phase }) => phase)).toEqual(['open'])
})

test('an order that never arrived is given up only after its time is over', async () => {
  const { stage, context } = setUp({ silent: new Set(['placeOrders']) })
  const pending = submitOrders(context, [order(context)])
  await stage.advance(1_000)
  await settled(stage, settleUnknown(context), 100) // still under way: nobody asks
  expect(stage.calls).toEqual([])
  await stage.advance(3_000)
  await pending
  await settled(stage, settleUnknown(context), 100)
  expect(context.desk.live()).toEqual([])
})

test('fills that the stream owes are asked for after a moment', async () => {
  const { stage, context } = setUp({ streamUp: true })
  stage.venue.onEvent = () => undefined // the stream is up and silent
  await settled(stage, submitOrders(context, [order(context, { px: '100.01', tif: 'ioc' })]), 100)
  expect(context.desk.owesFills()).toBe(true)
  await settled(stage, pump(context), 100)
  expect(stage.calls).toEqual(['placeOrders']) // the stream gets its chance
  await settled(stage, stage.advance(400), 500)
  await settled(stage, pump(context), 100)
  expect(context.desk.owesFills()).toBe(false)
  expect(context.desk.fills.position(COIN).sz).toBe('2')
})

test('without a stream the list is asked again and again, and once more when it is back', async () => {
  const { stage, context } = setUp({ streamUp: false })
  for (let at = 0; at < 5; at++) await settled(stage, pump(context), 1_100)
  expect(stage.calls.filter((call) => call === 'fillsSince').length).toBeGreaterThanOrEqual(4)
  stage.knobs.streamUp = true
  stage.calls.length = 0
  await settled(stage, pump(context), 400)
  await settled(stage, pump(context), 400)
  expect(stage.calls).toEqual(['fillsSince'])
})

test('an audit cancels orders of the session that nobody here placed, of other epochs and runs, and leaves strangers alone', async () => {
  const { stage, context } = setUp()
  place(stage, { cloid: cloidOf(2) })
  place(stage, { cloid: cloidOf(9, 1) })
  place(stage, { cloid: buildCloid({ tag: 1, epoch: 1, seq: 1, run: 1, leg: 1 }) })
  expect(await settled(stage, audit(context))).toBe(true)
  expect(stage.venue.open()).toHaveLength(1)
  expect(stage.events.map(({ kind }) => kind)).toContain('stray_orders')
})

test('an order of a later epoch makes this segment the stranger: it touches nothing and ends', async () => {
  const { stage, context } = setUp()
  place(stage, { cloid: cloidOf(4) })
  await settled(stage, audit(context))
  expect(stage.venue.open()).toHaveLength(1)
  expect(context.stop.why()).toEqual({ kind: 'safe', reason: 'attempt_replaced' })
})

test('a ledger that still disagrees after all fills were read takes the venue’s position', async () => {
  const { stage, context } = setUp()
  stage.venue.onEvent = () => undefined
  place(stage, { cloid: '', px: '100.01', tif: 'ioc' })
  const hidden = context.ports.venue.fillsSince
  context.ports.venue.fillsSince = async (ts) => (await hidden(ts)).slice(0, 0)
  await settled(stage, audit(context))
  expect(context.desk.fills.position(COIN)).toMatchObject({ sz: '2', entryPx: '100.01' })
  expect(stage.events).toContainEqual({
    kind: 'ledger_corrected',
    details: { coin: COIN, ledger: '0', venue: '2' },
  })
})

test('an audit that got no answer is no audit; after one, the next is due in a minute', async () => {
  const { stage, context } = setUp({ silent: new Set(['openOrders']) })
  expect(await settled(stage, audit(context))).toBe(false)
  expect(auditDue(context)).toBe(true)
  stage.knobs.silent.clear()
  expect(await settled(stage, audit(context), 100)).toBe(true)
  expect(auditDue(context)).toBe(false)
  await stage.advance(60_000)
  expect(auditDue(context)).toBe(true)
})

test('what the stream owes is asked of the list of fills; an audit is due only when that has not helped for five seconds', async () => {
  const { stage, context } = setUp()
  await settled(stage, audit(context), 100)
  stage.venue.onEvent = () => undefined
  context.ports.venue.fillsSince = async () => [] // and the list lags
  await settled(stage, submitOrders(context, [order(context, { px: '101', tif: 'ioc' })]), 100)
  const due: boolean[] = []
  for (let passed = 0; passed < 6; passed++) {
    await settled(stage, pump(context), 1_000)
    due.push(auditDue(context))
  }
  expect(due).toEqual([false, false, false, false, false, true]) // first seen owed after one second
})

/** The follower engine executes the slices it was given, once; passive ones rest for a while, and a snapshot is handed over on a settled picture alone. */
import { expect, test } from 'vitest'
import { FollowParams } from '#domain/strategies/follow-params.ts'
import { firstCheckpoint } from '#domain/trading/checkpoint.ts'
import { COIN } from '#tests/simulation/market.ts'
import { createStage, type Knobs, LIMITS, SESSION_ID, START_TS } from '#tests/support/session-stage.ts'
import { runSegment } from './segment.ts'
import { DECISION_AGE_MS_MAX } from './segment-follower.ts'
import type { FollowerSegmentInput } from './segment-input.ts'
import type { OrderIntent, SegmentOutcome } from './types.ts'

const slice = (over: Partial<OrderIntent> = {}): OrderIntent => ({
  ...{ cloid: `0x${'0'.repeat(31)}1`, coin: COIN, side: 'buy', px: '99.99', sz: '5', tif: 'alo' },
  ...{ reduce_only: false, purpose: 'entry' },
  ...over,
})

function start(over: Partial<FollowerSegmentInput> = {}, knobs: Partial<Knobs> = {}) {
  const stage = createStage(knobs)
  const input: FollowerSegmentInput = {
    ...{
      session_id: SESSION_ID,
      run: 7,
      epoch: 3,
      mode: 'paper',
      account: 'sim',
      coins: [COIN],
      limits: LIMITS,
    },
    ...{ on_control_loss: 'cancel_quotes', close_only: false, decisions: [], rotate_after_ms: 3_600_000 },
    ...{ engine: 'follower', checkpoint: firstCheckpoint(3, START_TS), intents: [], due_ts: 0 },
    params: FollowParams.parse({ strategy: 'follow_targets', model: 'm', passive_ms: 2_000 }),
    ...over,
  }
  let ended: SegmentOutcome | null = null
  void runSegment(input, stage.ports).then((outcome) => {
    ended = outcome
  })
  return { stage, outcome: (): SegmentOutcome | null => ended }
}

test('without orders it waits for the schedule and then shows position, touch, mark and equity', async () => {
  const { stage, outcome } = start({ due_ts: START_TS + 30_000 })
  await stage.advance(29_000)
  expect(outcome()).toBeNull()
  await stage.advance(2_500)
  expect(outcome()).toMatchObject({
    kind: 'decision_due',
    snapshot: {
      candles: [],
      markPx: { [COIN]: '100' },
      touch: { [COIN]: { bid: '99.99', ask: '100.01' } },
      equityUsd: '100000',
      openOrders: 0,
    },
  })
})

test('a passive slice that fills while it rests is handed over at once', async () => {
  const { stage, outcome } = start({ intents: [slice()] })
  await stage.advance(300)
  expect(stage.venue.open()).toHaveLength(1)
  expect(outcome()).toBeNull()
  stage.trade(9_990, 9_998) // the ask comes down through it
  await stage.advance(500)
  expect(outcome()).toMatchObject({
    kind: 'decision_due',
    checkpoint: { positions: [{ sz: '5' }], unresolved: [] },
  })
})

test('a passive slice that does not fill is taken back when its time is over', async () => {
  const { stage, outcome } = start({ intents: [slice()] })
  await stage.advance(1_500)
  expect(stage.venue.open()).toHaveLength(1)
  await stage.advance(1_500)
  expect(stage.venue.open()).toEqual([])
  expect(outcome()).toMatchObject({ kind: 'decision_due', checkpoint: { positions: [], unresolved: [] } })
  expect(stage.venue.orders).toHaveLength(1)
})

test('an aggressive slice is done at once, and what closes goes before what opens', async () => {
  const { stage, outcome } = start({
    intents: [
      slice({ tif: 'ioc', px: '100.2' }),
      slice({ cloid: `0x${'0'.repeat(31)}2`, side: 'sell', px: '99.8', tif: 'ioc', reduce_only: true }),
    ],
  })
  await stage.advance(500)
  expect(stage.intents.map(({ reduce_only }) => reduce_only)).toEqual([true, false])
  expect(outcome()).toMatchObject({ kind: 'decision_due' })
})

test.each([
  { ageMs: DECISION_AGE_MS_MAX - 100, orders: 1 },
  { ageMs: DECISION_AGE_MS_MAX + 200, orders: 0 },
])('slices decided $ageMs ms ago lead to $orders orders', async ({ ageMs, orders }) => {
  const decision = {
    ts: START_TS - ageMs,
    seq: 0,
    coin: COIN,
    kind: 'enter',
    reason: 'R',
    gate: '',
    inputs: {},
  } as const
  const { stage, outcome } = start({ intents: [slice()], decisions: [decision] })
  await stage.advance(4_000)
  expect(stage.venue.orders).toHaveLength(orders)
  expect(stage.decisions.filter(({ gate }) => gate === 'STALE_DECISION')).toHaveLength(1 - orders)
  expect(outcome()).toMatchObject({ kind: 'decision_due' })
})

test('an order without an answer holds the snapshot back until the venue has told what became of it, and is not repeated', async () => {
  const { stage, outcome } = start(
    { intents: [slice({ tif: 'ioc', px: '100.2' })] },
    { answersLost: new Set(['placeOrders', 'orderStatus']) },
  )
  stage.venue.onEvent = () => undefined
  await stage.advance(8_000)
  expect(outcome()).toBeNull()
  stage.knobs.answersLost.clear()
  await stage.advance(5_000)
  expect(outcome()).toMatchObject({ kind: 'decision_due', checkpoint: { positions: [{ sz: '5' }] } })
  expect(stage.venue.orders).toHaveLength(1)
})

test('a kill takes the resting slice back and ends the segment', async () => {
  const { stage, outcome } = start({ intents: [slice()] })
  await stage.advance(300)
  stage.knobs.kill = { mode: 'flatten', by: 'direct', reason: 'enough' }
  stage.wake()
  await stage.advance(1_000)
  expect(stage.venue.open()).toEqual([])
  expect(outcome()).toMatchObject({ kind: 'killed', mode: 'flatten' })
})

test('a book without orders is shown as it is', async () => {
  const { stage, outcome } = start({}, { noTouch: true })
  await stage.advance(5_000)
  expect(outcome()).toMatchObject({ snapshot: { touch: { [COIN]: { bid: null, ask: null } } } })
})

/** The candle engine executes what was decided, once, and hands the next bar over only on a settled picture. */
import { expect, test } from 'vitest'
import { firstCheckpoint } from '#domain/trading/checkpoint.ts'
import { COIN } from '#tests/simulation/market.ts'
import {
  candle,
  candleInput,
  createStage,
  type Knobs,
  START_TS,
  type Stage,
} from '#tests/support/session-stage.ts'
import { DECISION_AGE_MS_MAX } from './candle-orders.ts'
import { runSegment } from './segment.ts'
import type { CandleSegmentInput } from './segment-input.ts'
import type { OrderIntent, SegmentOutcome } from './types.ts'

const entry: OrderIntent = {
  cloid: `0x${'0'.repeat(31)}1`,
  coin: COIN,
  side: 'buy',
  px: '100.2',
  sz: '5',
  tif: 'ioc',
  reduce_only: false,
  purpose: 'entry',
}

function start(knobs: Partial<Knobs> = {}, over: Partial<CandleSegmentInput> = {}) {
  const stage = createStage(knobs)
  let ended: SegmentOutcome | null = null
  void runSegment(candleInput(over), stage.ports).then((outcome) => {
    ended = outcome
  })
  return { stage, outcome: (): SegmentOutcome | null => ended }
}

const closeBar = (stage: Stage, index: number): void => {
  stage.knobs.candles = [...stage.knobs.candles, candle(index, 100)]
  stage.trade(9_999, 10_001)
}

test('nothing to do: it waits for the bar, then hands over candles, touch, mark, position and equity', async () => {
  const { stage, outcome } = start()
  await stage.advance(5_000)
  expect(outcome()).toBeNull()
  closeBar(stage, 1)
  await stage.advance(100)
  expect(outcome()).toMatchObject({
    kind: 'decision_due',
    snapshot: {
      candles: [candle(1, 100)],
      touch: { [COIN]: { bid: '99.99', ask: '100.01' } },
      markPx: { [COIN]: '100' },
      equityUsd: '100000',
      openOrders: 0,
    },
    checkpoint: { unresolved: [] },
  })
})

test('candles that were decided on already are not handed over again', async () => {
  const checkpoint = { ...firstCheckpoint(3, 0), lastCandleOpenTs: 60_000 }
  const { stage, outcome } = start({ candles: [candle(1, 100)] }, { checkpoint })
  await stage.advance(3_000)
  expect(outcome()).toBeNull()
})

test('the entry goes out once, its fill is known, and its stop lies before the next bar is decided', async () => {
  const { stage, outcome } = start({}, { intents: [entry], stops: [{ coin: COIN, px: '98' }] })
  await stage.advance(3_000)
  expect(stage.venue.positionE8).toBe(500_000_000n)
  expect(stage.venue.open()).toMatchObject([
    { intent: { side: 'sell', sz: '5', reduce_only: true, trigger: { px: '98' } } },
  ])
  closeBar(stage, 1)
  await stage.advance(100)
  expect(outcome()).toMatchObject({
    kind: 'decision_due',
    checkpoint: { positions: [{ sz: '5' }], stops: [{ px: '98', sz: '5' }] },
  })
  expect(stage.venue.orders).toHaveLength(2)
})

test.each([
  { ageMs: DECISION_AGE_MS_MAX - 100, orders: 1 },
  { ageMs: DECISION_AGE_MS_MAX + 100, orders: 0 },
])('a decision of $ageMs ms ago leads to $orders orders', async ({ ageMs, orders }) => {
  const decision = {
    ts: START_TS - ageMs,
    seq: 0,
    coin: COIN,
    kind: 'enter',
    reason: 'R',
    gate: '',
    inputs: {},
  } as const
  const { stage } = start({}, { intents: [entry], decisions: [decision] })
  await stage.advance(1_000)
  expect(stage.venue.orders).toHaveLength(orders)
  const dropped = stage.decisions.filter(({ gate }) => gate === 'STALE_DECISION')
  expect(dropped).toHaveLength(1 - orders)
})

test('an entry without an answer blocks the bar until the venue has told what became of it, and is not repeated', async () => {
  const { stage, outcome } = start(
    { answersLost: new Set(['placeOrders', 'orderStatus']) },
    { intents: [entry], stops: [] },
  )
  stage.venue.onEvent = () => undefined
  await stage.advance(500)
  closeBar(stage, 1)
  await stage.advance(8_000)
  expect(outcome()).toBeNull()
  expect(stage.venue.orders).toHaveLength(1)
  stage.knobs.answersLost.clear()
  await stage.advance(5_000)
  expect(outcome()).toMatchObject({ kind: 'decision_due', checkpoint: { positions: [{ sz: '5' }] } })
  expect(stage.venue.orders).toHaveLength(1)
})

test('a kill leaves the protective stop where it is: the close takes it', async () => {
  const { stage, outcome } = start({}, { intents: [entry], stops: [{ coin: COIN, px: '98' }] })
  await stage.advance(1_000)
  stage.knobs.kill = { mode: 'flatten', by: 'direct', reason: 'test' }
  stage.wake()
  await stage.advance(1_000)
  expect(outcome()).toMatchObject({ kind: 'killed' })
  expect(stage.venue.open()).toHaveLength(1)
})

test.each([
  { how: 'pause', end: (stage: Stage) => stage.rotate('pause'), kind: 'rotated' },
  { how: 'shutdown', end: (stage: Stage) => stage.cancel('shutdown'), kind: 'handover' },
])('a $how between the entry and its stop waits for the stop', async ({ end, kind }) => {
  const { stage, outcome } = start({}, { intents: [entry], stops: [{ coin: COIN, px: '98' }] })
  stage.venue.onAccepted = ({ intent }) => {
    if (intent.purpose === 'entry') stage.scheduler.after(0, () => end(stage))
  }
  await stage.advance(3_000)
  expect(outcome()).toMatchObject({
    kind,
    checkpoint: { positions: [{ sz: '5' }], stops: [{ px: '98', sz: '5' }], unresolved: [] },
  })
  expect(stage.venue.open()).toHaveLength(1)
})

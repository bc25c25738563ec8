/** The stop at the venue: right in size and price, replaced without a gap, gone with the position, and an exit where it is refused. */
import { describe, expect, test } from 'vitest'
import { COIN } from '#tests/simulation/market.ts'
import { candleInput, createStage, type Stage } from '#tests/support/session-stage.ts'
import { runSegment } from './segment.ts'
import type { CandleSegmentInput } from './segment-input.ts'
import { TIMING } from './timing.ts'
import type { OrderIntent } from './types.ts'

const byHand = (stage: Stage, side: 'buy' | 'sell', sz: string): void => {
  const intent: OrderIntent = {
    cloid: '',
    coin: COIN,
    side,
    px: side === 'buy' ? '101' : '99',
    sz,
    tif: 'ioc',
    reduce_only: false,
    purpose: 'by hand',
  }
  stage.venue.nowMs = stage.scheduler.nowMs
  stage.venue.place([intent], Number.POSITIVE_INFINITY)
}

async function holding(sz: string, stopPx: string, over: Partial<CandleSegmentInput> = {}): Promise<Stage> {
  const stage = createStage()
  byHand(stage, 'buy', sz)
  void runSegment(candleInput({ stops: [{ coin: COIN, px: stopPx }], ...over }), stage.ports)
  await stage.advance(1_000)
  return stage
}

const stopsAt = (stage: Stage): string[] =>
  stage.venue.open().map(({ intent }) => `${intent.side} ${intent.sz} at ${intent.trigger?.px}`)

test('a position gets its stop, on the closing side, with a worst price that the tick allows', async () => {
  const stage = await holding('5', '98')
  expect(stopsAt(stage)).toEqual(['sell 5 at 98'])
  expect(stage.venue.open()[0]?.intent).toMatchObject({ px: '90.16', reduce_only: true, purpose: 'stop' })
})

test('a position that grows gets a larger stop before the old one goes', async () => {
  const stage = await holding('5', '98')
  const lying: number[] = []
  const { onAccepted, onEvent } = stage.venue
  stage.venue.onAccepted = (order) => {
    onAccepted(order)
    lying.push(stage.venue.open().length)
  }
  byHand(stage, 'buy', '2')
  stage.venue.onEvent = onEvent
  await stage.advance(2_000)
  expect(stopsAt(stage)).toEqual(['sell 7 at 98'])
  expect(lying.at(-1)).toBe(2)
})

test('with the position gone the stop goes too', async () => {
  const stage = await holding('5', '98')
  byHand(stage, 'sell', '5')
  await stage.advance(2_000)
  expect(stage.venue.open()).toEqual([])
})

test('a fired stop closes the position and is not renewed', async () => {
  const stage = await holding('5', '98')
  stage.trade(9_790, 9_792)
  await stage.advance(2_000)
  expect(stage.venue.positionE8).toBe(0n)
  expect(stage.venue.open()).toEqual([])
})

test('when the market is past the stop already, the position is closed at once', async () => {
  const stage = await holding('5', '100.5')
  await stage.advance(1_000)
  expect(stage.venue.positionE8).toBe(0n)
  const own = stage.decisions.filter(({ reason }) => reason !== 'MANUAL_FILL') // the entry has no name of ours
  expect(own).toMatchObject([{ kind: 'exit', reason: 'STOP_REFUSED', inputs: { stop_px: '100.5' } }])
})

test('a venue that refuses the stop for too long ends the position; for a while it is asked again', async () => {
  const stage = createStage()
  byHand(stage, 'buy', '5')
  const { placeOrders } = stage.ports.venue
  stage.ports.venue.placeOrders = (orders, options) =>
    orders.some(({ trigger }) => trigger)
      ? Promise.resolve(
          orders.map(({ cloid }) => ({ cloid, status: 'rejected', message: 'no triggers today' })),
        )
      : placeOrders(orders, options)
  void runSegment(candleInput({ stops: [{ coin: COIN, px: '98' }] }), stage.ports)
  await stage.advance(TIMING.unprotectedMsMax - 1_000)
  expect(stage.venue.positionE8).toBe(500_000_000n)
  await stage.advance(4_000)
  expect(stage.venue.positionE8).toBe(0n)
})

test('a stop that is refused while the old one rests leaves the old one there', async () => {
  const stage = await holding('5', '98')
  const { placeOrders } = stage.ports.venue
  stage.ports.venue.placeOrders = (orders, options) =>
    orders.some(({ trigger }) => trigger)
      ? Promise.resolve(orders.map(({ cloid }) => ({ cloid, status: 'rejected', message: 'no' })))
      : placeOrders(orders, options)
  byHand(stage, 'buy', '2')
  await stage.advance(TIMING.unprotectedMsMax + 5_000)
  expect(stopsAt(stage)).toEqual(['sell 5 at 98'])
  expect(stage.venue.positionE8).toBe(700_000_000n)
})

test('without a plan there is no stop', async () => {
  const stage = await holding('5', '98', { stops: [] })
  expect(stage.venue.open()).toEqual([])
})

test('a journal that is down holds up entries, not protection', async () => {
  const stage = createStage({ journalDown: true })
  byHand(stage, 'buy', '5')
  void runSegment(candleInput({ stops: [{ coin: COIN, px: '98' }] }), stage.ports)
  await stage.advance(3_000)
  expect(stopsAt(stage)).toEqual(['sell 5 at 98'])
  expect(stage.events.map(({ kind }) => kind)).toContain('intent_not_durable')
})

describe('a take-profit at the venue', () => {
  const target = (px: string) => ({ stops: [{ coin: COIN, px: '98', target: px }] })

  test('lies beside the stop, for the whole position, and fires alone', async () => {
    const stage = await holding('5', '98', target('101'))
    expect(stopsAt(stage)).toEqual(['sell 5 at 98', 'sell 5 at 101'])
    expect(stage.venue.open().map(({ intent }) => intent.purpose)).toEqual(['stop', 'target'])
    stage.trade(10_110, 10_112)
    await stage.advance(2_000)
    expect([stage.venue.positionE8, stage.venue.open()]).toEqual([0n, []])
  })

  test('follows the size of the position', async () => {
    const stage = await holding('5', '98', target('101'))
    byHand(stage, 'buy', '2')
    await stage.advance(2_000)
    expect(stopsAt(stage).sort()).toEqual(['sell 7 at 101', 'sell 7 at 98'])
  })

  test('that the venue refuses costs no exit: the stop still protects', async () => {
    const stage = await holding('5', '98', target('99')) // the market is beyond it
    await stage.advance(30_000)
    expect(stopsAt(stage)).toEqual(['sell 5 at 98'])
    expect(stage.venue.positionE8).toBe(500_000_000n)
  })
})

/** What is left when a flip's exit takes only a part: its stop is planned for the other side, the old one lies on, and the rest goes out under its own name. */
import { expect, test } from 'vitest'
import { flipper } from '#tests/simulation/flip-strategy.ts'
import { COIN } from '#tests/simulation/market.ts'
import { holding } from '#tests/support/segment-inputs.ts'
import { bookOf, candleSession, candlesOf, fakeEffects } from '#tests/support/session-effects.ts'
import { candleInput, createStage, type Stage } from '#tests/support/session-stage.ts'
import { decideOnCandles, warmUp } from './control-candles.ts'
import { runSegment } from './segment.ts'
import { TIMING } from './timing.ts'
import type { OrderIntent } from './types.ts'

/** Above the market: where the short position of the flip would be stopped. */
const NEW_STOP = { coin: COIN, px: '103', side: 'sell' } as const
const isTrigger = ({ trigger }: OrderIntent): boolean => trigger !== undefined

/** A long position of 5 with its stop at 98, left there by an exit that found nothing. */
async function leftOf(
  over: Parameters<typeof createStage>[0] = {},
): Promise<Stage & { asked: OrderIntent[] }> {
  const stage = createStage()
  stage.venue.nowMs = stage.scheduler.nowMs
  const buy = { cloid: '', coin: COIN, side: 'buy', px: '101', sz: '5', tif: 'ioc' } as const
  stage.venue.place([{ ...buy, reduce_only: false, purpose: 'by hand' }], Number.POSITIVE_INFINITY)
  const first = runSegment(candleInput({ stops: [{ coin: COIN, px: '98' }] }), stage.ports)
  await stage.advance(1_000)
  stage.rotate('params')
  await stage.advance(500)
  const { checkpoint } = await first
  stage.decisions.length = 0
  const asked: OrderIntent[] = []
  const { placeOrders } = stage.ports.venue
  stage.ports.venue.placeOrders = (orders, options) => {
    asked.push(...orders)
    return placeOrders(orders, options)
  }
  Object.assign(stage.knobs, over)
  void runSegment(candleInput({ checkpoint, stops: [NEW_STOP] }), stage.ports)
  await stage.advance(1_000)
  return { ...stage, asked }
}

test('it is closed as FLIP_REST, and the exchange is not asked for a stop that cannot lie there', async () => {
  const stage = await leftOf()
  expect(stage.asked.filter(isTrigger)).toEqual([])
  expect(stage.decisions).toMatchObject([
    { kind: 'exit', reason: 'FLIP_REST', gate: '', inputs: { stop_px: '103', left: '5' } },
  ])
  await stage.advance(1_000)
  expect([stage.venue.positionE8, stage.venue.open()]).toEqual([0n, []])
})

test('while there is no touch to take, the stop of the old side protects it; then it goes', async () => {
  const stage = await leftOf({ noTouch: true })
  await stage.advance(TIMING.unprotectedMsMax)
  expect(
    stage.venue.open().map(({ intent }) => `${intent.side} ${intent.sz} at ${intent.trigger?.px}`),
  ).toEqual(['sell 5 at 98'])
  expect(new Set(stage.decisions.map(({ reason, gate }) => `${reason} ${gate}`))).toEqual(
    new Set(['FLIP_REST NO_TOUCH']),
  )
  stage.knobs.noTouch = false
  await stage.advance(3_000)
  expect(stage.venue.positionE8).toBe(0n)
})

test('the position that the flip opened gets that very stop', async () => {
  const stage = createStage()
  stage.venue.nowMs = stage.scheduler.nowMs
  const sell = { cloid: '', coin: COIN, side: 'sell', px: '99', sz: '5', tif: 'ioc' } as const
  stage.venue.place([{ ...sell, reduce_only: false, purpose: 'by hand' }], Number.POSITIVE_INFINITY)
  void runSegment(candleInput({ stops: [NEW_STOP] }), stage.ports)
  await stage.advance(1_000)
  expect(
    stage.venue.open().map(({ intent }) => `${intent.side} ${intent.sz} at ${intent.trigger?.px}`),
  ).toEqual(['buy 5 at 103'])
})

test('the decision to flip plans its stop for the new side; if that does not come about, the next bar plans for what is held', async () => {
  const params = { fast_bars: 2, slow_bars: 4, atr_bars: 4, order_usd: 500, target_atr: 0, cooldown_bars: 0 }
  const session = candleSession({
    params: { strategy: 'user', name: flipper.name, interval: '1m', params },
  })
  const { effects, state } = fakeEffects()
  const book = bookOf(session)
  state.candles = candlesOf([100, 101, 102, 103, 104, 105])
  await warmUp(book, effects)
  const touch = { BTC: { bid: '99.9', ask: '100.1' } }
  const long = {
    positions: holding('1').positions,
    markPx: { BTC: '100' },
    touch,
    equityUsd: '1000',
    openOrders: 0,
  }
  const decide = (closes: readonly number[], from: number) =>
    decideOnCandles(
      book,
      effects,
      { ts: 1, candles: candlesOf(closes, from), ...long },
      { closeOnly: false, mayAct: () => true },
    )
  await decide([90], 7)
  expect(book.recent.at(-1)).toMatchObject({ kind: 'flip', reason: 'SIGNAL_FLIP' })
  const [planned] = book.pending.stops
  expect(planned).toMatchObject({ side: 'sell' })
  expect(Number(planned?.px)).toBeGreaterThan(90)
  book.pending = { ...book.pending, intents: [] }
  await decide([120, 130], 8) // back up: the long position is held
  const [held] = book.pending.stops
  expect(held).not.toHaveProperty('side')
  expect(Number(held?.px)).toBeLessThan(130)
})

/** Openings: price, reason, size, and the stop that is decided with the entry. */
import { expect, test } from 'vitest'
import { inputOf, meiParams, rowOf } from '../../../tests/support/mei.ts'
import { entryTarget, onTick, openingOf, pendingEntry, priceOf, reasonOf, sizeOf } from './opening.ts'
import { openState } from './state.ts'

function given(change: Record<string, unknown> = {}) {
  const params = meiParams(change)
  const state = { ...openState(params), row: rowOf({ adx: 31 }) }
  state.signal = { ...state.signal, side: 1, confidence: 1, mode: 1, tpMult: 4, threshold: 22 }
  return { params, state }
}

test.each([
  { input: { bid: 19.9, ask: 20.1, markPx: 30 }, price: 20 },
  { input: { bid: null, ask: 20.1, markPx: 30 }, price: 30 },
  { input: { bid: null, ask: null, markPx: null }, price: 20 }, // the close
])('from $input the price is $price', ({ input, price }) => {
  expect(priceOf(inputOf(input))).toBe(price)
})

test.each([
  { signal: { mode: 1, side: 1, confidence: 2 }, reason: 'TREND_BUY_HIGH' },
  { signal: { mode: 2, side: -1, confidence: 0 }, reason: 'PULLBACK_SELL_LOW' },
  { signal: { mode: 3, side: 1, confidence: 0 }, reason: 'SLOW_DRIFT_BUY_LOW' },
])('$signal is called $reason', ({ signal, reason }) => {
  const { state } = given()
  expect(reasonOf({ ...state, signal: { ...state.signal, ...signal } })).toBe(reason)
})

test('without a known equity there is no size', () => {
  const { params, state } = given()
  expect([
    sizeOf(state, inputOf({ equityUsd: null }), params),
    sizeOf(state, inputOf({ equityUsd: 0 }), params),
  ]).toEqual([null, null])
})

test('the venue’s leverage limit holds', () => {
  const { params, state } = given()
  expect(sizeOf(state, inputOf({ leverageMax: 2 }), params)?.leverage).toBe(2)
})

test.each([
  { adx: 45, stop: 19.2 },
  { adx: 45.1, stop: 19.12 }, // wider in a very strong trend
])('at ADX $adx the stop of a long at 20 is decided at $stop', ({ adx, stop }) => {
  const { params, state } = given()
  state.row = rowOf({ adx })
  expect(pendingEntry(state, inputOf({ sizeDecimals: 2 }), 3, params)).toMatchObject({
    kind: 'entry',
    side: 1,
    leverage: 3,
    stopPx: stop,
  })
})

test('a stop is rounded toward the market', () => {
  const input = inputOf({ sizeDecimals: 2 })
  expect([onTick(19.123_45, 1, input), onTick(19.123_45, -1, input), onTick(-1, 1, input)]).toEqual([
    19.124, 19.123, 0,
  ])
})

test.each([
  { change: {}, target: null },
  { change: { target_at_exchange: true, trade: { enable_partial_tp: false } }, target: 21.6 },
])('with $change the target at the exchange is $target', ({ change, target }) => {
  const { params, state } = given(change)
  expect(entryTarget(state, inputOf(), params)).toBe(target)
})

test('the intention carries the limits of one order', () => {
  const { params, state } = given({ trade: { max_notional_usd_per_order: 50 } })
  const size = { marginUsd: 100, leverage: 3, notionalUsd: 300 }
  expect(openingOf(state, size, params)).toMatchObject({
    side: 'buy',
    usd: 300,
    minUsd: 10,
    maxUsd: 50,
    leverage: 3,
  })
})

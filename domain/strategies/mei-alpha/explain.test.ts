/** The record of a decision: all reasons that held, every gate with its number, and nothing that JSON cannot carry. */
import { expect, test } from 'vitest'
import { candleOf, heldOf, inputOf, meiParams, rowOf, stateAfter } from '../../../tests/support/mei.ts'
import { explain } from './explain.ts'
import { meiAlpha } from './mei-alpha.ts'
import { openState } from './state.ts'

test('a neutral bar names the gate with its number and its limit', () => {
  const params = meiParams()
  const state = stateAfter(220, params)
  const input = inputOf({ candle: candleOf({ close: 53.7994 }), bid: 53.79, ask: 53.81 })
  const move = meiAlpha.decide(state, input, params)
  const told = explain(state, input, move, params)
  expect(move).toMatchObject({ kind: 'hold', reason: 'NEUTRAL', gate: 'ADX_RISING' })
  const gate = told.gates.find((each) => each.gate === 'ADX_RISING')
  expect(gate).toMatchObject({ ok: false, limit: 0 })
  expect(gate?.value).toBeCloseTo(-0.759692839, 6)
  expect(told.gates.find((each) => each.gate === 'ADX_FLOOR')).toMatchObject({ ok: true, limit: 22 })
  expect(told.inputs).toMatchObject({ bars: 220, signal: 0, mode: 'NEUTRAL' })
  expect(JSON.parse(JSON.stringify(told))).toEqual(told)
})

test('a buy that is refused shows the gates of signal and entry: SSF with the histogram, REEF with the RSI', () => {
  const params = meiParams({ trade: { entry_min_confidence: 'low' } })
  const state = stateAfter(248, params)
  const input = inputOf({ candle: candleOf({ close: 55 }), bid: 55, ask: 55.01 })
  const move = meiAlpha.decide(state, input, params)
  // Worked example N3: the buy of n = 248 is refused at execution.
  expect(move).toMatchObject({ kind: 'hold', reason: 'TREND_BUY_MEDIUM', gate: 'SSF' })
  const gates = Object.fromEntries(explain(state, input, move, params).gates.map((each) => [each.gate, each]))
  expect(gates.SSF).toMatchObject({ ok: false, limit: 0 })
  expect(gates.SSF?.value).toBeCloseTo(-0.055077, 6)
  expect(gates.REEF).toMatchObject({ ok: false, limit: 70 })
  expect(gates.CONFIDENCE).toMatchObject({ ok: true, value: 1, limit: 0 })
})

test('an exit stores every reason that held, the deciding one first', () => {
  const params = meiParams()
  const state = { ...openState(params), coldBars: 0, held: heldOf(), row: rowOf({ emaFast: 19.9, adx: 20 }) }
  const input = inputOf({ position: 50, entryPx: 20, bid: 19.1, ask: 19.1 })
  const move = meiAlpha.decide(state, input, params)
  expect(explain(state, input, move, params).reasons).toEqual([
    'STOP_LOSS',
    'TREND_BREAKDOWN',
    'TREND_EXHAUSTION',
  ])
})

test('a cold strategy says how many bars it still wants', () => {
  const params = meiParams()
  const state = stateAfter(199, params)
  const move = meiAlpha.decide(state, inputOf(), params)
  expect(move).toMatchObject({ kind: 'hold', gate: 'WARMING_UP' })
  expect(explain(state, inputOf(), move, params).gates).toEqual([
    { gate: 'WARMING_UP', ok: false, value: 199, limit: 200 },
  ])
})

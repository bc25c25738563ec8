/** Adds: every gate on both sides of its boundary. */
import { expect, test } from 'vitest'
import { heldOf, inputOf, meiParams, type RowFacts, rowOf } from '../../../tests/support/mei.ts'
import type { StrategyInput } from '../strategy.ts'
import { firstBit } from './bits.ts'
import { ADD_GATES, addGates, addUsd } from './pyramid.ts'
import { type Held, type MeiAlphaState, openState } from './state.ts'

const NOW = 1_000_000_000

interface Case {
  row?: RowFacts
  held?: Partial<Held>
  confidence?: number
  price?: number
  input?: Partial<StrategyInput>
  trade?: Record<string, unknown>
}

function given({ row, held, confidence = 1, input, trade }: Case) {
  const params = meiParams({ trade })
  const state: MeiAlphaState = { ...openState(params), held: heldOf(held), row: rowOf(row) }
  state.signal = { ...state.signal, side: 1, confidence }
  return { params, state, input: inputOf({ nowTs: NOW, position: 50, entryPx: 20, ...input }) }
}
function closed(at: Case): string {
  const { params, state, input } = given(at)
  return firstBit(ADD_GATES, addGates(state, input, at.price ?? 20.4, params))
}

test.each([
  { gate: 'ADD_OFF', shut: { trade: { enable_pyramiding: false } }, open: {} },
  { gate: 'ADD_COUNT', shut: { held: { adds: 2 } }, open: { held: { adds: 1 } } },
  { gate: 'ADD_CONFIDENCE', shut: { confidence: 0 }, open: { confidence: 1 } },
  {
    gate: 'ADD_COOLDOWN',
    shut: { held: { lastAddTs: NOW - 3_599_999 } },
    open: { held: { lastAddTs: NOW - 3_600_000 } },
  },
  { gate: 'ADD_AFTER_TP', shut: { held: { tp1: true } }, open: {} },
  { gate: 'ADD_NEAR_STOP', shut: { held: { trailing: 20.21 } }, open: { held: { trailing: 20.19 } } },
  {
    gate: 'ADD_MACD',
    shut: { row: { hist: 0.05, hist1: 0.05 } },
    open: { row: { hist: 0.051, hist1: 0.05 } },
  },
  { gate: 'ADD_RSI', shut: { row: { rsi: 75.1 } }, open: { row: { rsi: 75 } } },
  { gate: 'ADD_RATE', shut: { input: { entriesThisBar: 6 } }, open: { input: { entriesThisBar: 5 } } },
  { gate: 'ADD_PROFIT', shut: { price: 20.19 }, open: { price: 20.21 } },
  // Half the profit is enough while the trend grows calmly and the RSI has room.
  {
    gate: 'ADD_PROFIT',
    shut: { price: 20.1, row: { adxSlope: 0.75 } },
    open: { price: 20.1, row: { adxSlope: 0.76 } },
  },
  {
    gate: 'ADD_PROFIT',
    shut: { price: 20.1, row: { adxSlope: 1, rsi: 65.1 } },
    open: { price: 20.1, row: { adxSlope: 1, rsi: 65 } },
  },
  { gate: 'ADD_NO_EQUITY', shut: { input: { equityUsd: null } }, open: {} },
  {
    gate: 'ADD_MARGIN_CAP',
    shut: { input: { marginUsedUsd: 5_990 } },
    open: { input: { marginUsedUsd: 5_800 } },
  },
  { gate: 'ADD_MIN_NOTIONAL', shut: { input: { equityUsd: 100 } }, open: { input: { equityUsd: 1_000 } } },
  { gate: 'ADD_LEVERAGE', shut: { input: { leverageMax: 2 } }, open: { input: { leverageMax: 3 } } },
] as { gate: string; shut: Case; open: Case }[])(
  '$gate: shut for $shut, open for $open',
  ({ gate, shut, open }) => {
    expect([closed(shut), closed(open)]).toEqual([gate, ''])
  },
)

test('an add is never more than half an entry at the same leverage', () => {
  const { params, state, input } = given({})
  expect(addUsd(state, input, 20.4, params)).toBeLessThanOrEqual(10_000 * 0.03 * 0.5 * 3)
  expect(addUsd(state, input, 20.4, params)).toBeGreaterThan(0)
})

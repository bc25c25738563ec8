/** Gates between a signal and an entry, each on both sides of its boundary, and the order in which the first is named. */
import { describe, expect, test } from 'vitest'
import { inputOf, meiParams, rowOf } from '../../../tests/support/mei.ts'
import type { StrategyInput } from '../strategy.ts'
import { firstBit } from './bits.ts'
import { ENTRY_GATES, entryGates, reefLimits, reentryMinutes } from './entry-gates.ts'
import type { Row } from './row.ts'
import type { Signal } from './signal-gates.ts'
import type { Size } from './sizing.ts'
import { type MeiAlphaState, openState } from './state.ts'

const MINUTE = 60_000
const NOW = 1_000_000_000
const SIZE: Size = { marginUsd: 100, leverage: 3, notionalUsd: 300 }

interface Case {
  row?: Partial<Row>
  signal?: Partial<Signal>
  state?: Partial<MeiAlphaState>
  input?: Partial<StrategyInput>
  size?: Partial<Size> | null
  trade?: Record<string, unknown>
}

function closed({ row, signal, state, input, size, trade }: Case): string {
  const params = meiParams({ trade: { entry_min_confidence: 'medium', ...trade } })
  const whole: MeiAlphaState = { ...openState(params), ...state }
  whole.row = rowOf({ adx: 31, rsi: 60, hist: 0.1, ...row })
  whole.signal = { ...whole.signal, side: 1, confidence: 1, ...signal }
  const given = inputOf({ nowTs: NOW, ...input })
  return firstBit(
    ENTRY_GATES,
    entryGates(whole, given, size === null ? null : { ...SIZE, ...size }, given, params),
  )
}

test('with nothing against it every gate is open', () => {
  expect(closed({})).toBe('')
})

const left = (minutes: number, state: Partial<MeiAlphaState> = {}) => ({
  state: { closedTs: NOW - minutes * MINUTE, closedSide: 1, ...state },
})

test.each([
  { gate: 'CONFIDENCE', shut: { signal: { confidence: 0 } }, open: { signal: { confidence: 1 } } },
  {
    gate: 'MAX_OPEN_POSITIONS',
    shut: { input: { openPositions: 20 } },
    open: { input: { openPositions: 19 } },
  },
  {
    gate: 'MAX_OPEN_POSITIONS',
    shut: { input: { openPositions: 20 } },
    open: { input: { openPositions: 20 }, trade: { max_open_positions: 0 } },
  },
  { gate: 'REENTRY_COOLDOWN', shut: left(125.9), open: left(126) },
  { gate: 'REENTRY_COOLDOWN', shut: left(1), open: left(1, { closedSide: -1 }) },
  { gate: 'REENTRY_COOLDOWN', shut: left(1), open: left(1, { closedByFlip: true }) },
  { gate: 'REENTRY_COOLDOWN', shut: left(1), open: { ...left(1), trade: { reentry_cooldown_minutes: 0 } } },
  { gate: 'SSF', shut: { row: { hist: -0.01 } }, open: { row: { hist: 0 } } },
  {
    gate: 'SSF',
    shut: { row: { hist: 0.01, rsi: 40 }, signal: { side: -1 } },
    open: { row: { hist: -0.01, rsi: 40 }, signal: { side: -1 } },
  },
  { gate: 'REEF', shut: { row: { rsi: 70.1 } }, open: { row: { rsi: 70 } } },
  // The original took 70 at any ADX; the tiers apply here: 75 from an ADX of 45 on.
  { gate: 'REEF', shut: { row: { rsi: 72, adx: 44.9 } }, open: { row: { rsi: 72, adx: 45 } } },
  {
    gate: 'REEF',
    shut: { row: { rsi: 29, hist: -1 }, signal: { side: -1 } },
    open: { row: { rsi: 30, hist: -1 }, signal: { side: -1 } },
  },
  {
    gate: 'ENTRY_COOLDOWN',
    shut: { state: { lastEntryTs: NOW - 19_999 } },
    open: { state: { lastEntryTs: NOW - 20_000 } },
  },
  { gate: 'ENTRY_BUDGET', shut: { input: { entriesThisBar: 6 } }, open: { input: { entriesThisBar: 5 } } },
  { gate: 'NO_EQUITY', shut: { size: null }, open: {} },
  {
    gate: 'MARGIN_CAP',
    shut: { input: { marginUsedUsd: 5_900.01 } },
    open: { input: { marginUsedUsd: 5_900 } },
  },
  { gate: 'MIN_NOTIONAL', shut: { size: { notionalUsd: 9.99 } }, open: { size: { notionalUsd: 10 } } },
  {
    gate: 'MIN_NOTIONAL',
    shut: { size: { notionalUsd: 5 } },
    open: { size: { notionalUsd: 5 }, trade: { bump_to_min_notional: true } },
  },
] as { gate: string; shut: Case; open: Case }[])(
  '$gate: shut for $shut, open for $open',
  ({ gate, shut, open }) => {
    expect([closed(shut), closed(open)]).toEqual([gate, ''])
  },
)

test('the first one in the order of the engine is named', () => {
  expect(closed({ signal: { confidence: 0 }, row: { hist: -1, rsi: 90 }, size: null })).toBe('CONFIDENCE')
  expect(closed({ row: { hist: -1, rsi: 90 }, size: null })).toBe('SSF')
})

describe('cool-down after a close', () => {
  test.each([
    { adx: 40, minutes: 45 },
    { adx: 50, minutes: 45 },
    { adx: 31, minutes: 126 },
    { adx: 25, minutes: 180 },
    { adx: 10, minutes: 180 },
  ])('at ADX $adx it lasts $minutes minutes', ({ adx, minutes }) => {
    expect(reentryMinutes(adx, meiParams().trade)).toBe(minutes)
  })
})

test.each([
  { adx: 44.9, long: 70, short: 30 },
  { adx: 45, long: 75, short: 25 },
])('RSI limits of an entry at ADX $adx: $long and $short', ({ adx, long, short }) => {
  expect(reefLimits(adx, meiParams().trade)).toEqual({ long, short })
})

/** What the position tells of our orders: filled, refused, stopped, grown by a stranger; and that the context survives JSON. */
import { describe, expect, test } from 'vitest'
import { heldOf, inputOf, meiParams, rowOf } from '../../../tests/support/mei.ts'
import { better, type MeiAlphaState, noOrder, openState, type PendingOrder, settle } from './state.ts'

const NOW = 10_000_000
const WAS = NOW - 3_600_000

function stateWith(state: Partial<MeiAlphaState>, pending: Partial<PendingOrder> = {}): MeiAlphaState {
  return { ...openState(meiParams()), row: rowOf(), pending: { ...noOrder(), ts: WAS, ...pending }, ...state }
}
const at = (position: number, entryPx = 20) => inputOf({ nowTs: NOW, position, entryPx })

describe('an entry', () => {
  const entry = {
    kind: 'entry',
    side: 1,
    atr: 0.3,
    confidence: 2,
    threshold: 22,
    leverage: 5,
    stopPx: 19.4,
  } as const

  test('that was filled brings its context with it', () => {
    const state = stateWith({}, entry)
    expect(settle(state, at(50))).toBe('opened')
    expect(state.held).toMatchObject({
      side: 1,
      size: 50,
      entryAtr: 0.3,
      confidence: 2,
      threshold: 22,
      leverage: 5,
      openTs: WAS,
      stopPx: 19.4,
    })
    expect([state.lastEntryTs, state.pending.kind]).toEqual([WAS, 'none'])
  })

  test('that was not filled is forgotten', () => {
    const state = stateWith({}, entry)
    expect(settle(state, at(0))).toBe('none')
    expect([state.held.side, state.pending.kind, state.lastEntryTs]).toEqual([0, 'none', 0])
  })

  test('of unknown fate waits', () => {
    const state = stateWith({}, entry)
    settle(state, { ...at(0), pending: true })
    expect(state.pending.kind).toBe('entry')
  })

  test('that nobody here decided is adopted: ATR of now, low confidence, unknown age', () => {
    const state = stateWith({})
    settle(state, at(-3))
    expect(state.held).toMatchObject({
      side: -1,
      entryAtr: 0.4,
      confidence: 0,
      threshold: 0,
      openTs: 0,
      stopPx: 0,
    })
  })
})

describe('a part of the profit', () => {
  test('counts as taken once it was filled, and the rest never loses', () => {
    const state = stateWith({ held: heldOf({ trailing: 19.9 }) }, { kind: 'reduce' })
    expect(settle(state, at(25))).toBe('shrunk')
    expect(state.held).toMatchObject({ tp1: true, trailing: 20, size: 25 })
  })

  test('that was refused leaves the ladder: the original had it taken for done', () => {
    const state = stateWith({ held: heldOf() }, { kind: 'reduce' })
    expect(settle(state, at(50))).toBe('none')
    expect(state.held.tp1).toBe(false)
  })

  test('that somebody else took is none of ours', () => {
    const state = stateWith({ held: heldOf() })
    settle(state, at(25))
    expect([state.held.tp1, state.held.size]).toEqual([false, 25])
  })
})

test('an add averages the ATR by size, counts, and opens the ladder again', () => {
  const state = stateWith({ held: heldOf({ tp1: true }) }, { kind: 'add', atr: 0.8 })
  expect(settle(state, at(100))).toBe('grown')
  expect(state.held).toMatchObject({ adds: 1, lastAddTs: WAS, tp1: false, size: 100 })
  expect(state.held.entryAtr).toBeCloseTo(0.6, 12)
})

describe('a close', () => {
  test.each([
    { what: 'of ours', pending: { kind: 'exit' }, change: 'closed', ts: WAS, flip: false },
    {
      what: 'by an opposite signal',
      pending: { kind: 'exit', flip: true },
      change: 'closed',
      ts: WAS,
      flip: true,
    },
    { what: 'by the stop at the exchange', pending: {}, change: 'stopped', ts: NOW, flip: false },
  ] as const)('$what is dated $ts', ({ pending, change, ts, flip }) => {
    const state = stateWith({ held: heldOf() }, pending)
    expect(settle(state, at(0))).toBe(change)
    expect(state).toMatchObject({ closedTs: ts, closedSide: 1, closedByFlip: flip })
    expect(state.held).toMatchObject({ side: 0, trailing: 0, stopPx: 0, adds: 0 })
  })

  test('and entry of a flip leave one position of the other side', () => {
    const state = stateWith({ held: heldOf() }, { kind: 'entry', side: -1, flip: true, atr: 0.5, stopPx: 21 })
    expect(settle(state, at(-40))).toBe('closed')
    expect(state.held).toMatchObject({ side: -1, size: 40, entryAtr: 0.5, stopPx: 21, trailing: 0 })
    expect(state.closedByFlip).toBe(true)
  })
})

test.each([
  { a: 0, b: 20, side: 1, expected: 20 },
  { a: 19, b: 20, side: 1, expected: 20 },
  { a: 19, b: 20, side: -1, expected: 19 },
  { a: 0, b: 0, side: 1, expected: 0 },
])('of the stops $a and $b the better one for side $side is $expected', ({ a, b, side, expected }) => {
  expect(better(a, b, side)).toBe(expected)
})

test('a state is plain JSON', () => {
  const state = openState(meiParams())
  expect(JSON.parse(JSON.stringify(state))).toEqual(state)
})

/** Worked examples N8 and N9 through the strategy itself: open, add, part profit, close, cool-down, margin cap. Money as the paper account counts it. */
import { describe, expect, test } from 'vitest'
import { inputOf, meiParams, rowOf } from '../../../tests/support/mei.ts'
import { planOrder } from '../plan.ts'
import type { Move, StrategyInput } from '../strategy.ts'
import { meiAlpha } from './mei-alpha.ts'
import type { Row } from './row.ts'
import { type MeiAlphaState, openState } from './state.ts'

const FEE = 0.00045
const MINUTE = 60_000

/** One coin on a paper account that fills every order at its limit. */
function account(
  params = meiParams({ trade: { entry_min_confidence: 'low' } }),
  coin = 'LINK',
  decimals = 1,
) {
  const state: MeiAlphaState = { ...openState(params), coin, coldBars: 0 }
  const book = { cash: 10_000, sz: 0, entry: 0, ts: 1_000_000_000_000, otherMargin: 0, others: 0 }
  const equityAt = (mid: number): number =>
    book.cash + (mid - book.entry) * book.sz - Math.abs(book.sz) * mid * FEE
  /** What the strategy does at this mid when the row says this. */
  function at(
    minutes: number,
    mid: number,
    row: Partial<Row> & { adxSlope?: number; atrSlope?: number },
    equity?: number,
  ) {
    Object.assign(state.row, rowOf({ bars: 1_000, close: mid, ...row }))
    const input: StrategyInput = inputOf({
      nowTs: book.ts + minutes * MINUTE,
      position: book.sz,
      entryPx: book.entry,
      bid: mid,
      ask: mid,
      sizeDecimals: decimals,
      equityUsd: equity ?? equityAt(mid),
      openPositions: book.others + (book.sz === 0 ? 0 : 1),
      marginUsedUsd: book.otherMargin + (Math.abs(book.sz) * mid) / state.held.leverage,
    })
    const move = meiAlpha.decide(state, input, params)
    return { move, input, fills: fill(move, input) }
  }
  function fill(move: Move<MeiAlphaState>, input: StrategyInput) {
    return move.intentions.flatMap((intention) => {
      const order = planOrder(intention, input)
      if (typeof order === 'string') return []
      const { px, sz, side, opens } = order
      const fee = px * sz * FEE
      const pnl = opens ? -fee : (px - book.entry) * sz * Math.sign(book.sz) - fee
      const before = Math.abs(book.sz)
      book.cash += pnl
      if (opens) book.entry = (book.entry * before + px * sz) / (before + sz)
      book.sz = Number((book.sz + (side === 'buy' ? sz : -sz)).toFixed(8))
      return [{ px, sz, pnl, fee }]
    })
  }
  return { at, book, equityAt, state }
}

/** A row whose signal is a buy of medium confidence, as in the examples. */
const BUY = {
  adx: 31,
  rsi: 58,
  hist: 0.1,
  hist1: 0.05,
  atr: 0.25,
  k: 0.5,
  emaSlow: 15,
  volSma: 100,
  volume: 100,
}
const signal = (mid: number, change: Partial<Row> = {}) => ({
  ...BUY,
  emaFast: mid - 0.1,
  closePrev: mid,
  ...change,
})
/** A row without a signal: the stochastic RSI is at its top. */
const quiet = (mid: number, change: Partial<Row> = {}) => signal(mid, { k: 0.95, ...change })

describe('N8: one trade on paper', () => {
  const { at, book, equityAt, state } = account()

  test('opens 20.1 at 20.02, fee 0.181081', () => {
    const { move, fills } = at(0, 20, signal(20), 10_000)
    expect([move.kind, move.reason, state.pending.leverage]).toEqual(['enter', 'TREND_BUY_MEDIUM', 3])
    expect(fills).toMatchObject([{ px: 20.02, sz: 20.1 }])
    expect(fills[0]?.fee).toBeCloseTo(0.181081, 6)
    const { px = 0, sz = 0 } = fills[0] ?? {}
    expect([px * sz, (px * sz) / state.pending.leverage]).toEqual([
      expect.closeTo(402.402, 6),
      expect.closeTo(134.134, 6),
    ])
    expect(book.cash).toBeCloseTo(9_999.818919, 6)
    expect(equityAt(20)).toBeCloseTo(9_999.236019, 6)
  })

  test('30 s later, 0.32 ATR in profit, it does not add', () => {
    expect(at(0.5, 20.1, signal(20.1)).move).toMatchObject({ intentions: [], gate: 'ADD_PROFIT' })
  })

  test('after 60 s at 20.2 it adds 10; the venue’s tick makes 20.22 of the original’s 20.2202', () => {
    const { move, fills } = at(1, 20.2, signal(20.2))
    expect(move.kind).toBe('add')
    expect(fills).toMatchObject([{ px: 20.22, sz: 10 }])
    expect(fills[0]?.fee).toBeCloseTo(0.090991, 5)
    expect([book.sz, book.entry]).toEqual([30.1, expect.closeTo(20.086512, 3)]) // 0.0002 · 10 / 30.1 less
    expect(book.cash).toBeCloseTo(9_999.727928, 5)
    expect(equityAt(20.2)).toBeCloseTo(10_002.870319, 2) // 10 coins at 0.0002 less
  })

  test('59 minutes later it waits for the next add, and trails at 20.30', () => {
    expect(at(60, 20.5, signal(20.5)).move).toMatchObject({
      kind: 'move_stop',
      gate: 'ADD_COOLDOWN',
      stopPx: 20.3,
    })
    expect([state.held.adds, book.entry]).toEqual([1, expect.closeTo(20.0864, 3)])
  })

  test('at 21.2 it takes half of 30.1, down to the lot: 15', () => {
    const { move, fills } = at(61, 21.2, quiet(21.2))
    expect([move.kind, move.reason]).toEqual(['reduce', 'TAKE_PROFIT_PARTIAL'])
    expect(fills).toMatchObject([{ px: 21.179, sz: 15 }]) // original: 21.1788, off the tick
    expect(fills[0]?.pnl).toBeCloseTo(16.241369, 1)
    expect(book.cash).toBeCloseTo(10_015.969297, 1)
    expect(state.held.trailing).toBeCloseTo(21.075, 9)
    expect(state.held.tp1).toBe(false) // until it was filled
  })

  test('then it adds no more', () => {
    const { move } = at(62, 21.2, signal(21.2, { volume: 1_000 }))
    expect(state.held.tp1).toBe(true)
    expect(move.intentions).toEqual([])
    expect(state.addClosed & 16).toBe(16)
  })

  test('and closes the rest to the last lot at 20.9, by its trailing stop', () => {
    const { move, fills } = at(63, 20.9, quiet(20.9))
    expect([move.kind, move.reason]).toEqual(['exit', 'TRAILING_STOP'])
    expect(fills).toMatchObject([{ px: 20.88, sz: 15.1 }])
    expect(fills[0]?.pnl).toBeCloseTo(11.826211, 1)
    expect(book.sz).toBe(0)
    expect(book.cash).toBeCloseTo(10_027.795508, 1)
  })

  test.each([
    { minutes: 60, gate: 'REENTRY_COOLDOWN' },
    { minutes: 120, gate: 'REENTRY_COOLDOWN' },
    { minutes: 125.9, gate: 'REENTRY_COOLDOWN' },
    { minutes: 126, gate: '' }, // ADX 31: 126 minutes
  ])('$minutes minutes after the close a new buy meets the gate "$gate"', ({ minutes, gate }) => {
    expect(at(63 + minutes, 20.9, signal(20.9)).move.gate).toBe(gate)
  })
})

describe('N9: margin of all positions', () => {
  const params = meiParams({
    trade: { entry_min_confidence: 'low', allocation_pct: 0.25, enable_dynamic_sizing: false },
  })
  const buy = signal(20, { adx: 32, rsi: 55, atr: 0.2 })

  test.each([
    {
      coin: 'LINK',
      decimals: 1,
      equity: 10_000,
      held: 0,
      sz: 374.6,
      margin: 2_499.830667,
      after: 9_993.250457,
    },
    {
      ...{ coin: 'ATOM', decimals: 2, equity: 9_993.250457, held: 2_497.333333 },
      ...{ sz: 374.37, margin: 2_498.2958, after: 9_986.505059 },
    },
  ])('$coin opens $sz on a margin of $margin', ({ coin, decimals, equity, held, sz, margin, after }) => {
    const { at, book, equityAt } = account(params, coin, decimals)
    book.otherMargin = held
    const { fills } = at(0, 20, buy, equity)
    expect(fills).toMatchObject([{ px: 20.02, sz }])
    expect((20.02 * (fills[0]?.sz ?? 0)) / 3).toBeCloseTo(margin, 6)
    // Without quotes the original marks at the entry; what the other coin lost is inside the equity given.
    expect(equity + equityAt(20.02) - 10_000).toBeCloseTo(after, 5)
  })

  test('AVAX is refused: 4998.126467 + 2496.626265 > 5991.903035', () => {
    const { at, book } = account(params, 'AVAX', 2)
    book.otherMargin = 4_998.126467
    expect(at(0, 20, buy, 9_986.505059).move).toMatchObject({
      kind: 'hold',
      gate: 'MARGIN_CAP',
      intentions: [],
    })
  })
})

/** Exits: the worked examples N7, their order, what blocks them, and that every reason which holds is kept. */
import { describe, expect, test } from 'vitest'
import { heldOf, meiParams, type RowFacts, rowOf } from '../../../tests/support/mei.ts'
import { allBits, firstBit } from './bits.ts'
import { type Exit, type ExitFacts, judgeExit } from './exits.ts'
import { EXIT_REASONS } from './smart-exits.ts'
import type { Held } from './state.ts'

interface Case {
  row?: RowFacts
  held?: Partial<Held>
  facts?: Partial<ExitFacts>
  params?: Record<string, unknown>
}

/** AVAX, long 50 at 20; slippage 10 bps, fee 0.045 %. */
function judge(price: number, { row, held, facts, params }: Case = {}): { exit: Exit; held: Held } {
  const position = heldOf({ openTs: 3_600_000, ...held })
  const exit = judgeExit(
    position,
    rowOf(row),
    {
      coin: 'AVAX',
      nowTs: 3_600_000 * 1.5,
      price,
      entryPx: 20,
      fundingRate: 0,
      sizeDecimals: 2,
      closedTs: 0,
      tpMult: 4,
      ...facts,
    },
    meiParams(params),
    true,
  )
  return { exit, held: position }
}
const reasonOf = ({ reasons }: Exit): string => firstBit(EXIT_REASONS, reasons) || 'HOLD'
const outcome = (price: number, given: Case = {}): string => {
  const { exit } = judge(price, given)
  return exit.action === 'hold' ? 'HOLD' : reasonOf(exit)
}
/** Profit of a close of `size` coins, the fill worsened by 10 bps, net of its fee. */
const pnlOf = (price: number, size: number, side = 1): number => {
  const fill = price * (1 - (side * 10) / 10_000)
  return side * (fill - 20) * size - fill * size * 0.00045
}

describe('N7: stops', () => {
  test.each([
    { given: {}, holds: 19.21, stops: 19.19 },
    { given: { row: { adxSlope: -0.2 } }, holds: 19.37, stops: 19.35 },
    { given: { facts: { fundingRate: -0.00008 } }, holds: 19.1, stops: 19.03 },
    { given: { row: { adx: 46 } }, holds: 18.99, stops: 18.98 },
  ])('with $given it holds at $holds and stops at $stops', ({ given, holds, stops }) => {
    expect([outcome(holds, given), outcome(stops, given)]).toEqual(['HOLD', 'STOP_LOSS'])
  })

  test('the profit of the stop is that of the original: −41.890843', () => {
    expect(pnlOf(19.19, 50)).toBeCloseTo(-41.890843, 6)
  })

  test('a short stops above: −42.009193', () => {
    const short = { held: { side: -1 }, row: { emaFast: 19.5, rsi: 50 } }
    expect(outcome(20.81, short)).toBe('STOP_LOSS')
    expect(pnlOf(20.81, 50, -1)).toBeCloseTo(-42.009193, 6)
  })
})

describe('N7: trailing', () => {
  test.each([
    { price: 20.5, given: {}, trailing: 20.18 },
    { price: 20.9, given: {}, trailing: 20.7 },
    { price: 20.9, given: { row: { atrSlope: 0.01 } }, trailing: 20.66 },
    { price: 20.9, given: { row: { adx: 36, adxSlope: 0.3 } }, trailing: 20.58 },
    { price: 20.6, given: { row: { bbWidth: 0.03 } }, trailing: 20.2 },
    { price: 20.6, given: { row: { adx: 24 } }, trailing: 20.376 },
    { price: 20.9, given: { row: { rsi: 64, adx: 24 } }, trailing: 20.62 },
    { price: 19.4, given: { held: { side: -1 }, row: { emaFast: 19.5, rsi: 38, adx: 26 } }, trailing: 19.72 },
    { price: 20.39, given: {}, trailing: 0 }, // not yet 1 ATR in profit
  ])('at $price with $given it holds and trails at $trailing', ({ price, given, trailing }) => {
    const { exit, held } = judge(price, given)
    expect(exit.action).toBe('hold')
    expect(held.trailing).toBeCloseTo(trailing, 9)
  })

  test('a trailing stop replaces the stop, and its profit is 26.010587', () => {
    expect(outcome(20.55, { held: { trailing: 20.6 } })).toBe('TRAILING_STOP')
    expect(pnlOf(20.55, 50)).toBeCloseTo(26.010587, 6)
  })

  test('it never moves back', () => {
    expect(judge(20.5, { held: { trailing: 20.3 } }).held.trailing).toBe(20.3)
  })
})

describe('N7: targets', () => {
  test('at four ATR half is taken: 25 coins, profit 40.465431, trailing 21.45', () => {
    const { exit, held } = judge(21.65)
    expect([exit.action, exit.reduceSz, reasonOf(exit)]).toEqual(['reduce', 25, 'TAKE_PROFIT_PARTIAL'])
    expect(held.trailing).toBeCloseTo(21.45, 9)
    expect(pnlOf(21.65, 25)).toBeCloseTo(40.465431, 6)
    // The original set its flag here, whether the part was filled or not.
    expect(held.tp1).toBe(false)
  })

  test.each([
    { price: 21.25, given: { facts: { tpMult: 3 } }, expected: 'TAKE_PROFIT_PARTIAL', trailing: 21.05 },
    { price: 21.65, given: { held: { tp1: true, trailing: 20.9 } }, expected: 'HOLD', trailing: 21.45 },
    {
      price: 21.65,
      given: { params: { trade: { enable_partial_tp: false } } },
      expected: 'TAKE_PROFIT',
      trailing: 21.45,
    },
    {
      price: 21.65,
      given: { params: { trade: { tp_partial_min_notional_usd: 1_000 } } },
      expected: 'TAKE_PROFIT',
      trailing: 21.45,
    },
    { price: 21.59, given: {}, expected: 'HOLD', trailing: 21.39 },
  ])('at $price with $given: $expected', ({ price, given, expected, trailing }) => {
    expect(outcome(price, given)).toBe(expected)
    expect(judge(price, given).held.trailing).toBeCloseTo(trailing, 9)
  })

  test('the whole at the target makes 80.930862', () => {
    expect(pnlOf(21.65, 50)).toBeCloseTo(80.930862, 6)
  })
})

describe('N7: indicator exits', () => {
  const headwind = {
    row: { emaFast: 19.9999, emaSlow: 20, emaMacro: 25, hist: 0.01, adx: 26 },
    facts: { fundingRate: 7e-5 },
  }
  const cheap = { row: { ...headwind.row, adx: 36, adxSlope: -0.1 }, facts: { fundingRate: 3e-5 } }
  const trending = {
    row: { emaFast: 20.3, emaSlow: 20, emaMacro: 25, hist: 0.01, adx: 30 },
    facts: { fundingRate: 7e-5 },
  }
  const aged = { ...headwind, held: { openTs: 1 }, facts: { ...headwind.facts, nowTs: 1 + 7 * 3_600_000 } }
  test.each([
    { price: 20.1, given: { row: { emaFast: 19.95 } }, expected: 'TREND_BREAKDOWN' },
    { price: 20.1, given: { row: { emaFast: 19.985, adx: 26 } }, expected: 'HOLD' },
    { price: 20.1, given: { row: { adx: 21.9 } }, expected: 'TREND_EXHAUSTION' },
    { price: 19.9, given: { row: { atr: 0.27 } }, expected: 'STAGNATION' },
    { price: 19.9, given: { row: { atr: 0.27 }, facts: { coin: 'PAXG' } }, expected: 'HOLD' },
    { price: 20.7, given: { row: { rsi: 71 } }, expected: 'RSI_OVEREXTENDED' },
    { price: 20.3, given: { row: { rsi: 79 } }, expected: 'HOLD' },
    {
      price: 20.5,
      given: { row: { adx: 52, adxSlope: -0.4, hist: 0.01, hist1: 0.02, hist2: 0.03 } },
      expected: 'TREND_SATURATION',
    },
    { price: 19.91, given: headwind, expected: 'HOLD' },
    { price: 19.85, given: headwind, expected: 'FUNDING_HEADWIND' },
    { price: 19.85, given: aged, expected: 'FUNDING_HEADWIND' },
    { price: 19.72, given: cheap, expected: 'FUNDING_HEADWIND' },
    { price: 19.75, given: cheap, expected: 'HOLD' }, // 0.625 < 0.63
    { price: 19.71, given: trending, expected: 'HOLD' },
    { price: 19.69, given: trending, expected: 'FUNDING_HEADWIND' },
  ])('at $price with $given: $expected', ({ price, given, expected }) => {
    expect(outcome(price, given)).toBe(expected)
  })
})

describe('order and blocks', () => {
  test('a stop is named before the indicators that hold too, and all are kept', () => {
    const { exit } = judge(19.19, { row: { emaFast: 19.9, adx: 20, atr: 0.27 } })
    expect(allBits(EXIT_REASONS, exit.reasons)).toEqual([
      'STOP_LOSS',
      'TREND_BREAKDOWN',
      'TREND_EXHAUSTION',
      'STAGNATION',
    ])
  })

  test('an indicator outranks the target: the whole is closed', () => {
    const { exit } = judge(21.65, { row: { rsi: 71 } })
    expect([exit.action, allBits(EXIT_REASONS, exit.reasons)]).toEqual([
      'exit',
      ['RSI_OVEREXTENDED', 'TAKE_PROFIT_PARTIAL'],
    ])
  })

  const soon = { nowTs: 10_000_000, closedTs: 10_000_000 - 14_999 }
  test.each([
    { price: 20.1, given: { row: { adx: 20 }, facts: soon }, expected: 'HOLD' },
    {
      price: 20.1,
      given: { row: { adx: 20 }, facts: { ...soon, closedTs: 10_000_000 - 15_000 } },
      expected: 'TREND_EXHAUSTION',
    },
    { price: 19.19, given: { row: { adx: 20 }, facts: soon }, expected: 'STOP_LOSS' }, // a stop knows no cool-down
  ])('15 s after a close, at $price with $given: $expected', ({ price, given, expected }) => {
    expect(outcome(price, given)).toBe(expected)
  })

  const guard = { trade: { block_exits_on_extreme_dev: true } }
  test.each([
    { price: 15.2, by: '', action: 'exit' }, // 12 ATR away exactly
    { price: 15.19, by: 'GLITCH', action: 'hold' },
  ])('with the guard on, $price is blocked by "$by"', ({ price, by, action }) => {
    const { exit } = judge(price, { params: guard })
    expect([exit.blockedBy, exit.action]).toEqual([by, action])
  })

  test.each([
    { block: true, by: 'ANOMALY' },
    { block: false, by: '' },
  ])('a jump blocks exits only where asked to: $block', ({ block, by }) => {
    const given = { row: { closePrev: 15 }, params: { filters: { block_exits_on_anomaly: block } } }
    expect(judge(19.19, given).exit.blockedBy).toBe(by)
  })

  test('without indicators only the stop speaks: the original closed such a position as exhausted', () => {
    const facts = {
      coin: 'AVAX',
      nowTs: 1,
      entryPx: 20,
      fundingRate: 0,
      sizeDecimals: 2,
      closedTs: 0,
      tpMult: 4,
    }
    const cold = rowOf({ adx: 0, adxSlope: 0, emaFast: 0, emaSlow: 0, rsi: 0 })
    const at = (price: number) => judgeExit(heldOf(), cold, { ...facts, price }, meiParams(), false)
    expect([at(20.1).action, at(19.1).action, reasonOf(at(19.1))]).toEqual(['hold', 'exit', 'STOP_LOSS'])
  })
})

describe('repaired', () => {
  test('low confidence: an RSI limit of 0 means the main one; the original closed every such long at once', () => {
    expect(outcome(20.1, { held: { confidence: 0 }, row: { rsi: 52 } })).toBe('HOLD')
    expect(outcome(20.1, { held: { confidence: 0 }, row: { rsi: 81 } })).toBe('RSI_OVEREXTENDED')
  })

  test('break-even stays once it was reached; the original forgot it as soon as the price came back', () => {
    const { held } = judge(20.3)
    expect(held.breakEven).toBe(true)
    expect(outcome(20.01, { held: { ...held, trailing: 0 } })).toBe('STOP_LOSS') // original: 19.2
    expect(outcome(20.03, { held: { ...held, trailing: 0 } })).toBe('HOLD')
    expect(judge(20.27).held.breakEven).toBe(false)
  })

  test('a stop that lies at the exchange counts even where today’s level is further away', () => {
    expect(outcome(19.3, { held: { stopPx: 19.36 } })).toBe('STOP_LOSS')
  })

  test('of a position of unknown age nothing decays: the original raised an error', () => {
    const given = {
      held: { openTs: 0 },
      row: { emaFast: 19.9999, emaMacro: 25, hist: 0.01, adx: 26 },
      facts: { fundingRate: 7e-5 },
    }
    expect([outcome(19.91, given), outcome(19.85, given)]).toEqual(['HOLD', 'FUNDING_HEADWIND'])
  })
})

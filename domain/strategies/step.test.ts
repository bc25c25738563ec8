/** One coin's step: numbers in, exact decimals out, a stop of the side that will be held, and a record also without an explanation. */
import { expect, test } from 'vitest'
import { candleOf, inputOf } from '../../tests/support/mei.ts'
import { EmaCrossParams } from './ema-cross-params.ts'
import { decideCoin, stepCoin, strategyInput } from './step.ts'
import type { CandleStrategy, Move, Standing } from './strategy.ts'

const standing: Standing = { positionSz: '0', entryPx: '0', bid: '19.99', ask: '20.01', sizeDecimals: 1 }

/** A strategy that always answers the same. */
const fixed = (move: Partial<Move<null>>): CandleStrategy<unknown, null> => ({
  name: 'fixed',
  schema: EmaCrossParams as never,
  warmUpBars: () => 0,
  init: () => null,
  observe: () => null,
  decide: () => ({
    state: null,
    kind: 'hold',
    reason: 'FIXED',
    gate: '',
    intentions: [],
    stopPx: null,
    targetPx: null,
    ...move,
  }),
})
const step = (move: Partial<Move<null>>, change: Partial<Standing> = {}) =>
  stepCoin(fixed(move), null, { candle: candleOf(), standing: { ...standing, ...change } }, {})

const ENTRY = {
  kind: 'entry',
  side: 'buy',
  usd: 100,
  minUsd: 10,
  maxUsd: null,
  bump: false,
  leverage: 2,
  slippageBps: 10,
} as const

test('the decision’s time is the end of its candle, and what is absent is unknown', () => {
  expect(strategyInput(candleOf({ openTs: 7_200_000 }), standing)).toMatchObject({
    nowTs: 10_800_000,
    bid: 19.99,
    markPx: null,
    fundingRate: null,
    leverageMax: null,
    pending: false,
    stale: false,
  })
})

test('an entry becomes an order on tick and lot, with its leverage and the stop of its side', () => {
  const { orders, stopPx, targetPx, verdict } = step({
    kind: 'enter',
    intentions: [ENTRY],
    stopPx: 19.123_45,
    targetPx: 21.987_65,
  })
  expect(orders).toEqual([
    {
      coin: 'LINK',
      side: 'buy',
      px: '20.03',
      sz: '4.9',
      tif: 'ioc',
      reduce_only: false,
      purpose: 'entry',
      leg: 0,
      leverage: 2,
    },
  ])
  expect([stopPx, targetPx]).toEqual(['19.124', '21.987'])
  expect(verdict).toEqual({
    kind: 'enter',
    reason: 'FIXED',
    gate: '',
    reasons: ['FIXED'],
    gates: [],
    inputs: { open_ts: 0, close: 20 },
  })
})

test('an entry that nothing is left of is a decision to hold, with its gate and without a stop', () => {
  const refused = step({ kind: 'enter', intentions: [ENTRY], stopPx: 19 }, { ask: null })
  expect(refused.orders).toEqual([])
  expect(refused.stopPx).toBeNull()
  expect(refused.verdict).toMatchObject({ kind: 'hold', reason: 'FIXED', gate: 'NO_TOUCH' })
})

test('a full close takes the position’s own digits', () => {
  const { orders } = step(
    { kind: 'exit', intentions: [{ kind: 'exit', slippageBps: 10 }] },
    { positionSz: '-8.03000001' },
  )
  expect(orders).toMatchObject([
    { side: 'buy', sz: '8.03000001', reduce_only: true, purpose: 'exit', leg: 1 },
  ])
})

test('a flip is an exit, then an entry, and the stop is that of the new side', () => {
  const flip = step(
    {
      kind: 'flip',
      intentions: [
        { kind: 'exit', slippageBps: 10 },
        { ...ENTRY, side: 'sell' },
      ],
      stopPx: 21.000_01,
    },
    { positionSz: '3' },
  )
  expect(flip.orders.map(({ purpose, side }) => [purpose, side])).toEqual([
    ['exit', 'sell'],
    ['entry', 'sell'],
  ])
  expect(flip.stopPx).toBe('21')
})

test('a decision without observing leaves the state to the strategy', () => {
  expect(decideCoin(fixed({}), null, { candle: candleOf(), standing }, {}).state).toBeNull()
  expect(inputOf().candle.coin).toBe('LINK')
})

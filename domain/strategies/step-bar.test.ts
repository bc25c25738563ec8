/** All coins of a bar: held ones first, then by rank, then by name; each sees what the ones before it took; BTC guides and breadth counts. */
import { describe, expect, test } from 'vitest'
import { candleOf } from '../../tests/support/mei.ts'
import { EmaCrossParams } from './ema-cross-params.ts'
import {
  arrange,
  breadthPct,
  decideBar,
  GUIDE_BARS,
  isBullish,
  marginOf,
  observeBar,
  openBar,
} from './step-bar.ts'
import type { CandleStrategy, Intention, Standing, StrategyInput } from './strategy.ts'

interface State {
  coin: string
  seen: number
}
/** Enters with 100 USD at 2× wherever it is flat, leaves wherever it is not, and remembers what it was told. */
function recorder(ranks: Record<string, number> = {}) {
  const told: (Pick<
    StrategyInput,
    'openPositions' | 'marginUsedUsd' | 'entriesThisBar' | 'btcBullish' | 'breadthPct'
  > & { coin: string })[] = []
  const strategy: CandleStrategy<Record<string, unknown>, State> = {
    name: 'recorder',
    schema: EmaCrossParams as never,
    warmUpBars: () => 0,
    init: () => ({ coin: '', seen: 0 }),
    observe: (was, { coin }) => ({ coin, seen: was.seen + 1 }),
    decide(state, input) {
      const { openPositions, marginUsedUsd, entriesThisBar, btcBullish, breadthPct: breadth } = input
      told.push({
        coin: state.coin,
        openPositions,
        marginUsedUsd,
        entriesThisBar,
        btcBullish,
        breadthPct: breadth,
      })
      const entry: Intention = {
        kind: 'entry',
        side: 'buy',
        usd: 100,
        minUsd: 10,
        maxUsd: null,
        bump: false,
        leverage: 2,
        slippageBps: 1,
      }
      const intentions: Intention[] = input.position === 0 ? [entry] : [{ kind: 'exit', slippageBps: 1 }]
      return { state, kind: 'enter', reason: 'TEST', gate: '', intentions, stopPx: null, targetPx: null }
    },
    rank: ({ coin }) => ranks[coin] ?? 0,
    trend: ({ coin }) => (coin === 'AAA' ? 1 : coin === '' ? null : -1),
    leverage: () => 2,
  }
  return { strategy, told }
}
const COINS = ['CCC', 'AAA', 'BBB']
const standingOf = (positionSz = '0'): Standing => ({
  positionSz,
  entryPx: '20',
  bid: '20',
  ask: '20',
  sizeDecimals: 2,
  markPx: '20',
})

function bar(ranks: Record<string, number>, positions: Record<string, string> = {}) {
  const { strategy, told } = recorder(ranks)
  const candles = COINS.map((coin) => candleOf({ coin }))
  const seen = observeBar(strategy, openBar(strategy, COINS, {}), candles, {})
  const standings = Object.fromEntries(COINS.map((coin) => [coin, standingOf(positions[coin])]))
  return { ...decideBar(strategy, seen, { candles, standings, equityUsd: '1000' }, {}), told }
}

describe('order of decision', () => {
  test.each([
    { ranks: {}, positions: {}, order: ['AAA', 'BBB', 'CCC'] },
    { ranks: { CCC: 131, BBB: 140 }, positions: {}, order: ['BBB', 'CCC', 'AAA'] },
    { ranks: { AAA: 200 }, positions: { CCC: '1' }, order: ['CCC', 'AAA', 'BBB'] },
  ])('ranks $ranks, held $positions: $order', ({ ranks, positions, order }) => {
    expect(bar(ranks, positions).steps.map(({ coin }) => coin)).toEqual(order)
  })
})

test('each coin sees what those before it have taken', () => {
  const { told } = bar({})
  expect(told.map(({ openPositions, entriesThisBar }) => [openPositions, entriesThisBar])).toEqual([
    [0, 0],
    [1, 1],
    [2, 2],
  ])
  expect(told.map(({ marginUsedUsd }) => Math.round(marginUsedUsd))).toEqual([0, 50, 100])
})

test('an exit gives back what it held, before the entries are asked', () => {
  const { told } = bar({}, { CCC: '10' })
  expect(told[0]).toMatchObject({ coin: 'CCC', openPositions: 1, marginUsedUsd: 100 })
  expect(told[1]).toMatchObject({ coin: 'AAA', openPositions: 0, marginUsedUsd: 0 })
})

test('breadth is the share of coins that trend up among those that know', () => {
  expect([breadthPct([1, -1, -1]), breadthPct([1, null]), breadthPct([null]), breadthPct([])]).toEqual([
    100 / 3,
    100,
    null,
    null,
  ])
  expect(bar({}).told[0]?.breadthPct).toBeCloseTo(100 / 3, 9)
})

test('BTC guides once its average is full, also where it is not traded', () => {
  const { strategy } = recorder()
  let state = openBar(strategy, ['AAA'], {})
  for (let at = 1; at < GUIDE_BARS; at += 1)
    state = observeBar(strategy, state, [candleOf({ coin: 'BTC', close: at })], {})
  expect(isBullish(state.guide)).toBeNull()
  state = observeBar(strategy, state, [candleOf({ coin: 'BTC', close: 50 })], {})
  expect(isBullish(state.guide)).toBe(true)
  state = observeBar(strategy, state, [candleOf({ coin: 'BTC', close: 1 })], {})
  expect(isBullish(state.guide)).toBe(false)
  expect(Object.keys(state.coins)).toEqual(['AAA'])
})

test('a coin without a candle or a standing is not decided on', () => {
  const { strategy } = recorder()
  const candles = [candleOf({ coin: 'AAA' }), candleOf({ coin: 'ZZZ' })]
  const seen = observeBar(strategy, openBar(strategy, COINS, {}), candles, {})
  const { steps } = decideBar(
    strategy,
    seen,
    { candles, standings: { AAA: standingOf(), BBB: standingOf() }, equityUsd: null },
    {},
  )
  expect(steps.map(({ coin }) => coin)).toEqual(['AAA'])
})

test('arranging keeps equal ones as they were, and margin needs a leverage of at least 1', () => {
  const order = [0, 1, 2, 3]
  arrange(order, [false, true, false, true], [5, 0, 5, 9])
  expect(order).toEqual([1, 3, 0, 2])
  expect([marginOf(-10, 20, 4), marginOf(10, 20, 0)]).toEqual([50, 200])
})

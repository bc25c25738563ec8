/** What passes leave behind: bounded memories, stale touches, decayed flow, volatility by time. */
import { expect, test } from 'vitest'
import { factsOf, knobsOf, touchAt } from '#tests/support/maker-facts.ts'
import { countOf } from './recent.ts'
import { decayedFlow, firstState, type MakerState, observe } from './state.ts'

const T0 = 1_700_000_000_000
const fill = (side: 'buy' | 'sell', maker = true) => ({ side, maker, ts: T0 })

test('worked example 11: maker B, B, A and one taker, then half of it after 30 s', () => {
  const first = decayedFlow(
    firstState().flow,
    {
      ts: T0,
      fills: [fill('buy'), fill('buy'), fill('sell'), fill('buy', false)],
    },
    30,
  )
  expect(first).toEqual({ makerBuys: 2, makerSells: 1, maker: 3, taker: 1, ts: T0 })
  expect(decayedFlow(first, { ts: T0 + 30_000, fills: [] }, 30)).toMatchObject({
    ...{ makerBuys: 1, makerSells: 0.5, maker: 1.5, taker: 0.5 },
  })
  expect(decayedFlow(first, { ts: T0 + 1, fills: [] }, 0)).toMatchObject({ maker: 0, taker: 0 })
})

test('spreads and mids are bounded, and passes without a touch add none', () => {
  const knobs = knobsOf({ dynamic_min_spread_lookback_loops: 10 })
  let state: MakerState = firstState()
  for (let pass = 0; pass < 80; pass++) state = observe(state, factsOf({ ts: T0 + pass }), knobs)
  expect([countOf(state.spreads), countOf(state.mids), state.passes]).toEqual([10, 60, 80])
  const blind = observe(state, factsOf({ ts: T0 + 100, touch: null }), knobs)
  expect([countOf(blind.spreads), blind.passes]).toEqual([10, 81])
})

test('a touch that moves is fresh again', () => {
  const knobs = knobsOf()
  const two = observe(observe(firstState(), factsOf(), knobs), factsOf(), knobs)
  expect([two.bid?.passes, two.ask?.passes]).toEqual([1, 1])
  const moved = observe(two, factsOf({ touch: touchAt('24.514', '24.527') }), knobs)
  expect([moved.bid?.passes, moved.ask?.passes]).toEqual([0, 2])
})

test('volatility is variance a second, whatever the pace of passes', () => {
  const at = (ms: number, bid: string, ask: string) => factsOf({ ts: T0 + ms, touch: touchAt(bid, ask) })
  const knobs = knobsOf()
  const one = observe(
    observe(firstState(), at(0, '100', '100.02'), knobs),
    at(1_000, '100.1', '100.12'),
    knobs,
  )
  const four = observe(
    observe(firstState(), at(0, '100', '100.02'), knobs),
    at(4_000, '100.2', '100.22'),
    knobs,
  )
  expect(one.vol?.variance).toBeCloseTo(100, 0)
  expect(four.vol?.variance).toBeCloseTo(100, 0)
  expect(observe(one, at(1_000, '101', '101.02'), knobs).vol?.variance).toBe(one.vol?.variance)
})

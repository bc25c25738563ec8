/** Prices of `spread`: ticks, joining and improving, the two-tick market, stale touches, flow, skew, distance, ladders. */
import { expect, test } from 'vitest'
import { formatFixed, fromNumber } from '#domain/fixed-point.ts'
import { touchAt } from '#tests/support/maker-facts.ts'
import {
  followFlow,
  improveStale,
  keepDistance,
  ladder,
  type Prices,
  skewPrices,
  tickOf,
  touchPrices,
} from './prices.ts'
import { firstState } from './state.ts'

const T = fromNumber(0.001)
const text = ({ bidE8, askE8 }: Prices): string => `${formatFixed(bidE8)} ${formatFixed(askE8)}`
const prices = (bid: string, ask: string): Prices => touchAt(bid, ask)

test.each([
  ['24.513', '24.52', 2, null, '0.001'],
  ['24', '25', 2, null, '0.001'],
  ['113377', '113378', 5, null, '1'],
  ['100', '100.2', 2, null, '0.01'],
  ['24.513', '24.52', 2, 2, '0.01'],
  ['24.513', '24.52', 2, 5, '0.001'],
])('the tick at %s/%s with %i size decimals and override %s is %s', (bid, ask, decimals, override, is) => {
  expect(formatFixed(tickOf(touchAt(bid, ask), { px_decimals_override: override }, decimals))).toBe(is)
})

test.each([
  ['24.513', '24.514', 0, '24.513 24.514'],
  ['24.513', '24.515', 0, '24.513 24.515'],
  ['24.513', '24.515', 1, '24.513 24.514'],
  ['24.513', '24.515', -1, '24.514 24.515'],
  ['24.513', '24.516', 0, '24.514 24.515'],
])('%s/%s holding %i quotes %s', (bid, ask, sz, is) => {
  expect(text(touchPrices(touchAt(bid, ask), T, BigInt(sz)))).toBe(is)
})

test('no float noise eats a tick: 50.01 improves to 50.02', () => {
  expect(text(touchPrices(touchAt('50.01', '50.05'), fromNumber(0.01), 0n))).toBe('50.02 50.04')
})

test('a stale touch is improved once more, within a tick of it and away from the other side', () => {
  const touch = touchAt('24.513', '24.52')
  const state = (bid: number, ask: number) => ({
    ...firstState(),
    bid: { pxE8: touch.bidE8, passes: bid },
    ask: { pxE8: touch.askE8, passes: ask },
  })
  const own = prices('24.514', '24.519')
  expect(text(improveStale(own, touch, state(6, 5), T, 6))).toBe('24.515 24.519')
  expect(text(improveStale(prices('24.515', '24.519'), touch, state(6, 6), T, 6))).toBe('24.515 24.518')
  const tight = touchAt('24.513', '24.514')
  expect(text(improveStale(prices('24.513', '24.514'), tight, state(9, 9), T, 6))).toBe('24.513 24.514')
})

test('own flow leans a tick towards the side that fills, inside the touch', () => {
  const touch = touchAt('24.513', '24.52')
  const flow = (makerBuys: number, makerSells: number) => ({
    makerBuys,
    makerSells,
    maker: 0,
    taker: 0,
    ts: 0,
  })
  const own = prices('24.514', '24.519')
  expect(text(followFlow(own, touch, flow(1.6, 1), T))).toBe('24.515 24.52')
  expect(text(followFlow(own, touch, flow(1.5, 1), T))).toBe('24.514 24.52')
  expect(text(followFlow(own, touch, flow(1, 1.6), T))).toBe('24.513 24.518')
  expect(text(followFlow(own, touch, flow(0, 0), T))).toBe('24.514 24.519')
})

test('skew moves the adding side alone, and never to zero', () => {
  const own = prices('24.514', '24.526')
  expect(text(skewPrices(own, 1n, 2, T))).toBe('24.512 24.526')
  expect(text(skewPrices(own, -1n, 2, T))).toBe('24.514 24.528')
  expect(text(skewPrices(prices('0.002', '0.004'), 1n, 9, T))).toBe('0.001 0.004')
})

test('a distance is kept from the touch, not from the own price', () => {
  const touch = touchAt('99.99', '100.01')
  expect(text(keepDistance(prices('100', '100'), touch, 10))).toBe('99.89 100.11')
  expect(text(keepDistance(prices('99', '101'), touch, 10))).toBe('99 101')
  expect(text(keepDistance(prices('100', '100'), touch, 0))).toBe('100 100')
})

test('a ladder goes outwards in steps, stays inside the other side and ends above zero', () => {
  const touch = touchAt('24.513', '24.527')
  const shape = { levels: 3, stepTicks: 2, tick: T, sizeDecimals: 2 }
  const steps = (side: 'buy' | 'sell', best: number) =>
    ladder(side, fromNumber(best), touch, shape).map(formatFixed)
  expect(steps('buy', 24.514)).toEqual(['24.514', '24.512', '24.51'])
  expect(steps('sell', 24.4)).toEqual(['24.514', '24.516', '24.518'])
  expect(ladder('buy', fromNumber(0.002), touchAt('0.002', '0.004'), shape).map(formatFixed)).toEqual([
    '0.002',
  ])
})

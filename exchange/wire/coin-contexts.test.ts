/** Contexts of all coins: one that cannot be read costs itself alone; the busiest coins come first. */
import { expect, test } from 'vitest'
import { parseCoinContexts, topByVolume } from '#exchange/wire/coin-contexts.ts'
import { MalformedAnswerError } from '#exchange/wire/errors.ts'

const perp = (name: string, more = {}) => ({ name, szDecimals: 2, maxLeverage: 20, ...more })
const context = (dayNtlVlm: string, more = {}) => ({
  markPx: '10.5',
  oraclePx: '10.4',
  midPx: '10.45',
  funding: '0.0000125',
  premium: null,
  openInterest: '1000.0',
  dayNtlVlm,
  prevDayPx: '10',
  impactPxs: null,
  ...more,
})

test('each coin has the context of its place; delisted and empty books are told', () => {
  const universe = [perp('BTC'), perp('MATIC', { isDelisted: true })]
  const answer = [
    { universe },
    [context('965843.7286000003'), context('0', { midPx: null, dayBaseVlm: '3.5' })],
  ]
  expect(parseCoinContexts(answer)).toMatchObject([
    { coin: 'BTC', delisted: false, midPx: '10.45', dayNotionalUsd: '965843.72860000', dayVolume: '0' },
    { coin: 'MATIC', delisted: true, midPx: null, dayVolume: '3.5' },
  ])
})

test('a context of another shape costs its coin alone', () => {
  const universe = [perp('BTC'), perp('ETH'), perp('SOL')]
  const answer = [{ universe }, [context('1'), { markPx: 7 }]]
  expect(parseCoinContexts(answer).map(({ coin }) => coin)).toEqual(['BTC'])
  expect(() => parseCoinContexts({ universe })).toThrow(MalformedAnswerError)
})

test('the busiest listed coins, ties by name', () => {
  const universe = [perp('A'), perp('B'), perp('C'), perp('D', { isDelisted: true })]
  const answer = [{ universe }, [context('5'), context('9'), context('5'), context('99')]]
  expect(topByVolume(parseCoinContexts(answer), 2)).toEqual(['B', 'A'])
  expect(topByVolume(parseCoinContexts(answer), 9)).toEqual(['B', 'A', 'C'])
})

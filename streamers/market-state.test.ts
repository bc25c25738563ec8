/** The state shows the newest of everything, knows its age, and tells who watches a coin. */
import { expect, test } from 'vitest'
import type { MarketEvent } from '#domain/events.ts'
import { createMarketState, UnknownCoinError } from '#streamers/market-state.ts'

const LEVEL = { px: '100', sz: '1', n: 1 }
const bbo = (ts: number, coin = 'BTC'): MarketEvent => ({
  kind: 'bbo',
  coin,
  ts,
  bid: LEVEL,
  ask: null,
  receivedTs: ts,
})
const make = () => {
  const clock = { now: 0 }
  return { clock, state: createMarketState({ clock: { monotonicMs: () => clock.now } }) }
}

test('before the first frame a coin is endlessly old and everything is null', () => {
  const { state } = make()
  expect(state.ageMs('BTC')).toBe(Number.POSITIVE_INFINITY)
  expect([
    state.bbo('BTC'),
    state.book('BTC'),
    state.lastTrade('BTC'),
    state.markPx('BTC'),
    state.candle('BTC', '1m'),
  ]).toEqual([null, null, null, null, null])
  expect(state.closedCandles('BTC', '1m', 0)).toEqual([])
})

test('age counts from the last quote, trade or book of that coin; contexts and mids do not make it young', () => {
  const { clock, state } = make()
  state.apply(bbo(1))
  clock.now = 50
  state.apply({ kind: 'asset_context', coin: 'BTC', markPx: '99.5', receivedTs: 1 } as MarketEvent)
  state.apply({ kind: 'mids', mids: { BTC: '1' }, receivedTs: 1 })
  state.apply(bbo(1, 'ETH'))
  expect(state.ageMs('BTC')).toBe(50)
  expect(state.ageMs('ETH')).toBe(0)
  expect(state.markPx('BTC')).toBe('99.5')
})

test('an older quote that comes late does not replace a newer one', () => {
  const { state } = make()
  state.apply(bbo(5))
  state.apply(bbo(3))
  expect(state.bbo('BTC')?.ts).toBe(5)
})

test('market time from a quote closes the candle', () => {
  const { state } = make()
  const candle = {
    kind: 'candle',
    coin: 'BTC',
    interval: '1m',
    openTs: 60_000,
    closeTs: 119_999,
    open: '1',
    high: '2',
    low: '1',
    close: '2',
    volume: '1',
    trades: 1,
    receivedTs: 1,
  } as const
  state.apply(candle)
  state.apply(bbo(119_999))
  expect(state.closedCandles('BTC', '1m', 0)).toEqual([])
  expect(state.candle('BTC', '1m')).toEqual(candle)
  state.apply(bbo(120_000))
  expect(state.closedCandles('BTC', '1m', 0)).toHaveLength(1)
  expect(state.closedCandles('BTC', '1m', 60_000)).toEqual([])
})

test('watchers hear of their coins only, until they stop', () => {
  const { state } = make()
  const heard: string[] = []
  const stop = state.onChange(['BTC'], (event) => heard.push(event.kind))
  state.apply(bbo(1))
  state.apply(bbo(1, 'ETH'))
  stop()
  state.apply(bbo(2))
  expect(heard).toEqual(['bbo'])
})

test('size decimals come from meta; a coin that is not listed is an error', () => {
  const { state } = make()
  state.setCoins([{ coin: 'BTC', sizeDecimals: 5 }])
  expect(state.sizeDecimals('BTC')).toBe(5)
  expect(() => state.sizeDecimals('btc')).toThrow(UnknownCoinError)
})

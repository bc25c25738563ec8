/** A maker's part of a session input: coins, strategies, and advice on knobs that are gone. */
import { expect, test } from 'vitest'
import { parseSessionInput } from '#domain/session/input.ts'
import { TouchParams } from '#domain/strategies/touch-params.ts'
import { makerFaults } from './maker-input.ts'

const input = (change: object = {}, params: object = {}) => ({
  ...{ session_key: 'm', engine: 'maker', account: 'a', coins: ['ETH'] },
  params: { strategy: 'spread', ...params },
  limits: { order_usd_max: 200, position_usd_max: 400 },
  ...change,
})
const parse = (change: object = {}, params: object = {}) => parseSessionInput(input(change, params))

test('spread and microprice take many coins, touch one', () => {
  expect(parse({ coins: ['ETH', 'BTC'] }).coins).toEqual(['ETH', 'BTC'])
  expect(parse({}, { strategy: 'microprice' }).params.strategy).toBe('microprice')
  const two = { coins: ['ETH', 'BTC'], params: TouchParams.parse({ strategy: 'touch' }) }
  expect(makerFaults({ ...two, limits: parse().limits })[0]?.path).toEqual(['coins'])
  expect(() => parse({ coins: ['ETH', 'ETH'] })).toThrow('each coin once')
})

test('an unknown key names what took its place', () => {
  expect(() => parse({}, { ioc_throttle_s: 1 })).toThrow('ioc_throttle_ms')
  expect(() => parse({}, { peg_frac_of_spread: 1 })).toThrow('had no effect')
})

test('a knob without effect is refused with its path', () => {
  expect(() => parse({}, { autotune_window_minutes: 9 })).toThrow('params.autotune_window_minutes')
})

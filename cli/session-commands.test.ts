/** Words of `session set` become one change; what cannot be one is refused with its path. */
import { expect, test } from 'vitest'
import { parseChanges } from './session-commands.ts'

test('paths nest, values are JSON where they can be, coins are a list', () => {
  expect(
    parseChanges([
      'params.slow_bars=12',
      'params.trade.leverage=3',
      'params.filters.mode=accel',
      'limits.order_usd_max=500',
      'limits.gross_usd_max=null',
      'coins=BTC,kPEPE',
    ]),
  ).toEqual({
    params: { slow_bars: 12, trade: { leverage: 3 }, filters: { mode: 'accel' } },
    limits: { order_usd_max: 500, gross_usd_max: null },
    coins: ['BTC', 'kPEPE'],
  })
})

test.each([
  'slow_bars=12',
  'params=1',
  'params.a',
  '=1',
  'coins.a=BTC',
  'params..a=1',
  'params.__proto__.x=1',
  'account=x',
])('%s is refused', (change) => {
  expect(() => parseChanges([change])).toThrow(/params\.NAME=VALUE/)
})

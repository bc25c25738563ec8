/** The words of the order form become the JSON object of the update. */
import { expect, test } from 'vitest'
import { commandBody } from './command-panel.tsx'

const form = {
  ...{ name: 'reduce' as const, coin: 'BTC', side: 'sell' as const, usd: '500', stop_bps: '250', pct: '50' },
  ...{ change: '{"limits": {"order_usd_max": 5}}', by: 'anna', reason: 'news' },
}
const who = { by: 'anna', reason: 'news' }

test.each([
  ['reduce' as const, 'BTC', { coin: 'BTC', pct: 50, ...who }],
  ['forceClose' as const, 'BTC', { coin: 'BTC', ...who }],
  ['forceClose' as const, '', who],
  ['forceEntry' as const, 'BTC', { coin: 'BTC', side: 'sell', usd: 500, stop_bps: 250, ...who }],
  ['updateParams' as const, '', { limits: { order_usd_max: 5 }, ...who }],
])('%s of "%s"', (name, coin, body) => {
  expect(commandBody({ ...form, name, coin })).toEqual(body)
})

test('a change that is no JSON is refused before it is sent', () => {
  expect(() => commandBody({ ...form, name: 'updateParams', change: '{' })).toThrow(SyntaxError)
})

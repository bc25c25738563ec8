/** Coins, watchlist, execution and manual positions of a candle session: a list or a watchlist, each coin once, ranges kept. */
import { expect, test } from 'vitest'
import { parseSessionInput } from './input.ts'

const input = (change: Record<string, unknown>) =>
  parseSessionInput({
    session_key: 'a',
    engine: 'candles',
    account: 'paper',
    params: { strategy: 'ema_cross' },
    limits: { order_usd_max: 100, position_usd_max: 100 },
    ...change,
  })

test.each([
  [{ coins: ['BTC'] }],
  [{ coins: ['BTC', 'kPEPE'] }],
  [{ watchlist: {} }],
  [{ watchlist: { top_n: 100 }, coins: ['BTC'] }],
  [{ coins: ['BTC'], execution: { style: 'post_only', chase_ms: 500 } }],
  [{ coins: ['BTC'], manual_positions: 'refuse' }],
])('%j is taken', (change) => {
  expect(input(change)).toMatchObject(change)
})

test('a watchlist follows the fifty most traded coins and holds what falls out, unless it says otherwise', () => {
  expect(input({ watchlist: {} })).toMatchObject({
    coins: [],
    watchlist: { top_n: 50, exclude: [], min_day_usd: 0, refresh: true, fallen: 'hold' },
  })
})

test.each([
  [{}, 'coins'],
  [{ coins: ['BTC', 'BTC'] }, 'coins'],
  [{ watchlist: { top_n: 0 } }, 'watchlist.top_n'],
  [{ watchlist: { top_n: 101 } }, 'watchlist.top_n'],
  [{ watchlist: { fallen: 'sell' } }, 'watchlist.fallen'],
  [{ coins: ['BTC'], execution: { chase_ms: 499 } }, 'execution.chase_ms'],
  [{ coins: ['BTC'], manual_positions: 'keep' }, 'manual_positions'],
])('%j is refused at %s', (change, path) => {
  expect(() => input(change)).toThrow(path)
})

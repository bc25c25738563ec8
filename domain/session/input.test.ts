/** A session input is whole and sane, or refused with the path of what is wrong. */
import { expect, test } from 'vitest'
import { parseSessionInput } from './input.ts'

const maker = {
  engine: 'maker',
  session_key: 'maker-eth',
  account: 'paper-maker',
  coins: ['ETH'],
  params: { strategy: 'touch' },
  limits: { order_usd_max: 1_000, position_usd_max: 3_000 },
}
const candles = { ...maker, engine: 'candles', params: { strategy: 'ema_cross' } }

test('what is left out gets its default', () => {
  expect(parseSessionInput(maker)).toMatchObject({
    mode: 'paper',
    on_kill: 'flatten',
    on_stop: 'flatten',
    on_control_loss: 'cancel_quotes',
    params: { half_spread_bps: 2, cycle_ms: 500 },
    limits: { open_orders_max: 20, loss_usd_max: 1_000 },
  })
})

test.each([
  { what: 'unknown engine', input: { ...maker, engine: 'scalper' }, path: 'engine' },
  {
    what: 'negative size',
    input: { ...maker, params: { strategy: 'touch', quote_usd: -1 } },
    path: 'params.quote_usd',
  },
  { what: 'two coins', input: { ...maker, coins: ['ETH', 'BTC'] }, path: 'coins' },
  { what: 'no limits', input: { ...maker, limits: undefined }, path: 'limits' },
  {
    what: 'params of another engine',
    input: { ...maker, params: { strategy: 'ema_cross' } },
    path: 'params.strategy',
  },
  { what: 'a typo', input: { ...maker, on_kil: 'halt' }, path: 'on_kil' },
  { what: 'a bad key', input: { ...maker, session_key: 'Maker ETH' }, path: 'session_key' },
  {
    what: 'fast not faster than slow',
    input: { ...candles, params: { strategy: 'ema_cross', fast_bars: 8, slow_bars: 8 } },
    path: 'params.fast_bars',
  },
  { what: 'not an object', input: 7, path: '' },
])('$what is refused and named', ({ input, path }) => {
  expect(() => parseSessionInput(input, 'form')).toThrow(new RegExp(`form: .*${path.replace('.', '\\.')}`))
})

test('one bar between fast and slow is enough', () => {
  const params = { strategy: 'ema_cross', fast_bars: 7, slow_bars: 8 }
  expect(parseSessionInput({ ...candles, params })).toMatchObject({ params })
})

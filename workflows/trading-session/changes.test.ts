/** Changes of a running session: merged at every depth, or whole as a file has them; a bad one names its path. */
import { expect, test } from 'vitest'
import { parseSessionInput } from '#domain/session/input.ts'
import { mergeChange } from './changes.ts'

const input = parseSessionInput({
  session_key: 'a',
  engine: 'candles',
  account: 'paper',
  coins: ['BTC'],
  params: { strategy: 'ema_cross', slow_bars: 30, symbols: { BTC: { slow_bars: 40 } } },
  limits: { order_usd_max: 100, position_usd_max: 500 },
})
const present = { params: input.params, limits: { ...input.limits }, coins: input.coins }
const change = (raw: Record<string, unknown>) => mergeChange(input, present, raw)
const { symbols: _, ...withoutOverlay } = input.params as Record<string, unknown>

test('what is sent is merged: an overlay that is left out stays', () => {
  expect(change({ params: { slow_bars: 31 } }).params).toMatchObject({
    slow_bars: 31,
    symbols: { BTC: { slow_bars: 40 } },
  })
})

test('as a whole an overlay that is left out is gone', () => {
  const { params } = change({ params: withoutOverlay, replace_params: true })
  expect(params).toEqual(withoutOverlay)
  expect(change({ params: withoutOverlay }).params).toHaveProperty('symbols')
})

test.each([
  { params: { ...withoutOverlay, slow_bars: -1 }, says: 'slow_bars' },
  { params: { ...withoutOverlay, interval: '4h' }, says: 'params.interval' },
  { params: { ...withoutOverlay, exit_interval: '1m' }, says: 'params.exit_interval' },
  { params: { strategy: 'mei_alpha_v1' }, says: 'params.strategy' },
])('as a whole $says is refused', ({ params, says }) => {
  expect(() => change({ params, replace_params: true })).toThrow(says)
})

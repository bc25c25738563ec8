/** Parameters of a session: each strategy's own, faults across fields, and overlays per coin with the path of their fault. */
import { expect, test } from 'vitest'
import { CandleParams } from './candle-params.ts'

const first = (value: unknown): string => {
  const issue = CandleParams.safeParse(value).error?.issues[0]
  return issue ? issue.path.join('.') : 'fine'
}

test.each([
  { params: { strategy: 'ema_cross' }, fault: 'fine' },
  { params: { strategy: 'ema_cross', fast_bars: 8, slow_bars: 8 }, fault: 'fast_bars' },
  { params: { strategy: 'mei_alpha_v1' }, fault: 'fine' },
  { params: { strategy: 'mei_alpha_v1', target_at_exchange: true }, fault: 'target_at_exchange' },
  { params: { strategy: 'mei_alpha_v1', trade: { sl_atr_mult: 'wide' } }, fault: 'trade.sl_atr_mult' },
  { params: { strategy: 'mei_alpha_v1', symbols: { SOL: { trade: { sl_atr_mult: 3 } } } }, fault: 'fine' },
  {
    params: { strategy: 'mei_alpha_v1', symbols: { SOL: { trade: { sl_atr_mult: -3 } } } },
    fault: 'symbols.SOL.trade.sl_atr_mult',
  },
  {
    params: { strategy: 'mei_alpha_v1', symbols: { SOL: { interval: '1m' } } },
    fault: 'symbols.SOL.interval',
  },
  { params: { strategy: 'mei_alpha_v1', entry_interval: '3m', exit_interval: '15m' }, fault: 'fine' },
  { params: { strategy: 'ema_cross', interval: '5m', entry_interval: '1h' }, fault: 'entry_interval' },
  { params: { strategy: 'user', name: 'any', interval: '12h', exit_interval: '8h' }, fault: 'exit_interval' },
  {
    params: { strategy: 'mei_alpha_v1', symbols: { SOL: { exit_interval: '1m' } } },
    fault: 'symbols.SOL.exit_interval',
  },
  {
    params: { strategy: 'ema_cross', slow_bars: 8, symbols: { SOL: { fast_bars: 9 } } },
    fault: 'symbols.SOL.fast_bars',
  },
  { params: { strategy: 'user', name: 'not_here_yet' }, fault: 'fine' }, // the workflow knows it
  { params: { strategy: 'user', name: 'Not Allowed' }, fault: 'name' },
  { params: { strategy: 'hope' }, fault: 'strategy' },
])('$params: $fault', ({ params, fault }) => {
  expect(first(params)).toBe(fault)
})

/** Decisions of a bar in numbers equal those of a session in decimals, for any seeded market and set of coins. On recorded candles: session-agreement.test.ts. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runPaperSession } from '../../tests/support/paper-session.ts'
import { walkSeries } from '../../tests/support/walks.ts'
import { candleStrategy } from '../strategies/registry.ts'
import { BacktestOptions } from './options.ts'
import { runBacktest } from './run.ts'
import type { DecisionEvent } from './world.ts'

const options = BacktestOptions.parse({ spread_bps: 3 })
const COINS = [
  { coin: 'BTC', start: 60_000, sizeDecimals: 5 },
  { coin: 'ETH', start: 2_000, sizeDecimals: 4 },
  { coin: 'XRP', start: 0.5, sizeDecimals: 0 },
]
const MEI = {
  strategy: 'mei_alpha_v1',
  indicators: { ema_macro_window: 50 },
  thresholds: { entry: { enable_slow_drift_entries: true } },
}
const TRADE = { entry_min_confidence: 'low', enable_ssf_filter: false, max_open_positions: 2 }

test.each(['ema_cross', 'mei_alpha_v1'])(
  '%s: same kind, reason and gate for every coin of every bar',
  async (name) => {
    const world = fc.record({
      seed: fc.integer({ min: 1, max: 5_000 }),
      count: fc.integer({ min: 1, max: 3 }),
      flip: fc.constantFrom('close', 'reverse'),
      reverse: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(world, async ({ seed, count, flip, reverse }) => {
        const series = COINS.slice(0, count).map((coin, at) => walkSeries(seed + at, 420, coin))
        const trade = { ...TRADE, reverse_entry_signal: reverse }
        const given = name === 'ema_cross' ? { strategy: name, interval: '1h' } : { ...MEI, flip, trade }
        const strategy = candleStrategy(name)
        const params = strategy.schema.parse(given)
        const fast: DecisionEvent[] = []
        runBacktest(strategy, params, series, options, { onDecision: (event) => fast.push(event) })
        const { decisions } = await runPaperSession(given, series, options, strategy.warmUpBars(params))
        expect(fast).toEqual(
          decisions.map(({ ts, coin, kind, reason, gate }) => ({ ts, coin, kind, reason, gate })),
        )
      }),
      { numRuns: 6 },
    )
  },
  60_000,
)

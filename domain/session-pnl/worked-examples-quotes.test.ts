/** Worked example 10 of the specification of session PnL (003 §8): the bot's quotes by the spread of its last fills, at 692.95 / 693.05. */
// The original moves dollars on this one index; ours take basis points from the mode. Its figures stand beside ours. Index: docs/features/session-pnl.md.
import { describe, expect, test } from 'vitest'
import { fromNumber } from '#domain/fixed-point.ts'
import { fairPrice } from '#domain/strategies/maker/microprice.ts'
import { factsOf, knobsOf, quoteAfter, touchAt } from '#tests/support/maker-facts.ts'
import { judgeMode, settingOf } from './mode.ts'
import type { ModeName } from './mode-table.ts'
import { isAdverse, type TimedTrade, windowOf } from './windows.ts'

const NOW = 1_700_000_000_000
/** Ticks of a cent, lots of a tenth, 0.3 coins a quote, levels ten cents apart, each 15 % of the first smaller. */
const KNOBS = {
  ...{ px_decimals_override: 2, size_notional_usd: 0.3 * 693, max_per_coin_notional: 10_000 },
  ...{ levels: 3, level_step_ticks: 10, level_size_decay_pct: 15 },
}
const quotes = (knobs: Record<string, unknown>, facts: Parameters<typeof factsOf>[0] = {}): string =>
  quoteAfter(
    1,
    factsOf({ touch: touchAt('692.95', '693.05'), sizeDecimals: 1, ...facts }),
    knobsOf({ ...KNOBS, ...knobs }),
  ).text

/** Twenty buys at 693 and twenty sales. */
const fillsAt = (sellPx: string): TimedTrade[] =>
  Array.from({ length: 20 }, (_, at) => at).flatMap((at) => [
    { side: 'buy' as const, px: '693', sz: '0.1', fee: '0', ts: NOW - at },
    { side: 'sell' as const, px: sellPx, sz: '0.1', fee: '0', ts: NOW - at },
  ])
/** The mode after a cycle that earned 0.12, by these fills. */
function modeOf(trades: readonly TimedTrade[]): { r: number | null; mode: ModeName | 'NO_DATA' } {
  const r = windowOf(trades, 30, NOW + 1).pnl?.spreadBps ?? null
  const inputs = { spreadBps: r, cycleUsd: 0.12, sessionUsd: 1, adverse: isAdverse(trades), cycles: [] }
  return { r, mode: judgeMode(inputs).mode }
}
const quotesIn = (mode: ModeName): string => quotes({}, { mode: settingOf(mode) })

describe('10: without fills', () => {
  test('the original’s width of 0.34 as a distance of 1.73 bps: 692.83 / 693.17, then a dime out each; its own third level is 692.62, since it steps 0.104', () => {
    expect(quotes({ touch_distance_bps: 1.73 })).toBe(
      'B 0.3@692.83 B 0.2@692.73 B 0.2@692.63 A 0.3@693.17 A 0.2@693.27 A 0.2@693.37',
    )
  })

  test('by mode there is no data yet: NORMAL stays, 3 bps behind the touch', () => {
    expect(modeOf([])).toEqual({ r: null, mode: 'NO_DATA' })
    expect(quotesIn('NORMAL')).toBe(
      'B 0.3@692.74 B 0.2@692.64 B 0.2@692.54 A 0.3@693.26 A 0.2@693.36 A 0.2@693.46',
    )
  })
})

describe('10: by the last twenty buys at 693 and twenty sales', () => {
  test('sales at 692.5, r −7.2176: the original at 692.48 / 693.52, one level; ours DEFENSIVE, 6 bps, one level', () => {
    const { r, mode } = modeOf(fillsAt('692.5'))
    expect(r).toBeCloseTo(-7.2176, 4)
    expect(mode).toBe('DEFENSIVE')
    expect(quotesIn('DEFENSIVE')).toBe('B 0.3@692.53 A 0.3@693.47')
  })

  test('sales at 692.7, r −4.33: the original at 692.72 / 693.28, one level; ours as careful as at −7.2', () => {
    const { r, mode } = modeOf(fillsAt('692.7'))
    expect(r).toBeCloseTo(-4.33, 2)
    expect(mode).toBe('DEFENSIVE')
  })

  test('sales at 694, r +14.42: the original at 692.83 / 693.17, five levels of 0.3, 0.2, 0.2, 0.1, 0.1; ours AGGRESSIVE, 2 bps, the same sizes', () => {
    const { r, mode } = modeOf(fillsAt('694'))
    expect(r).toBeCloseTo(14.42, 2)
    expect(mode).toBe('AGGRESSIVE')
    const bids = 'B 0.3@692.81 B 0.2@692.71 B 0.2@692.61 B 0.1@692.51 B 0.1@692.41'
    const asks = 'A 0.3@693.19 A 0.2@693.29 A 0.2@693.39 A 0.1@693.49 A 0.1@693.59'
    expect(quotesIn('AGGRESSIVE')).toBe(`${bids} ${asks}`)
  })
})

test('§5: the fair price of the original’s rebuild, 693.066667 between 2 coins at 693.0 and 1 at 693.1, is the microprice’s', () => {
  const facts = { touch: touchAt('693.0', '693.1'), bidSzE8: fromNumber(2), askSzE8: fromNumber(1) }
  expect(fairPrice(facts, 1)).toBeCloseTo(693.066667, 6)
})

test('10: a delta of ±0.1 leaves the original at 692.83 / 693.17, its skew is lost; ours moves the adding side by 5 ticks', () => {
  const held = (sz: number): string =>
    quotes(
      {
        touch_distance_bps: 1.73,
        inventory_skew_ticks: 5,
        levels: 1,
        level_step_ticks: 1,
        level_size_decay_pct: 0,
      },
      { positionE8: fromNumber(sz) },
    )
  expect([held(0), held(0.2), held(-0.2)]).toEqual([
    'B 0.3@692.83 A 0.3@693.17',
    'B 0.3@692.78 A 0.3@693.17',
    'B 0.3@692.83 A 0.3@693.22',
  ])
})

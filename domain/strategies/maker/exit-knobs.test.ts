/** Each knob of the exits moves something: the same position, the default and another value. */
import { expect, test } from 'vitest'
import { fromNumber } from '#domain/fixed-point.ts'
import { exitFactsOf, exitText, runExitPasses } from '#tests/support/maker-exit-facts.ts'
import { touchAt } from '#tests/support/maker-facts.ts'
import { EXIT_KNOBS } from './exit-knobs.ts'

/** 200 coins bought at 24.40: 46.5 bps and 20.39 USD after fees. */
const winning = exitFactsOf({ positionE8: fromNumber(200), entryPxE8: fromNumber(24.4) })
/** 10 coins bought at 24.60: 32.5 bps under water. */
const losing = exitFactsOf({ positionE8: fromNumber(10), entryPxE8: fromNumber(24.6) })
const flattening = exitFactsOf({ positionE8: fromNumber(12.34), entryPxE8: fromNumber(24.52) })
const S = 1_000

/** What the exits send at these times, from a first pass at 0. */
const at = (change: Record<string, unknown>, facts: typeof winning, ...times: number[]): string =>
  runExitPasses(
    change,
    times.map((ms) => ({ ...facts, ts: facts.ts + ms })),
  )
    .map(exitText)
    .join(' | ')

const TAKES = 'TAKE_PROFIT_CLOSING | sell 200@24.496 ioc'
const NO_PROFIT = { take_profit_enabled: false }
const START = { ...NO_PROFIT, bailout_enabled: false, flatten_on_start: true }
const PART = 'free | sell 3.3@24.499 ioc'
const ALL = 'sell 10@24.499 ioc'

const EFFECTS: Record<keyof typeof EXIT_KNOBS, [() => string, string, () => string, string]> = {
  take_profit_enabled: [
    () => at({ take_profit_min_usd: 20 }, winning, 0, 1),
    TAKES,
    () => at({ ...NO_PROFIT, take_profit_min_usd: 20 }, winning, 0, 1),
    'free | free',
  ],
  take_profit_min_bps: [
    () => at({ take_profit_min_usd: 20 }, winning, 0, 1),
    TAKES,
    () => at({ take_profit_min_usd: 20, take_profit_min_bps: 50 }, winning, 0, 1),
    'free | free',
  ],
  take_profit_min_usd: [
    () => at({}, winning, 0, 1),
    'free | free',
    () => at({ take_profit_min_usd: 20 }, winning, 0, 1),
    TAKES,
  ],
  emergency_take_profit_enabled: [
    () => at(NO_PROFIT, winning, 0, 1),
    'free | free',
    () =>
      at(
        { ...NO_PROFIT, emergency_take_profit_enabled: true, emergency_take_profit_min_usd: 20 },
        winning,
        0,
        1,
      ),
    'TAKE_PROFIT_CLOSING | sell 200@24.275 ioc',
  ],
  emergency_take_profit_min_usd: [
    () => at({ ...NO_PROFIT, emergency_take_profit_enabled: true }, winning, 0, 1),
    'free | free',
    () =>
      at(
        { ...NO_PROFIT, emergency_take_profit_enabled: true, emergency_take_profit_min_usd: 20 },
        winning,
        0,
        1,
      ),
    'TAKE_PROFIT_CLOSING | sell 200@24.275 ioc',
  ],
  bailout_enabled: [
    () => at({}, losing, 0, 95 * S),
    PART,
    () => at({ bailout_enabled: false }, losing, 0, 95 * S),
    'free | free',
  ],
  bailout_partial_mae_bps: [
    () => at({}, losing, 0, 95 * S),
    PART,
    () => at({ bailout_partial_mae_bps: 33 }, losing, 0, 95 * S),
    'free | free',
  ],
  bailout_partial_min_s: [
    () => at({}, losing, 0, 95 * S),
    PART,
    () => at({ bailout_partial_min_s: 96 }, losing, 0, 95 * S),
    'free | free',
  ],
  bailout_partial_reduce_fraction: [
    () => at({}, losing, 0, 95 * S),
    PART,
    () => at({ bailout_partial_reduce_fraction: 0.5 }, losing, 0, 95 * S),
    'free | sell 5@24.499 ioc',
  ],
  bailout_full_mae_bps: [
    () => at({}, losing, 0, 1 * S),
    'free | free',
    () => at({ bailout_full_mae_bps: 32 }, losing, 0, 1 * S),
    `free | ${ALL}`,
  ],
  bailout_full_max_s: [
    () => at({}, losing, 0, 60 * S),
    'free | free',
    () => at({ bailout_full_max_s: 60 }, losing, 0, 60 * S),
    `free | ${ALL}`,
  ],
  bailout_full_slippage_bps: [
    () => at({}, losing, 0, 95 * S),
    PART,
    () => at({ bailout_full_slippage_bps: 20 }, losing, 0, 95 * S),
    'free | sell 3.3@24.464 ioc',
  ],
  bailout_pause_s: [
    () => at({ bailout_full_max_s: 60 }, losing, 0, 60 * S, 60_300).replace(/.*\| /, ''),
    'BAILOUT',
    () => at({ bailout_full_max_s: 60, bailout_pause_s: 0 }, losing, 0, 60 * S, 60_300).replace(/.*\| /, ''),
    'free',
  ],
  flatten_max_spread_bps: [
    () => at(START, flattening, 0),
    'sell 12.34@24.496 ioc',
    () => at({ ...START, flatten_max_spread_bps: 5 }, flattening, 0),
    'FLATTEN_ON_START',
  ],
  flatten_max_slippage_bps: [
    () => at(START, flattening, 0),
    'sell 12.34@24.496 ioc',
    () => at({ ...START, flatten_max_slippage_bps: 20 }, flattening, 0),
    'sell 12.34@24.471 ioc',
  ],
  flatten_chunk_usd: [
    () => at(START, flattening, 0),
    'sell 12.34@24.496 ioc',
    () => at({ ...START, flatten_chunk_usd: 200 }, flattening, 0),
    'sell 8.15@24.496 ioc',
  ],
  ioc_throttle_ms: [
    () => at({ ...START, flatten_chunk_usd: 200 }, flattening, 0, 400),
    'sell 8.15@24.496 ioc | FLATTEN_ON_START',
    () => at({ ...START, flatten_chunk_usd: 200, ioc_throttle_ms: 400 }, flattening, 0, 400),
    'sell 8.15@24.496 ioc | sell 8.15@24.496 ioc',
  ],
}

test.each(Object.entries(EFFECTS))('%s has its effect', (_name, [before, is, after, becomes]) => {
  expect(before()).toBe(is)
  expect(after()).toBe(becomes)
})

test('no knob is without such a test', () => {
  expect(Object.keys(EFFECTS).sort()).toEqual(Object.keys(EXIT_KNOBS).sort())
  expect(winning.touch).toEqual(touchAt('24.513', '24.527'))
})

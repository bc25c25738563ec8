/** Each knob of the quotes moves something: the same market, the default and another value. */
import { expect, test } from 'vitest'
import { fromNumber, parseFixed } from '#domain/fixed-point.ts'
import { BARE, factsOf, knobsOf, quoteAfter, touchAt } from '#tests/support/maker-facts.ts'
import { QUOTE_KNOBS } from './quote-knobs.ts'
import { replaceReason } from './replace.ts'

const quotes = (change: Record<string, unknown>, facts = factsOf(), passes = 1): string =>
  quoteAfter(passes, facts, knobsOf(change)).text

const resting = { side: 'buy' as const, remainingE8: fromNumber(2.04), reduceOnly: false, ageMs: 200 }
const wanted = { pxE8: fromNumber(24.514), szE8: fromNumber(2.04), reduceOnly: false }
const replaced = (
  change: Record<string, unknown>,
  at: { px?: number; sz?: number; ageMs?: number },
): string =>
  replaceReason(
    {
      ...resting,
      pxE8: fromNumber(at.px ?? 24.514),
      remainingE8: fromNumber(at.sz ?? 2.04),
      ageMs: at.ageMs ?? 200,
    },
    wanted,
    { tick: 100_000n, touchE8: fromNumber(24.52), moveFactor: 1, mayMove: true, mayTidy: true },
    knobsOf(change),
  ) ?? 'stays'

/** By knob: what is seen with the bare knobs and with the knob turned. */
const EFFECTS: Record<keyof typeof QUOTE_KNOBS, [() => string, string, () => string, string]> = {
  size_notional_usd: [
    () => quotes({}),
    'B 2.04@24.514 A 2.04@24.526',
    () => quotes({ size_notional_usd: 100 }),
    'B 4.08@24.514 A 4.08@24.526',
  ],
  levels: [
    () => quotes({}),
    'B 2.04@24.514 A 2.04@24.526',
    () => quotes({ levels: 2 }),
    'B 2.04@24.514 B 2.04@24.513 A 2.04@24.526 A 2.04@24.527',
  ],
  level_step_ticks: [
    () => quotes({ levels: 2 }),
    'B 2.04@24.514 B 2.04@24.513 A 2.04@24.526 A 2.04@24.527',
    () => quotes({ levels: 2, level_step_ticks: 5 }),
    'B 2.04@24.514 B 2.04@24.509 A 2.04@24.526 A 2.04@24.531',
  ],
  level_size_decay_pct: [
    () => quotes({ levels: 2 }),
    'B 2.04@24.514 B 2.04@24.513 A 2.04@24.526 A 2.04@24.527',
    () => quotes({ levels: 2, level_size_decay_pct: 25 }),
    'B 2.04@24.514 B 1.53@24.513 A 2.04@24.526 A 1.53@24.527',
  ],
  touch_distance_bps: [
    () => quotes({}),
    'B 2.04@24.514 A 2.04@24.526',
    () => quotes({ touch_distance_bps: 10 }),
    'B 2.04@24.488 A 2.04@24.552',
  ],
  max_per_coin_notional: [
    () => quotes({}),
    'B 2.04@24.514 A 2.04@24.526',
    () => quotes({ max_per_coin_notional: 30 }),
    'B 1.22@24.514 A 1.22@24.526',
  ],
  exchange_min_order_usd: [
    () => quotes({ size_notional_usd: 8 }),
    'B 0.41@24.514 A 0.41@24.526',
    () => quotes({ size_notional_usd: 8, exchange_min_order_usd: 20 }),
    'B 0.82@24.514 A 0.82@24.526',
  ],
  px_decimals_override: [
    () => quotes({}, factsOf({ touch: touchAt('24.51', '24.55') })),
    'B 2.04@24.511 A 2.04@24.549',
    () => quotes({ px_decimals_override: 2 }, factsOf({ touch: touchAt('24.51', '24.55') })),
    'B 2.04@24.52 A 2.04@24.54',
  ],
  move_threshold_ticks: [
    () => replaced({}, { px: 24.513 }),
    'PRICE',
    () => replaced({ move_threshold_ticks: 2 }, { px: 24.513 }),
    'stays',
  ],
  min_replace_ms: [
    () => replaced({}, { px: 24.513 }),
    'PRICE',
    () => replaced({ min_replace_ms: 201 }, { px: 24.513 }),
    'stays',
  ],
  max_order_age_ms: [
    () => replaced({}, { ageMs: 29_999 }),
    'stays',
    () => replaced({ max_order_age_ms: 29_999 }, { ageMs: 29_999 }),
    'AGE',
  ],
  replace_size_pct: [
    () => replaced({}, { sz: 1.6 }),
    'SIZE',
    () => replaced({ replace_size_pct: 30 }, { sz: 1.6 }),
    'stays',
  ],
  improve_touch: [
    () => quotes({}),
    'B 2.04@24.514 A 2.04@24.526',
    () => quotes({ improve_touch: false }),
    'B 2.04@24.513 A 2.04@24.527',
  ],
  improve_one_tick: [
    () => quotes({}, factsOf(), 8),
    'B 2.04@24.514 A 2.04@24.526',
    () => quotes({ improve_one_tick: true }, factsOf(), 8),
    'B 2.04@24.515 A 2.04@24.525',
  ],
  improve_stale_loops: [
    () => quotes({ improve_one_tick: true }, factsOf(), 4),
    'B 2.04@24.514 A 2.04@24.526',
    () => quotes({ improve_one_tick: true, improve_stale_loops: 3 }, factsOf(), 4),
    'B 2.04@24.515 A 2.04@24.525',
  ],
  inventory_skew_ticks: [
    () => quotes({}, factsOf({ positionE8: parseFixed('-3') })),
    'B 2.04@24.514 A 2.04@24.526',
    () => quotes({ inventory_skew_ticks: 4 }, factsOf({ positionE8: parseFixed('-3') })),
    'B 2.04@24.514 A 2.04@24.53',
  ],
  stale_ms: [
    () => quotes({}, factsOf({ ageMs: 1_000 })),
    'B 2.04@24.514 A 2.04@24.526',
    () => quotes({ stale_ms: 999 }, factsOf({ ageMs: 1_000 })),
    '- STALE_MARKET',
  ],
}

test.each(Object.entries(EFFECTS))('%s has its effect', (_name, [before, is, after, becomes]) => {
  expect(before()).toBe(is)
  expect(after()).toBe(becomes)
})

test('no knob is without such a test', () => {
  expect(Object.keys(EFFECTS).sort()).toEqual(Object.keys(QUOTE_KNOBS).sort())
  expect(BARE.improve_one_tick).toBe(false)
})

/** Each knob of gates, sides and the microprice moves something: the same market, the default and another value. */
import { expect, test } from 'vitest'
import { parseFixed } from '#domain/fixed-point.ts'
import { factsOf, knobsOf, microOf, quoteAfter, touchAt } from '#tests/support/maker-facts.ts'
import { GATE_KNOBS, MICRO_KNOBS, SIDE_KNOBS } from './coin-knobs.ts'
import type { MakerFacts } from './quoting.ts'

const BOTH = 'B 2.04@24.514 A 2.04@24.526'
const BID = 'B 2.04@24.514'
const ASK = 'A 2.04@24.526'

type Facts = Partial<MakerFacts> | ((pass: number) => Partial<MakerFacts>)
const run =
  (make: typeof knobsOf) =>
  (change: Record<string, unknown>, facts: Facts = {}, passes = 1): string =>
    quoteAfter(
      passes,
      (pass) =>
        factsOf({
          ts: 1_700_000_000_000 + pass * 250,
          ...(typeof facts === 'function' ? facts(pass) : facts),
        }),
      make(change),
    ).text
const quotes = run(knobsOf)
const micro = run(microOf)

const AUTO = {
  single_sided_mode: 'auto',
  single_sided_market_aware: false,
  inventory_skew_ticks: 0,
  improve_touch: false,
}
const joined = (text: string): string => text.replace('24.514', '24.513').replace('24.526', '24.527')
/** Wide, then tight: the 25th pass is the tight one. */
const tightening = (pass: number): Partial<MakerFacts> =>
  pass < 24 ? {} : { touch: touchAt('24.513', '24.517') }
const fill = (side: 'buy' | 'sell', maker = true) => ({ side, maker, ts: 0 })
const fillsFirst =
  (...fills: ReturnType<typeof fill>[]) =>
  (pass: number): Partial<MakerFacts> =>
    pass === 0 ? { fills } : {}
const long = { positionE8: parseFixed('2') }
/** First flat with a fall to fade, then long: the side that is wanted changes at the third pass. */
const turning = (pass: number): Partial<MakerFacts> => (pass < 2 ? {} : long)

type Effect = [() => string, string, () => string, string]
const GATES: Record<keyof typeof GATE_KNOBS, Effect> = {
  min_spread_bps: [() => quotes({}), BOTH, () => quotes({ min_spread_bps: 6 }), '- SPREAD_GATE'],
  min_spread_guard_enabled: [
    () => quotes({}, { fees: { makerBps: 2, takerBps: 5 } }),
    BOTH,
    () => quotes({ min_spread_guard_enabled: true }, { fees: { makerBps: 2, takerBps: 5 } }),
    '- SPREAD_GATE',
  ],
  min_spread_guard_buffer_bps: [
    () => quotes({ min_spread_guard_enabled: true }),
    BOTH,
    () => quotes({ min_spread_guard_enabled: true, min_spread_guard_buffer_bps: 3 }),
    '- SPREAD_GATE',
  ],
  dynamic_min_spread_enabled: [
    () => quotes({}, tightening, 25),
    'B 2.04@24.514 A 2.04@24.516',
    () => quotes({ dynamic_min_spread_enabled: true, dynamic_min_spread_lookback_loops: 20 }, tightening, 25),
    '- SPREAD_GATE',
  ],
  dynamic_min_spread_percentile: [
    () => quotes({ ...dynamic(), dynamic_min_spread_percentile: 0 }, tightening, 41),
    'B 2.04@24.514 A 2.04@24.516',
    () => quotes({ ...dynamic(), dynamic_min_spread_percentile: 1 }, tightening, 41),
    '- SPREAD_GATE',
  ],
  dynamic_min_spread_lookback_loops: [
    () => quotes({ ...dynamic(), dynamic_min_spread_lookback_loops: 60 }, tightening, 40),
    '- SPREAD_GATE',
    () => quotes({ ...dynamic(), dynamic_min_spread_lookback_loops: 10 }, tightening, 40),
    'B 2.04@24.514 A 2.04@24.516',
  ],
  dynamic_min_spread_update_every_loops: [
    () => quotes(dynamic(), tightening, 25),
    '- SPREAD_GATE',
    () => quotes({ ...dynamic(), dynamic_min_spread_update_every_loops: 1_000 }, tightening, 25),
    'B 2.04@24.514 A 2.04@24.516',
  ],
  dynamic_min_spread_hysteresis_bps: [
    () => quotes(dynamic(), tightening, 25),
    '- SPREAD_GATE',
    () => quotes({ ...dynamic(), dynamic_min_spread_hysteresis_bps: 10 }, tightening, 25),
    'B 2.04@24.514 A 2.04@24.516',
  ],
}

function dynamic(): Record<string, unknown> {
  return { dynamic_min_spread_enabled: true, dynamic_min_spread_lookback_loops: 20 }
}

const AWARE = { ...AUTO, single_sided_market_aware: true, ss_ma_no_quote_when_tight: false }
const SIDES: Record<keyof typeof SIDE_KNOBS, Effect> = {
  single_sided_mode: [() => quotes({}), BOTH, () => quotes({ single_sided_mode: 'bid' }), BID],
  single_sided_flip_cooldown_loops: [
    () => quotes(AUTO, turning, 3),
    joined(BID),
    () => quotes({ ...AUTO, single_sided_flip_cooldown_loops: 1 }, turning, 3),
    joined(ASK),
  ],
  single_sided_market_aware: [
    () => quotes(AUTO, { ...long, fills: [fill('buy'), fill('buy')] }),
    joined(ASK),
    () => quotes(AWARE, { ...long, fills: [fill('buy'), fill('buy')] }),
    'B 2.04@24.514',
  ],
  ss_ma_half_life_s: [
    () =>
      quotes({ ...AWARE, ss_ma_half_life_s: 1_000 }, fillsFirst(...Array(12).fill(fill('sell', false))), 2),
    '- SINGLE_SIDED_MAKER_SHARE',
    () =>
      quotes(
        { ...AWARE, ss_ma_half_life_s: 0, single_sided_flip_cooldown_loops: 0 },
        fillsFirst(...Array(12).fill(fill('sell', false))),
        2,
      ),
    joined(BID),
  ],
  ss_ma_spread_excess_floor_bps: [
    () => quotes({ ...AWARE, min_spread_bps: 5, ss_ma_no_quote_when_tight: true }),
    joined(BID),
    () =>
      quotes({
        ...AWARE,
        min_spread_bps: 5,
        ss_ma_no_quote_when_tight: true,
        ss_ma_spread_excess_floor_bps: 1,
      }),
    '- SINGLE_SIDED_TIGHT',
  ],
  ss_ma_no_quote_when_tight: [
    () => quotes({ ...AWARE, min_spread_bps: 5.5 }),
    joined(BID),
    () => quotes({ ...AWARE, min_spread_bps: 5.5, ss_ma_no_quote_when_tight: true }),
    '- SINGLE_SIDED_TIGHT',
  ],
  ss_ma_min_maker_share: [
    () => quotes(AWARE, { fills: Array(10).fill(fill('buy', false)) }),
    '- SINGLE_SIDED_MAKER_SHARE',
    () => quotes({ ...AWARE, ss_ma_min_maker_share: 0 }, { fills: Array(10).fill(fill('buy', false)) }),
    joined(BID),
  ],
  ss_ma_side_bias_ratio: [
    () => quotes(AWARE, { ...long, fills: [fill('buy'), fill('buy'), fill('sell')] }),
    'B 2.04@24.514',
    () =>
      quotes(
        { ...AWARE, ss_ma_side_bias_ratio: 3 },
        { ...long, fills: [fill('buy'), fill('buy'), fill('sell')] },
      ),
    joined(ASK),
  ],
  bias_side: [
    () => quotes(AUTO, long),
    joined(ASK),
    () => quotes({ ...AUTO, bias_side: 'long', target_inventory_usd: 500 }, long),
    joined(BID),
  ],
  target_inventory_usd: [
    () => quotes({ ...AUTO, bias_side: 'long' }, long),
    joined(ASK),
    () => quotes({ ...AUTO, bias_side: 'long', target_inventory_usd: 500 }, long),
    joined(BID),
  ],
  inv_band_pct: [
    () => quotes({ ...AUTO, bias_side: 'long', target_inventory_usd: 60 }, long),
    joined(ASK),
    () => quotes({ ...AUTO, bias_side: 'long', target_inventory_usd: 60, inv_band_pct: 10 }, long),
    joined(BID),
  ],
}

/** A market that jumps by 0.2 % a second, with twice the size on the bid. */
const wild = (pass: number): Partial<MakerFacts> => ({
  ts: 1_700_000_000_000 + pass * 1_000,
  bidSzE8: parseFixed('20'),
  touch: pass % 2 === 0 ? touchAt('24.513', '24.527') : touchAt('24.563', '24.577'),
})
const wildLong = (pass: number): Partial<MakerFacts> => ({ ...wild(pass), ...long })
const MICRO: Record<keyof typeof MICRO_KNOBS, [() => string, () => string]> = {
  risk_aversion: [() => micro({}, wildLong, 5), () => micro({ risk_aversion: 5 }, wildLong, 5)],
  horizon_s: [() => micro({}, wildLong, 5), () => micro({ horizon_s: 600 }, wildLong, 5)],
  fill_decay_per_bps: [() => micro({}), () => micro({ fill_decay_per_bps: 0.1 })],
  vol_half_life_s: [
    () => micro({ risk_aversion: 5 }, quieting, 6),
    () => micro({ risk_aversion: 5, vol_half_life_s: 1 }, quieting, 6),
  ],
  min_half_spread_bps: [() => micro({}), () => micro({ min_half_spread_bps: 5 })],
  max_half_spread_bps: [
    () => micro({ fill_decay_per_bps: 0.01 }),
    () => micro({ fill_decay_per_bps: 0.01, max_half_spread_bps: 20 }),
  ],
  book_pressure_weight: [() => micro({}, wild), () => micro({ book_pressure_weight: 0 }, wild)],
}

/** A jump at first, then rest: a short memory has forgotten it. */
function quieting(pass: number): Partial<MakerFacts> {
  const ts = 1_700_000_000_000 + pass * 1_000
  return pass === 0 ? { ts, touch: touchAt('24.413', '24.427'), ...long } : { ts, ...long }
}

test.each(Object.entries({ ...GATES, ...SIDES }))(
  '%s has its effect',
  (_name, [before, is, after, becomes]) => {
    expect(before()).toBe(is)
    expect(after()).toBe(becomes)
  },
)

test.each(Object.entries(MICRO))('%s moves the quotes of microprice', (_name, [before, after]) => {
  expect(before()).toMatch(/^B .*A /)
  expect(after()).not.toBe(before())
})

test('no knob is without such a test', () => {
  expect(Object.keys({ ...GATES, ...SIDES, ...MICRO }).sort()).toEqual(
    Object.keys({ ...GATE_KNOBS, ...SIDE_KNOBS, ...MICRO_KNOBS }).sort(),
  )
})

/** Worked examples 6, 7, 8 and 13 of the market maker's specification (004 §19): take profit, flattening, bailout, and exits in a tight market. */
// The original's orders lie off the venue's ticks or where nothing fills; its figures stand beside ours. Index: docs/features/maker.md.
import { describe, expect, test } from 'vitest'
import { formatFixed, fromNumber } from '#domain/fixed-point.ts'
import { exitFactsOf, exitKnobs, exitText, NOW, runExitPasses } from '#tests/support/maker-exit-facts.ts'
import { factsOf, knobsOf, quoteAfter, touchAt } from '#tests/support/maker-facts.ts'
import { adverseBps } from './exits/bailout.ts'
import type { ExitFacts } from './exits/exits.ts'
import { flattenPrice } from './exits/flatten.ts'
import { profitOf, triggered } from './exits/take-profit.ts'

const held = (sz: number, entry: number, touch = touchAt('24.513', '24.527')): Partial<ExitFacts> => ({
  ...{ positionE8: fromNumber(sz), entryPxE8: fromNumber(entry), touch },
})
/** What the exits say in these passes, a second apart unless told. */
const texts = (knobs: Record<string, unknown>, ...passes: Partial<ExitFacts>[]): string[] =>
  runExitPasses(
    knobs,
    passes.map((facts, at) => exitFactsOf({ ts: NOW + at * 1_000, ...facts })),
  ).map(exitText)
/** Profit at the mid without fees, as the original counts it, USD. */
const atMid = (sz: number, mid: number, entry: number): number => sz * (mid - entry)

describe('6: take profit', () => {
  const LIMITS = { take_profit_min_bps: 30, take_profit_min_usd: 20 }

  test('long 200 at 24.40: 49.18 bps; 24 USD at the mid, of which 20.39 are left at the touch after the fee: both fire', () => {
    const profit = profitOf(exitFactsOf(held(200, 24.4)))
    expect(profit?.bps).toBeCloseTo(49.18, 2)
    expect(atMid(200, 24.52, 24.4)).toBeCloseTo(24, 9)
    expect(profit?.usd).toBeCloseTo(20.39, 2)
    expect(triggered(exitFactsOf(held(200, 24.4)), exitKnobs(LIMITS))).toBe(1)
  })

  test('the original sends 200 at the mid of 24.52, above the bid, and nothing fills; ours bounds the sale at 24.496, so the bid of 24.513 takes it', () => {
    const [, sent] = texts(LIMITS, held(200, 24.4), held(200, 24.4))
    expect(sent).toBe('sell 200@24.496 ioc')
  })

  test('long 200 at 24.46 has 12 USD and 24.5 bps: below 30, so nothing fires at a limit of 10 USD or of none', () => {
    const facts = exitFactsOf(held(200, 24.46))
    expect(atMid(200, 24.52, 24.46)).toBeCloseTo(12, 9)
    expect(profitOf(facts)?.bps).toBeCloseTo(24.5, 1)
    for (const take_profit_min_usd of [10, 0]) {
      expect(triggered(facts, exitKnobs({ ...LIMITS, take_profit_min_usd }))).toBeNull()
    }
  })

  test('short 200 at 24.65: 52.5 bps, 25.90 USD at the mid fire at 25; ours count 22.19 and fire at 22, buying below 24.545 where the original bids 24.521', () => {
    const short = held(-200, 24.65, touchAt('24.513', '24.528'))
    const profit = profitOf(exitFactsOf(short))
    expect(profit?.bps).toBeCloseTo(52.5, 1)
    expect(atMid(-200, 24.5205, 24.65)).toBeCloseTo(25.9, 9)
    expect(profit?.usd).toBeCloseTo(22.19, 2)
    expect(texts({ ...LIMITS, take_profit_min_usd: 25 }, short, short)).toEqual(['free', 'free'])
    expect(texts({ ...LIMITS, take_profit_min_usd: 22 }, short, short)[1]).toBe('buy 200@24.545 ioc')
  })
})

describe('7: flatten 12.34 in chunks of 200 USD with a slip of 6', () => {
  const KNOBS = { flatten_on_start: true, flatten_chunk_usd: 200, flatten_max_slippage_bps: 6 }
  const CALM = { bailout_enabled: false, take_profit_enabled: false }
  const chunks = (touch: ReturnType<typeof touchAt>, change = {}): string[] =>
    texts({ ...KNOBS, ...CALM, ...change }, held(12.34, 24.52, touch), held(4.19, 24.52, touch))

  test('8.15 and 4.19; the original at the bid of 24.513, ours at the guard of 24.506 below it: both take the bid', () => {
    expect(chunks(touchAt('24.513', '24.527'))).toEqual(['sell 8.15@24.506 ioc', 'sell 4.19@24.506 ioc'])
  })

  test('in a book of 24.413/24.627 the original asks 24.505, above the bid, and cannot fill; ours asks the bid', () => {
    const wide = touchAt('24.413', '24.627')
    expect(chunks(wide, { flatten_max_spread_bps: 100 })).toEqual([
      'sell 8.15@24.413 ioc',
      'sell 4.19@24.413 ioc',
    ])
    // Mirrored: the guard of 24.535 lies below the ask.
    expect(formatFixed(flattenPrice(wide, 'buy', 6, 2))).toBe('24.627')
  })

  test('with the default of 15 bps it sends nothing there', () => {
    expect(chunks(touchAt('24.413', '24.627'))).toEqual(['FLATTEN_ON_START', 'FLATTEN_ON_START'])
  })
})

describe('8: bailout of 10 at 24.60', () => {
  const KNOBS = { take_profit_enabled: false }
  const later = touchAt('24.59', '24.60')
  const at = (seconds: number, sz: number, touch = touchAt('24.513', '24.527')): Partial<ExitFacts> => ({
    ...{ ...held(sz, 24.6, touch), ts: NOW + seconds * 1_000 },
  })

  test('mae 32.5203 bps starts a timer, 2.0325 bps later on', () => {
    expect(adverseBps(exitFactsOf(at(0, 10)))).toBeCloseTo(32.5203, 4)
    expect(adverseBps(exitFactsOf(at(182, 10, later)))).toBeCloseTo(2.0325, 4)
    expect(texts(KNOBS, at(0, 10))).toEqual(['free'])
  })

  test('after 95 s 3.30 go, the original at 24.4982922, ours on the tick above it; after 182 s all, at 24.575246 and ours at 24.576', () => {
    expect(texts(KNOBS, at(0, 10), at(95, 10), at(182, 10, later))).toEqual([
      'free',
      'sell 3.3@24.499 ioc',
      'sell 10@24.576 ioc',
    ])
    expect(24.513 * (1 - 6e-4)).toBeCloseTo(24.4982922, 7)
    expect(24.59 * (1 - 6e-4)).toBeCloseTo(24.575246, 6)
  })

  test('the original sells 10 although 3.3 are gone, because its position does not move; ours sells the 6.7 that are left', () => {
    const all = texts(KNOBS, at(0, 10), at(95, 10), at(182, 6.7, later))
    expect(all[2]).toBe('sell 6.7@24.576 ioc')
  })
})

describe('13: long 200 at 24.40 in a book of 24.513/24.514, gate 3 bps, limits 30 bps and 20 USD', () => {
  const LIMITS = { min_spread_bps: 3, take_profit_min_bps: 30, take_profit_min_usd: 20 }
  const tight = touchAt('24.513', '24.514')

  test('the gate shuts for quotes, where the original stops; the take profit fires: 46.5 bps, 22.70 USD at the mid, 20.39 at the touch after the fee', () => {
    const profit = profitOf(exitFactsOf(held(200, 24.4, tight)))
    expect(profit?.bps).toBeCloseTo(46.5, 1)
    expect(atMid(200, 24.5135, 24.4)).toBeCloseTo(22.7, 9)
    expect(profit?.usd).toBeCloseTo(20.39, 2)
    expect(quoteAfter(1, factsOf({ touch: tight }), knobsOf({ min_spread_bps: 3 })).text).toBe(
      '- SPREAD_GATE',
    )
    expect(texts(LIMITS, held(200, 24.4, tight), held(200, 24.4, tight))).toEqual([
      'TAKE_PROFIT_CLOSING',
      'sell 200@24.489 ioc',
    ])
  })

  test('in a book of 24.513/24.527 the original sends the order of example 6, and so does ours', () => {
    expect(texts(LIMITS, held(200, 24.4), held(200, 24.4))[1]).toBe('sell 200@24.496 ioc')
  })
})

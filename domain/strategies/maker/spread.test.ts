/** The strategy `spread`: improvement waits for the budget, flow counts in single-sided modes, skew comes last. */
import { expect, test } from 'vitest'
import { fromNumber } from '#domain/fixed-point.ts'
import { factsOf, knobsOf, quoteAfter } from '#tests/support/maker-facts.ts'

test('a low budget improves nothing', () => {
  const knobs = knobsOf({ improve_one_tick: true })
  expect(quoteAfter(8, factsOf(), knobs).text).toBe('B 2.04@24.515 A 2.04@24.525')
  expect(quoteAfter(8, factsOf({ mayImprove: false }), knobs).text).toBe('B 2.04@24.514 A 2.04@24.526')
})

test('own flow leans only in single-sided modes, and skew still moves the adding side away', () => {
  const fills = [{ side: 'buy' as const, maker: true, ts: 0 }]
  expect(quoteAfter(1, factsOf({ fills }), knobsOf()).text).toBe('B 2.04@24.514 A 2.04@24.526')
  const bid = { single_sided_mode: 'bid' }
  expect(quoteAfter(1, factsOf({ fills }), knobsOf(bid)).text).toBe('B 2.04@24.515')
  const long = factsOf({ fills, positionE8: fromNumber(1) })
  expect(quoteAfter(1, long, knobsOf({ ...bid, inventory_skew_ticks: 3 })).text).toBe('B 2.04@24.512')
})

test('a distance does not swallow the skew: the adding side lies behind both', () => {
  const held = (sz: number, change = {}) =>
    quoteAfter(
      1,
      factsOf({ positionE8: fromNumber(sz), ...change }),
      knobsOf({ touch_distance_bps: 10, inventory_skew_ticks: 3 }),
    ).text
  expect([held(0), held(1), held(-1)]).toEqual([
    'B 2.04@24.488 A 2.04@24.552',
    'B 2.04@24.485 A 2.04@24.552',
    'B 2.04@24.488 A 2.04@24.555',
  ])
  expect(held(1, { mode: { distanceBps: 20, levels: 1 } })).toBe('B 2.04@24.46 A 2.04@24.577')
})

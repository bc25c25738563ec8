/** The strategy `spread`: improvement waits for the budget, flow counts in single-sided modes, skew comes last. */
import { expect, test } from 'vitest'
import { fromNumber } from '#domain/fixed-point.ts'
import { factsOf, knobsOf, quoteAfter, touchAt } from '#tests/support/maker-facts.ts'

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

test('worked example 12: the books of the paper run give the quotes of the paper run', () => {
  const knobs = knobsOf({ px_decimals_override: 2 })
  const at = (bid: string, ask: string) =>
    quoteAfter(1, factsOf({ touch: touchAt(bid, ask), sizeDecimals: 3 }), knobs).text
  expect(at('50.03', '50.11')).toBe('B 0.999@50.04 A 0.999@50.1')
  expect(at('49.97', '50.03')).toBe('B 1@49.98 A 1@50.02')
})

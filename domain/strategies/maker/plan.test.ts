/** What all strategies share: gates in their order, modes, levels, and reasons. */
import { expect, test } from 'vitest'
import { fromNumber } from '#domain/fixed-point.ts'
import { factsOf, knobsOf, microOf, quoteAfter } from '#tests/support/maker-facts.ts'

test('a mode sets levels and a least distance; the larger distance holds', () => {
  const mode = { distanceBps: 10, levels: 2 }
  expect(quoteAfter(1, factsOf({ mode }), knobsOf()).text).toBe(
    'B 2.04@24.488 B 2.04@24.487 A 2.04@24.552 A 2.04@24.553',
  )
  const far = quoteAfter(1, factsOf({ mode }), knobsOf({ touch_distance_bps: 20 })).text
  expect(far).toContain('B 2.04@24.463')
})

test('a market nobody can see comes before a block, a block before a tight spread', () => {
  const all = { ageMs: 9_999, blocked: 'PAUSED' }
  const knobs = knobsOf({ min_spread_bps: 500 })
  expect(quoteAfter(1, factsOf(all), knobs).text).toBe('- STALE_MARKET')
  expect(quoteAfter(1, factsOf({ blocked: 'PAUSED' }), knobs).text).toBe('- PAUSED')
  expect(quoteAfter(1, factsOf(), knobs).text).toBe('- SPREAD_GATE')
})

test('one side at its cap is a position limit, one side by mode is not', () => {
  const full = factsOf({ positionE8: fromNumber(12) })
  expect(quoteAfter(1, full, knobsOf({ max_per_coin_notional: 300 })).plan.verdict).toMatchObject({
    ...{ reason: 'ASK_ONLY', gate: 'POSITION_LIMIT' },
  })
  expect(quoteAfter(1, factsOf(), knobsOf({ single_sided_mode: 'ask' })).plan.verdict).toMatchObject({
    ...{ reason: 'ASK_ONLY', gate: '' },
  })
})

test('a model whose prices meet keeps its bid and drops the asks at or below it', () => {
  const { plan } = quoteAfter(1, factsOf(), microOf({ min_half_spread_bps: 0, max_half_spread_bps: 0 }))
  const [bid] = plan.bids
  expect(plan.asks.every(({ pxE8 }) => pxE8 > (bid?.pxE8 ?? 0n))).toBe(true)
})

/** Quotes of the worked examples, what blocks them, and what no pass may ever break. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { absE8, fromNumber, maxE8, mulE8, parseFixed } from '#domain/fixed-point.ts'
import { isValidPrice, lotE8 } from '#domain/market/instrument.ts'
import { TouchParams } from '#domain/session/input.ts'
import { factsOf, knobsOf, LIMITS, microOf, quoteAfter, shown, touchAt } from '#tests/support/maker-facts.ts'
import { initMaker, planQuotes } from './quoting.ts'

test('worked example 1: flat, both sides improve the touch by a tick', () => {
  expect(quoteAfter(1, factsOf(), knobsOf()).text).toBe('B 2.04@24.514 A 2.04@24.526')
})

test('worked example 1: long 3 with a skew of 2 ticks, only the adding side moves away', () => {
  const facts = factsOf({ positionE8: parseFixed('3') })
  expect(quoteAfter(1, facts, knobsOf({ inventory_skew_ticks: 2 })).text).toBe('B 2.04@24.512 A 2.04@24.526')
})

test('worked example 2: free collateral 250, a fifth of it, 10×: 10.19 units a side', () => {
  const facts = factsOf({ portfolio: { otherGrossUsd: 0, maxGrossUsd: 1e6, marginUsdMax: 250 } })
  expect(quoteAfter(1, facts, knobsOf({ size_notional_usd: 5_000 })).text).toBe(
    'B 10.19@24.514 A 10.19@24.526',
  )
})

test('worked example 3: 8 USD are raised to the venue’s least order', () => {
  const facts = factsOf({ touch: touchAt('113371', '113374'), sizeDecimals: 5 })
  expect(quoteAfter(1, facts, knobsOf({ size_notional_usd: 8 })).text).toBe(
    'B 0.00009@113372 A 0.00009@113373',
  )
})

test('worked example 4: 2.447 bps of spread under a gate of 3 show nothing', () => {
  const facts = factsOf({ touch: touchAt('24.513', '24.519') })
  const { plan } = quoteAfter(1, facts, knobsOf({ min_spread_bps: 3 }))
  expect(shown(plan)).toBe('- SPREAD_GATE')
  expect(plan.verdict.inputs.spread_bps).toBeCloseTo(2.447, 3)
  expect(quoteAfter(1, facts, knobsOf({ min_spread_bps: 2.4 })).text).not.toContain('SPREAD_GATE')
})

test.each([
  ['no touch', { touch: null }, 'NO_TOUCH'],
  ['market data 1 ms too old', { ageMs: 3_001 }, 'STALE_MARKET'],
  ['no account stream', { accountStreamUp: false }, 'ACCOUNT_STREAM_DOWN'],
  ['a block from outside', { blocked: 'PORTFOLIO_PAUSE' }, 'PORTFOLIO_PAUSE'],
] as const)('with %s it shows nothing and says %s', (_what, change, why) => {
  expect(quoteAfter(1, factsOf(change), knobsOf()).text).toBe(`- ${why}`)
})

test('market data exactly as old as allowed still quotes', () => {
  expect(quoteAfter(1, factsOf({ ageMs: 3_000 }), knobsOf()).text).toContain('B ')
})

test('at its cap only the adding side is blocked, also in the gross of all coins', () => {
  const facts = factsOf({ positionE8: parseFixed('20.4') })
  expect(quoteAfter(1, facts, knobsOf({ max_per_coin_notional: 500 })).text).toBe('A 2.04@24.526')
  const gross = factsOf({ portfolio: { otherGrossUsd: 595, maxGrossUsd: 600, marginUsdMax: null } })
  expect(quoteAfter(1, gross, knobsOf()).text).toBe('- NOTHING_TO_QUOTE')
  const less = factsOf({ portfolio: { otherGrossUsd: 580, maxGrossUsd: 600, marginUsdMax: null } })
  expect(quoteAfter(1, less, knobsOf()).text).toBe('B 0.81@24.514 A 0.81@24.526')
})

test('a session that may only close quotes the closing side alone, as reduce-only, whatever the spread', () => {
  const facts = factsOf({ positionE8: parseFixed('-1.5'), closeOnly: true })
  const { plan } = quoteAfter(1, facts, knobsOf({ min_spread_bps: 500 }))
  expect(plan.asks).toEqual([])
  expect(plan.bids).toEqual([{ pxE8: parseFixed('24.514'), szE8: parseFixed('1.5'), reduceOnly: true }])
})

test('`touch` goes through the same contract', () => {
  const touch = TouchParams.parse({ strategy: 'touch', half_spread_bps: 0 })
  const { plan } = planQuotes(initMaker(), factsOf(), touch, LIMITS)
  expect(shown(plan)).toBe('B 10.19@24.513 A 10.19@24.527')
})

test('whatever the market: valid ticks and lots, no crossing, no own bid at an own ask, no cap broken', () => {
  const cases = fc.record({
    bid: fc.integer({ min: 1_000, max: 99_999 }),
    gap: fc.integer({ min: 1, max: 400 }),
    position: fc.integer({ min: -100_000, max: 100_000 }),
    size: fc.integer({ min: 10, max: 5_000 }),
    cap: fc.integer({ min: 20, max: 5_000 }),
    levels: fc.integer({ min: 1, max: 10 }),
    skew: fc.integer({ min: 0, max: 5 }),
    decay: fc.integer({ min: 0, max: 50 }),
    distance: fc.integer({ min: 0, max: 20 }),
    micro: fc.boolean(),
    book: fc.integer({ min: 1, max: 1_000 }),
  })
  fc.assert(
    fc.property(cases, ({ bid, gap, position, size, cap, levels, skew, decay, distance, micro, book }) => {
      const touch = { bidE8: BigInt(bid) * 100_000n, askE8: BigInt(bid + gap) * 100_000n }
      const positionE8 = BigInt(position) * 10_000n
      const facts = factsOf({ touch, positionE8, sizeDecimals: 2, bidSzE8: BigInt(book) * 100_000_000n })
      const shape = { levels, level_size_decay_pct: decay, touch_distance_bps: distance }
      const common = { size_notional_usd: size, max_per_coin_notional: cap, ...shape, min_spread_bps: 0 }
      const params = micro ? microOf(common) : knobsOf({ ...common, inventory_skew_ticks: skew })
      const { plan } = quoteAfter(1, facts, params)
      for (const { pxE8, szE8 } of [...plan.bids, ...plan.asks]) {
        expect(isValidPrice(pxE8, 2)).toBe(true)
        expect(szE8 > 0n && szE8 % lotE8(2) === 0n).toBe(true)
      }
      for (const { pxE8 } of plan.bids) expect(pxE8 < touch.askE8).toBe(true)
      for (const { pxE8 } of plan.asks) expect(pxE8 > touch.bidE8).toBe(true)
      const [ownBid] = plan.bids
      const [ownAsk] = plan.asks
      if (ownBid && ownAsk) expect(ownBid.pxE8 < ownAsk.pxE8).toBe(true)
      for (const [quotes, sign] of [
        [plan.bids, 1n],
        [plan.asks, -1n],
      ] as const) {
        const after = positionE8 + sign * quotes.reduce((sum, { szE8 }) => sum + szE8, 0n)
        const grows = absE8(after) > absE8(positionE8)
        const worst = quotes.reduce((max, { pxE8 }) => maxE8(pxE8, max), 0n)
        if (grows && quotes.length > 0)
          expect(mulE8(absE8(after), worst) <= fromNumber(cap) + 100n).toBe(true)
      }
    }),
    { numRuns: 500 },
  )
})

/** Flattening: the worked examples, chunks, and bounds of spread and cap from both sides. */
import { expect, test } from 'vitest'
import { formatFixed, fromNumber } from '#domain/fixed-point.ts'
import { exitFactsOf, exitKnobs } from '#tests/support/maker-exit-facts.ts'
import { touchAt } from '#tests/support/maker-facts.ts'
import { flattenChunk, flattenPrice, isOverCap } from './flatten.ts'

const KNOBS = { flatten_chunk_usd: 200, flatten_max_slippage_bps: 6 }
const chunk = (
  sz: number,
  change: Record<string, unknown> = {},
  touch = touchAt('24.513', '24.527'),
): string => {
  const found = flattenChunk(
    exitFactsOf({ positionE8: fromNumber(sz), touch }),
    exitKnobs({ ...KNOBS, ...change }),
  )
  return found ? `${found.side} ${formatFixed(found.szE8)}@${formatFixed(found.pxE8)}` : '-'
}

test('worked example 7: 12.34 in chunks of 200 USD are 8.15 and 4.19, at the guard below the bid', () => {
  expect(chunk(12.34)).toBe('sell 8.15@24.506')
  expect(chunk(4.19)).toBe('sell 4.19@24.506')
})

test('worked example 7: in a wide book the price is the bid, which fills, not the guard above it', () => {
  const wide = touchAt('24.413', '24.627')
  expect(chunk(12.34, { flatten_max_spread_bps: 100 }, wide)).toBe('sell 8.15@24.413')
  expect(chunk(12.34, {}, wide)).toBe('-')
  expect(formatFixed(flattenPrice(wide, 'buy', 6, 2))).toBe('24.627')
})

test('a short is mirrored, flat and dust are left, a chunk is at least a lot', () => {
  expect(chunk(-4.19)).toBe('buy 4.19@24.534')
  expect(chunk(0)).toBe('-')
  expect(chunk(0.009)).toBe('-')
  const dear = flattenChunk(
    exitFactsOf({ positionE8: fromNumber(1), touch: touchAt('24513', '24514'), sizeDecimals: 0 }),
    exitKnobs({ flatten_chunk_usd: 10 }),
  )
  expect(dear?.szE8).toBe(fromNumber(1))
})

test.each([
  [14.67, false],
  [14.69, true],
])('with a cap of 300, %f coins at 24.52 are over 1.2 × it: %s', (sz, over) => {
  const facts = exitFactsOf({ positionE8: fromNumber(-sz) })
  expect(isOverCap(facts, exitKnobs({ max_per_coin_notional: 300 }))).toBe(over)
})

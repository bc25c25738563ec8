/** Exact PnL: the recommended figures of the worked examples, and that its terms always add up. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseFixed } from '#domain/fixed-point.ts'
import { exactPnl } from './exact-pnl.ts'
import { sumTrades, type Trade } from './trade-pnl.ts'

const at = (trades: readonly Trade[], mark: string, start = { sz: '0', mark: '0' }, funding = '0') => {
  const sums = sumTrades(trades)
  const startPositionE8 = parseFixed(start.sz)
  return exactPnl({
    sums,
    positionE8: startPositionE8 + sums.buySzE8 - sums.sellSzE8,
    startPositionE8,
    markE8: parseFixed(mark),
    startMarkE8: parseFixed(start.mark),
    fundingE8: parseFixed(funding),
  })
}

test('worked example 1: 0.1 left at 693.2 adds 0.016 to the matched 0.1253', () => {
  const found = at(
    [
      { side: 'buy', sz: '0.3', px: '693.00', fee: '0.0062' },
      { side: 'buy', sz: '0.2', px: '693.10', fee: '0.0042' },
      { side: 'sell', sz: '0.4', px: '693.40', fee: '0.0083' },
    ],
    '693.2',
  )
  expect(found).toMatchObject({ matchedUsd: '0.1253', inventoryUsd: '0.016', totalUsd: '0.1413' })
})

test('worked example 4: a short of 0.3 against a mark of 701 turns 0.186 into −0.114', () => {
  const found = at(
    [
      { side: 'sell', sz: '0.5', px: '700', fee: '0.01' },
      { side: 'buy', sz: '0.2', px: '699', fee: '0.004' },
    ],
    '701',
  )
  expect(found).toMatchObject({ matchedUsd: '0.186', inventoryUsd: '-0.3', totalUsd: '-0.114' })
})

test('what was carried in and funding are terms of their own', () => {
  const found = at([], '110', { sz: '2', mark: '100' }, '-0.5')
  expect(found).toMatchObject({ carryInUsd: '20', fundingUsd: '-0.5', totalUsd: '19.5', unexplainedUsd: '0' })
})

test('a position that changed without a fill shows as unexplained', () => {
  const found = exactPnl({
    sums: sumTrades([]),
    positionE8: parseFixed('1'),
    startPositionE8: 0n,
    markE8: parseFixed('100'),
    startMarkE8: parseFixed('100'),
    fundingE8: 0n,
  })
  expect(found.unexplainedUsd).toBe('100')
})

test('the terms add up to the total within the rounding of one division', () => {
  const trade = fc.record({
    side: fc.constantFrom('buy' as const, 'sell' as const),
    px: fc.integer({ min: 100, max: 9_999_999 }).map((px) => (px / 100).toFixed(2)),
    sz: fc.integer({ min: 1, max: 100_000 }).map((sz) => (sz / 1_000).toFixed(3)),
    fee: fc.constant('0.01'),
  })
  fc.assert(
    fc.property(
      fc.array(trade, { minLength: 1, maxLength: 20 }),
      fc.integer({ min: -50, max: 50 }),
      (trades, q) => {
        const found = at(trades, '500.25', { sz: String(q), mark: '499' })
        expect(Math.abs(Number(found.unexplainedUsd))).toBeLessThan(0.0001)
      },
    ),
  )
})

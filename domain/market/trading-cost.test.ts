/** Costs of trading from the book, by hand and as properties: more costs more, and never less than the half spread. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tradingCosts } from '#domain/market/trading-cost.ts'

const level = (px: number, sz: number) => ({ px: String(px), sz: String(sz), n: 1 })

test('an order within the best level costs half the spread; one beyond it the next levels too', () => {
  const book = {
    bids: [level(99, 10), level(98, 1_000)],
    asks: [level(101, 5), level(102, 5), level(103, 1_000)],
  }
  const costs = tradingCosts(book, [500, 1_000, 2_000])
  expect(costs.filter(({ side }) => side === 'buy').map(({ usd, costBps }) => [usd, costBps])).toEqual([
    [500, '100'],
    [1_000, '150'],
    [2_000, '225'],
  ])
  expect(costs.find(({ side, usd }) => side === 'sell' && usd === 1_000)).toEqual({
    ...{ usd: 1_000, side: 'sell', mid: '100', costBps: '100', filledUsd: '1000' },
  })
})

test('a book that holds less than the order says how much it holds', () => {
  const [buy] = tradingCosts({ bids: [level(99, 1)], asks: [level(101, 1)] }, [1_000])
  expect(buy).toMatchObject({ filledUsd: '100', costBps: '100' })
})

test.each([
  ['no bids', { bids: [], asks: [level(101, 1)] }],
  ['no asks', { bids: [level(99, 1)], asks: [] }],
  ['a crossed touch', { bids: [level(101, 1)], asks: [level(100, 1)] }],
  ['a bid of zero', { bids: [level(0, 1)], asks: [level(100, 1)] }],
])('%s has no costs', (_what, book) => expect(tradingCosts(book)).toEqual([]))

test('property: a larger order costs at least as much per dollar, and at least the half spread', () => {
  const side = fc.array(fc.integer({ min: 1, max: 50_000 }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(side, side, fc.integer({ min: 1, max: 20 }), (bids, asks, spread) => {
      const book = {
        bids: bids.map((sz, at) => level(1_000 - at, sz / 100)),
        asks: asks.map((sz, at) => level(1_000 + spread + at, sz / 100)),
      }
      const half = (spread / 2 / (1_000 + spread / 2)) * 10_000
      for (const way of ['buy', 'sell'] as const) {
        const bps = tradingCosts(book)
          .filter((cost) => cost.side === way)
          .map(({ costBps }) => Number(costBps))
        // Cut off at 8 places: a millionth of a basis point is no difference.
        bps.forEach((each, at) => {
          expect(each).toBeGreaterThanOrEqual((bps[at - 1] ?? half) - 1e-6 * half - 1e-3)
        })
      }
    }),
  )
})

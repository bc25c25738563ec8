/** What refusals mean for an exit and for the coin, and what a coin is told of the others. */
import { expect, test } from 'vitest'
import { parseFixed } from '#domain/fixed-point.ts'
import type { SegmentContext } from '#domain/session/context.ts'
import type { MakerSegmentInput } from '#domain/session/segment-input.ts'
import { intendOrder } from '#domain/trading/order-lifecycle.ts'
import { isOwnFault, makerFacts, openCoin, rejectKind } from './maker-coin.ts'

test.each([
  ['own count: the request weight of this minute is spent', 'rate', false],
  ['HTTP 429', 'rate', false],
  ['Too many cumulative requests sent (1 > 0)', 'rate', false],
  ['Order price cannot be more than 95% away from the reference price', 'price', true],
  ['Order has invalid price.', 'price', true],
  ['Price must be divisible by tick size. asset=1', 'price', true],
  ['Order could not immediately match against any resting orders. asset=1', 'other', false],
  ['Post only order would have immediately matched, bbo was 1@2', 'other', false],
  ['Insufficient margin to place order. asset=1', 'other', true],
  ['Cannot modify canceled or filled order', 'other', false],
  ['KILLED', 'other', false],
])('%s: for an exit %s, our own fault %s', (message, kind, fault) => {
  expect(rejectKind(message)).toBe(kind)
  expect(isOwnFault(message)).toBe(fault)
})

/** Orders as coin, side, size, reduce-only; positions by coin; every coin's mark is 10 USD but C's, which nobody knows. */
function contextOf(
  orders: readonly [coin: string, side: 'buy' | 'sell', sz: string, reduceOnly: boolean][],
  positions: Readonly<Record<string, string>>,
): SegmentContext<MakerSegmentInput> {
  const lives = orders.map(([coin, side, sz, reduce_only], at) => {
    const intent = { cloid: `${at}`, coin, side, px: '10', sz, tif: 'alo', reduce_only, purpose: 'quote' }
    return [`${at}`, intendOrder(intent as Parameters<typeof intendOrder>[0])] as const
  })
  const desk = {
    orders: new Map(lives),
    positionE8: (coin: string) => parseFixed(positions[coin] ?? '0'),
    live: () => [],
    fills: { missing: 'none' },
  }
  const market = {
    bbo: () => null,
    book: () => null,
    ageMs: () => 0,
    sizeDecimals: () => 2,
    markPx: (coin: string) => (coin === 'C' ? null : '10'),
  }
  const ports = { market, clock: { now: () => 1 }, events: { accountStreamUp: () => true } }
  const input = { coins: ['A', 'B', 'C', 'D'] }
  return {
    desk,
    input,
    ports,
    stop: { closeOnly: () => false },
  } as unknown as SegmentContext<MakerSegmentInput>
}

test.each([
  ['nothing', [], {}, 0],
  ['its own orders and position do not count', [['A', 'buy', '5', false]], { A: '7' }, 0],
  ['long 2 and 3 more bought', [['B', 'buy', '3', false]], { B: '2' }, 50],
  ['long 2 and 3 sold is short 1 at worst, so 2 it stays', [['B', 'sell', '3', false]], { B: '2' }, 20],
  ['long 2 and 5 sold is short 3 at worst', [['B', 'sell', '5', false]], { B: '2' }, 30],
  ['what only closes adds nothing', [['B', 'sell', '9', true]], { B: '2' }, 20],
  [
    'levels and coins add up',
    [
      ['B', 'buy', '1', false],
      ['B', 'buy', '2', false],
      ['D', 'sell', '4', false],
    ],
    {},
    70,
  ],
  ['no mark, no worth', [['C', 'buy', '1', false]], { C: '9' }, 0],
] as const)('what A is told of the others: %s', (_name, orders, positions, usd) => {
  const pass = {
    fees: { makerBps: 1, takerBps: 4 },
    ...{ maxGrossUsd: 900, marginUsdMax: 80, mode: null, mayImprove: true },
  }
  const { portfolio } = makerFacts(
    contextOf(
      orders.map((order) => [...order]),
      positions,
    ),
    openCoin('A'),
    pass,
  )
  expect(portfolio).toEqual({ otherGrossUsd: usd, maxGrossUsd: 900, marginUsdMax: 80 })
})

/** Worked examples N10 and N13 of the engine: funding in money, and what fills of every direction make of a position. */
import { describe, expect, test } from 'vitest'
import type { FillEvent, Side } from '#domain/events.ts'
import { fillOf } from '#tests/support/session-ports.ts'
import { flatPosition, foldFill } from './position.ts'
import { fundingOf } from './venue-charges.ts'

describe('N10: a short of 12.5 at 34', () => {
  const notional = -12.5 * 34 * 1e6
  test.each([
    { rate: 0.0000125, original: 0.0053125, usd: 0.005312 }, // whole micro-dollars, cut off as the venue does
    { rate: -0.00004, original: -0.017, usd: -0.017 },
  ])('a rate of $rate brings $usd (original $original)', ({ rate, original, usd }) => {
    const got = fundingOf(notional, Math.round(rate * 1e10)) / 1e6
    expect(got).toBe(usd)
    expect(Math.abs(got - original)).toBeLessThan(1e-6)
  })
})

describe('N13: directions of fills', () => {
  const fill = (direction: string, start: string, side: string, sz: string): FillEvent =>
    fillOf({ coin: 'AVAX', direction, startPosition: start, side: side as Side, sz, px: '34' })
  const ENTRY = '30'
  /** What a fill did: it opened, added, reduced, closed, or turned the position around. */
  function folded(event: FillEvent) {
    const start = event.startPosition
    const was = { ...flatPosition('AVAX'), sz: start, entryPx: start === '0' ? '0' : ENTRY }
    const { sz, realizedPnl, entryPx } = foldFill(was, event)
    return { sz, realizedPnl, entryPx }
  }
  test.each([
    {
      dir: 'Open Long',
      start: '0',
      side: 'buy',
      sz: '3',
      original: 'OPEN',
      after: '3',
      pnl: '0',
      entry: '34',
    },
    // (2 · 30 + 1 · 34) / 3
    {
      ...{ dir: 'Open Short', start: '-2', side: 'sell', sz: '1', original: 'ADD' },
      ...{ after: '-3', pnl: '0', entry: '31.33333333' },
    },
    {
      dir: 'Close Long',
      start: '5',
      side: 'sell',
      sz: '5',
      original: 'CLOSE',
      after: '0',
      pnl: '20',
      entry: '0',
    },
    {
      ...{ dir: 'Close Short', start: '-5', side: 'buy', sz: '2', original: 'REDUCE' },
      ...{ after: '-3', pnl: '-8', entry: ENTRY },
    },
    // Two close at a profit of 4 each, three open the other side.
    {
      ...{ dir: 'Long > Short', start: '2', side: 'sell', sz: '5', original: 'dropped' },
      ...{ after: '-3', pnl: '8', entry: '34' },
    },
  ] as const)(
    '$dir of $sz from $start ($original in the original) leaves $after and realises $pnl',
    ({ dir, start, side, sz, after, pnl, entry }) => {
      expect(folded(fill(dir, start, side, sz))).toEqual({ sz: after, realizedPnl: pnl, entryPx: entry })
    },
  )

  test('the side and the sizes decide, not the word: a liquidation is a fill like any other', () => {
    expect(folded(fill('Liquidated Isolated Long', '5', 'sell', '5'))).toEqual(
      folded(fill('Close Long', '5', 'sell', '5')),
    )
  })
})

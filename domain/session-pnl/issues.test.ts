/** Issues of a session: the worked examples with both sides of each limit. */
import { expect, test } from 'vitest'
import { findIssues } from './issues.ts'
import { sumTrades, type Trade, tradePnl } from './trade-pnl.ts'
import { windowOf } from './windows.ts'

const LIMITS = { imbalanceShare: 0.8, lossUsd: 5, positionUsd: 0.5 }
const trades = (buys: string, sells: string): Trade[] => [
  { side: 'buy', px: '1', sz: buys, fee: '0' },
  { side: 'sell', px: '1', sz: sells, fee: '0' },
]
const codes = (buys: string, sells: string, sessionPnlUsd: number, positionUsd: number): string[] => {
  const list = trades(buys, sells)
  const timed = Array.from({ length: 20 }, () => ({ ...(list[0] as Trade), ts: 1_000 }))
  return findIssues(
    {
      session: tradePnl(sumTrades(list)),
      ...{ sessionPnlUsd, positionUsd, adverse: false },
      hour: windowOf(timed, 60, 2_000),
    },
    LIMITS,
  ).map(({ kind }) => kind)
}

test('worked example 8: at the limits nothing, beyond them each', () => {
  expect(codes('1.8', '0.2', -4.99, 0.49)).toEqual([])
  expect(codes('1.85', '0.15', -5.2, 0.49)).toEqual(['TRADE_IMBALANCE', 'SESSION_LOSS'])
  expect(codes('1.85', '0.15', -5.2, 0.6)).toContain('LARGE_POSITION')
  expect(codes('1', '1', -5, 0.5)).toEqual([])
})

test('worked example 2: purchases alone are all imbalance', () => {
  expect(codes('0.5', '0', 0, 0)).toEqual(['TRADE_IMBALANCE'])
})

test.each([
  [9, true],
  [10, false],
  [200, false],
  [201, true],
])('%i fills an hour are strange: %s', (count, strange) => {
  const fill = { side: 'buy' as const, px: '1', sz: '1', fee: '0', ts: 1_000 }
  const hour = windowOf(
    Array.from({ length: count }, () => fill),
    60,
    2_000,
  )
  const session = tradePnl(sumTrades([]))
  const found = findIssues({ session, sessionPnlUsd: 0, positionUsd: 0, adverse: false, hour }, LIMITS)
  expect(found.some(({ kind }) => kind === 'FILL_RATE')).toBe(strange)
})

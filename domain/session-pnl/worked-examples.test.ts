/** Worked examples 1 to 8 of the specification of session PnL (003 §8), figure by figure; where the original errs, its figure stands beside ours. */
// Not here: 9 to 11, what follows from them (worked-examples-decisions.test.ts). Index: docs/features/session-pnl.md.
import { describe, expect, test } from 'vitest'
import type { FillEvent } from '#domain/events.ts'
import { parseFixed } from '#domain/fixed-point.ts'
import { sumsOf } from '#domain/session/maker-pnl.ts'
import { foldFills, positionOf } from '#domain/trading/position.ts'
import { parseFills } from '#exchange/wire/info.ts'
import { exactPnl } from './exact-pnl.ts'
import { findIssues } from './issues.ts'
import { judgeMode } from './mode.ts'
import { sumTrades, type Trade, tradePnl, tradesBetween } from './trade-pnl.ts'
import { isAdverse, type TimedTrade, windowOf } from './windows.ts'

const buy = (sz: string, px: string, fee = '0'): Trade => ({ side: 'buy', sz, px, fee })
const sell = (sz: string, px: string, fee = '0'): Trade => ({ side: 'sell', sz, px, fee })
const pnl = (...trades: Trade[]) => tradePnl(sumTrades(trades))
/** From flat, at a mark. */
const exact = (mark: string, ...trades: Trade[]) => {
  const sums = sumTrades(trades)
  const flat = { startPositionE8: 0n, startMarkE8: 0n, fundingE8: 0n }
  return exactPnl({ sums, positionE8: sums.buySzE8 - sums.sellSzE8, markE8: parseFixed(mark), ...flat })
}
const T = 1_700_000_000_000

describe('1: buys of 0.3 and 0.2, a sale of 0.4', () => {
  const trades = [
    buy('0.3', '693.00', '0.0062'),
    buy('0.2', '693.10', '0.0042'),
    sell('0.4', '693.40', '0.0083'),
  ]

  test('P_B 693.04, P_A 693.4, matched 0.4, capture 0.144, fees 0.0187, net 0.1253, 5.193157 bps, imbalance 0.1', () => {
    const found = pnl(...trades)
    expect(found).toMatchObject({
      ...{ buyAvgPx: '693.04', sellAvgPx: '693.4', matchedSz: '0.4', captureUsd: '0.144' },
      ...{ feesUsd: '0.0187', netUsd: '0.1253', imbalanceSz: '0.1' },
    })
    expect(found.spreadBps).toBeCloseTo(5.193157, 6)
  })

  test('the original knows sales as "S", loses all of them and has −0.0187 and 0.5; ours reads "A" and refuses what it does not know', () => {
    const row = (side: string) => ({
      ...{ coin: 'ETH', side, px: '693.40', sz: '0.4', fee: '0.0083', time: T, tid: 1, oid: 1 },
      ...{
        startPosition: '0',
        dir: 'Open Short',
        closedPnl: '0',
        crossed: false,
        hash: `0x${'0'.repeat(64)}`,
      },
    })
    expect(parseFills([row('A')], 'x', T)[0]?.side).toBe('sell')
    expect(() => parseFills([row('S')], 'x', T)).toThrow(/side/)
    const unsold = pnl(...trades.slice(0, 2))
    expect(Number(unsold.feesUsd) + 0.0083).toBeCloseTo(0.0187, 9)
    expect(unsold.imbalanceSz).toBe('0.5')
  })

  test('at a mark of 693.2 the 0.1 left has 0.016 in it: 0.1413', () => {
    expect(exact('693.2', ...trades)).toMatchObject({
      ...{ matchedUsd: '0.1253', inventoryUsd: '0.016', totalUsd: '0.1413' },
    })
  })
})

const hourOf = (fills: number) =>
  windowOf(
    Array.from({ length: fills }, () => ({ ...buy('1', '1'), ts: T - 1 })),
    60,
    T,
  )

test('2: five buys of 0.1 at 690.5: net −0.0107, imbalance 0.5, ratio 1, an error that says 100 %', () => {
  const session = pnl(...Array.from({ length: 5 }, () => buy('0.1', '690.5', '0.00214')))
  expect(session).toMatchObject({ netUsd: '-0.0107', imbalanceSz: '0.5', imbalanceShare: 1 })
  const facts = { session, sessionPnlUsd: -0.0107, positionUsd: 0, adverse: false, hour: hourOf(20) }
  const found = findIssues(facts, { imbalanceShare: 0.8, lossUsd: 5, positionUsd: 0.5 })
  expect(found).toMatchObject([{ kind: 'TRADE_IMBALANCE', severity: 'error' }])
  expect(found[0]?.message).toContain('100 %')
})

test('3: rebates of 0.004 on 2@100 and 2@100.1: the original charges them, 0.192; ours takes them, 0.208', () => {
  const found = pnl(buy('2', '100', '-0.004'), sell('2', '100.1', '-0.004'))
  expect(found).toMatchObject({ captureUsd: '0.2', feesUsd: '-0.008', netUsd: '0.208' })
  expect(Number(found.captureUsd) - Math.abs(Number(found.feesUsd))).toBeCloseTo(0.192, 9)
})

test('4: sell 0.5@700, buy 0.2@699, mark 701: matched 0.2, net 0.186, 14.295926 bps; with the short of 0.3 at the mark −0.114', () => {
  const trades = [sell('0.5', '700', '0.01'), buy('0.2', '699', '0.004')]
  expect(pnl(...trades)).toMatchObject({ matchedSz: '0.2', netUsd: '0.186' })
  expect(pnl(...trades).spreadBps).toBeCloseTo(14.295926, 6)
  expect(exact('701', ...trades)).toMatchObject({ inventoryUsd: '-0.3', totalUsd: '-0.114' })
})

describe('5: a session from T−600 s on, a cycle from T−120 s on', () => {
  const rows = [
    [700, 'buy', '0.2', '693.00', '0.004', '0'],
    [600, 'sell', '0.2', '693.20', '0.004', '0'],
    [300, 'buy', '0.1', '692.90', '0.002', '-0.2'],
    [60, 'sell', '0.1', '693.10', '0.002', '-0.1'],
    [30, 'buy', '0.1', '692.80', '0.002', '-0.2'],
  ] as const
  const fills = rows.map(([ago, side, sz, px, fee, startPosition], tid): FillEvent => {
    const ids = { account: 'x', coin: 'US500', ts: T - ago * 1_000, tid, oid: 1, cloid: '', receivedTs: T }
    const rest = { direction: '', closedPnl: '0', crossed: false, hash: '', snapshot: false }
    return { kind: 'fill', ...ids, ...rest, side, sz, px, fee, startPosition }
  })
  const from = { positions: [], fillCursorTs: T - 600_000, fillCursorTids: [] }
  const sums = (until: number) =>
    sumsOf(positionOf(foldFills(from, fills.slice(0, until)).ledger.positions, 'US500'))

  test('the fill of T−700 s is before it, that of T−600 s inside: P_B 692.85, P_A 693.166667, capture 0.063333, fees 0.01, net 0.053333, imbalance 0.1', () => {
    const found = tradePnl(sums(5))
    expect(found).toMatchObject({ fills: 4, buyAvgPx: '692.85', feesUsd: '0.01', imbalanceSz: '0.1' })
    expect(Number(found.sellAvgPx)).toBeCloseTo(693.166667, 6)
    expect(Number(found.captureUsd)).toBeCloseTo(0.063333, 6)
    expect(Number(found.netUsd)).toBeCloseTo(0.053333, 6)
  })

  test('the cycle has its own two fills and 0.026', () => {
    const cycle = tradesBetween(sums(3), sums(5))
    expect(cycle.fills).toBe(2)
    expect(tradePnl(cycle).netUsd).toBe('0.026')
  })
})

test('6: a window of 30 minutes: P_B 692.65, P_A 693.05, 5.773255 bps, net 0.288, 12 fills an hour, one adverse stretch', () => {
  const at = (ago: number, trade: Trade): TimedTrade => ({ ...trade, ts: T - ago * 1_000 })
  const trades = [
    at(1_500, buy('0.2', '693.30', '0.004')),
    at(1_499, sell('0.2', '693.10', '0.004')),
    at(1_498, buy('0.2', '693.30', '0.004')),
    at(1_497, sell('0.2', '693.10', '0.004')),
    at(60, buy('0.4', '692', '0.008')),
    at(50, sell('0.4', '693', '0.008')),
  ]
  const found = windowOf(trades, 30, T)
  expect(found.pnl).toMatchObject({ buyAvgPx: '692.65', sellAvgPx: '693.05', netUsd: '0.288' })
  expect(found.pnl?.spreadBps).toBeCloseTo(5.773255, 6)
  expect(found).toMatchObject({ fillsPerHour: 12, adverseBuckets: 1 })
  expect(isAdverse(trades)).toBe(false)
})

describe('7: modes by spread, cycle and session', () => {
  const five = (usd: number): number[] => Array.from({ length: 5 }, () => usd)
  test.each([
    [4, 0.02, -1.99, {}, 'NORMAL'],
    [4, 0.02, -2.3, {}, 'EMERGENCY_DEFENSIVE'],
    [4, -0.55, 0, { cycles: five(-0.3) }, 'EMERGENCY_DEFENSIVE'],
    [4, -0.55, 0, { cycles: five(0.1) }, 'DEFENSIVE'],
    [-3.2, 0.05, 0, {}, 'DEFENSIVE'],
    [0.5, 0.5, 3, {}, 'MODERATE'],
    [12, 0.12, 1, {}, 'AGGRESSIVE'],
    [18, 0.2, 1, {}, 'VERY_AGGRESSIVE'],
    [18, 0.12, 1, {}, 'AGGRESSIVE'],
    [12, 0.2, 1, { adverse: true }, 'DEFENSIVE'],
  ])('(%s, %f, %f) %o: %s', (spreadBps, cycleUsd, sessionUsd, more, mode) => {
    const inputs = { spreadBps, cycleUsd, sessionUsd, adverse: false, cycles: [], ...more }
    expect(judgeMode(inputs).mode).toBe(mode)
  })

  test('without a window the original says MODERATE; ours has no data and keeps the mode', () => {
    const inputs = { spreadBps: null, cycleUsd: 0.02, sessionUsd: 0, adverse: false, cycles: [] }
    expect(judgeMode(inputs).mode).toBe('NO_DATA')
  })
})

describe('8: what is an error', () => {
  // The original's 0.5 contracts of any coin are here the coin's own cap in USD.
  const LIMITS = { imbalanceShare: 0.8, lossUsd: 5, positionUsd: 0.5 }
  const errors = (buys: string, sells: string, sessionPnlUsd: number, positionUsd: number) =>
    findIssues(
      {
        session: pnl(buy(buys, '1'), sell(sells, '1')),
        sessionPnlUsd,
        positionUsd,
        adverse: false,
        hour: hourOf(20),
      },
      LIMITS,
    )
  const kinds = (...at: Parameters<typeof errors>): string[] => errors(...at).map(({ kind }) => kind)

  test('an imbalance of 1.6 of 2.0 and a session of −4.99 are none', () => {
    expect(kinds('1.8', '0.2', -4.99, 0.49)).toEqual([])
  })

  test('1.7 of 2.0, −5.20 and a position of 0.49: imbalance of 85 % and session loss; 0.6: a large position too', () => {
    expect(kinds('1.85', '0.15', -5.2, 0.49)).toEqual(['TRADE_IMBALANCE', 'SESSION_LOSS'])
    expect(errors('1.85', '0.15', -5.2, 0.49)[0]?.message).toContain('85 %')
    expect(kinds('1.85', '0.15', -5.2, 0.6)).toContain('LARGE_POSITION')
  })
})

/** Trade PnL: the worked examples of the specification, and what no list of trades may break. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NO_TRADES, sumTrades, type Trade, tradePnl, tradesBetween } from './trade-pnl.ts'

const buy = (sz: string, px: string, fee = '0'): Trade => ({ side: 'buy', sz, px, fee })
const sell = (sz: string, px: string, fee = '0'): Trade => ({ side: 'sell', sz, px, fee })
const pnl = (...trades: Trade[]) => tradePnl(sumTrades(trades))

describe('worked examples', () => {
  test('1: three fills, both sides', () => {
    const found = pnl(
      buy('0.3', '693.00', '0.0062'),
      buy('0.2', '693.10', '0.0042'),
      sell('0.4', '693.40', '0.0083'),
    )
    expect(found).toMatchObject({
      ...{ buyAvgPx: '693.04', sellAvgPx: '693.4', matchedSz: '0.4', captureUsd: '0.144' },
      ...{ feesUsd: '0.0187', netUsd: '0.1253', imbalanceSz: '0.1', fills: 3 },
    })
    expect(found.spreadBps).toBeCloseTo(5.193157, 6)
  })

  test('2: five purchases alone earn nothing and cost their fees', () => {
    const found = pnl(...Array.from({ length: 5 }, () => buy('0.1', '690.5', '0.00214')))
    expect(found).toMatchObject({ netUsd: '-0.0107', imbalanceSz: '0.5', imbalanceShare: 1, spreadBps: 0 })
  })

  test('3: rebates are earnings', () => {
    expect(pnl(buy('2', '100', '-0.004'), sell('2', '100.1', '-0.004')).netUsd).toBe('0.208')
  })

  test('4: a short that is left over is not matched', () => {
    const found = pnl(sell('0.5', '700', '0.01'), buy('0.2', '699', '0.004'))
    expect(found).toMatchObject({ matchedSz: '0.2', netUsd: '0.186' })
    expect(found.spreadBps).toBeCloseTo(14.295926, 6)
  })

  test('5: session and cycle are sums over their own fills alone', () => {
    const session = [
      sell('0.2', '693.20', '0.004'),
      buy('0.1', '692.90', '0.002'),
      sell('0.1', '693.10', '0.002'),
      buy('0.1', '692.80', '0.002'),
    ]
    const found = tradePnl(sumTrades(session))
    expect(found.buyAvgPx).toBe('692.85')
    expect(Number(found.sellAvgPx)).toBeCloseTo(693.166667, 6)
    expect(Number(found.captureUsd)).toBeCloseTo(0.063333, 6)
    expect(Number(found.netUsd)).toBeCloseTo(0.053333, 6)
    expect(found.imbalanceSz).toBe('0.1')
    expect(pnl(...session.slice(2)).netUsd).toBe('0.026')
    const cycle = tradesBetween(sumTrades(session.slice(0, 2)), sumTrades(session))
    expect(tradePnl(cycle).netUsd).toBe('0.026')
  })
})

test('no trades are all zeros', () => {
  expect(tradePnl(NO_TRADES)).toMatchObject({ netUsd: '0', spreadBps: 0, imbalanceShare: 0, fills: 0 })
})

test('neither the order of trades nor cutting them in two changes the sums', () => {
  const trade = fc.record({
    side: fc.constantFrom('buy' as const, 'sell' as const),
    px: fc.integer({ min: 1, max: 1_000_000 }).map((cents) => (cents / 100).toFixed(2)),
    sz: fc.integer({ min: 1, max: 100_000 }).map((sz) => (sz / 1_000).toFixed(3)),
    fee: fc.integer({ min: -1_000, max: 1_000 }).map((fee) => (fee / 10_000).toFixed(4)),
  })
  fc.assert(
    fc.property(fc.array(trade, { maxLength: 30 }), fc.nat(30), (trades, at) => {
      const all = sumTrades(trades)
      expect(sumTrades([...trades].reverse())).toEqual(all)
      expect(tradesBetween(sumTrades(trades.slice(0, at)), all)).toEqual(sumTrades(trades.slice(at)))
    }),
  )
})

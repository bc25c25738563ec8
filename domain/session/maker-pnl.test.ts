/** Session PnL of a running maker: windows without repeats, funding once, sums from the ledger. */
import { expect, test } from 'vitest'
import { recallMaker } from '#domain/session/maker-state.ts'
import { flatPosition } from '#domain/trading/position.ts'
import { fillOf } from '#tests/support/session-ports.ts'
import { openRecent, sumsOf, takeFunding, takeTrades } from './maker-pnl.ts'

const NOW = 1_700_000_000_000
const HOUR = 3_600_000

test('a fill that comes twice counts once, and one older than an hour is forgotten', () => {
  const recent = openRecent()
  const fill = fillOf({ ts: NOW, tid: 1 })
  takeTrades(recent, [fill, fill, fillOf({ ts: NOW + 1, tid: 2 })], NOW)
  expect(recent.trades.size).toBe(2)
  takeTrades(recent, [], NOW + HOUR)
  expect(recent.trades.size).toBe(2)
  takeTrades(recent, [], NOW + HOUR + 1)
  expect(recent.trades.size).toBe(1)
})

const payment = (ts: number, usd: string) => ({
  ...{ kind: 'funding_payment' as const, account: 'a', coin: 'ETH', ts, usd, positionSz: '1', rate: '0' },
  receivedTs: ts,
})

test('funding is added once, in the order of time', () => {
  const first = takeFunding(recallMaker({}), [payment(2, '0.5'), payment(1, '-0.2')])
  expect(first.funding.ETH).toEqual({ usd: '0.3', lastTs: 2 })
  expect(takeFunding(first, [payment(2, '0.5')]).funding.ETH?.usd).toBe('0.3')
  expect(takeFunding(first, [payment(3, '1')]).funding.ETH?.usd).toBe('1.3')
})

test('sums are the ledger’s own; a position of an earlier version has none', () => {
  const flow = { buySz: '2', buyUsd: '200', sellSz: '1', sellUsd: '101', makerFills: 2, takerFills: 1 }
  const sums = sumsOf({ ...flatPosition('ETH'), fees: '0.1', fills: 3, flow })
  expect(sums).toMatchObject({
    buySzE8: 200_000_000n,
    sellUsdE8: 10_100_000_000n,
    feesE8: 10_000_000n,
    fills: 3,
  })
  expect(sumsOf(flatPosition('ETH')).buySzE8).toBe(0n)
})

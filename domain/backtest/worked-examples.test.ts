/** Worked examples N6, N10 and N15 of the engine in a backtest: rates of fees, when funding is due and what it makes of the equity, drawdown. */
import { describe, expect, test } from 'vitest'
import { maxDrawdown } from '../performance-returns.ts'
import { emaCross } from '../strategies/ema-cross.ts'
import { EmaCrossParams } from '../strategies/ema-cross-params.ts'
import { equityOf, execute, openAccount } from './account.ts'
import { openCoin, payDueFunding, readBar } from './coin-run.ts'
import { BacktestOptions } from './options.ts'
import { seriesOf } from './series.ts'

const HOUR = 3_600_000
const h0 = Math.floor(1_763_000_000_000 / HOUR) * HOUR

describe('N10: a short of 12.5 AVAX from 33, closes at 34', () => {
  const funding = {
    ts: Float64Array.of(h0 + HOUR + 52, h0 + 2 * HOUR + 3),
    rate: Float64Array.of(0.0000125, -0.00004),
  }
  const bar = { open: 34, high: 34, low: 34, close: 34, volume: 1 }
  const series = seriesOf(
    { coin: 'AVAX', interval: '1h', sizeDecimals: 2, leverageMax: null },
    [0, 1, 2].map((at) => ({ ...bar, openTs: h0 + at * HOUR })),
    funding,
  )
  const params = EmaCrossParams.parse({ strategy: 'ema_cross' })
  function short() {
    const coin = openCoin(series, emaCross, params, true)
    readBar(coin, 0)
    const account = openAccount(BacktestOptions.parse({ equity_usd: 10_000, fee_discount_pct: 100 }), true)
    const order = {
      ts: h0,
      coin: 'AVAX',
      side: 'sell',
      px: 33,
      sz: 12.5,
      purpose: 'entry',
      reason: 'R',
    } as const
    execute(account, coin.holding, order)
    /** What was paid by the close of a bar, USD, and how many payments that were. */
    const at = (closeTs: number): [number, number] => {
      payDueFunding(coin, account, closeTs, true)
      return [account.funding / 1e6, coin.fundingAt]
    }
    return { at, account, coin }
  }

  test('a payment belongs to the bar that ends with its hour: a record may be a minute late', () => {
    const { at } = short()
    expect(at(h0 + HOUR - 60_000)).toEqual([0, 0]) // original: nothing is asked until one ms before the hour
    expect(at(h0 + HOUR)).toEqual([0.005312, 1]) // original: asked at +10 ms, the record came at +52 ms
    expect(at(h0 + HOUR + 5_000)).toEqual([0.005312, 1])
    expect(at(h0 + 2 * HOUR)).toEqual([-0.011688, 2]) // original: −0.0116875; here each is cut to the micro-dollar
    expect(at(h0 + 9 * HOUR)).toEqual([-0.011688, 2]) // once
  })

  test('equity is then 9987.488312; the original’s 9987.2970625 has the fee of a close that was not made taken off', () => {
    const { at, account, coin } = short()
    at(h0 + 2 * HOUR)
    const equity = equityOf(account, coin.holding.sz * 34)
    expect(equity).toBeCloseTo(9_987.488312, 9)
    expect(equity - 12.5 * 34 * 0.00045).toBeCloseTo(9_987.2970625, 5)
  })
})

test('N6: with 4 % of discount the fee is 0.000432 of the notional; orders carry no builder (original with one of 0.0001: 0.000532)', () => {
  const { takerRate } = openAccount(BacktestOptions.parse({ fee_discount_pct: 4 }), false)
  expect(takerRate / 1e10).toBeCloseTo(0.000432, 12)
  expect(takerRate / 1e10 + 0.0001).toBeCloseTo(0.000532, 12)
})

test('N15: daily equity 1000, 1010, 1005, 1020 has a drawdown of 5 USD, 0.4950 %', () => {
  const points = [1_000, 1_010, 1_005, 1_020].map((equity, ts) => ({ ts, equity }))
  const worst = maxDrawdown(points)
  expect((worst?.fraction ?? 0) * 100).toBeCloseTo(0.495, 4)
  expect((worst?.fraction ?? 0) * 1_010).toBeCloseTo(5, 9)
})

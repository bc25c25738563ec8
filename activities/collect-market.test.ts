/** Tickers of recorded coins, and funding rates from the last stored hour on; one coin that fails costs itself alone. */
import { expect, test } from 'vitest'
import { type CollectMarketDeps, createCollectMarketActivities, LIMITS } from '#activities/collect-market.ts'
import { HoldfastError } from '#domain/errors.ts'
import { HOUR_MS } from '#domain/time.ts'

const NOW = 1_790_000_000_000
const context = (coin: string, more = {}) => ({
  ...{ coin, delisted: false, markPx: '110', oraclePx: '109', midPx: null, funding: '0.0000125' },
  ...{ openInterest: '5', dayNotionalUsd: '1000', dayVolume: '9', prevDayPx: '100', ...more },
})

function make(more: Partial<CollectMarketDeps> = {}) {
  const written: Record<string, object[]> = { tickers: [], rates: [] }
  const deps: CollectMarketDeps = {
    clock: { now: () => NOW },
    contexts: async () => [context('BTC'), context('ETH'), context('NEW', { prevDayPx: '0' })],
    dayOfCandles: async () => [
      { coin: 'BTC', high: '120', low: '90', trades: 77, minutes: 1_440 },
      { coin: 'NEW', high: '1', low: '1', trades: 1, minutes: 1 },
    ],
    writeTickers: async (rows) => void written.tickers?.push(...rows),
    lastFunding: async () => [],
    fundingRates: async () => [],
    writeFundingRates: async (rows) => void written.rates?.push(...rows),
    warn: () => {},
    stillRunning: () => {},
    ...more,
  }
  return { written, activities: createCollectMarketActivities(deps) }
}

test('a ticker joins the context with the stored candles; coins that are not recorded have none', async () => {
  const { written, activities } = make()
  expect(await activities.collectTickers()).toEqual({ coins: 2 })
  expect(written.tickers).toMatchObject([
    { coin: 'BTC', ts: NOW, change_pct: '10', high_px: '120', low_px: '90', trades: 77, mid_px: '0' },
    { coin: 'NEW', change_pct: '0', candle_minutes: 1 },
  ])
})

test('funding is asked for from the last stored hour, a new coin for a month', async () => {
  const asked: [string, number][] = []
  const { written, activities } = make({
    lastFunding: async () => [
      { coin: 'BTC', last_ms: NOW - HOUR_MS },
      { coin: 'DEAF', last_ms: 1 },
      { coin: 'NEW', last_ms: 0 },
    ],
    fundingRates: async (coin, fromTs) => {
      asked.push([coin, fromTs])
      if (coin === 'DEAF') throw new HoldfastError('no', { code: 'X', retryable: true, hint: '' })
      return [{ coin, ts: NOW, rate: '0.00001', premium: '0' }]
    },
  })
  expect(await activities.collectFunding()).toEqual({ coins: 2, rows: 2, failed: 1 })
  expect(asked).toEqual([
    ['BTC', NOW - HOUR_MS + 1],
    ['DEAF', 2],
    ['NEW', NOW - LIMITS.fundingBackMs],
  ])
  expect(written.rates).toHaveLength(2)
})

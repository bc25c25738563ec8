/** Tests of weights from signals and from what traders hold. */
import { expect, it } from 'vitest'
import { basketWeights, signalWeights } from '#domain/traders/target-weights.ts'

it('weighs a signal by direction and confidence, and shares the whole among the coins', () => {
  const signals = [
    { coin: 'BTC', recommendation: 'LONG', confidence: 0.5 },
    { coin: 'ETH', recommendation: 'SHORT', confidence: 1 },
    { coin: 'SOL', recommendation: 'NEUTRAL', confidence: 0.9 },
  ] as const
  expect(signalWeights(signals, ['BTC', 'ETH', 'SOL', 'HYPE'], 1)).toEqual({
    BTC: 0.125,
    ETH: -0.25,
    SOL: 0,
    HYPE: 0,
  })
  expect(signalWeights([], [], 1)).toEqual({})
})

it('averages the weights of a basket', () => {
  const traders = [
    { address: 'a', accountValue: 1_000, sizes: { BTC: 5, ETH: 0 } },
    { address: 'b', accountValue: 10_000, sizes: { BTC: -10 } },
  ]
  expect(basketWeights(traders, { BTC: 100, ETH: 10 }, ['BTC', 'ETH'])).toEqual({ BTC: 0.2, ETH: 0 })
})

it('says nothing of a basket of which something is not known', () => {
  const known = { address: 'a', accountValue: 1_000, sizes: { BTC: 5 } }
  expect(basketWeights([], {}, ['BTC'])).toBeNull()
  expect(basketWeights([known, { ...known, accountValue: 0 }], { BTC: 100 }, ['BTC'])).toBeNull()
  expect(basketWeights([{ ...known, sizes: { BTC: null } }], { BTC: 100 }, ['BTC'])).toBeNull()
  expect(basketWeights([known], {}, ['BTC'])).toBeNull()
  expect(basketWeights([known], { BTC: 100 }, ['ETH'])).toEqual({ ETH: 0 })
})

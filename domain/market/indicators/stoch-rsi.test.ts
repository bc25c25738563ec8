/** Stochastic RSI: bar by bar as over the whole series, unknown where the RSI stands still, and its state survives JSON. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rsiSeries } from '#domain/market/indicators/rsi.ts'
import { pushStochRsi, stochRsiOf, stochRsiSeries } from '#domain/market/indicators/stoch-rsi.ts'
import { anyBars, closesOf } from '../../../tests/support/indicator-laws.ts'

test('stochastic RSI: K and D bar by bar equal the whole series where the RSI moves at all', () => {
  fc.assert(
    fc.property(anyBars, fc.integer({ min: 2, max: 20 }), (bars, window) => {
      let state = stochRsiOf(window, 3, 3)
      const closes = closesOf(bars)
      const batch = stochRsiSeries(closes, window, 3, 3)
      const strength = rsiSeries(closes, window)
      const moves = (at: number): boolean => {
        const recent = [...strength.slice(Math.max(0, at - window - 4), at + 1)].filter((value) => value >= 0)
        return Math.max(...recent) - Math.min(...recent) > 1e-3
      }
      for (const [at, close] of closes.entries()) {
        state = JSON.parse(JSON.stringify(state))
        const k = pushStochRsi(state, close)
        const other = batch.k[at] as number
        if (Number.isNaN(k) || Number.isNaN(other)) {
          if (moves(at)) expect(Number.isNaN(k)).toBe(Number.isNaN(other))
        } else if (moves(at)) expect(Math.abs(k - other)).toBeLessThan(1e-6)
      }
    }),
  )
})

test('a price that stands still has no position in its range: unknown, not 0 and not 1', () => {
  const state = stochRsiOf(3, 2, 2)
  const lines = Array.from({ length: 20 }, () => pushStochRsi(state, 100))
  expect(lines.every(Number.isNaN)).toBe(true)
  expect([state.kNow, state.dNow]).toEqual([-1, -1])
})

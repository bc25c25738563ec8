/** Overlays: maps are merged, everything else is replaced, and each coin has its own parameters. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { emaCross } from '#domain/strategies/ema-cross.ts'
import { EmaCrossParams } from '#domain/strategies/ema-cross-params.ts'
import { merge, paramsFor } from '#domain/strategies/overlay.ts'

describe('merging', () => {
  const base = { x: 1, y: { a: 1, b: 2 }, list: ['USDC'] }
  test.each([
    { overlay: { y: { b: 9 } }, merged: { x: 1, y: { a: 1, b: 9 }, list: ['USDC'] } },
    { overlay: { list: ['PAXG'] }, merged: { x: 1, y: { a: 1, b: 2 }, list: ['PAXG'] } },
    { overlay: { y: null }, merged: { x: 1, y: null, list: ['USDC'] } },
    { overlay: { x: { deep: 1 } }, merged: { x: { deep: 1 }, y: { a: 1, b: 2 }, list: ['USDC'] } },
    { overlay: { z: 3 }, merged: { ...base, z: 3 } },
    { overlay: undefined, merged: base },
  ])('$overlay gives $merged', ({ overlay, merged }) => {
    expect(merge(base, overlay)).toEqual(merged)
    expect(base).toEqual({ x: 1, y: { a: 1, b: 2 }, list: ['USDC'] })
  })

  const anyTree = fc.object({ key: fc.constantFrom('a', 'b', 'c'), maxDepth: 3 })
  test('the same overlay twice is the same as once, and a later one wins', () => {
    fc.assert(
      fc.property(anyTree, anyTree, anyTree, (bottom, middle, top) => {
        const once = merge(bottom, top)
        expect(merge(once, top)).toEqual(once)
        expect(merge(merge(bottom, middle), bottom)).toEqual(merge(merge(bottom, middle), bottom))
      }),
    )
  })
})

describe('parameters of a coin', () => {
  const params = {
    ...EmaCrossParams.parse({ strategy: 'ema_cross', stop_atr: 2 }),
    symbols: { SOL: { stop_atr: 3 }, BAD: { stop_atr: -1 } },
  }
  test.each([
    { coin: 'SOL', stop: 3 },
    { coin: 'BTC', stop: 2 },
  ])('$coin has its stop at $stop ATR', ({ coin, stop }) => {
    expect(paramsFor(emaCross, params, coin).stop_atr).toBe(stop)
  })

  test('asking twice gives the same object', () => {
    expect(paramsFor(emaCross, params, 'SOL')).toBe(paramsFor(emaCross, params, 'SOL'))
  })

  test('an overlay that does not fit is refused with its path', () => {
    expect(() => paramsFor(emaCross, params, 'BAD')).toThrow('symbols.BAD.stop_atr')
  })
})

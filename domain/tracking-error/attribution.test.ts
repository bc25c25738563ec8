/** The attribution adds up, and each part is what its name says. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AttributionInput, attribute, type CoinDay, PARTS } from '#domain/tracking-error/attribution.ts'

const coin = (more: Partial<CoinDay>): CoinDay => ({
  ...{
    coin: 'ETH',
    target: 0,
    startSz: 0,
    endSz: 0,
    closeBefore: 100,
    close: 110,
    tradedUsd: 0,
    slippageUsd: 0,
  },
  ...more,
})
const day = (coins: CoinDay[], more: Partial<AttributionInput> = {}): AttributionInput => ({
  ...{ equity: 1000, live: 0, paper: 0, feesUsd: 0, fundingUsd: 0, coins },
  ...more,
})
const parts = (input: AttributionInput) => {
  const found = attribute(input)?.parts
  return (
    found &&
    Object.fromEntries(
      PARTS.map((part) => [part, Number(found[part].toFixed(9))]).filter(([, value]) => value !== 0),
    )
  )
}

describe('one cause at a time', () => {
  test('a position that is missing', () => {
    expect(parts(day([coin({ target: 0.2 })], { paper: 0.02 }))).toEqual({ missing: -0.02 })
  })
  test('one that nobody wanted', () => {
    expect(parts(day([coin({ startSz: 2, endSz: 2 })], { live: 0.02 }))).toEqual({ extra: 0.02 })
  })
  test('half of the size', () => {
    expect(parts(day([coin({ target: 0.2, startSz: 1, endSz: 1 })], { live: 0.01, paper: 0.02 }))).toEqual({
      sizing: -0.01,
    })
  })
  test('the other side', () => {
    expect(parts(day([coin({ target: 0.2, startSz: -2, endSz: -2 })], { live: -0.02, paper: 0.02 }))).toEqual(
      { wrong_side: -0.04 },
    )
  })
  test('fees and funding', () => {
    expect(parts(day([], { feesUsd: 3, fundingUsd: -1, live: -0.004 }))).toEqual({
      fees: -0.003,
      funding: -0.001,
    })
  })
  test('bought late and above the middle', () => {
    // Target held from the start earns 0.02; 2 coins bought at 105 while the middle was 104: 4 of 20 USD lost to timing and 1 a coin.
    const late = coin({ target: 0.2, endSz: 2, tradedUsd: -210, slippageUsd: -2 })
    expect(parts(day([late], { live: 0.01, paper: 0.02 }))).toEqual({
      missing: -0.02,
      slippage: -0.002,
      timing: 0.012,
    })
  })
  test('a coin without candles, and what nobody explains, is the rest', () => {
    expect(parts(day([coin({ close: null, startSz: 5, endSz: 5 })], { live: 0.03 }))).toEqual({ rest: 0.03 })
    expect(parts(day([coin({ closeBefore: 0, startSz: 5, endSz: 5 })], { live: 0.03 }))).toEqual({
      rest: 0.03,
    })
  })
})

test('a day that begins with nothing is not attributed', () => {
  expect(attribute(day([], { equity: 0 }))).toBeNull()
  expect(attribute(day([], { equity: -5 }))).toBeNull()
})

test('the parts add up to the difference, whatever happened', () => {
  const number = fc.double({ min: -1e4, max: 1e4, noNaN: true })
  const price = fc.option(fc.double({ min: 0, max: 1e4, noNaN: true }))
  const coins = fc.array(
    fc.record({
      target: fc.double({ min: -3, max: 3, noNaN: true }),
      startSz: number,
      endSz: number,
      closeBefore: price,
      close: price,
      tradedUsd: number,
      slippageUsd: number,
    }),
    { maxLength: 6 },
  )
  const whole = fc.record({
    equity: fc.double({ min: 1, max: 1e6, noNaN: true }),
    live: fc.double({ min: -1, max: 1, noNaN: true }),
    paper: fc.double({ min: -1, max: 1, noNaN: true }),
    feesUsd: number,
    fundingUsd: number,
  })
  fc.assert(
    fc.property(coins, whole, (given, rest) => {
      const found = attribute({ ...rest, coins: given.map((each, at) => ({ ...each, coin: `C${at}` })) })
      const values = PARTS.map((part) => found?.parts[part] ?? 0)
      const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1)
      const total = values.reduce((all, value) => all + value, 0)
      expect(Math.abs(total - (rest.live - rest.paper))).toBeLessThanOrEqual(1e-12 * scale * PARTS.length)
    }),
  )
})

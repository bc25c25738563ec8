/** The fair price of a book, and the reservation price and spread of Avellaneda and Stoikov in basis points. */
import { expect, test } from 'vitest'
import { fromNumber } from '#domain/fixed-point.ts'
import { factsOf, microOf, quoteAfter, touchAt } from '#tests/support/maker-facts.ts'
import { fairPrice, reservation } from './microprice.ts'

const book = (bid: number, ask: number) => ({
  ...{ touch: touchAt('99', '101'), bidSzE8: fromNumber(bid), askSzE8: fromNumber(ask) },
})

test('the fair price leans to where the book is thin', () => {
  expect(fairPrice(book(3, 1), 1)).toBe(100.5)
  expect(fairPrice(book(1, 3), 1)).toBe(99.5)
  expect(fairPrice(book(3, 1), 0.5)).toBe(100.25)
  expect(fairPrice(book(3, 1), 0)).toBe(100)
  expect(fairPrice(book(0, 0), 1)).toBe(100)
})

const KNOBS = {
  ...{ risk_aversion: 1, horizon_s: 10, fill_decay_per_bps: 1, size_notional_usd: 1_000 },
  ...{ min_half_spread_bps: 0, max_half_spread_bps: 1_000 },
}

test('γ 0.1 a basis point and quote, σ² 4, T 10: 4 bps a quote of inventory, half spread 2.95', () => {
  const { shiftBps, halfSpreadBps } = reservation(2_000, 4, KNOBS)
  expect(shiftBps).toBeCloseTo(-8, 9)
  expect(halfSpreadBps).toBeCloseTo(2 + Math.log(1.1) / 0.1, 9)
})

test('without risk aversion only the decay of fills speaks, without inventory nothing shifts', () => {
  expect(reservation(5_000, 4, { ...KNOBS, risk_aversion: 0 })).toEqual({ shiftBps: -0, halfSpreadBps: 1 })
  expect(reservation(0, 4, KNOBS).shiftBps).toBe(0)
})

test('the half spread stays in its bounds', () => {
  expect(reservation(0, 1e6, { ...KNOBS, max_half_spread_bps: 50 }).halfSpreadBps).toBe(50)
  expect(reservation(0, 0, { ...KNOBS, min_half_spread_bps: 5 }).halfSpreadBps).toBe(5)
})

test('long inventory lowers both quotes', () => {
  const knobs = microOf({ risk_aversion: 50, max_per_coin_notional: 1e6 })
  const moving = (sz: number) => (pass: number) =>
    factsOf({
      ts: 1_700_000_000_000 + pass * 1_000,
      touch: pass === 0 ? touchAt('24.5', '24.514') : touchAt('24.513', '24.527'),
      positionE8: fromNumber(sz),
    })
  const [flat, long] = [0, 8].map((sz) => quoteAfter(2, moving(sz), knobs).plan)
  expect(long?.bids[0]?.pxE8 ?? 0n).toBeLessThan(flat?.bids[0]?.pxE8 ?? 0n)
  expect(long?.asks[0]?.pxE8 ?? 0n).toBeLessThan(flat?.asks[0]?.pxE8 ?? 0n)
})

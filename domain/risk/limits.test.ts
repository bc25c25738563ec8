/** The risk gate, on both sides of each limit; and that no limit ever traps us in a position. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Side } from '#domain/events.ts'
import { formatFixed, parseFixed } from '#domain/fixed-point.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import { type Exposure, riskGate } from './limits.ts'

const limits = { order_usd_max: 1_000, position_usd_max: 2_000, open_orders_max: 3, loss_usd_max: 100 }
const flat: Exposure = { positionE8: 0n, opening: [], openOrders: 0, markE8: parseFixed('100') }
const order = (over: Partial<OrderIntent> = {}): OrderIntent => ({
  cloid: '0x',
  coin: 'BTC',
  side: 'buy',
  px: '100',
  sz: '1',
  tif: 'gtc',
  reduce_only: false,
  purpose: 'entry',
  ...over,
})
const gate = (over: Partial<OrderIntent>, exposure: Partial<Exposure> = {}, closeOnly = false) =>
  riskGate(order(over), { ...flat, ...exposure }, limits, { closeOnly })

test.each([
  { sz: '10', gate: null }, // 1,000 USD
  { sz: '10.00000001', gate: 'RISK_ORDER_NOTIONAL' },
  { sz: '0.1', gate: null }, // 10 USD
  { sz: '0.09999999', gate: 'RISK_MIN_NOTIONAL' },
  { sz: '0', gate: 'RISK_BAD_SIZE' },
])('an order of $sz coins at 100 USD is stopped by $gate', ({ sz, gate: expected }) => {
  expect(gate({ sz })).toBe(expected)
})

test.each([
  { held: '10', resting: '0', sz: '10', gate: null }, // reaching the limit is allowed
  { held: '10.00000001', resting: '0', sz: '10', gate: 'RISK_MAX_POSITION' },
  { held: '5', resting: '5', sz: '10', gate: null },
  { held: '5', resting: '5.00000001', sz: '10', gate: 'RISK_MAX_POSITION' },
])(
  'holding $held with $resting resting on the same side, buying $sz is stopped by $gate',
  ({ held, resting, sz, gate: expected }) => {
    const opening = [
      { side: 'buy' as const, remainingE8: parseFixed(resting) },
      { side: 'sell' as const, remainingE8: parseFixed('99') }, // may never fill: no relief
    ]
    expect(gate({ sz }, { positionE8: parseFixed(held), opening })).toBe(expected)
  },
)

test('a position is valued at the mark when that is higher than the order', () => {
  const held = { positionE8: parseFixed('10') }
  expect(gate({ sz: '9.9' }, held)).toBeNull()
  expect(gate({ sz: '9.9' }, { ...held, markE8: parseFixed('101') })).toBe('RISK_MAX_POSITION')
  expect(gate({ sz: '9.9' }, { ...held, markE8: null })).toBeNull()
})

test('one order fewer than the limit may still be sent', () => {
  expect(gate({}, { openOrders: 2 })).toBeNull()
  expect(gate({}, { openOrders: 3 })).toBe('RISK_OPEN_ORDERS')
})

test('under close_only only reduce-only orders pass', () => {
  expect(gate({}, {}, true)).toBe('KILL_CLOSE_ONLY')
  expect(gate({ reduce_only: true, side: 'sell' }, { positionE8: parseFixed('1') }, true)).toBeNull()
})

test('an order that only shrinks a position passes even above the limit, one that flips beyond it does not', () => {
  const above = { positionE8: parseFixed('30') }
  expect(gate({ side: 'sell', sz: '10' }, above)).toBeNull()
  expect(gate({ side: 'buy', sz: '1' }, above)).toBe('RISK_MAX_POSITION')
  expect(
    riskGate(
      order({ side: 'sell', sz: '55' }),
      { ...flat, ...above },
      { ...limits, order_usd_max: 1e6 },
      { closeOnly: false },
    ),
  ).toBe('RISK_MAX_POSITION')
})

const anySide = fc.constantFrom<Side>('buy', 'sell')
const anySz = fc.bigInt({ min: 1n, max: 50n * 100_000_000n })

test('reduce-only orders pass every limit: whatever is held can always be left', () => {
  fc.assert(
    fc.property(anySide, anySz, anySz, fc.integer({ min: 0, max: 99 }), (side, sz, held, openOrders) => {
      const positionE8 = side === 'sell' ? held : -held
      expect(gate({ side, sz: formatFixed(sz), reduce_only: true }, { positionE8, openOrders })).toBeNull()
    }),
  )
})

test('whatever passes in sequence, all filling at once never exceeds the position limit', () => {
  const anyOrders = fc.array(fc.record({ side: anySide, sz: anySz }), { maxLength: 30 })
  fc.assert(
    fc.property(anyOrders, (wanted) => {
      const opening: { side: Side; remainingE8: bigint }[] = []
      for (const { side, sz } of wanted) {
        if (gate({ side, sz: formatFixed(sz) }, { opening }) === null) opening.push({ side, remainingE8: sz })
      }
      for (const side of ['buy', 'sell'] as const) {
        const all = opening
          .filter((each) => each.side === side)
          .reduce((sum, each) => sum + each.remainingE8, 0n)
        expect(all * 100n <= 2_000n * 100_000_000n).toBe(true)
      }
    }),
  )
})

/** The lane on big integers: money is conserved to the last place, and amounts have no bound. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FLAG, type WideFill } from '#domain/pnl/types.ts'
import { isDisputed, WideLane, wideFill } from '#domain/pnl/wide-lane.ts'

const E8 = 100_000_000n
const amount = fc.bigInt({ min: 1n, max: 10n ** 20n })
const chain = fc.array(
  fc
    .record({ px: amount, sz: amount, flags: fc.constantFrom(0, FLAG.buy) })
    .map((step): WideFill => ({ ...step, start: 0n, fee: 0n, builder: 0n, closed: 0n })),
  { maxLength: 30 },
)

test('what was sold less what was bought is realised less the cost of what is held, to the last place', () => {
  fc.assert(
    fc.property(chain, (fills) => {
      const lane = new WideLane()
      let cash = 0n
      for (const fill of fills) {
        const notional = (fill.sz * fill.px) / E8
        cash += (fill.flags & FLAG.buy) !== 0 ? -notional : notional
        lane.fill(fill, false)
      }
      const { sz, cost } = lane.held
      expect(lane.sums.realised - (sz > 0n ? cost : -cost)).toBe(cash)
    }),
  )
})

test('a position that shrinks behind our back keeps its entry; one that grows or turns is unknown', () => {
  const lane = new WideLane({ sz: 4n * E8, cost: 400n * E8, anchored: true })
  lane.reanchor(1n * E8, 50n * E8)
  expect(lane.held).toEqual({ sz: 1n * E8, cost: 100n * E8, anchored: true })
  lane.reanchor(3n * E8, 50n * E8)
  expect(lane.held).toEqual({ sz: 3n * E8, cost: 200n * E8, anchored: false })
  lane.reanchor(-2n * E8, 50n * E8)
  expect(lane.held).toEqual({ sz: -2n * E8, cost: 100n * E8, anchored: false })
  lane.reanchor(0n, 50n * E8)
  expect(lane.held).toEqual({ sz: 0n, cost: 0n, anchored: true })
  expect(lane.sums.breaks).toBe(4)
})

test('five cents or half a percent is no dispute', () => {
  expect(isDisputed(105n * E8, (104_990n * E8) / 1000n)).toBe(false)
  expect(isDisputed(5_000_000n, 0n)).toBe(false)
  expect(isDisputed(5_000_001n, 0n)).toBe(true)
  expect(isDisputed(1_005n * E8, 1_000n * E8)).toBe(false)
  expect(isDisputed(1_006n * E8, 1_000n * E8)).toBe(true)
})

test('whole numbers in doubles become the same fill', () => {
  expect(wideFill(1, 2, -3, 4, 5, 6, 7)).toEqual({
    px: 1n,
    sz: 2n,
    start: -3n,
    fee: 4n,
    builder: 5n,
    closed: 6n,
    flags: 7,
  })
})

/** First in, first out: worked lots, and the same money as the size-weighted ledger once everything is closed. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatFixed } from '#domain/fixed-point.ts'
import { FifoLane } from '#domain/pnl/fifo.ts'
import { FLAG, type WideFill } from '#domain/pnl/types.ts'
import { WideLane } from '#domain/pnl/wide-lane.ts'

const usd = (value: number): bigint => BigInt(Math.round(value * 1e8))
const fill = (side: 'buy' | 'sell', sz: number, px: number, start: number): WideFill => ({
  ...{ px: usd(px), sz: usd(sz), start: usd(start), fee: 0n, builder: 0n, closed: 0n },
  flags: side === 'buy' ? FLAG.buy : 0,
})

test('the oldest lot goes first, a flip closes all and opens the rest', () => {
  const lane = new FifoLane()
  expect(lane.fill(1, fill('buy', 1, 100, 0))).toEqual([])
  lane.fill(2, fill('buy', 2, 110, 1))
  const closed = lane.fill(3, fill('sell', 4, 120, 3))
  expect(closed.map(({ openTs, sz, realised }) => [openTs, formatFixed(sz), formatFixed(realised)])).toEqual([
    [1, '1', '20'],
    [2, '2', '20'],
  ])
  expect([formatFixed(lane.sz), formatFixed(lane.signedCost)]).toEqual(['-1', '-120'])
  expect(lane.fill(4, fill('buy', 1, 100, -1))[0]).toMatchObject({
    side: 'short',
    realised: usd(20),
    known: true,
  })
})

test('a lot from before the history is a guess, and says so', () => {
  const lane = new FifoLane()
  expect(lane.fill(1, fill('sell', 1, 50, 3))[0]).toMatchObject({ known: false, realised: 0n })
  expect(formatFixed(lane.sz)).toBe('2')
  lane.fill(2, fill('buy', 1, 60, 1)) // one was sold unseen
  expect([formatFixed(lane.sz), formatFixed(lane.signedCost)]).toEqual(['2', '110'])
  lane.fill(3, fill('buy', 1, 60, -5))
  expect(formatFixed(lane.sz)).toBe('-4')
})

test('both methods keep the same money: realised less the cost of what is left', () => {
  const step = fc.record({
    px: fc.bigInt({ min: 0n, max: 10n ** 13n }),
    sz: fc.bigInt({ min: 1n, max: 10n ** 12n }),
    flags: fc.constantFrom(0, FLAG.buy),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const [fifo, average] = [new FifoLane(), new WideLane()]
      let held = 0n
      let realised = 0n
      for (const [at, each] of steps.entries()) {
        const one: WideFill = { ...each, start: held, fee: 0n, builder: 0n, closed: 0n }
        held += (each.flags & FLAG.buy) !== 0 ? each.sz : -each.sz
        for (const lot of fifo.fill(at, one)) realised += lot.realised
        average.fill(one, true)
      }
      const { sz, cost } = average.held
      expect(fifo.sz).toBe(sz)
      expect(realised - fifo.signedCost).toBe(average.sums.realised - (sz < 0n ? -cost : cost))
    }),
  )
})

/** The lane in doubles equals the lane on big integers to the last place, whatever the fills; and money is conserved. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Lane } from '#domain/pnl/lane.ts'
import { FLAG, type Holding, type WideFill } from '#domain/pnl/types.ts'
import { WideLane } from '#domain/pnl/wide-lane.ts'

const SAFE = 2n ** 51n
const fits = (fill: WideFill): boolean =>
  [fill.px, fill.sz, fill.start, fill.fee, fill.builder, fill.closed].every(
    (value) => value <= SAFE && value >= -SAFE,
  )

const give = (lane: Lane, fill: WideFill, follows = true): boolean =>
  fits(fill)
    ? lane.fill(
        ...([fill.px, fill.sz, fill.start, fill.fee, fill.builder, fill.closed].map(Number) as [
          number,
          number,
          number,
          number,
          number,
          number,
        ]),
        fill.flags,
        follows,
      )
    : lane.fillWide(fill, follows)

const amount = (bits: number) =>
  fc.oneof(
    fc.bigInt({ min: 1n, max: 10n ** 6n }),
    fc.bigInt({ min: 1n, max: 10n ** 12n }),
    fc.bigInt({ min: 1n, max: 2n ** BigInt(bits) }),
  )
const raw = fc.record({
  px: fc.oneof(fc.constant(0n), amount(46)),
  sz: amount(52),
  jump: fc.oneof(
    { weight: 12, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }) },
  ),
  closeAll: fc.boolean(),
  fee: fc.bigInt({ min: -(10n ** 9n), max: 10n ** 11n }),
  builder: fc.bigInt({ min: 0n, max: 10n ** 8n }),
  closed: fc.oneof(fc.constant(0n), fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n })),
  flags: fc.constantFrom(0, FLAG.buy, FLAG.crossed, FLAG.buy | FLAG.crossed),
})

/** Fills along a chain of positions, with a jump here and there. */
const chain = fc.array(raw, { maxLength: 40 }).map((steps) => {
  let held = 0n
  return steps.map(({ jump, closeAll, ...step }): WideFill => {
    if (jump !== null) held = jump
    const sz = closeAll && held !== 0n ? (held < 0n ? -held : held) : step.sz
    const flags =
      closeAll && held !== 0n ? (step.flags & FLAG.crossed) | (held < 0n ? FLAG.buy : 0) : step.flags
    const fill = { ...step, sz, flags, start: held }
    held += (flags & FLAG.buy) !== 0 ? sz : -sz
    return fill
  })
})

describe('doubles and big integers agree', () => {
  test.each([[true], [false]])('fills that follow the venue: %s', (follows) => {
    fc.assert(
      fc.property(chain, (fills) => {
        const [fast, exact] = [new Lane(), new WideLane()]
        for (const fill of fills) {
          const closing = exact.fill(fill, follows)
          expect(give(fast, fill, follows)).toBe(closing !== null)
          if (closing) {
            expect(BigInt(fast.last.realised)).toBe(closing.realised)
            expect(BigInt(fast.last.closed)).toBe(closing.closed)
            expect(fast.last.anchor).toBe(closing.anchor)
          }
          expect(fast.holding()).toEqual(exact.held)
        }
        expect(fast.takeDay()).toEqual(exact.sums)
      }),
      { numRuns: 3_000 },
    )
  })
})

const usd = (value: number): bigint => BigInt(Math.round(value * 1e8))
const fill = (
  side: 'buy' | 'sell',
  sz: number,
  px: number,
  start: number,
  more: Partial<WideFill> = {},
): WideFill => ({
  ...{ px: usd(px), sz: usd(sz), start: usd(start), fee: 0n, builder: 0n, closed: 0n },
  flags: side === 'buy' ? FLAG.buy : 0,
  ...more,
})
const laneAfter = (...fills: WideFill[]): { lane: Lane; held: Holding } => {
  const lane = new Lane()
  for (const each of fills) give(lane, each)
  return { lane, held: lane.holding() }
}

describe('worked examples', () => {
  test('adding averages, closing keeps the entry', () => {
    const { lane, held } = laneAfter(fill('buy', 1, 100, 0), fill('buy', 3, 120, 1), fill('sell', 2, 130, 4))
    expect(held).toEqual({ sz: usd(2), cost: usd(230), anchored: true })
    expect(lane.takeDay().realised).toBe(usd(30))
  })

  test('a flip realises the old side and opens the rest at the price', () => {
    const { lane, held } = laneAfter(fill('buy', 2, 100, 0), fill('sell', 5, 90, 2))
    expect(held).toEqual({ sz: usd(-3), cost: usd(270), anchored: true })
    expect(lane.takeDay()).toMatchObject({ realised: usd(-20), closing: 1 })
  })

  test('a price of zero costs nothing and realises everything', () => {
    const { lane, held } = laneAfter(fill('buy', 2, 50, 0), fill('sell', 2, 0, 2))
    expect(held).toEqual({ sz: 0n, cost: 0n, anchored: true })
    expect(lane.takeDay().realised).toBe(usd(-100))
    expect(laneAfter(fill('buy', 2, 0, 0), fill('sell', 1, 5, 2)).lane.takeDay().realised).toBe(usd(5))
  })

  test('a history that starts in the middle takes the first result from the venue, and knows the entry from then on', () => {
    const first = fill('sell', 1, 110, 3, { closed: usd(10) }) // so the entry was 100
    const { lane, held } = laneAfter(first, fill('sell', 1, 120, 2, { closed: usd(20) }))
    expect(held).toEqual({ sz: usd(1), cost: usd(100), anchored: true })
    expect(lane.takeDay()).toMatchObject({
      realised: usd(30),
      anchors: 1,
      breaks: 1,
      disputed: 0,
      closing: 2,
    })
  })

  test('a result that is not the venue’s within 5 cents and half a percent is disputed', () => {
    const closing = (closed: number) =>
      laneAfter(fill('buy', 1, 100, 0), fill('sell', 1, 120, 1, { closed: usd(closed) })).lane.takeDay()
        .disputed
    expect(closing(20.1)).toBe(0)
    expect(closing(20.11)).toBe(1)
    const small = (closed: number) =>
      laneAfter(fill('buy', 1, 100, 0), fill('sell', 1, 100, 1, { closed: usd(closed) })).lane.takeDay()
        .disputed
    expect(small(0.05)).toBe(0)
    expect(small(0.06)).toBe(1)
  })

  test('fees are told apart: taker, maker, rebate, builder', () => {
    const { lane } = laneAfter(
      fill('buy', 1, 100, 0, { fee: usd(0.05), builder: usd(0.01), flags: FLAG.buy | FLAG.crossed }),
      fill('buy', 1, 100, 1, { fee: usd(0.02) }),
      fill('buy', 1, 100, 2, { fee: usd(-0.003) }),
    )
    expect(lane.takeDay()).toMatchObject({
      ...{ takerFees: usd(0.04), builderFees: usd(0.01), makerFees: usd(0.02), rebates: usd(0.003) },
      ...{ fills: 3, makerFills: 2, volume: usd(300) },
    })
  })

  test('a spot fee in coins shrinks what was bought and counts at its price', () => {
    const { lane, held } = laneAfter(
      fill('buy', 10, 2, 0, { fee: usd(0.01), flags: FLAG.buy | FLAG.crossed | FLAG.feeInCoins }),
    )
    expect(held).toEqual({ sz: usd(9.99), cost: usd(19.98), anchored: true })
    expect(lane.takeDay()).toMatchObject({ takerFees: usd(0.02), volume: usd(20) })
  })
})

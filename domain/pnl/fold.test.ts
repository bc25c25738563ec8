/** The fold: days and sessions add up to the whole, order and batch cuts do not matter, any day can be gone on from. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatFixed, parseFixed } from '#domain/fixed-point.ts'
import { batchOf, type LedgerFill } from '#domain/pnl/batch.ts'
import { Fold, type FoldStart, type FundingPayment } from '#domain/pnl/fold.ts'
import type { FillBatch, LaneDay } from '#domain/pnl/types.ts'
import { DAY_MS, HOUR_MS } from '#domain/time.ts'

const E8 = 100_000_000n
const COINS = ['BTC', 'ETH']

function foldAll(
  fills: readonly LedgerFill[],
  payments: readonly FundingPayment[] = [],
  starts: FoldStart[] = [],
): LaneDay[] {
  const days: LaneDay[] = []
  const fold = new Fold((day) => days.push(day), starts)
  fold.take(batchOf(fills).batch, payments)
  fold.end()
  return days
}

/** Real chains: each fill starts where its coin stands. */
const history = fc
  .array(
    fc.record({
      coin: fc.constantFrom(...COINS),
      side: fc.constantFrom('buy' as const, 'sell' as const),
      px: fc.integer({ min: 0, max: 500_000 }),
      sz: fc.integer({ min: 1, max: 5_000 }),
      fee: fc.integer({ min: -50, max: 900 }),
      tag: fc.constantFrom(0, 7, 9),
      wait: fc.constantFrom(0, 0, 1, HOUR_MS, DAY_MS),
    }),
    { maxLength: 60 },
  )
  .map((steps) => {
    const held = new Map<string, bigint>()
    let ts = 20_000 * DAY_MS
    return steps.map((step, at): LedgerFill => {
      ts += step.wait
      const start = held.get(step.coin) ?? 0n
      const sz = BigInt(step.sz) * 1_000_000n
      held.set(step.coin, start + (step.side === 'buy' ? sz : -sz))
      return {
        ...{
          account: 'a',
          coin: step.coin,
          ts,
          tid: (at * 7919) % 104_729,
          side: step.side,
          crossed: at % 2 === 0,
          tag: step.tag,
        },
        ...{
          px: formatFixed(BigInt(step.px) * 10_000_000n),
          sz: formatFixed(sz),
          startPosition: formatFixed(start),
        },
        ...{ fee: formatFixed(BigInt(step.fee) * 1_000n), closedPnl: '0' },
      }
    })
  })

const shuffled = (fills: readonly LedgerFill[]) =>
  fc.shuffledSubarray([...fills], { minLength: fills.length, maxLength: fills.length })

test('the order of arrival does not matter, also inside one millisecond, and a fill that came twice counts once', () => {
  fc.assert(
    fc.property(
      history.chain((fills) => fc.tuple(fc.constant(fills), shuffled(fills))),
      ([fills, other]) => {
        expect(foldAll([...other, ...other.slice(0, 3)])).toEqual(foldAll(fills))
        expect(foldAll(fills).every(({ tag, sums }) => tag !== 0 || sums.breaks === 0)).toBe(true)
      },
    ),
  )
})

test('cutting the batches anywhere between two moments changes nothing', () => {
  fc.assert(
    fc.property(history, fc.integer({ min: 1, max: 7 }), (fills, size) => {
      const { batch } = batchOf(fills)
      const days: LaneDay[] = []
      const fold = new Fold((day) => days.push(day))
      for (const piece of pieces(batch, size)) fold.take(piece)
      fold.end()
      expect(days).toEqual(foldAll(fills))
    }),
  )
})

function* pieces(batch: FillBatch, size: number): Generator<FillBatch> {
  for (let from = 0; from < batch.rows; ) {
    let until = Math.min(from + size, batch.rows)
    while (
      until < batch.rows &&
      batch.ts[until] === batch.ts[until - 1] &&
      batch.lane[until] === batch.lane[until - 1]
    )
      until += 1
    const cut = Object.entries(batch).map(([key, value]) => [
      key,
      ArrayBuffer.isView(value) ? (value as Float64Array).slice(from, until) : value,
    ])
    yield { ...(Object.fromEntries(cut) as FillBatch), rows: until - from }
    from = until
  }
}

test('going on from what a day held gives the same as folding everything', () => {
  fc.assert(
    fc.property(history, fc.nat({ max: 60 }), (fills, at) => {
      const whole = foldAll(fills)
      const first = Math.floor((fills[at % Math.max(1, fills.length)]?.ts ?? 0) / DAY_MS)
      const late = fills.filter(({ ts }) => ts >= first * DAY_MS)
      const { lanes } = batchOf(late)
      const wholeLanes = batchOf(fills).lanes
      const starts: FoldStart[] = []
      for (const [lane, { coin }] of lanes.entries()) {
        const own = wholeLanes.findIndex((each) => each.coin === coin)
        const before = new Map<number, LaneDay>()
        for (const day of whole) if (day.lane === own && day.day < first) before.set(day.tag, day)
        for (const { tag, holding } of before.values()) starts.push({ lane, tag, holding })
      }
      const named = (days: LaneDay[], names: readonly { coin: string }[]) =>
        days.map(({ lane, ...rest }) => ({ coin: names[lane]?.coin, ...rest }))
      expect(named(foldAll(late, [], starts), lanes)).toEqual(
        named(
          whole.filter(({ day }) => day >= first),
          wholeLanes,
        ),
      )
    }),
  )
})

test('days and sessions conserve money: cash = realised − cost of what is left', () => {
  fc.assert(
    fc.property(history, (fills) => {
      const days = foldAll(fills)
      for (const tag of [0, 7, 9]) {
        const own = tag === 0 ? fills : fills.filter((fill) => fill.tag === tag)
        const cash = own.reduce((total, { side, px, sz }) => {
          const notional = (parseFixed(px) * parseFixed(sz)) / E8
          return total + (side === 'buy' ? -notional : notional)
        }, 0n)
        const mine = days.filter((day) => day.tag === tag)
        const last = new Map(mine.map((day) => [day.lane, day.holding]))
        const costs = [...last.values()].reduce((total, { sz, cost }) => total + (sz > 0n ? cost : -cost), 0n)
        expect(mine.reduce((total, { sums }) => total + sums.realised, 0n) - costs).toBe(cash)
      }
    }),
  )
})

describe('funding', () => {
  const base = { account: 'a', coin: 'BTC', crossed: true, fee: '0', closedPnl: '0', px: '100' }
  const fills: LedgerFill[] = [
    { ...base, ts: 10, tid: 1, side: 'buy', sz: '3', startPosition: '0', tag: 7 },
    { ...base, ts: 20, tid: 2, side: 'sell', sz: '1', startPosition: '3', tag: 9 },
  ]
  const paid = (ts: number, usd: string): FundingPayment => ({
    lane: 0,
    ts,
    usd: parseFixed(usd),
    sz: parseFixed('2'),
  })
  const fundingOf = (days: LaneDay[]) =>
    Object.fromEntries(days.map(({ tag, day, sums }) => [`${tag}/${day}`, formatFixed(sums.funding)]))

  test('is shared by what the sessions held, shorts against longs', () => {
    expect(fundingOf(foldAll(fills, [paid(30, '-1')]))).toEqual({ '0/0': '-1', '7/0': '-1.5', '9/0': '0.5' })
  })

  test('at the moment of a fill is paid on what was held before it', () => {
    expect(fundingOf(foldAll(fills, [paid(10, '-1')]))).toMatchObject({ '0/0': '-1', '7/0': '0' })
  })

  test('on a day without fills makes a row of its own', () => {
    const days = foldAll(fills, [paid(DAY_MS + 5, '0.3')])
    expect(days.filter(({ day }) => day === 1)).toMatchObject([
      { tag: 0, holding: { sz: parseFixed('2') }, sums: { funding: parseFixed('0.3'), fills: 0 } },
      { tag: 7, sums: { funding: parseFixed('0.45') } },
      { tag: 9, sums: { funding: parseFixed('-0.15') } },
    ])
  })
})

test('no history, no rows', () => {
  expect(foldAll([])).toEqual([])
})

/** Tests of rebalancing: bounds, thresholds, turnover, and slices that always come closer and never cross zero in one order. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseFixed } from '#domain/fixed-point.ts'
import { FollowParams } from '#domain/strategies/follow-params.ts'
import {
  boundWeights,
  type CoinStanding,
  nextSlice,
  planRebalance,
} from '#domain/strategies/follow-targets.ts'

const params = (change: Record<string, unknown> = {}) =>
  FollowParams.parse({ strategy: 'follow_targets', model: 'm', ...change })
const standing = (change: Partial<CoinStanding> = {}): CoinStanding => ({
  ...{
    coin: 'BTC',
    positionSz: '0',
    bid: '99.9',
    ask: '100.1',
    markPx: '100',
    sizeDecimals: 3,
    leaving: false,
  },
  ...change,
})
const plan = (
  weights: Record<string, number>,
  standings: CoinStanding[],
  change: Record<string, unknown> = {},
) => planRebalance(weights, standings, 1_000, params(change))

it('turns a weight into coins, toward zero on the lot', () => {
  expect(plan({ BTC: 0.3333 }, [standing()])).toMatchObject([
    { sz: '3.333', reason: 'REBALANCE', target: 0.3333, held: 0 },
  ])
  expect(plan({ BTC: -0.25 }, [standing({ markPx: '101' })])[0]?.sz).toBe('-2.475')
})

it('bounds each coin and all together, and takes what is no number for nothing', () => {
  const bounds = { gross_max: 1, weight_max: 0.8 }
  expect(boundWeights({ A: 2, B: -0.2, C: Number.NaN }, ['A', 'B', 'C'], bounds)).toEqual({
    A: 0.8,
    B: -0.2,
    C: 0,
  })
  expect(boundWeights({ A: 0.8, B: -0.8 }, ['A', 'B'], bounds)).toEqual({ A: 0.5, B: -0.5 })
  expect(boundWeights({ other: 1 }, ['A'], bounds)).toEqual({ A: 0 })
})

it('leaves a coin alone that is nearer than the threshold, and trades it at the threshold', () => {
  expect(plan({ BTC: 0.119 }, [standing({ positionSz: '1' })])).toMatchObject([
    { sz: null, reason: 'WITHIN_THRESHOLD' },
  ])
  expect(plan({ BTC: 0.125 }, [standing({ positionSz: '1' })])).toMatchObject([
    { sz: '1.25', reason: 'REBALANCE' },
  ])
  expect(plan({ BTC: 0.1 }, [standing({ positionSz: '1' })])).toMatchObject([
    { sz: null, reason: 'ON_TARGET' },
  ])
})

it('closes what is wanted no more however small it is, and what is leaving whatever is wanted', () => {
  expect(plan({}, [standing({ positionSz: '0.001' })])[0]?.sz).toBe('0')
  expect(plan({ BTC: 0.5 }, [standing({ positionSz: '1', leaving: true })])[0]?.sz).toBe('0')
})

it('does nothing without a mark, and nothing below the smallest order', () => {
  expect(plan({ BTC: 0.5 }, [standing({ markPx: null })])).toMatchObject([{ sz: null, reason: 'NO_MARK' }])
  expect(plan({ BTC: 0.0099 }, [standing()], { threshold: 0.001 })).toMatchObject([
    { sz: null, reason: 'TOO_SMALL' },
  ])
})

it('goes only a part of the way when the whole way passes the turnover bound', () => {
  const standings = [standing(), standing({ coin: 'ETH', positionSz: '5' })]
  const goals = plan({ BTC: 0.5, ETH: 0 }, standings, { turnover_max: 0.5 })
  expect(goals.map(({ sz, traded }) => [sz, traded])).toEqual([
    ['2.5', 0.25],
    ['2.5', -0.25],
  ])
})

it('rests passive slices at the own touch and takes with a bounded price', () => {
  const wanted = { slice_usd: 100, slippage_bps_max: 20 }
  expect(nextSlice('5', standing(), 'passive', wanted)).toEqual({
    ...{ coin: 'BTC', side: 'buy', px: '99.9', sz: '1.001', tif: 'alo', reduce_only: false },
  })
  expect(nextSlice('5', standing(), 'aggressive', wanted)).toMatchObject({
    side: 'buy',
    px: '100.3',
    tif: 'ioc',
  })
  expect(nextSlice('-5', standing(), 'aggressive', wanted)).toMatchObject({
    side: 'sell',
    px: '99.701',
    tif: 'ioc',
  })
})

it('closes before it turns, and takes a rest along that would be too small for an order of its own', () => {
  const wanted = { slice_usd: 1_000, slippage_bps_max: 20 }
  expect(nextSlice('-5', standing({ positionSz: '3' }), 'aggressive', wanted)).toMatchObject({
    side: 'sell',
    sz: '3',
    reduce_only: true,
  })
  expect(nextSlice('1.05', standing(), 'passive', { ...wanted, slice_usd: 100 })).toMatchObject({
    sz: '1.05',
  })
  expect(nextSlice('0.05', standing(), 'passive', wanted)).toBeNull() // five dollars
  expect(nextSlice('0', standing({ positionSz: '0.05' }), 'passive', wanted)).toMatchObject({
    sz: '0.05',
    reduce_only: true,
  })
  expect(nextSlice('1', standing({ positionSz: '1.0' }), 'passive', wanted)).toBeNull()
  expect(nextSlice('1', standing({ ask: null }), 'aggressive', wanted)).toBeNull()
})

it('reaches every goal within an order of the smallest size, without a slice that is too large or turns', () => {
  const size = fc.integer({ min: -20_000, max: 20_000 }).map((lots) => (lots / 1_000).toFixed(3))
  fc.assert(
    fc.property(size, size, fc.integer({ min: 20, max: 5_000 }), (from, goal, slice_usd) => {
      let held = parseFixed(from)
      for (let round = 0; round < 500; round++) {
        const slice = nextSlice(
          goal,
          standing({ positionSz: (Number(held) / 1e8).toFixed(8) }),
          'aggressive',
          { slice_usd, slippage_bps_max: 20 },
        )
        if (!slice) break
        const sz = parseFixed(slice.sz)
        expect((Number(sz) / 1e8) * Number(slice.px)).toBeLessThanOrEqual(slice_usd + 10.1)
        const next = slice.side === 'buy' ? held + sz : held - sz
        if (held > 0n) expect(next >= 0n).toBe(true)
        if (held < 0n) expect(next <= 0n).toBe(true)
        held = next
      }
      expect((Math.abs(Number(held - parseFixed(goal))) / 1e8) * 100).toBeLessThan(10.1)
    }),
  )
})

it('never plans more than its bounds allow, whatever it is told and holds', () => {
  const weight = fc.oneof(fc.double({ min: -3, max: 3, noNaN: true }), fc.constant(Number.NaN))
  fc.assert(
    fc.property(
      fc.array(fc.tuple(weight, fc.integer({ min: -9_000, max: 9_000 })), { minLength: 1, maxLength: 6 }),
      (coins) => {
        const standings = coins.map(([, lots], at) =>
          standing({ coin: `C${at}`, positionSz: (lots / 1_000).toFixed(3) }),
        )
        const goals = plan(Object.fromEntries(coins.map(([each], at) => [`C${at}`, each])), standings, {
          turnover_max: 0.7,
        })
        const turnover = goals.reduce((sum, { traded }) => sum + Math.abs(traded), 0)
        expect(turnover).toBeLessThanOrEqual(0.7 + 1e-9)
        expect(goals.reduce((sum, { target }) => sum + Math.abs(target), 0)).toBeLessThanOrEqual(1 + 1e-9)
        for (const goal of goals) expect(Math.abs(goal.target)).toBeLessThanOrEqual(0.5 + 1e-9)
      },
    ),
  )
})

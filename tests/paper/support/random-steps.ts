/** Random orders, market moves and settings for the small exchange: what property tests are made of. */
// Not here: the exchange (small-market.ts), doing a step on it (apply-step.ts).
import fc from 'fast-check'
import { USD } from '#exchange/paper/engine/units.ts'

export type Step =
  | {
      do: 'order'
      user: number
      asset: number
      isBuy: boolean
      offset: number
      lots: number
      tif: 'Gtc' | 'Ioc' | 'Alo'
      reduceOnly: boolean
    }
  | {
      do: 'trigger'
      user: number
      asset: number
      isBuy: boolean
      offset: number
      lots: number
      tpsl: 'tp' | 'sl'
      isMarket: boolean
    }
  | { do: 'bracket'; user: number; asset: number; isBuy: boolean; offset: number; lots: number }
  | { do: 'cancel'; user: number; pick: number }
  | { do: 'modify'; user: number; pick: number; offset: number; lots: number }
  | { do: 'leverage'; user: number; asset: number; leverage: number; isCross: boolean }
  | { do: 'isolated'; user: number; asset: number; usd: number }
  | { do: 'book'; asset: number; offset: number; gap: number; sz: number }
  | { do: 'trade'; asset: number; isBuy: boolean; offset: number; lots: number }
  | { do: 'mark'; asset: number; offset: number }
  | { do: 'funding'; asset: number; rate: number }
  | {
      do: 'twap'
      user: number
      asset: number
      isBuy: boolean
      lots: number
      minutes: number
      reduceOnly: boolean
    }
  | { do: 'wait'; minutes: number }

export const user = fc.nat(2)
const asset = fc.nat(1)
const isBuy = fc.boolean()
const offset = fc.integer({ min: -12, max: 12 })
export const lots = fc.integer({ min: 1, max: 40 })
export const Steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('order' as const),
      user,
      asset,
      isBuy,
      offset,
      lots,
      tif: fc.constantFrom('Gtc', 'Gtc', 'Ioc', 'Alo'),
      reduceOnly: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('trigger' as const),
      user,
      asset,
      isBuy,
      offset,
      lots,
      tpsl: fc.constantFrom('tp', 'sl'),
      isMarket: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('bracket' as const), user, asset, isBuy, offset, lots }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), user, pick: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('modify' as const), user, pick: fc.nat(), offset, lots }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('leverage' as const),
      user,
      asset,
      leverage: fc.integer({ min: 1, max: 40 }),
      isCross: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('isolated' as const),
      user,
      asset,
      usd: fc.integer({ min: -500 * USD, max: 500 * USD }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('book' as const),
      asset,
      offset,
      gap: fc.integer({ min: 1, max: 6 }),
      sz: fc.integer({ min: 0, max: 60 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('trade' as const), asset, isBuy, offset, lots }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('mark' as const),
      asset,
      offset: fc.integer({ min: -4_000, max: 4_000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('funding' as const),
      asset,
      rate: fc.integer({ min: -1_000_000, max: 1_000_000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('twap' as const),
      user,
      asset,
      isBuy,
      lots: fc.integer({ min: 20, max: 60 }),
      minutes: fc.integer({ min: 4, max: 8 }),
      reduceOnly: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.integer({ min: 0, max: 3 }) }),
  },
)

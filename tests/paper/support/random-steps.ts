/** Random orders, market moves and settings for a small exchange of two coins and three accounts: what property tests are made of. */
import fc from 'fast-check'
import { createEngine, type Engine } from '#exchange/paper/engine/engine.ts'
import type { CoinSpec, ExternalLevel, OrderRequest } from '#exchange/paper/engine/types.ts'
import { USD } from '#exchange/paper/engine/units.ts'

export const SPECS: CoinSpec[] = [
  {
    name: 'BTC',
    asset: 0,
    szDecimals: 5,
    pxDecimals: 1,
    maxLeverage: 40,
    marginTableId: 56,
    tiers: [
      { lowerBoundUsd: 0, maxLeverage: 40 },
      { lowerBoundUsd: 150_000_000, maxLeverage: 20 },
    ],
  },
  {
    name: 'SOL',
    asset: 1,
    szDecimals: 2,
    pxDecimals: 4,
    maxLeverage: 20,
    marginTableId: 20,
    tiers: [{ lowerBoundUsd: 0, maxLeverage: 20 }],
  },
]
/** Around which prices trade, in ticks, and the step between levels. */
const BASE = [1_000_000, 1_800_000] as const
const TICK = [10, 100] as const
const LOTS = [1_000, 200] as const
export const USERS = ['0xa', '0xb', '0xc']

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

export const at = (asset: number, offset: number): number =>
  (BASE[asset] as number) + offset * (TICK[asset] as number)
export const size = (asset: number, lots: number): number => lots * (LOTS[asset] as number)

export function levels(asset: number, from: number, direction: 1 | -1, sz: number): ExternalLevel[] {
  return Array.from({ length: 6 }, (_, index) => ({
    px: from + direction * index * (TICK[asset] as number),
    sz: size(asset, sz),
    n: 1,
  }))
}

export const request = (
  step: { asset: number; isBuy: boolean; offset: number; lots: number },
  more: Partial<OrderRequest> = {},
): OrderRequest => ({
  asset: step.asset,
  isBuy: step.isBuy,
  px: at(step.asset, step.offset),
  sz: size(step.asset, step.lots),
  reduceOnly: false,
  tif: 'Gtc',
  trigger: null,
  cloid: null,
  ...more,
})

function trigger(
  step: { asset: number; isBuy: boolean; offset: number; lots: number },
  tpsl: 'tp' | 'sl',
  isMarket: boolean,
  isBuy = step.isBuy,
): OrderRequest {
  const trigger = { isMarket, px: at(step.asset, step.offset), tpsl, above: isBuy === (tpsl === 'sl') }
  return request({ ...step, isBuy }, { reduceOnly: true, trigger })
}

export function applyStep(engine: Engine, step: Step, now: number): void {
  const name = 'user' in step ? (USERS[step.user] as string) : ''
  const open = [...(engine.account(name)?.open.values() ?? [])]
  const picked = 'pick' in step ? open[step.pick % Math.max(1, open.length)] : undefined
  switch (step.do) {
    case 'order':
      engine.placeOrders(now, name, {
        orders: [request(step, { tif: step.tif, reduceOnly: step.reduceOnly })],
        grouping: 'na',
        builder: null,
      })
      break
    case 'trigger':
      engine.placeOrders(now, name, {
        orders: [trigger(step, step.tpsl, step.isMarket)],
        grouping: 'na',
        builder: null,
      })
      break
    case 'bracket': {
      const [tp, sl] = [
        trigger({ ...step, offset: step.isBuy ? 14 : -14 }, 'tp', true, !step.isBuy),
        trigger({ ...step, offset: step.isBuy ? -14 : 14 }, 'sl', true, !step.isBuy),
      ]
      engine.placeOrders(now, name, {
        orders: [request(step), tp, sl],
        grouping: 'normalTpsl',
        builder: null,
      })
      break
    }
    case 'cancel':
      if (picked) engine.cancel(now, name, [{ asset: picked.asset, id: picked.oid }])
      break
    case 'modify':
      if (picked)
        engine.modify(now, name, {
          id: picked.oid,
          order: request({ ...step, asset: picked.asset, isBuy: picked.isBuy }),
          alwaysPlace: true,
        })
      break
    case 'leverage':
      engine.updateLeverage(now, name, step)
      break
    case 'isolated':
      engine.updateIsolatedMargin(now, name, step)
      break
    case 'book':
      engine.bookSnapshot(now, step.asset, {
        bids: levels(step.asset, at(step.asset, step.offset), -1, step.sz),
        asks: levels(step.asset, at(step.asset, step.offset + step.gap), 1, step.sz),
      })
      break
    case 'trade':
      engine.publicTrade(now, step.asset, {
        aggressorIsBuy: step.isBuy,
        px: at(step.asset, step.offset),
        sz: size(step.asset, step.lots),
      })
      break
    case 'mark':
      engine.markPrice(now, step.asset, {
        mark: at(step.asset, step.offset),
        oracle: at(step.asset, step.offset),
      })
      break
    case 'twap': {
      const twap = {
        asset: step.asset,
        isBuy: step.isBuy,
        sz: size(step.asset, step.lots),
        reduceOnly: step.reduceOnly,
        minutes: step.minutes,
        randomize: true,
      }
      engine.startTwap(now, name, twap)
      break
    }
    case 'wait':
      engine.tick(engine.state.now + step.minutes * 60_000)
      break
    case 'funding':
      engine.funding(now, step.asset, step.rate)
      break
  }
}

/** Three accounts with 5,000 USD each, both books quoted, both marks set. */
export function startEngine(): Engine {
  const engine = createEngine({ specs: SPECS, seed: 1 })
  for (const name of USERS) engine.deposit(1, name, 5_000 * USD)
  for (const spec of SPECS) {
    engine.bookSnapshot(1, spec.asset, {
      bids: levels(spec.asset, at(spec.asset, -1), -1, 20),
      asks: levels(spec.asset, at(spec.asset, 1), 1, 20),
    })
    engine.markPrice(1, spec.asset, { mark: at(spec.asset, 0), oracle: at(spec.asset, 0) })
  }
  return engine
}

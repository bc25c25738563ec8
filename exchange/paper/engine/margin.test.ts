/** Account states that the venue reported come out of our formulas; liquidation, funding, isolated margin and fee tiers keep their rules. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Account, addVolume, coinOf, createAccount } from '#exchange/paper/engine/account.ts'
import { createEngine, type Engine } from '#exchange/paper/engine/engine.ts'
import { feeRates, NO_DISCOUNTS } from '#exchange/paper/engine/fees.ts'
import { accountFaults } from '#exchange/paper/engine/invariants.ts'
import {
  accountValue,
  crossMaintenance,
  liquidationPx,
  maintenanceOf,
  unrealised,
} from '#exchange/paper/engine/margin.ts'
import type { CoinSpec } from '#exchange/paper/engine/types.ts'
import { formatUsd, parseUnits, parseUnitsCut, USD } from '#exchange/paper/engine/units.ts'
import { coinSpec } from '#exchange/paper/market/known-coins.ts'
import { missingData, sharedData } from '#tests/support/shared-data.ts'

const WHALE = 'info/clearinghouse_whale.json'
const missing = missingData(WHALE)

interface RecordedState {
  marginSummary: { accountValue: string; totalNtlPos: string; totalRawUsd: string }
  crossMaintenanceMarginUsed: string
  assetPositions: {
    position: {
      coin: string
      szi: string
      positionValue: string
      unrealizedPnl: string
      liquidationPx: string | null
      maxLeverage: number
      leverage: { value: number }
    }
  }[]
}

describe.skipIf(missing !== null)('a recorded account with 35 positions', () => {
  const state =
    missing === null ? (JSON.parse(readFileSync(sharedData(WHALE), 'utf8')) as RecordedState) : null
  const positions = state?.assetPositions.map(({ position }) => position) ?? []
  const account: Account = createAccount('0xwhale', 0)
  const marks: number[] = []
  /** Coins whose table has a second tier of 5x from 3 million on; at the others' liquidation prices the first tier holds. */
  const tiered = new Set(['OP', 'SEI', 'ONDO'])
  const specs = positions.map(({ coin: name, maxLeverage }, asset): CoinSpec => {
    const first = { lowerBoundUsd: 0, maxLeverage }
    const tiers = tiered.has(name) ? [first, { lowerBoundUsd: 3_000_000, maxLeverage: 5 }] : [first]
    return { name, asset, szDecimals: 0, pxDecimals: 6, maxLeverage, marginTableId: maxLeverage, tiers }
  })
  // Marks are not told, only position values: here they are floats, as nothing is traded.
  for (const [asset, position] of positions.entries()) {
    const coin = coinOf(account, asset, position.leverage.value)
    coin.szi = Number(position.szi)
    marks[asset] = (Number(position.positionValue) * 1e6) / Math.abs(coin.szi)
    coin.entryNtl = coin.szi * (marks[asset] as number) - Number(position.unrealizedPnl) * 1e6
  }
  account.cash =
    Number(state?.marginSummary.totalRawUsd ?? 0) * 1e6 +
    account.active.reduce((sum, coin) => sum + coin.entryNtl, 0)
  const markOf = (asset: number) => marks[asset] as number

  test('its value and maintenance margin are what the venue said', () => {
    expect(accountValue(account, markOf) / 1e6).toBeCloseTo(Number(state?.marginSummary.accountValue), 4)
    expect(crossMaintenance(account, markOf, specs) / 1e6).toBeCloseTo(
      Number(state?.crossMaintenanceMarginUsed),
      2,
    )
  })

  test('its liquidation prices agree to eight digits', () => {
    let compared = 0
    for (const [asset, position] of positions.entries()) {
      const px = liquidationPx(
        account,
        account.coins[asset] as NonNullable<(typeof account.coins)[number]>,
        markOf,
        specs,
      )
      if (position.liquidationPx === null) expect(px).toBeNull()
      else {
        expect((px ?? 0) / Number(position.liquidationPx)).toBeCloseTo(1, 7)
        compared++
      }
    }
    expect(compared).toBeGreaterThan(25)
  })
})

test.each([
  { ntl: 100 * 1e6, maintenance: 100e6 / 80 },
  { ntl: 150 * 1e6, maintenance: 150e6 / 80 },
  { ntl: 200 * 1e6, maintenance: 200e6 / 40 - 150e6 * (1 / 40 - 1 / 80) },
])(
  'BTC maintenance of $ntl USD: the second tier is less the deduction that keeps it continuous',
  ({ ntl, maintenance }) => {
    expect(maintenanceOf(ntl * USD, coinSpec('BTC', 0)) / USD).toBeCloseTo(maintenance, 4)
  },
)

const BTC = coinSpec('BTC', 0)
const px = (text: string) => parseUnits(text, BTC.pxDecimals) as number
const sz = (text: string) => parseUnits(text, BTC.szDecimals) as number

function engineAt(mid: number, depth = '100'): Engine {
  const engine = createEngine({ specs: [BTC] })
  move(engine, mid, depth)
  return engine
}

function move(engine: Engine, mid: number, depth = '100', now = 1): void {
  const level = (at: number) => [{ px: px(String(at)), sz: sz(depth), n: 1 }]
  engine.bookSnapshot(now, 0, { bids: level(mid - 10), asks: level(mid + 10) })
  engine.markPrice(now, 0, { mark: px(String(mid)), oracle: px(String(mid)) })
}

function buy(engine: Engine, user: string, size: string, limit: number): void {
  const order = {
    asset: 0,
    isBuy: true,
    px: px(String(limit)),
    sz: sz(size),
    reduceOnly: false,
    tif: 'Ioc' as const,
    trigger: null,
    cloid: null,
  }
  const [result] = engine.placeOrders(1, user, { orders: [order], grouping: 'na', builder: null })
  expect(result?.kind).toBe('filled')
}

test('a position just above its maintenance margin lives; a dollar below, it is sold into the book', () => {
  const engine = engineAt(100_000)
  engine.deposit(1, '0xa', 1_000 * USD)
  engine.updateLeverage(1, '0xa', { asset: 0, leverage: 40, isCross: true })
  buy(engine, '0xa', '0.3', 100_010)
  const account = engine.account('0xa') as Account
  const coin = account.coins[0] as NonNullable<(typeof account.coins)[number]>
  const limit = liquidationPx(account, coin, (asset) => engine.state.markets[asset]?.markPx ?? 0, [
    BTC,
  ]) as number
  move(engine, Math.ceil(limit) + 1)
  expect(coin.szi).toBe(sz('0.3'))
  engine.drain()
  move(engine, Math.floor(limit) - 1)
  expect(coin.szi).toBe(0)
  const records = engine.drain()
  expect(records.filter(({ kind }) => kind === 'liquidation')).toHaveLength(1)
  const fill = records.find((record) => record.kind === 'fill')
  expect(fill).toMatchObject({
    fill: { liquidation: { method: 'market', liquidatedUser: '0xa' }, crossed: true },
  })
  expect(accountFaults(account)).toEqual([])
})

test('above $100k a fifth goes first, the rest after; below two thirds of maintenance the backstop takes all at the mark', () => {
  const large = engineAt(100_000)
  large.deposit(1, '0xa', 10_000 * USD)
  large.updateLeverage(1, '0xa', { asset: 0, leverage: 40, isCross: true })
  buy(large, '0xa', '3', 100_010)
  const coin = large.account('0xa')?.coins[0]
  move(large, 97_850, '100', 10_000)
  expect(coin?.szi).toBe(sz('2.4'))
  move(large, 97_600, '100', 20_000) // within 30 s of the first: everything
  expect(coin?.szi).toBe(0)

  const hopeless = engineAt(100_000)
  hopeless.deposit(1, '0xa', 1_000 * USD)
  hopeless.updateLeverage(1, '0xa', { asset: 0, leverage: 40, isCross: true })
  buy(hopeless, '0xa', '0.3', 100_010)
  hopeless.drain()
  move(hopeless, 96_000)
  const fill = hopeless.drain().find((record) => record.kind === 'fill')
  expect(fill).toMatchObject({ fill: { liquidation: { method: 'backstop' }, px: px('96000') } })
})

test('an isolated position risks its own margin only; margin can be added and taken within the rules', () => {
  const engine = engineAt(100_000)
  const account = engine.deposit(1, '0xa', 5_000 * USD)
  engine.updateLeverage(1, '0xa', { asset: 0, leverage: 10, isCross: false })
  buy(engine, '0xa', '0.1', 100_010)
  const coin = account.coins[0] as NonNullable<(typeof account.coins)[number]>
  expect(formatUsd(coin.isolatedUsd)).toBe('1000.1')
  expect(engine.updateLeverage(1, '0xa', { asset: 0, leverage: 10, isCross: true })).toBe(
    'Cannot switch leverage type with open position.',
  )
  expect(engine.updateIsolatedMargin(1, '0xa', { asset: 0, usd: 500 * USD })).toBeNull()
  expect(engine.updateIsolatedMargin(1, '0xa', { asset: 0, usd: -600 * USD })).toContain('Cannot remove')
  expect(engine.updateIsolatedMargin(1, '0xa', { asset: 0, usd: -400 * USD })).toBeNull()
  const cash = account.cash
  move(engine, 89_000)
  expect(coin.szi).toBe(0)
  expect(account.cash).toBeGreaterThan(cash - 150 * USD) // the cross side paid at most the overshoot and the fee
  expect(accountFaults(account)).toEqual([])
})

test('funding: longs pay a positive rate on the oracle price, shorts receive the same', () => {
  const engine = engineAt(100_000)
  for (const user of ['0xa', '0xb']) engine.deposit(1, user, 5_000 * USD)
  buy(engine, '0xa', '0.1', 100_010)
  const sell = {
    asset: 0,
    isBuy: false,
    px: px('99990'),
    sz: sz('0.1'),
    reduceOnly: false,
    tif: 'Ioc' as const,
    trigger: null,
    cloid: null,
  }
  engine.placeOrders(1, '0xb', { orders: [sell], grouping: 'na', builder: null })
  engine.funding(2, 0, 125_000) // 0.0000125
  expect(engine.account('0xa')?.funding.map(({ usd }) => formatUsd(usd))).toEqual(['-0.125'])
  expect(engine.account('0xb')?.funding.map(({ usd }) => formatUsd(usd))).toEqual(['0.125'])
  const long = engine.account('0xa')?.coins[0]
  expect(long && formatUsd(long.cumFunding.sinceOpen)).toBe('0.125')
  expect(long && unrealised(long, px('100000'))).toBe(parseUnitsCut('-1.0', 6))
})

test.each([
  { volume: 0, cross: 4_500_000, add: 1_500_000 },
  { volume: 5_000_000, cross: 4_500_000, add: 1_500_000 }, // more than five million is meant
  { volume: 5_000_001, cross: 4_000_000, add: 1_200_000 },
  { volume: 25_000_001, cross: 3_500_000, add: 800_000 },
  { volume: 100_000_001, cross: 3_000_000, add: 400_000 },
  { volume: 500_000_001, cross: 2_800_000, add: 0 },
  { volume: 7_000_000_001, cross: 2_400_000, add: 0 },
])('$volume USD in 14 days pays $cross / $add (1e-10)', ({ volume, cross, add }) => {
  const day = 86_400_000
  const account = createAccount('0xa', 0)
  addVolume(account, 20 * day, volume * USD, true)
  expect(feeRates(account, 21 * day, NO_DISCOUNTS)).toMatchObject({ cross, add })
  // Today does not count yet, and after fifteen days it counts no more.
  const other = createAccount('0xb', 0)
  addVolume(other, 20 * day, volume * USD, true)
  expect(feeRates(other, 20 * day, NO_DISCOUNTS)).toMatchObject({ cross: 4_500_000 })
  expect(feeRates(other, 35 * day, NO_DISCOUNTS)).toMatchObject({ cross: 4_500_000 })
})

test('discounts lower fees and end with volume; a maker rebate is paid from half a percent of maker volume', () => {
  const account = createAccount('0xa', 0)
  expect(feeRates(account, 0, { staking: 0.05, referral: 0.04, makerFraction: 0 })).toMatchObject({
    cross: 4_104_000,
    add: 1_368_000,
  })
  expect(feeRates(account, 0, { staking: 0, referral: 0, makerFraction: 0.005 })).toMatchObject({
    add: 1_500_000,
  })
  expect(feeRates(account, 0, { staking: 0, referral: 0, makerFraction: 0.006 })).toMatchObject({
    add: -100_000,
  })
  addVolume(account, 0, 25_000_000 * USD, true)
  expect(feeRates(account, 0, { staking: 0, referral: 0.04, makerFraction: 0 })).toMatchObject({
    cross: 4_500_000,
  })
})

/** What the maker strategies decide on a fixed stretch of market, pass by pass, is what they have always decided: quotes, reasons and inputs. */
// A digest that changes without a wanted change of a rule is a fault of whoever made something faster.
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { formatFixed, fromNumber, parseFixed } from '#domain/fixed-point.ts'
import { tickE8 } from '#domain/market/instrument.ts'
import {
  type CoinParams,
  coinParams,
  MicropriceParams,
  SpreadParams,
} from '#domain/strategies/maker/params.ts'
import { initMaker, type MakerFacts, planQuotes } from '#domain/strategies/maker/quoting.ts'
import { factsOf } from '#tests/support/maker-facts.ts'

const PASSES = 600
const T0 = 1_700_000_000_000
/** A price of each magnitude with the size decimals that coins of it have. */
const COINS = [
  { px: '0.05312', sizeDecimals: 0 },
  { px: '24.513', sizeDecimals: 2 },
  { px: '4412.7', sizeDecimals: 4 },
  { px: '110250', sizeDecimals: 5 },
]
const LIMITS = { order_usd_max: 1_000, position_usd_max: 3_000, open_orders_max: 100, loss_usd_max: 500 }

function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** A walk of touch, sizes, position and own fills, with blind, blocked and closing passes in between. */
function* walk(coin: (typeof COINS)[number], seed: number): Generator<MakerFacts> {
  const next = randomOf(seed)
  const pick = (below: number): number => Math.floor(next() * below)
  const { sizeDecimals } = coin
  let bidE8 = parseFixed(coin.px)
  let widthTicks = 1
  let ts = T0
  let held = 0
  for (let pass = 0; pass < PASSES; pass++) {
    ts += 50 + pick(4) * 150
    const tick = tickE8(bidE8, sizeDecimals)
    if (next() < 0.6) bidE8 += BigInt(pick(5) - 2) * tick
    if (next() < 0.3) widthTicks = 1 + pick(next() < 0.2 ? 40 : 6)
    const fills = Array.from({ length: next() < 0.2 ? 1 + pick(3) : 0 }, () => ({
      ...{ side: next() < 0.5 ? ('buy' as const) : ('sell' as const), maker: next() < 0.8, ts },
    }))
    for (const { side } of fills) held += side === 'buy' ? 37.5 : -41.25
    if (next() < 0.01) held = 0
    const askE8 = bidE8 + BigInt(widthTicks) * tick
    const sz = (usd: number): bigint => fromNumber(Math.round((usd / Number(coin.px)) * 100_000) / 100_000)
    yield factsOf({
      ...{ coin: 'X', ts, sizeDecimals, fills, positionE8: sz(held) },
      touch: next() < 0.02 ? null : { bidE8, askE8 },
      ...{ bidSzE8: sz(next() < 0.02 ? 0 : pick(90_000)), askSzE8: sz(next() < 0.02 ? 0 : pick(90_000)) },
      ...{ ageMs: next() < 0.02 ? 60_000 : pick(900), markE8: next() < 0.5 ? null : bidE8 + BigInt(pick(9)) },
      ...{
        accountStreamUp: next() > 0.01,
        closeOnly: next() < 0.03,
        blocked: next() < 0.03 ? 'BAILOUT' : null,
      },
      mode: next() < 0.1 ? { distanceBps: pick(12), levels: 1 + pick(3) } : null,
      mayImprove: next() > 0.1,
      portfolio: {
        otherGrossUsd: pick(3_000),
        maxGrossUsd: 4_000,
        marginUsdMax: next() < 0.5 ? null : pick(90_000) / 100,
      },
    })
  }
}

function digestOf(params: CoinParams): string {
  const hash = createHash('sha256')
  for (const [at, coin] of COINS.entries()) {
    let state = initMaker()
    for (const facts of walk(coin, 7 + at)) {
      const step = planQuotes(state, facts, params, LIMITS)
      state = step.state
      const { bids, asks, verdict } = step.plan
      const shown = (quotes: typeof bids) =>
        quotes.map((one) => [formatFixed(one.pxE8), formatFixed(one.szE8), one.reduceOnly, one.capped])
      hash.update(JSON.stringify([shown(bids), shown(asks), verdict, state.floorBps, state.side, state.vol]))
    }
  }
  return hash.digest('hex').slice(0, 16)
}

const OPEN = { min_spread_guard_enabled: false, dynamic_min_spread_enabled: false }
const spread = (change: Record<string, unknown>): CoinParams =>
  coinParams(SpreadParams.parse({ strategy: 'spread', ...change }), 'X')
const micro = (change: Record<string, unknown>): CoinParams =>
  coinParams(MicropriceParams.parse({ strategy: 'microprice', ...change }), 'X')

test.each([
  ['spread as delivered', spread({}), '1b5b84ecfbd1ea9a'],
  ['spread with open gates', spread(OPEN), '7a6f4ac09597accc'],
  [
    'spread in three levels',
    spread({ ...OPEN, levels: 3, level_step_ticks: 2, inventory_skew_ticks: 2 }),
    '2b9a3f695ae4ef14',
  ],
  [
    'spread on one side',
    spread({ ...OPEN, single_sided_mode: 'auto', single_sided_market_aware: true }),
    '6811c0331a0836c4',
  ],
  [
    'spread with a floor',
    spread({
      ...{ min_spread_guard_enabled: false, min_spread_bps: 0.05 },
      ...{ dynamic_min_spread_lookback_loops: 60, dynamic_min_spread_hysteresis_bps: 0.01 },
    }),
    'bab6586827390b62',
  ],
  ['microprice as delivered', micro({}), '71139c9b1397e928'],
  [
    'microprice with open gates',
    micro({ ...OPEN, size_notional_usd: 33.3, max_per_coin_notional: 777.7 }),
    'f2c5f9d72247bb91',
  ],
])('%s', (_name, params, digest) => {
  expect(digestOf(params)).toBe(digest)
})

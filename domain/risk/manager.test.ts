/** Each gate of the risk manager from both sides of its boundary; what only reduces passes them all. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatFixed, fromNumber, parseFixed } from '#domain/fixed-point.ts'
import { SessionLimits } from '#domain/risk/limit-input.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import { isDrawnDown, MANAGER_GATES, managerGate, type RiskFacts, worstCaseE8 } from './manager.ts'
import { NO_STANDING, type RiskStanding } from './standing.ts'

const limitsOf = (change: Record<string, number> = {}): SessionLimits =>
  SessionLimits.parse({ order_usd_max: 10_000, position_usd_max: 10_000, ...change })
const orderOf = (change: Partial<OrderIntent> = {}): OrderIntent => ({
  cloid: '0x1',
  coin: 'BTC',
  side: 'buy',
  px: '100',
  sz: '1',
  tif: 'ioc',
  reduce_only: false,
  purpose: 'entry',
  ...change,
})
const factsOf = (change: Partial<RiskFacts> = {}): RiskFacts => ({
  ts: 1_000_000,
  ageMs: 0,
  bidE8: parseFixed('99.9'),
  askE8: parseFixed('100'),
  oracleE8: parseFixed('100'),
  grossE8: 0n,
  othersE8: 0n,
  coinsHeld: 0,
  isCoinHeld: false,
  shrinks: false,
  netPnlE8: 0n,
  ...change,
})
const gate = (
  facts: Partial<RiskFacts>,
  limits: Record<string, number> = {},
  order: Partial<OrderIntent> = {},
  standing: Partial<RiskStanding> = {},
) => managerGate(orderOf(order), factsOf(facts), limitsOf(limits), { ...NO_STANDING, ...standing })

describe('market data may be as old as the limit, and no older', () => {
  test.each([
    { ageMs: 2_000, is: null },
    { ageMs: 2_001, is: 'RISK_STALE_DATA' },
    { ageMs: Number.POSITIVE_INFINITY, is: 'RISK_STALE_DATA' },
  ])('$ageMs ms: $is', ({ ageMs, is }) => expect(gate({ ageMs }, { stale_ms_max: 2_000 })).toBe(is))

  test.each([
    { ageMs: 30_000, is: null },
    { ageMs: 30_001, is: 'RISK_STALE_DATA' },
  ])('without a limit of its own the default of 30 s holds: $ageMs ms: $is', ({ ageMs, is }) => {
    expect(gate({ ageMs })).toBe(is)
  })
})

describe('an order may pay 50 bps beyond the touch', () => {
  test.each([
    { side: 'buy' as const, px: '100.5', is: null },
    { side: 'buy' as const, px: '100.501', is: 'RISK_SLIPPAGE' },
    { side: 'sell' as const, px: '99.4005', is: null },
    { side: 'sell' as const, px: '99.4', is: 'RISK_SLIPPAGE' },
  ])('$side at $px: $is', ({ side, px, is }) => {
    expect(gate({}, { slippage_bps_max: 50 }, { side, px })).toBe(is)
  })
  test('a post-only order cannot pay anything, and an empty side has no touch', () => {
    expect(gate({}, { slippage_bps_max: 50 }, { px: '104', tif: 'alo' })).toBeNull()
    expect(gate({ askE8: null }, { slippage_bps_max: 50 }, { px: '104' })).toBeNull()
  })
})

describe('the price lies within 100 bps of the oracle', () => {
  const far = { bidE8: null, askE8: null }
  test.each([
    { px: '101', is: null },
    { px: '101.01', is: 'RISK_PRICE_BAND' },
    { px: '99', is: null },
    { px: '98.99', is: 'RISK_PRICE_BAND' },
  ])('$px: $is', ({ px, is }) => expect(gate(far, { oracle_band_bps: 100 }, { px })).toBe(is))
  test('without an oracle price there is no band', () => {
    expect(gate({ ...far, oracleE8: null }, { oracle_band_bps: 100 }, { px: '150' })).toBeNull()
  })
})

describe('a UTC day may lose less than 50 USD', () => {
  test.each([
    { net: 50.01, is: null },
    { net: 50, is: 'RISK_DAILY_LOSS' },
    { net: -20, is: 'RISK_DAILY_LOSS' },
  ])('100 at its start, $net now: $is', ({ net, is }) => {
    const facts = { netPnlE8: fromNumber(net) }
    expect(gate(facts, { daily_loss_usd_max: 50 }, {}, { dayStartPnl: '100' })).toBe(is)
  })
})

describe('after three lost round trips nothing is opened for ten minutes', () => {
  const limits = { loss_streak_max: 3, loss_streak_pause_min: 10 }
  test.each([
    { lossStreak: 2, ago: 0, is: null },
    { lossStreak: 3, ago: 0, is: 'RISK_LOSS_STREAK' },
    { lossStreak: 3, ago: 599_999, is: 'RISK_LOSS_STREAK' },
    { lossStreak: 3, ago: 600_000, is: null },
  ])('$lossStreak lost, the last $ago ms ago: $is', ({ lossStreak, ago, is }) => {
    expect(gate({ ts: 1_000_000 }, limits, {}, { lossStreak, lastLossTs: 1_000_000 - ago })).toBe(is)
  })
})

describe('sums over coins', () => {
  test.each([
    { gross: 400, is: null },
    { gross: 400.01, is: 'RISK_GROSS' },
  ])('$gross USD held and an order of 100 under a limit of 500: $is', ({ gross, is }) => {
    expect(gate({ grossE8: fromNumber(gross) }, { gross_usd_max: 500 })).toBe(is)
  })
  test.each([
    { others: 300, is: null },
    { others: 300.01, is: 'RISK_ACCOUNT' },
  ])('with 100 USD of its own and $others of others under 500: $is', ({ others, is }) => {
    const facts = { grossE8: fromNumber(100), othersE8: fromNumber(others) }
    expect(gate(facts, { account_usd_max: 500 })).toBe(is)
  })
  test.each([
    { coinsHeld: 1, isCoinHeld: false, is: null },
    { coinsHeld: 2, isCoinHeld: false, is: 'RISK_COINS_HELD' },
    { coinsHeld: 2, isCoinHeld: true, is: null },
  ])('$coinsHeld coins held, this one among them: $isCoinHeld, two allowed: $is', ({ is, ...facts }) => {
    expect(gate(facts, { coins_held_max: 2 })).toBe(is)
  })
  test('the way back under a limit is open', () => {
    const facts = { grossE8: fromNumber(10_000), othersE8: fromNumber(10_000), coinsHeld: 9, shrinks: true }
    expect(gate(facts, { gross_usd_max: 1, account_usd_max: 1, coins_held_max: 1 })).toBeNull()
  })
})

describe('opening orders a minute', () => {
  test.each([
    { tokens: 1, ago: 0, is: null },
    { tokens: 0.99, ago: 0, is: 'RISK_ORDER_RATE' },
    { tokens: 0, ago: 19_999, is: 'RISK_ORDER_RATE' },
    { tokens: 0, ago: 20_000, is: null }, // three a minute: one every 20 s
  ])('$tokens left $ago ms ago: $is', ({ tokens, ago, is }) => {
    const opened = { tokens, ts: 1_000_000 - ago }
    expect(gate({}, { orders_per_min_max: 3 }, {}, { opened })).toBe(is)
  })
})

describe('drawdown', () => {
  const standing = { ...NO_STANDING, startEquity: '1000', peakPnl: '50' }
  test.each([
    { net: -33.9, is: false },
    { net: -34, is: true }, // 1050 → 966 is exactly 8 %
    { net: -34.1, is: true },
  ])('from a peak of 1050 to 1000 + $net with 8 % allowed: $is', ({ net, is }) => {
    expect(isDrawnDown(limitsOf({ drawdown_pct_max: 8 }), standing, fromNumber(net))).toBe(is)
  })
  test('is off without a limit, and before equity is known', () => {
    expect(isDrawnDown(limitsOf(), standing, fromNumber(-900))).toBe(false)
    expect(isDrawnDown(limitsOf({ drawdown_pct_max: 8 }), NO_STANDING, fromNumber(-900))).toBe(false)
  })
})

test.each([
  { position: '2', buying: '1', sell: '0', is: '300' },
  { position: '2', buying: '0', sell: '5', is: '300' },
  { position: '-2', buying: '1', sell: '1', is: '300' },
  { position: '0', buying: '0', sell: '0', is: '0' },
])(
  '$position coins, $buying to buy and $sell to sell can come to $is USD at 100',
  ({ position, buying, sell, is }) => {
    const worst = worstCaseE8(parseFixed(position), parseFixed(buying), parseFixed(sell), parseFixed('100'))
    expect(formatFixed(worst)).toBe(is)
  },
)

test('whatever the facts, an order that only reduces passes, and a refusal is one of the named gates', () => {
  const facts = fc.record({
    ageMs: fc.constantFrom(0, 1e9),
    grossE8: fc.bigInt({ min: 0n, max: 10n ** 15n }),
    othersE8: fc.bigInt({ min: 0n, max: 10n ** 15n }),
    coinsHeld: fc.nat(10),
    netPnlE8: fc.bigInt({ min: -(10n ** 13n), max: 10n ** 13n }),
    shrinks: fc.boolean(),
  })
  const limits = { gross_usd_max: 1_000, coins_held_max: 2, daily_loss_usd_max: 10, account_usd_max: 2_000 }
  fc.assert(
    fc.property(facts, fc.integer({ min: 50, max: 150 }), (given, px) => {
      const order = { px: String(px) }
      expect(gate(given, limits, { ...order, reduce_only: true })).toBeNull()
      const told = gate(given, limits, order)
      expect(told === null || MANAGER_GATES.includes(told)).toBe(true)
    }),
  )
})

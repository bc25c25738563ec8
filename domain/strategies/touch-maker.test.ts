/** Quotes stay outside the touch, on the tick, inside the limits, and away from the market when the picture cannot be trusted. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { absE8, formatFixed, fromNumber, mulE8, parseFixed, toNumber } from '#domain/fixed-point.ts'
import { isValidPrice, lotE8, MIN_ORDER_USD_E8 } from '#domain/market/instrument.ts'
import { SessionLimits, TouchParams } from '#domain/session/input.ts'
import { inventoryShare, mustReplace, planQuotes, type QuoteFacts } from './touch-maker.ts'

const limits = SessionLimits.parse({ order_usd_max: 1_000, position_usd_max: 5_000 })
const paramsOf = (params: Partial<TouchParams> = {}): TouchParams =>
  TouchParams.parse({ strategy: 'touch', ...params })
const factsOf = (facts: Partial<QuoteFacts> = {}): QuoteFacts => ({
  touch: { bidE8: parseFixed('99.9'), askE8: parseFixed('100.1') },
  ageMs: 0,
  markE8: null,
  positionE8: 0n,
  sizeDecimals: 3,
  accountStreamUp: true,
  closeOnly: false,
  ...facts,
})
const px = (quote: { pxE8: bigint } | null): string | null => (quote ? formatFixed(quote.pxE8) : null)

describe('with a flat position at a mid of 100', () => {
  test.each([
    { half_spread_bps: 20, bid: '99.8', ask: '100.2' },
    { half_spread_bps: 10, bid: '99.9', ask: '100.1' }, // exactly the touch
    { half_spread_bps: 9, bid: '99.9', ask: '100.1' }, // inside it: held at the touch
    { half_spread_bps: 0, bid: '99.9', ask: '100.1' },
  ])('a half spread of $half_spread_bps bps quotes $bid / $ask', ({ half_spread_bps, bid, ask }) => {
    const plan = planQuotes(factsOf(), paramsOf({ half_spread_bps }), limits)
    expect([px(plan.bid), px(plan.ask)]).toEqual([bid, ask])
    expect(plan.verdict).toMatchObject({ kind: 'quote', reason: 'TWO_SIDED', gate: '' })
  })

  test('a quote has the asked notional, cut off at the lot', () => {
    const { bid } = planQuotes(factsOf(), paramsOf({ quote_usd: 250 }), limits)
    expect(bid && formatFixed(bid.szE8)).toBe('2.502') // 250 / 99.9 = 2.50250…
  })
})

describe('inventory', () => {
  test.each([
    { sz: '0', share: 0 },
    { sz: '25', share: 0.5 },
    { sz: '50', share: 1 },
    { sz: '51', share: 1 }, // beyond the limit it shifts no further
    { sz: '-60', share: -1 },
  ])('$sz coins at 100 are $share of a limit of 5000 USD', ({ sz, share }) => {
    expect(inventoryShare(parseFixed(sz), parseFixed('100'), 5_000)).toBe(share)
  })

  test.each([
    { sz: '25', bid: '99.3', ask: '100.1' }, // long: both down by half of 100 bps, the ask held at the touch
    { sz: '-25', bid: '99.9', ask: '100.7' },
  ])('with $sz coins both quotes lean against them: $bid / $ask', ({ sz, bid, ask }) => {
    const facts = factsOf({ positionE8: parseFixed(sz) })
    const plan = planQuotes(facts, paramsOf({ half_spread_bps: 20, skew_bps: 100 }), limits)
    expect([px(plan.bid), px(plan.ask)]).toEqual([bid, ask])
  })

  test.each([
    { sz: '50', reason: 'ASK_ONLY', gate: 'POSITION_LIMIT' },
    { sz: '-50.2', reason: 'BID_ONLY', gate: 'POSITION_LIMIT' },
    { sz: '49', reason: 'TWO_SIDED', gate: '' },
  ])('at $sz coins of a limit of about 50 it quotes $reason', ({ sz, reason, gate }) => {
    const plan = planQuotes(factsOf({ positionE8: parseFixed(sz) }), paramsOf({ skew_bps: 0 }), limits)
    expect(plan.verdict).toMatchObject({ reason, gate })
  })
})

describe('without a trustworthy picture nothing is quoted', () => {
  test.each([
    { why: 'STALE_MARKET', bad: { ageMs: 5_001 }, good: { ageMs: 5_000 } },
    { why: 'STALE_MARKET', bad: { ageMs: Number.POSITIVE_INFINITY }, good: { ageMs: 0 } },
    { why: 'ACCOUNT_STREAM_DOWN', bad: { accountStreamUp: false }, good: { accountStreamUp: true } },
    { why: 'NO_TOUCH', bad: { touch: null }, good: {} },
  ])('$why: $bad', ({ why, bad, good }) => {
    const params = paramsOf({ stale_ms: 5_000 })
    expect(planQuotes(factsOf(bad), params, limits)).toMatchObject({
      bid: null,
      ask: null,
      verdict: { kind: 'hold', reason: why, gate: why },
    })
    expect(planQuotes(factsOf(good), params, limits).verdict.kind).toBe('quote')
  })
})

describe('under close_only', () => {
  const closeOnly = (sz: string) =>
    planQuotes(factsOf({ positionE8: parseFixed(sz), closeOnly: true }), paramsOf({ quote_usd: 250 }), limits)

  test.each([
    { sz: '1.5', bid: null, ask: { szE8: parseFixed('1.5'), reduceOnly: true } },
    { sz: '-1.5', bid: { szE8: parseFixed('1.5'), reduceOnly: true }, ask: null },
    { sz: '0', bid: null, ask: null },
  ])('$sz coins are only reduced, never by more than is held', ({ sz, bid, ask }) => {
    const plan = closeOnly(sz)
    for (const [is, wanted] of [
      [plan.bid, bid],
      [plan.ask, ask],
    ] as const) {
      if (wanted === null) expect(is).toBeNull()
      else expect(is).toMatchObject(wanted)
    }
    expect(plan.verdict.gate).toBe('KILL_CLOSE_ONLY')
  })

  test('a large position is reduced by one quote at a time', () => {
    expect(toNumber(closeOnly('20').ask?.szE8 ?? 0n)).toBeLessThanOrEqual(2.5)
  })
})

const anyCase = fc.record({
  midCents: fc.integer({ min: 200, max: 10_000_000 }),
  spreadCents: fc.integer({ min: 1, max: 100 }),
  positionUsd: fc.integer({ min: -8_000, max: 8_000 }),
  half: fc.integer({ min: 0, max: 5_000 }).map((tenth) => tenth / 10),
  skew: fc.integer({ min: 0, max: 5_000 }).map((tenth) => tenth / 10),
  quoteUsd: fc.integer({ min: 1, max: 10_000 }),
  sizeDecimals: fc.integer({ min: 0, max: 4 }),
  closeOnly: fc.boolean(),
})

test('whatever the market, position and parameters: never across or inside the touch, on tick and lot, inside the limit', () => {
  fc.assert(
    fc.property(anyCase, (given) => {
      const bidE8 = BigInt(given.midCents) * 1_000_000n
      const askE8 = bidE8 + BigInt(given.spreadCents) * 1_000_000n
      const positionE8 = (fromNumber(given.positionUsd) * 100_000_000n) / bidE8
      const { sizeDecimals, closeOnly } = given
      const facts = factsOf({ touch: { bidE8, askE8 }, positionE8, sizeDecimals, closeOnly })
      const params = paramsOf({
        half_spread_bps: given.half,
        skew_bps: given.skew,
        quote_usd: given.quoteUsd,
      })
      const { bid, ask } = planQuotes(facts, params, limits)
      if (bid) expect(bid.pxE8 <= bidE8).toBe(true)
      if (ask) expect(ask.pxE8 >= askE8).toBe(true)
      for (const [quote, sign] of [
        [bid, 1n],
        [ask, -1n],
      ] as const) {
        if (!quote) continue
        expect(isValidPrice(quote.pxE8, sizeDecimals)).toBe(true)
        expect(quote.szE8 > 0n && quote.szE8 % lotE8(sizeDecimals) === 0n).toBe(true)
        expect(mulE8(quote.szE8, quote.pxE8) <= fromNumber(given.quoteUsd)).toBe(true)
        expect(quote.reduceOnly).toBe(closeOnly)
        const after = positionE8 + sign * quote.szE8
        const grows = absE8(after) > absE8(positionE8)
        if (closeOnly) expect(absE8(after) < absE8(positionE8)).toBe(true)
        else expect(mulE8(quote.szE8, quote.pxE8) >= MIN_ORDER_USD_E8).toBe(true)
        if (grows) expect(mulE8(absE8(after), quote.pxE8) <= fromNumber(limits.position_usd_max)).toBe(true)
      }
    }),
    { numRuns: 500 },
  )
})

describe('a resting bid of 100 for 1 coin', () => {
  const resting = { pxE8: parseFixed('100'), remainingE8: parseFixed('1'), reduceOnly: false }
  const wanted = (at: string, sz = '1', reduceOnly = false) => ({
    pxE8: parseFixed(at),
    szE8: parseFixed(sz),
    reduceOnly,
  })
  test.each([
    { what: 'nothing is wanted', quote: null, bps: 5, replace: true },
    { what: 'the same is wanted', quote: wanted('100'), bps: 0, replace: false },
    { what: 'the same as reduce-only is wanted', quote: wanted('100', '1', true), bps: 5, replace: true },
    { what: 'the price is 4.9 bps higher', quote: wanted('100.049'), bps: 5, replace: false },
    { what: 'the price is 5.1 bps higher', quote: wanted('100.051'), bps: 5, replace: true },
    { what: 'the price is 5.1 bps lower', quote: wanted('99.949'), bps: 5, replace: true },
    {
      what: 'the price is a tick away and every tick counts',
      quote: wanted('100.001'),
      bps: 0,
      replace: true,
    },
    { what: 'twice its size is wanted', quote: wanted('100', '2'), bps: 5, replace: false },
    {
      what: 'a little more than twice its size is wanted',
      quote: wanted('100', '2.001'),
      bps: 5,
      replace: true,
    },
    { what: 'half its size is wanted', quote: wanted('100', '0.5'), bps: 5, replace: false },
    {
      what: 'a little less than half its size is wanted',
      quote: wanted('100', '0.499'),
      bps: 5,
      replace: true,
    },
  ])('is replaced when $what: $replace', ({ quote, bps, replace }) => {
    expect(mustReplace(resting, quote, 'buy', bps)).toBe(replace)
  })
})

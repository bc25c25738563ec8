/** Worked examples 1 to 5, 10 and 11 of the market maker's specification (004 §19), figure by figure; where ours differ, both stand here. */
// Not here: exits (worked-examples-exits.test.ts), request budget and paper run (worked-examples-venue.test.ts). Index: docs/features/maker.md.
import { describe, expect, test } from 'vitest'
import type { FillEvent } from '#domain/events.ts'
import { formatFixed, fromNumber, parseFixed, toNumber } from '#domain/fixed-point.ts'
import { spreadBps } from '#domain/market/order-book.ts'
import { FillBook } from '#domain/session/fill-book.ts'
import { sumsOf } from '#domain/session/maker-pnl.ts'
import { exactPnl } from '#domain/session-pnl/exact-pnl.ts'
import { tradePnl } from '#domain/session-pnl/trade-pnl.ts'
import { firstCheckpoint } from '#domain/trading/checkpoint.ts'
import { unrealizedE8 } from '#domain/trading/position.ts'
import { factsOf, knobsOf, quoteAfter, touchAt } from '#tests/support/maker-facts.ts'
import { breakEven, guardedMinSpread, quantile } from './gates.ts'
import { marginUsdMax } from './inventory.ts'
import { tickOf } from './prices.ts'
import { chooseSides, makerShare } from './sides.ts'
import { sizeAtLeast } from './sizes.ts'
import { decayedFlow, firstState } from './state.ts'

const shown = (facts = {}, knobs = {}): string => quoteAfter(1, factsOf(facts), knobsOf(knobs)).text

describe('1: one quote', () => {
  test('50 USD at the mid of 24.52 are 2.0392 coins, 2.04 of them in lots; both sides improve by a tick', () => {
    expect(50 / 24.52).toBeCloseTo(2.0392, 4)
    expect(formatFixed(sizeAtLeast(fromNumber(50), fromNumber(24.52), 2))).toBe('2.04')
    expect(shown()).toBe('B 2.04@24.514 A 2.04@24.526')
  })

  test('long 3 with a skew of 2 ticks: the bid alone moves away', () => {
    const long = { positionE8: parseFixed('3') }
    expect(shown(long, { inventory_skew_ticks: 2 })).toBe('B 2.04@24.512 A 2.04@24.526')
  })
})

test('2: a free collateral of 250, a fifth of it at 10× and one coin allow 250 USD: 10.19 coins a side of the 5000 wanted', () => {
  const knobs = knobsOf({ size_notional_usd: 5_000, margin_cap_fraction: 0.2, assumed_leverage: 10 })
  const share = { margin_cap_mode: 'auto' as const, margin_cap_fraction: 0.2, fc_hint_usd: 0 }
  const max = marginUsdMax({ ...share, assumed_leverage: 10 }, { freeUsd: 250, coins: 1, isTest: false })
  expect(max).toBe(250)
  const facts = factsOf({ portfolio: { otherGrossUsd: 0, maxGrossUsd: 1e6, marginUsdMax: max } })
  expect(quoteAfter(1, facts, knobs).text).toBe('B 10.19@24.514 A 10.19@24.526')
})

describe('3: 8 USD become the least order of 10 USD', () => {
  test('9e-5 coins, worth 10.20 USD', () => {
    const sz = sizeAtLeast(fromNumber(10), fromNumber(113_372.5), 5)
    expect(formatFixed(sz)).toBe('0.00009')
    expect(toNumber(sz) * 113_372.5).toBeCloseTo(10.2, 2)
  })

  test('the original quotes 113372 / 113373 on half dollars, which the venue does not have; on whole dollars the same prices lie inside 113371 / 113374', () => {
    const at = (bid: string, ask: string): string =>
      shown({ touch: touchAt(bid, ask), sizeDecimals: 5 }, { size_notional_usd: 8 })
    expect(at('113371', '113374')).toBe('B 0.00009@113372 A 0.00009@113373')
    // Its own book is two of our ticks wide: nobody holds anything, so both sides join, on prices that the venue takes.
    expect(at('113371.5', '113373.5')).toBe('B 0.00009@113371 A 0.00009@113374')
  })
})

test('4: 2.447 bps under a gate of 3 show nothing', () => {
  const touch = touchAt('24.513', '24.519')
  expect(spreadBps(touch)).toBeCloseTo(2.447, 3)
  expect(shown({ touch }, { min_spread_bps: 3 })).toBe('- SPREAD_GATE')
})

describe('5: quantiles and ticks', () => {
  test.each([
    [0.6, 5.2],
    [0.9, 8.2],
  ])('quantile %f of [2, 3.5, 4, 7, 9] is %f', (q, is) => {
    expect(quantile([2, 3.5, 4, 7, 9], q)).toBeCloseTo(is, 9)
  })

  // The original infers ticks from what prices look like or a field that the venue does not have; ours are the venue's rule, or coarser by knob.
  test.each([
    ['24.513', '24.52', null, '0.001', '0.001'],
    ['24.5', '24.52', 2, '0.01', '0.01'],
    ['24.5', '24.52', null, '0.01', '0.001'],
    ['24.0', '25.0', null, '1', '0.001'],
  ])('at %s/%s with override %s the original has %s, ours is %s', (bid, ask, decimals, _original, ours) => {
    expect(formatFixed(tickOf(touchAt(bid, ask), { px_decimals_override: decimals }, 2))).toBe(ours)
  })
})

describe('10: average cost of B 10@24.5, B 10@24.7, A 5@24.8, A 20@24.4', () => {
  const trades = [
    ['buy', '10', '24.5', '0'],
    ['buy', '10', '24.7', '10'],
    ['sell', '5', '24.8', '20'],
    ['sell', '20', '24.4', '15'],
  ] as const
  const fills = trades.map(([side, sz, px, startPosition], at): FillEvent => {
    const ids = {
      account: 'x',
      coin: 'HYPE',
      ts: 10 + at,
      tid: 10 + at,
      oid: 1,
      cloid: '',
      receivedTs: 10 + at,
    }
    const rest = { direction: '', closedPnl: '0', fee: '0', crossed: false, hash: '', snapshot: false }
    return { kind: 'fill', ...ids, ...rest, side, sz, px, startPosition }
  })
  const play = () => {
    const book = new FillBook(firstCheckpoint(1, 1), ['HYPE'])
    book.foldList([], book.request())
    const steps = fills.map((fill) => {
      expect(book.take(fill)).toBe(true)
      return book.position('HYPE')
    })
    return { steps, last: book.position('HYPE') }
  }

  test('realised 0, 0, 1.0 and −3.0; the original loses the rest and ends flat, ours is short 5 at 24.4', () => {
    const { steps, last } = play()
    const total = steps.map(({ realizedPnl }) => parseFixed(realizedPnl))
    const each = total.map((usd, at) => formatFixed(usd - (total[at - 1] ?? 0n)))
    expect(each).toEqual(['0', '0', '1', '-3'])
    expect(steps.map(({ sz, entryPx }) => `${sz}@${entryPx}`)).toEqual([
      '10@24.5',
      '20@24.6',
      '15@24.6',
      '-5@24.4',
    ])
    expect(unrealizedE8(last, parseFixed('24.4'))).toBe(0n)
  })

  test('session PnL of the same fills agrees: 20 matched lose 2.4, the short of 5 has 0.4 in it, −2 in all', () => {
    const { last } = play()
    const sums = sumsOf(last)
    expect(tradePnl(sums)).toMatchObject({ matchedSz: '20', netUsd: '-2.4' })
    const flat = { startPositionE8: 0n, startMarkE8: 0n, fundingE8: 0n }
    const found = exactPnl({ sums, positionE8: parseFixed(last.sz), markE8: parseFixed('24.4'), ...flat })
    expect(found).toMatchObject({ inventoryUsd: '0.4', totalUsd: '-2', unexplainedUsd: '0' })
    expect(parseFixed(found.totalUsd)).toBe(parseFixed(last.realizedPnl))
  })
})

describe('11: fees and flow', () => {
  test('fees of 1.2 and 4.0 break even at 2.4, 5.2 and 8.0; −0.1 at −0.2', () => {
    expect(breakEven({ makerBps: 1.2, takerBps: 4 })).toEqual({ maker: 2.4, mixed: 5.2, taker: 8 })
    expect(breakEven({ makerBps: -0.1, takerBps: 2 }).maker).toBe(-0.2)
  })

  test.each([
    [1.2, 4, 2.5, 0.75, 3.15],
    [1.2, 4, 2.5, 0.05, 2.5],
    [-0.1, 2, 0, 1.5, 1.3],
  ])('fees %f/%f, gate %f, buffer %f: %f', (makerBps, takerBps, min_spread_bps, buffer, is) => {
    const guard = { min_spread_guard_enabled: true, min_spread_guard_buffer_bps: buffer }
    expect(guardedMinSpread(knobsOf({ ...guard, min_spread_bps }), { makerBps, takerBps })).toBe(is)
  })

  test('maker B, B, A and one taker count (2, 1, 3, 1): share 0.75, the bid; after 30 s (1, 0.5, 1.5, 0.5)', () => {
    const fill = (side: 'buy' | 'sell', maker = true) => ({ side, maker, ts: 1_000 })
    const fills = [fill('buy'), fill('buy'), fill('sell'), fill('buy', false)]
    const first = decayedFlow(firstState().flow, { ts: 1_000, fills }, 30)
    expect(first).toMatchObject({ makerBuys: 2, makerSells: 1, maker: 3, taker: 1 })
    expect(makerShare(first)).toBe(0.75)
    const auto = knobsOf({ single_sided_mode: 'auto', ss_ma_no_quote_when_tight: false })
    const wide = { liveBps: 10, floorBps: 1 }
    expect(chooseSides({ ...firstState(), flow: first }, factsOf(), auto, wide).side.now).toBe('B')
    expect(decayedFlow(first, { ts: 31_000, fills: [] }, 30)).toMatchObject({
      ...{ makerBuys: 1, makerSells: 0.5, maker: 1.5, taker: 0.5 },
    })
  })
})

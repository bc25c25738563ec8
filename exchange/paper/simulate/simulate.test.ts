/** A simulated maker: the same again from the same words, money that adds up, and rules that bind. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { SessionInput } from '#domain/session/input.ts'
import { parseLatency } from '#exchange/paper/latency.ts'
import { coinSpec } from '#exchange/paper/market/known-coins.ts'
import { syntheticTape } from '#exchange/paper/simulate/make-tape.ts'
import type { MakerSession } from '#exchange/paper/simulate/maker-desk.ts'
import { simulate } from '#exchange/paper/simulate/simulate.ts'
import { type Tape, TapeBuilder } from '#exchange/paper/simulate/tape.ts'

const START = Date.UTC(2026, 0, 1)
const OPEN_GATES = { min_spread_guard_enabled: false, dynamic_min_spread_enabled: false }
const LIMITS = { order_usd_max: 1_000, position_usd_max: 3_000 }

function session(
  strategy: 'touch' | 'spread' | 'microprice',
  over: { params?: Record<string, unknown>; limits?: Record<string, unknown>; coins?: string[] } = {},
): MakerSession {
  const input = SessionInput.parse({
    ...{ engine: 'maker', session_key: 'test', account: 'test', coins: over.coins ?? ['BTC'] },
    params: { strategy, ...(strategy === 'touch' ? {} : OPEN_GATES), ...over.params },
    limits: { ...LIMITS, ...over.limits },
  })
  return input as MakerSession & typeof input
}
const base = { equityUsd: 10_000, latency: parseLatency('20..80'), seed: 3 }

describe('a synthetic half hour of two coins', () => {
  const tape = syntheticTape({ seed: 3, coins: ['BTC', 'ETH'], minutes: 30, startTs: START })

  test.each(['touch', 'spread', 'microprice'] as const)(
    '%s: the same again, and the money adds up',
    (strategy) => {
      const coins = strategy === 'touch' ? ['BTC'] : ['BTC', 'ETH']
      const run = () => simulate(tape, { ...base, session: session(strategy, { coins }) })
      const report = run()
      expect(run()).toEqual(report)
      expect(report.fills).toBeGreaterThan(5)
      expect(report.volume_usd).toBeGreaterThan(100)
      const { realised_usd, unrealised_usd, fees_usd, funding_usd, pnl_usd } = report
      expect(realised_usd + unrealised_usd - fees_usd + funding_usd).toBeCloseTo(pnl_usd, 5)
      expect(report.equity_end_usd).toBeCloseTo(report.equity_start_usd + pnl_usd, 5)
      expect(report.max_drawdown_usd).toBeGreaterThanOrEqual(Math.max(0, -pnl_usd) - 1e-6)
      const parts = Object.values(report.by_coin)
      expect(parts.reduce((sum, { fills }) => sum + fills, 0)).toBe(report.fills)
      expect(parts.reduce((sum, { fees_usd: fees }) => sum + fees, 0)).toBeCloseTo(fees_usd, 5)
      // Only exits take.
      if (strategy === 'touch') expect(report.maker_share).toBe(1)
    },
  )

  test('passes that touch leaves out would have changed nothing', () => {
    const options = { ...base, session: session('touch') }
    const { reasons: _fewer, ...sparing } = simulate(tape, options)
    const { reasons: _all, ...thorough } = simulate(tape, { ...options, everyPass: true })
    expect(sparing).toEqual(thorough)
  })

  // Changes only with a rule, never with the pace: who makes it faster leaves these as they are.
  test.each([
    ['touch', {}, 'c08d041f6f52f15d'],
    ['spread', {}, 'b7dd568cc8bb1a7c'],
    ['microprice', {}, 'cebe65346b0993f8'],
    ['spread', { levels: 3, single_sided_mode: 'auto', touch_distance_bps: 1 }, '8470881fa44e0b75'],
  ] as const)('%s %j: the same report as always', (strategy, params, digest) => {
    const coins = strategy === 'touch' ? ['BTC'] : ['BTC', 'ETH']
    const report = simulate(tape, { ...base, session: session(strategy, { coins, params }) })
    const hash = createHash('sha256').update(JSON.stringify(report))
    expect(hash.digest('hex').slice(0, 16)).toBe(digest)
  })

  test('no position goes beyond its cap by more than one quote', () => {
    const capped = session('spread', { params: { max_per_coin_notional: 250, size_notional_usd: 100 } })
    expect(simulate(tape, { ...base, session: capped }).position_usd_max).toBeLessThan(251)
  })

  test('who comes later trades otherwise: latency is felt', () => {
    const at = (text: string) =>
      simulate(tape, { ...base, latency: parseLatency(text), session: session('microprice') })
    expect(at('0').pnl_usd).not.toBe(at('2000').pnl_usd)
    expect(at('2000').rejected).toBeGreaterThan(at('0').rejected)
  })
})

/** A market that stands for ten seconds and then falls by two percent, three times. */
function falling(): Tape {
  const builder = new TapeBuilder([coinSpec('BTC', 0)])
  const levels = (px: number, step: number) =>
    Array.from({ length: 20 }, (_, at) => ({ px: px + at * step, sz: 100_000 }))
  let [mid, ts] = [1_000_000, START]
  for (let second = 0; second < 60; second++, ts += 1_000) {
    builder.book(ts, 0, levels(mid - 10, -10), levels(mid + 10, 10))
    if (second % 15 !== 14) continue
    // Somebody sells through everything that rests down to the new price.
    mid -= 20_000
    builder.trade(ts + 500, 0, { px: mid, sz: 10_000_000, isBuy: false })
  }
  return builder.finish('falling')
}

test('a session that has lost its limit ends itself, flat and with nothing resting', () => {
  const hungry = session('touch', { limits: { loss_usd_max: 20 }, params: { quote_usd: 1_000 } })
  const report = simulate(falling(), { ...base, session: hungry })
  expect(report.ended).toBe('LOSS_LIMIT')
  expect(report.by_coin.BTC?.position_sz).toBe(0)
  expect(report.pnl_usd).toBeLessThan(-20)
  const patient = simulate(falling(), {
    ...base,
    session: session('touch', { params: { quote_usd: 1_000 } }),
  })
  expect(patient.ended).toBe(null)
  expect(patient.pnl_usd).toBeLessThan(report.pnl_usd)
})

test('fills in a fall were made at a good distance from the mid and look bad afterwards', () => {
  const report = simulate(falling(), { ...base, session: session('touch') })
  expect(report.spread_capture_bps).toBeGreaterThan(0)
  expect(report.markout_bps['1s']).toBeLessThan(-50)
})

test('a tape without events is a report without fills', () => {
  const report = simulate(new TapeBuilder([coinSpec('BTC', 0)]).finish('nothing'), {
    ...base,
    session: session('touch'),
  })
  expect(report).toMatchObject({ events: 0, fills: 0, pnl_usd: 0, maker_share: null, ended: null })
})

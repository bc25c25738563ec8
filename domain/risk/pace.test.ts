/** The limits of pace on both sides of their boundaries, after restarts and with clocks set back; refused orders cost nothing. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SessionLimits } from '#domain/risk/limit-input.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import { firstCheckpoint, readCheckpoint } from '#domain/trading/checkpoint.ts'
import { notePace, paceGate } from './pace.ts'
import { NO_STANDING, type RiskStanding } from './standing.ts'

const limitsOf = (change: Record<string, number>): SessionLimits =>
  SessionLimits.parse({ order_usd_max: 10_000, position_usd_max: 10_000, ...change })
const orderOf = (usd: number, coin = 'BTC'): OrderIntent => ({
  ...{ cloid: '0x1', coin, side: 'buy', px: '1', sz: String(usd), tif: 'ioc', reduce_only: false },
  purpose: 'entry',
})

/** Orders one after the other; what passes is sent. @returns the gate of each */
function run(
  limits: SessionLimits,
  orders: readonly { ms: number; usd?: number; coin?: string; shrinks?: boolean }[],
  start: RiskStanding = NO_STANDING,
) {
  let standing = start
  const gates = orders.map(({ ms, usd = 10, coin, shrinks = false }) => {
    const order = orderOf(usd, coin)
    const gate = paceGate(order, { ts: ms, shrinks }, limits, standing)
    if (gate === null) standing = notePace(standing, order, ms, limits)
    return gate
  })
  return { gates, standing }
}

test('the gap counts from the last order sent, not from a refused one; its end is open', () => {
  const { gates } = run(limitsOf({ order_gap_ms_min: 150 }), [{ ms: 0 }, { ms: 149 }, { ms: 150 }])
  expect(gates).toEqual([null, 'RISK_ORDER_GAP', null])
})

test('a clock that was set back holds nothing up by the gap', () => {
  const { gates } = run(limitsOf({ order_gap_ms_min: 150 }), [{ ms: 10_000 }, { ms: 5_000 }])
  expect(gates).toEqual([null, null])
})

test('a coin may open again when its oldest order of the minute is a minute old, others meanwhile', () => {
  const { gates } = run(limitsOf({ coin_orders_per_min_max: 1 }), [
    { ms: 0 },
    { ms: 59_999 },
    { ms: 59_999, coin: 'ETH' },
    { ms: 60_000 },
  ])
  expect(gates).toEqual([null, 'RISK_COIN_ORDER_RATE', null, null])
})

describe('USD within a window', () => {
  const limits = limitsOf({ window_usd_max: 100, window_s: 10 })
  test('may reach the limit and not pass it, over all coins', () => {
    const { gates } = run(limits, [
      { ms: 0, usd: 60 },
      { ms: 1, usd: 40, coin: 'ETH' },
      { ms: 2, usd: 0.01 },
    ])
    expect(gates).toEqual([null, null, 'RISK_WINDOW_USD'])
  })
  test('an order that only shrinks a position spends nothing of it', () => {
    const { gates } = run(limits, [
      { ms: 0, usd: 100 },
      { ms: 1, usd: 50, shrinks: true },
    ])
    expect(gates).toEqual([null, null])
  })
  test('is a minute long unless set', () => {
    const { gates } = run(limitsOf({ window_usd_max: 100 }), [
      { ms: 0, usd: 100 },
      { ms: 59_999, usd: 10 },
      { ms: 60_000, usd: 10 },
    ])
    expect(gates).toEqual([null, 'RISK_WINDOW_USD', null])
  })
})

test('what was sent survives a checkpoint, and one of an earlier version counts as nothing sent', () => {
  const limits = limitsOf({ coin_orders_per_min_max: 1 })
  const { standing } = run(limits, [{ ms: 0 }])
  const read = (risk: RiskStanding): RiskStanding | undefined =>
    readCheckpoint(JSON.parse(JSON.stringify({ ...firstCheckpoint(1, 0), risk })))?.risk
  expect(run(limits, [{ ms: 1 }], read(standing)).gates).toEqual(['RISK_COIN_ORDER_RATE'])
  expect(run(limits, [{ ms: 1 }], read({ ...standing, sent: undefined })).gates).toEqual([null])
})

test('nothing is kept that no limit asks for, and nothing longer than its window', () => {
  const orders = Array.from({ length: 300 }, (_, at) => ({ ms: at * 1_000 }))
  expect(run(limitsOf({}), orders).standing.sent).toBeUndefined()
  expect(run(limitsOf({ window_usd_max: 1e9 }), orders).standing.sent).toHaveLength(60)
})

test('whatever is wished for, no window ever holds more than the limits', () => {
  const wish = fc.record({
    ms: fc.integer({ min: 0, max: 4_000 }),
    usd: fc.integer({ min: 1, max: 80 }),
    coin: fc.constantFrom('BTC', 'ETH'),
  })
  fc.assert(
    fc.property(fc.array(wish, { maxLength: 60 }), (wishes) => {
      let now = 0
      const orders = wishes.map(({ ms, ...rest }) => {
        now += ms
        return { ...rest, ms: now }
      })
      const limits = limitsOf({ window_usd_max: 100, window_s: 10, coin_orders_per_min_max: 3 })
      const { gates } = run(limits, orders)
      const sent = orders.filter((_, at) => gates[at] === null)
      for (const { ms, coin } of sent) {
        const within = (span: number) => sent.filter((each) => each.ms <= ms && ms - each.ms < span)
        expect(within(10_000).reduce((sum, { usd }) => sum + usd, 0)).toBeLessThanOrEqual(100)
        expect(within(60_000).filter((each) => each.coin === coin).length).toBeLessThanOrEqual(3)
      }
    }),
  )
})

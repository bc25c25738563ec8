/** The risk manager in a segment: a refused order is a stored reason and never reaches the venue; the drawdown kills. */
import { expect, test } from 'vitest'
import { formatFixed, parseFixed } from '#domain/fixed-point.ts'
import { submitOrders } from '#domain/session/submit.ts'
import { candleInput, holding, limitsOf, readyContext } from '#tests/support/segment-inputs.ts'
import { cloidOf, intentOf } from '#tests/support/session-ports.ts'
import { checkDrawdown, judge, observe, othersE8 } from './risk-desk.ts'

const ioc = (seq: number, px = '100') => intentOf({ cloid: cloidOf({ seq }), tif: 'ioc', px })

test.each([
  { limits: { stale_ms_max: 1_000 }, gate: 'RISK_STALE_DATA', ageMs: 1_001 },
  { limits: { oracle_band_bps: 10 }, gate: 'RISK_PRICE_BAND', oracle: '90' },
  { limits: { gross_usd_max: 1 }, gate: 'RISK_GROSS' },
  { limits: { account_usd_max: 1 }, gate: 'RISK_ACCOUNT' },
  { limits: { slippage_bps_max: 1 }, gate: 'RISK_SLIPPAGE', px: '103' },
])(
  '$gate stops the order before it is named durable, and is journaled',
  async ({ limits, gate, ...facts }) => {
    const { context, journal, market, ports, time, venue } = readyContext(
      candleInput({ limits: limitsOf(limits) }),
    )
    market.state.ageMs = facts.ageMs ?? 0
    ports.market.oraclePx = () => facts.oracle ?? null
    await time.drive(submitOrders(context, [ioc(0, facts.px)]))
    expect([venue.called('placeOrders'), journal.rows.intents]).toEqual([[], []])
    expect(journal.gates()).toEqual([gate])
  },
)

test('the order that uses up the minute goes out, the next one does not', async () => {
  const { context, journal, time, venue } = readyContext(
    candleInput({ limits: limitsOf({ orders_per_min_max: 1 }) }),
  )
  await time.drive(submitOrders(context, [ioc(0), ioc(1)]))
  expect(venue.state.placed.map(({ cloid }) => cloid)).toEqual([cloidOf({ seq: 0 })])
  expect(journal.gates()).toEqual(['RISK_ORDER_RATE'])
})

test.each([
  { limits: { coin_orders_per_min_max: 1 }, gate: 'RISK_COIN_ORDER_RATE' },
  { limits: { window_usd_max: 100 }, gate: 'RISK_WINDOW_USD' },
  { limits: { order_gap_ms_min: 150 }, gate: 'RISK_ORDER_GAP' },
])('the second order of a batch is stopped by $gate, and that is journaled', async ({ limits, gate }) => {
  const { context, journal, time, venue } = readyContext(candleInput({ limits: limitsOf(limits) }))
  await time.drive(submitOrders(context, [ioc(0), ioc(1)]))
  expect(venue.state.placed.map(({ cloid }) => cloid)).toEqual([cloidOf({ seq: 0 })])
  expect(journal.gates()).toEqual([gate])
})

test('a refused order costs no token, and what reduces is not even asked about', () => {
  const { context } = readyContext(candleInput({ limits: limitsOf({ gross_usd_max: 1 }) }))
  expect(judge(context, ioc(0))).toBe('RISK_GROSS')
  expect(context.risk.opened).toBeNull()
  expect(judge(context, { ...ioc(1), reduce_only: true })).toBeNull()
})

test('positions of the account in other coins count at their entry', () => {
  const { context } = readyContext(candleInput())
  const account = {
    equityUsd: '1000',
    positions: [
      { coin: 'BTC', sz: '5', entryPx: '100' },
      { coin: 'ETH', sz: '-2', entryPx: '30' },
      { coin: 'SOL', sz: '1', entryPx: '7.5' },
    ],
  }
  expect(formatFixed(othersE8(context, account))).toBe('67.5')
})

test('reaching the drawdown kills the segment by its risk, and says by how much', () => {
  const input = candleInput({ limits: limitsOf({ drawdown_pct_max: 10 }), checkpoint: holding('1') })
  const { context, journal, market } = readyContext(input)
  market.state.mark = '100'
  context.base = { equityE8: parseFixed('200'), netPnlE8: 0n }
  expect(checkDrawdown(context)).toBe(false)
  market.state.mark = '80.1'
  expect(checkDrawdown(context)).toBe(false)
  market.state.mark = '80'
  expect(checkDrawdown(context)).toBe(true)
  expect(context.stop.why()).toMatchObject({
    kind: 'killed',
    by: 'risk',
    reason: 'DRAWDOWN_LIMIT: 10.00 % below the peak',
  })
  expect(journal.rows.events.map(({ kind }) => kind)).toContain('drawdown_limit')
})

test('the standing comes from the checkpoint and goes back into it', () => {
  const { context } = readyContext(candleInput())
  observe(context)
  expect(context.risk.dayTs).toBeGreaterThan(0)
  const again = readyContext(
    candleInput({ checkpoint: { ...holding('0'), risk: { ...context.risk, lossStreak: 4 } } }),
  )
  observe(again.context)
  expect(again.context.risk).toMatchObject({ lossStreak: 4, dayTs: context.risk.dayTs })
})

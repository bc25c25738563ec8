/** Limits of a session in a backtest: each gate on both sides of its figure, and the losses that end the run. */
import { describe, expect, test } from 'vitest'
import type { SessionLimits } from '../risk/limit-input.ts'
import type { CandleStrategy, Intention, Move } from '../strategies/strategy.ts'
import { BacktestOptions } from './options.ts'
import { runBacktest } from './run.ts'
import { type CandleSeries, seriesOf } from './series.ts'

const HOUR = 3_600_000
const options = BacktestOptions.parse({
  ...{ spread_bps: 0, slippage_bps: 0, stop_slippage_bps: 100, fill: 'close', fee_discount_pct: 100 },
})
const wide: SessionLimits = {
  ...{ order_usd_max: 1e9, position_usd_max: 1e9, open_orders_max: 100, loss_usd_max: 1e9 },
}

const entry = (usd: number, side: 'buy' | 'sell' = 'buy'): Intention => ({
  ...{ kind: 'entry', side, usd, minUsd: 10, maxUsd: null, bump: false, leverage: null, slippageBps: 500 },
})
const exit: Intention = { kind: 'exit', slippageBps: 500 }

/** Flat bars at these closes. */
const closes = (coin: string, ...values: number[]): CandleSeries =>
  seriesOf(
    { coin, interval: '1h', sizeDecimals: 2, leverageMax: null },
    values.map((px, at) => ({ openTs: at * HOUR, open: px, high: px, low: px, close: px, volume: 1 })),
  )

type Script = Record<number, readonly Intention[]>

/** Wants at bar n, for each coin, what the script says. */
const scripted = (script: Script): CandleStrategy<unknown, number> => ({
  ...{ name: 'scripted', schema: undefined as never, warmUpBars: () => 0, init: () => -1 },
  observe: (was) => was + 1,
  decide: (state): Move<number> => ({
    ...{ state, kind: 'hold', reason: `BAR_${state}`, gate: '', stopPx: null, targetPx: null },
    intentions: script[state] ?? [],
  }),
})

function run(limits: Partial<SessionLimits>, script: Script, ...series: CandleSeries[]) {
  const found = runBacktest(scripted(script), {}, series, options, { limits: { ...wide, ...limits } })
  const entries = found.account.fills.filter(({ purpose }) => purpose !== 'end')
  return { ...found, sent: entries.map(({ ts, coin, side }) => `${ts / HOUR} ${coin} ${side}`) }
}

const still = closes('AAA', 10, 10, 10, 10)
const other = closes('BBB', 10, 10, 10, 10)

describe('an opening order is stopped and counted', () => {
  test.each<[string, Partial<SessionLimits>, Partial<SessionLimits>]>([
    ['RISK_ORDER_NOTIONAL', { order_usd_max: 999 }, { order_usd_max: 1_000 }],
    ['RISK_MAX_POSITION', { position_usd_max: 999 }, { position_usd_max: 1_000 }],
    ['RISK_GROSS', { gross_usd_max: 999 }, { gross_usd_max: 1_000 }],
    ['RISK_ACCOUNT', { account_usd_max: 999 }, { account_usd_max: 1_000 }],
    ['RISK_SLIPPAGE', { slippage_bps_max: 499 }, { slippage_bps_max: 501 }],
  ])('%s', (gate, tight, loose) => {
    // 95.23 coins, valued at the limit of the order: 999.92 USD.
    expect(run(tight, { 0: [entry(1_000)] }, still)).toMatchObject({ sent: [], gates: { [gate]: 1 } })
    expect(run(loose, { 0: [entry(1_000)] }, still)).toMatchObject({ sent: ['1 AAA buy'], gates: {} })
  })

  test('RISK_COINS_HELD: the coin that comes second in a bar', () => {
    const script = { 0: [entry(100)] }
    expect(run({ coins_held_max: 1 }, script, still, other).sent).toEqual(['1 AAA buy'])
    expect(run({ coins_held_max: 2 }, script, still, other).sent).toEqual(['1 AAA buy', '1 BBB buy'])
  })

  test('RISK_WINDOW_USD: until the window has passed', () => {
    const script = { 0: [entry(100)], 1: [exit], 2: [entry(100)] }
    const within = run({ window_usd_max: 150, window_s: 7_201 }, script, still)
    expect(within).toMatchObject({ sent: ['1 AAA buy', '2 AAA sell'], gates: { RISK_WINDOW_USD: 1 } })
    expect(run({ window_usd_max: 150, window_s: 7_200 }, script, still).sent).toHaveLength(3)
  })
})

test('what reduces passes every limit, and the entry behind it is judged as if it were filled', () => {
  const turn = { 0: [entry(1_000)], 1: [exit, entry(1_000, 'sell')] }
  expect(run({ position_usd_max: 1_060, coins_held_max: 1 }, turn, still).sent).toEqual([
    '1 AAA buy',
    '2 AAA sell',
    '2 AAA sell',
  ])
})

test('a losing streak rests the session, and a won round trip ends it', () => {
  const series = closes('AAA', 10, 9, 9, 9, 10, 10)
  const script = { 0: [entry(100)], 1: [exit], 2: [entry(100)], 3: [entry(100)], 4: [exit], 5: [entry(100)] }
  const rested = run({ loss_streak_max: 1, loss_streak_pause_min: 60 }, script, series)
  expect(rested.sent).toEqual(['1 AAA buy', '2 AAA sell', '4 AAA buy', '5 AAA sell', '6 AAA buy'])
  expect(rested.gates).toMatchObject({ RISK_LOSS_STREAK: 1 })
})

test('after the loss of a day nothing is opened until the next', () => {
  const series = closes('AAA', ...Array.from({ length: 27 }, (_, at) => (at === 0 ? 10 : 9)))
  const script = { 0: [entry(1_000)], 1: [exit], 2: [entry(100)], 25: [entry(100)] }
  const found = run({ daily_loss_usd_max: 95 }, script, series)
  expect(found.sent).toEqual(['1 AAA buy', '2 AAA sell', '26 AAA buy'])
  expect(run({ daily_loss_usd_max: 96 }, script, series).sent).toHaveLength(4)
})

describe('a loss that kills a session ends the run at that close', () => {
  const falling = closes('AAA', 100, 95, 90, 85, 80)

  test.each<[string, Partial<SessionLimits>, Partial<SessionLimits>]>([
    ['LOSS_LIMIT', { loss_usd_max: 95 }, { loss_usd_max: 191 }],
    ['DRAWDOWN_LIMIT', { drawdown_pct_max: 0.95 }, { drawdown_pct_max: 1.91 }],
  ])('%s', (endedBy, tight, loose) => {
    const killed = run(tight, { 0: [entry(1_000)] }, falling)
    expect([killed.endedBy, killed.equityTs.length]).toEqual([endedBy, 3])
    // It leaves at the market: 1 % below the close of 90.
    expect(killed.account.trades).toMatchObject([{ exit_ts: 3 * HOUR, exit_px: 89.1, exit_reason: endedBy }])
    const whole = run(loose, { 0: [entry(1_000)] }, falling)
    expect([whole.endedBy, whole.equityTs.length]).toEqual([null, 5])
  })
})

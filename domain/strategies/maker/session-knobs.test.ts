/** Each knob of the session moves something: in the pure step it belongs to, or in a running segment. */
import { expect, test } from 'vitest'
import { makerMode, makerRotateMs } from '#domain/session/control-maker.ts'
import { findIssues } from '#domain/session-pnl/issues.ts'
import { judgeMode } from '#domain/session-pnl/mode.ts'
import { sumTrades, tradePnl } from '#domain/session-pnl/trade-pnl.ts'
import { windowOf } from '#domain/session-pnl/windows.ts'
import { makerCare } from '#tests/support/maker-care.ts'
import { makerStage, OPEN } from '#tests/support/maker-stage.ts'
import { tune } from './autotune.ts'
import { firstPortfolio, stepPortfolio } from './exits/portfolio.ts'
import { marginUsdMax } from './inventory.ts'
import { SpreadParams } from './params.ts'
import { SESSION_KNOBS } from './session-knobs.ts'

type Change = Record<string, unknown>
/** Twenty cycles of a session of 1,000 USD that falls by 30 USD and swings by 1 % from minute to minute. */
const cared = (change: Change) => {
  const care = makerCare({ startUsd: 1_000, takerFills: 1, makerFills: 1, freeUsd: 100, ...change })
  for (let at = 1; at <= 20; at++) care.cycle(at * 60_000, { netUsd: at < 5 ? 0 : -30, px: 100 + (at % 2) })
  return care.seen()
}
const session = (change: Change = {}) => SpreadParams.parse({ strategy: 'spread', ...change })

/** What a segment has done after some seconds with these knobs. */
const stage = async (
  change: Change,
  runMs = 3_000,
  act?: (at: Awaited<ReturnType<typeof makerStage>>) => Promise<void>,
) => {
  const found = await makerStage(change, { runMs })
  await act?.(found)
  return found
}
const passes = async (change: Change): Promise<number> => {
  const { rowsOf } = await stage(change, 130_000)
  return rowsOf('limits').at(-1)?.passes ?? 0
}
const orders = async (change: Change): Promise<number> =>
  (
    await stage(change, 1_500, async (at) => {
      for (let move = 1; move <= 6; move++) {
        at.trade(10_000 + move * 5, 10_002 + move * 5)
        await at.advance(250)
      }
    })
  ).venue.orders.length
const calls = async (change: Change, name: string): Promise<number> =>
  (await stage(change, 10_000)).calls.filter((call) => call === name).length
const margin = (change: Change) => marginUsdMax(session(change), { freeUsd: null, coins: 1, isTest: true })
const known = (change: Change) => marginUsdMax(session(change), { freeUsd: 1_000, coins: 1, isTest: true })

const portfolio = (change: Change, pnl: number, afterS = 0): string => {
  const knobs = session(change)
  const at = (state: typeof firstPortfolio, netPnlUsd: number, ts: number) =>
    stepPortfolio(state, { ts, netPnlUsd, equityUsd: 1_000 }, knobs)
  const fallen = at(at(firstPortfolio, 0, 0).state, pnl, 1)
  if (afterS === 0) return fallen.verdict
  return at(at(fallen.state, 0, 2).state, 0, 2 + afterS * 1_000).verdict
}

const minute = (pnlUsd: number) => ({ makerShare: 0.6, makerFills: 1, pnlUsd })
const tuned = (change: Change, pnl: number, since = 1_000): string => {
  const now = { dynamic_min_spread_percentile: 0.6, min_spread_guard_buffer_bps: 2 }
  const found = tune(
    now,
    Array.from({ length: 5 }, () => minute(pnl)),
    since,
    session({ autotune_enabled: true, autotune_min_maker_share: 0.5, ...change }),
  )
  return found ? `${found.reason} ${Object.values(found.knobs).join(' ')}` : '-'
}

const issues = (change: Change): string[] => {
  const { imbalance_alert_share, session_loss_alert_usd } = session(change)
  const trade = tradePnl(
    sumTrades([
      { side: 'buy', px: '1', sz: '3', fee: '0' },
      { side: 'sell', px: '1', sz: '1', fee: '0' },
    ]),
  )
  const facts = {
    session: trade,
    sessionPnlUsd: -3,
    positionUsd: 0,
    adverse: false,
    hour: windowOf([], 60, 0),
  }
  const limits = { imbalanceShare: imbalance_alert_share, lossUsd: session_loss_alert_usd, positionUsd: 1 }
  return findIssues(facts, limits).map(({ kind }) => kind)
}
const bookWith = (mode: string) =>
  ({ params: session({ mode }), startedTs: 0, checkpoint: { engine: {} } }) as never

const EFFECTS: Record<keyof typeof SESSION_KNOBS, () => Promise<[unknown, unknown]> | [unknown, unknown]> = {
  loop_ms: async () => [(await passes({})) > 200, (await passes({ loop_ms: 1_000 })) > 200],
  quote_every_loops: async () => [(await orders({})) > 8, (await orders({ quote_every_loops: 6 })) > 8],
  housekeep_every_loops: async () => [
    await calls({}, 'openOrders'),
    await calls({ housekeep_every_loops: 10 }, 'openOrders'),
  ],
  batch_orders: async () => [
    await calls({}, 'placeOrders'),
    await calls({ batch_orders: false }, 'placeOrders'),
  ],
  purge_on_start: async () => [(await purged(false)).length, (await purged(true)).length],
  flatten_on_start: async () => [await heldAtStart({}), await heldAtStart({ flatten_on_start: true })],
  max_gross_notional: async () => [
    (await stage({})).shown(),
    (await stage({ max_gross_notional: 100 })).shown(),
  ],
  margin_cap_mode: () => [margin({}), margin({ margin_cap_mode: 'strict' })],
  margin_cap_fraction: () => [known({}), known({ margin_cap_fraction: 0.1 })],
  assumed_leverage: () => [known({}), known({ assumed_leverage: 5 })],
  fc_hint_usd: () => [margin({}), margin({ fc_hint_usd: 100 })],
  emergency_stop_loss_pct: () => [portfolio({}, -100), portfolio({ emergency_stop_loss_pct: 10 }, -100)],
  portfolio_pause_threshold_pct: () => [
    portfolio({}, -50),
    portfolio({ portfolio_pause_threshold_pct: 5 }, -50),
  ],
  portfolio_pause_s: () => [portfolio({}, -90, 60), portfolio({ portfolio_pause_s: 60 }, -90, 60)],
  autotune_enabled: () => [tuned({}, -1), tuned({ autotune_enabled: false }, -1)],
  autotune_window_minutes: () => [tuned({}, -1), tuned({ autotune_window_minutes: 6 }, -1)],
  autotune_cooldown_minutes: () => [tuned({}, -1, 3), tuned({ autotune_cooldown_minutes: 4 }, -1, 3)],
  autotune_min_maker_share: () => [tuned({}, -1), tuned({ autotune_min_maker_share: 0.61 }, -1)],
  autotune_neg_pnl_usd: () => [tuned({}, -1), tuned({ autotune_neg_pnl_usd: -6 }, -1)],
  autotune_target_maker_fills_per_min: () => [
    tuned({}, 1),
    tuned({ autotune_target_maker_fills_per_min: 1 }, 1),
  ],
  autotune_raise_percentile_step: () => [tuned({}, -1), tuned({ autotune_raise_percentile_step: 0.1 }, -1)],
  autotune_lower_percentile_step: () => [tuned({}, 1), tuned({ autotune_lower_percentile_step: 0.1 }, 1)],
  autotune_percentile_min: () => [tuned({}, 1), tuned({ autotune_percentile_min: 0.58 }, 1)],
  autotune_percentile_max: () => [tuned({}, -1), tuned({ autotune_percentile_max: 0.62 }, -1)],
  autotune_raise_guard_buffer_bps: () => [tuned({}, -1), tuned({ autotune_raise_guard_buffer_bps: 1 }, -1)],
  autotune_lower_guard_buffer_bps: () => [tuned({}, 1), tuned({ autotune_lower_guard_buffer_bps: 0.25 }, 1)],
  autotune_guard_buffer_min_bps: () => [tuned({}, 1), tuned({ autotune_guard_buffer_min_bps: 1.8 }, 1)],
  autotune_guard_buffer_max_bps: () => [tuned({}, -1), tuned({ autotune_guard_buffer_max_bps: 2.2 }, -1)],
  mode: () => [makerMode(bookWith('off')), makerMode(bookWith('DEFENSIVE'))],
  mode_cycle_s: () => [makerRotateMs(session()), makerRotateMs(session({ mode_cycle_s: 60 }))],
  advisor_enabled: () => [cared({}).sizes, cared({ advisor_enabled: true }).sizes],
  advisor_volatility_pct: () => [
    cared({ advisor_enabled: true }).modes,
    cared({ advisor_enabled: true, advisor_volatility_pct: 10_000 }).modes,
  ],
  drawdown_alert_pct: () => [cared({}).alerts, cared({ drawdown_alert_pct: 4 }).alerts],
  taker_share_alert: () => [cared({}).alerts, cared({ taker_share_alert: 0.6 }).alerts],
  margin_use_alert: () => [cared({}).alerts, cared({ margin_use_alert: 0.95 }).alerts],
  alert_cooldown_min: () => [cared({}).alerts, cared({ alert_cooldown_min: 5 }).alerts],
  session_loss_alert_usd: () => [issues({}), issues({ session_loss_alert_usd: 2 })],
  imbalance_alert_share: () => [issues({}), issues({ imbalance_alert_share: 0.4 })],
}

async function purged(purge_on_start: boolean): Promise<number[]> {
  const found = await makerStage({ purge_on_start }, { before: (at) => rest(at) })
  return found.purged
}
/** An order of somebody else that rests on the coin. */
function rest({ venue, scheduler }: Awaited<ReturnType<typeof makerStage>>): void {
  venue.nowMs = scheduler.nowMs
  venue.place(
    [
      {
        cloid: `0x${'1'.repeat(32)}`,
        coin: 'SIM',
        side: 'buy',
        px: '90',
        sz: '1',
        tif: 'gtc',
        reduce_only: false,
        purpose: 'x',
      },
    ],
    scheduler.nowMs + 1_000,
  )
}
async function heldAtStart(change: Change): Promise<boolean> {
  const found = await makerStage(
    { ...OPEN, ...change, min_spread_bps: 50 },
    { before: ({ hold }) => hold('5'), runMs: 3_000 },
  )
  return found.venue.positionE8 !== 0n
}

test.each(Object.entries(EFFECTS))('%s has its effect', async (_name, effect) => {
  const [before, after] = await effect()
  expect(after).not.toEqual(before)
})

test('no knob is without such a test', () => {
  expect(Object.keys(EFFECTS).sort()).toEqual(Object.keys(SESSION_KNOBS).sort())
  expect(judgeMode({ spreadBps: 4, cycleUsd: 0, sessionUsd: 0, adverse: false, cycles: [] }).mode).toBe(
    'NORMAL',
  )
})

/** The coordinator's second look at each cycle of a maker: alerts, and the advisor's word on how large and how far away the next segment quotes. */
// Not here: the mode by trade PnL (control-maker.ts), the rules (domain/session-pnl/alerts.ts, advisor.ts).
import { parseFixed, toNumber } from '#domain/fixed-point.ts'
import { drawdown } from '#domain/risk/standing.ts'
import { remember, type SessionBook } from '#domain/session/book.ts'
import { recallMaker } from '#domain/session/maker-state.ts'
import type { Checkpoint } from '#domain/session/types.ts'
import {
  advisedParams,
  type MarkVolatility,
  stepVolatility,
  volatilityOf,
} from '#domain/session-pnl/advised-params.ts'
import { type Advice, type AdvisorState, firstAdvisor, stepAdvisor } from '#domain/session-pnl/advisor.ts'
import { stepAlerts, type Told } from '#domain/session-pnl/alerts.ts'
import type { MakerParams } from '#domain/strategies/maker/params.ts'
import { DAY_MS, type EpochMs } from '#domain/time.ts'
import { netPnlE8 } from '#domain/trading/position.ts'

const YEAR_MS = 365 * DAY_MS

/** Plain JSON: it lies in the checkpoint beside the judged mode. */
interface Care {
  told: Told
  marks: Readonly<Record<string, MarkVolatility>>
  advisor: AdvisorState | null
  /** In force; null until the first, and while the advisor is off. */
  advice: Advice | null
  /** Equity that the last advice was given on, USD. */
  equityUsd: number | null
}

const FIRST: Care = { told: {}, marks: {}, advisor: null, advice: null, equityUsd: null }

const careOf = ({ engine }: Checkpoint): Care => (engine.care as Care | undefined) ?? FIRST

/** What the session has earned and what it is worth now; equity is that of its start and its own PnL, so deposits do not count. */
function money({ positions, markPx, risk }: Checkpoint): {
  netUsd: number
  equityUsd: number | null
  drawdownPct: number | null
} {
  const netE8 = netPnlE8(positions, (coin) => (markPx[coin] === undefined ? null : parseFixed(markPx[coin])))
  const netUsd = toNumber(netE8)
  const startUsd = toNumber(parseFixed(risk?.startEquity ?? '0'))
  if (risk === undefined || startUsd <= 0) return { netUsd, equityUsd: null, drawdownPct: null }
  return { netUsd, equityUsd: startUsd + netUsd, drawdownPct: drawdown(risk, netE8) * 100 }
}

/** At the end of a full cycle. */
export function careForCycle(book: SessionBook, params: MakerParams, ts: EpochMs): void {
  const was = careOf(book.checkpoint)
  const told = alert(book, params, was.told, ts)
  const advised = params.advisor_enabled ? advise(book, params, was, ts) : { ...FIRST, told }
  const care: Care = { ...advised, told }
  const { checkpoint } = book
  book.checkpoint = { ...checkpoint, engine: { ...checkpoint.engine, care } }
}

function alert(book: SessionBook, params: MakerParams, told: Told, ts: EpochMs): Told {
  const { checkpoint } = book
  const { netUsd, drawdownPct } = money(checkpoint)
  const count = (read: (flow: { makerFills: number; takerFills: number }) => number): number =>
    checkpoint.positions.reduce((sum, { flow }) => sum + (flow ? read(flow) : 0), 0)
  const equityUsd = Number(checkpoint.equityUsd)
  const freeUsd = recallMaker(checkpoint.engine).cycle?.free_usd ?? null
  const step = stepAlerts(
    told,
    {
      drawdownPct,
      makerFills: count(({ makerFills }) => makerFills),
      takerFills: count(({ takerFills }) => takerFills),
      sessionUsd: netUsd,
      marginUse: freeUsd === null || equityUsd <= 0 ? null : 1 - freeUsd / equityUsd,
    },
    {
      drawdownPct: params.drawdown_alert_pct,
      takerShare: params.taker_share_alert,
      lossUsd: params.session_loss_alert_usd,
      marginUse: params.margin_use_alert,
      cooldownMs: params.alert_cooldown_min * 60_000,
    },
    ts,
  )
  for (const { kind, value, limit } of step.alerts) {
    const what = { kind: 'hold' as const, reason: `ALERT_${kind}`, gate: '' }
    remember(book, { ts, coin: book.coins.join(','), ...what, inputs: { value: round(value), limit } })
  }
  return step.told
}

/** One step of the advisor. While the equity is unknown nothing changes. */
function advise(book: SessionBook, params: MakerParams, was: Care, ts: EpochMs): Care {
  const { markPx } = book.checkpoint
  const marks = Object.fromEntries(
    Object.entries(markPx).map(([coin, px]) => [coin, stepVolatility(was.marks[coin], Number(px), ts)]),
  )
  const { equityUsd } = money(book.checkpoint)
  if (equityUsd === null) return { ...was, marks }
  const volatility = volatilityOf(marks)
  const pnlUsd = was.equityUsd === null ? 0 : equityUsd - was.equityUsd
  const { state, advice } = stepAdvisor(
    was.advisor ?? firstAdvisor(book.startedTs),
    { ts, equityUsd, pnlUsd, volatility },
    {
      volatilityMax: params.advisor_volatility_pct / 100,
      stepsPerYear: YEAR_MS / (params.mode_cycle_s * 1_000),
    },
  )
  const before = was.advice?.mode ?? ''
  const fallPct = state.peakUsd > 0 ? (1 - equityUsd / state.peakUsd) * 100 : 0
  if (advice.mode !== before || advice.pause !== was.advice?.pause) {
    remember(book, {
      ...{
        ts,
        coin: book.coins.join(','),
        kind: 'params' as const,
        reason: `ADVISOR_${advice.mode}`,
        gate: '',
      },
      inputs: {
        ...{ mode: advice.mode, was: before, why: `${round(fallPct)} % below the peak`, pause: advice.pause },
        ...{ size: round(advice.size), levels: advice.levels, spread_bps: round(advice.spreadBps) },
        ...{ leverage: advice.leverage, equity_usd: round(equityUsd), pnl_usd: round(pnlUsd) },
        volatility_pct: volatility === null ? null : round(volatility * 100),
      },
    })
  }
  return { ...was, marks, advisor: state, advice, equityUsd }
}

/** The knobs that the next segment quotes with. */
export function paramsInForce(book: SessionBook, params: MakerParams): MakerParams {
  const { advice } = careOf(book.checkpoint)
  return params.advisor_enabled && advice !== null ? advisedParams(params, advice) : params
}

const round = (value: number): number => Math.round(value * 1e6) / 1e6

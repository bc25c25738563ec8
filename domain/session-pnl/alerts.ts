/** Alerts of a session as a whole: drawdown, taker share, loss, margin; each kind is told again only after a while. */
// Source: spec 003 §3 "v3 alerts". Not here: issues of one coin (issues.ts), limits that stop a session (domain/risk, exits/portfolio.ts).
import type { EpochMs } from '#domain/time.ts'

export const ALERT_KINDS = ['DRAWDOWN', 'TAKER_SHARE', 'SESSION_LOSS', 'MARGIN_USE'] as const
export type AlertKind = (typeof ALERT_KINDS)[number]

/** Null is unknown, and unknown is no alert: an account that could not be read has not lost everything. */
export interface AlertFacts {
  /** Fall from the session's highest equity, per cent of it. */
  drawdownPct: number | null
  makerFills: number
  takerFills: number
  /** PnL of the session, USD. */
  sessionUsd: number
  /** Equity of the account that is bound as margin, 0 … 1. */
  marginUse: number | null
}

/** Reaching a level is enough. */
export interface AlertLevels {
  drawdownPct: number
  takerShare: number
  lossUsd: number
  marginUse: number
  cooldownMs: number
}

export interface Alert {
  kind: AlertKind
  /** What was found, and the level that it reached, in the unit of the level. */
  value: number
  limit: number
}

/** When each kind was told last. */
export type Told = Readonly<Partial<Record<AlertKind, EpochMs>>>

/** Whether a repeated finding is told again: only once more than the cool-down has passed. */
export const isAlertDue = (lastTs: EpochMs | undefined, ts: EpochMs, cooldownMs: number): boolean =>
  lastTs === undefined || ts - lastTs > cooldownMs

/** What is told now. @returns also when each kind was told last, for the next time */
export function stepAlerts(
  told: Told,
  facts: AlertFacts,
  levels: AlertLevels,
  ts: EpochMs,
): { told: Told; alerts: Alert[] } {
  const alerts = found(facts, levels).filter(({ kind }) => isAlertDue(told[kind], ts, levels.cooldownMs))
  return { told: { ...told, ...Object.fromEntries(alerts.map(({ kind }) => [kind, ts])) }, alerts }
}

function found(facts: AlertFacts, levels: AlertLevels): Alert[] {
  const fills = facts.makerFills + facts.takerFills
  const values: [AlertKind, number | null, number][] = [
    ['DRAWDOWN', facts.drawdownPct, levels.drawdownPct],
    ['TAKER_SHARE', fills === 0 ? null : facts.takerFills / fills, levels.takerShare],
    ['SESSION_LOSS', -facts.sessionUsd, levels.lossUsd],
    ['MARGIN_USE', facts.marginUse, levels.marginUse],
  ]
  return values.flatMap(([kind, value, limit]) =>
    value !== null && value >= limit ? [{ kind, value, limit }] : [],
  )
}

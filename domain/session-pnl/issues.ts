/** What is wrong with a session's trading: imbalance, loss, large positions, a strange fill rate. */
// Source: spec 003 §3. Not here: what follows from it (mode.ts), limits that stop a session (domain/risk).
import type { TradePnl } from '#domain/session-pnl/trade-pnl.ts'
import type { Window } from '#domain/session-pnl/windows.ts'

export interface Issue {
  kind: 'TRADE_IMBALANCE' | 'SESSION_LOSS' | 'LARGE_POSITION' | 'ADVERSE_SELECTION' | 'FILL_RATE' | 'FEES'
  severity: 'error' | 'note'
  message: string
}

export interface IssueLimits {
  imbalanceShare: number
  lossUsd: number
  /** Position value that counts as large, USD. */
  positionUsd: number
}

const FILLS_PER_HOUR = { min: 10, max: 200 } as const
const FEES_USD = 5

export function findIssues(
  facts: { session: TradePnl; sessionPnlUsd: number; positionUsd: number; hour: Window; adverse: boolean },
  limits: IssueLimits,
): Issue[] {
  const { session, sessionPnlUsd, positionUsd, hour } = facts
  const percent = (session.imbalanceShare * 100).toFixed(0)
  const net = Number(session.netUsd)
  const fees = Number(session.feesUsd)
  const all: [boolean, Issue][] = [
    [
      positionUsd > limits.positionUsd,
      error('LARGE_POSITION', `holds ${positionUsd.toFixed(2)} USD, more than ${limits.positionUsd}`),
    ],
    [
      session.imbalanceShare > limits.imbalanceShare,
      error('TRADE_IMBALANCE', `${session.imbalanceSz} coins more of one side, ${percent} % of all`),
    ],
    [
      sessionPnlUsd < -limits.lossUsd,
      error('SESSION_LOSS', `${sessionPnlUsd.toFixed(4)} USD since the session began`),
    ],
    [facts.adverse, error('ADVERSE_SELECTION', 'the newest fills captured less than −2 bps')],
    [
      hour.fills < FILLS_PER_HOUR.min || hour.fills > FILLS_PER_HOUR.max,
      note('FILL_RATE', `${hour.fills} fills in the last hour`),
    ],
    [
      fees > FEES_USD && net < fees / 2,
      note('FEES', `fees of ${fees.toFixed(2)} USD, net ${net.toFixed(2)}`),
    ],
  ]
  return all.flatMap(([is, issue]) => (is ? [issue] : []))
}

const error = (kind: Issue['kind'], message: string): Issue => ({ kind, severity: 'error', message })
const note = (kind: Issue['kind'], message: string): Issue => ({ kind, severity: 'note', message })

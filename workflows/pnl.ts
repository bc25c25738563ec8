/** Every few minutes, or when asked: the ledger of days from fills and funding, then net asset value with its reconciliation. */
// Not here: the arithmetic (domain/pnl), which days are made again (activities/pnl.ts).
import { proxyActivities, setCurrentDetails } from '@temporalio/workflow'
import type { PnlActivities, PnlReport } from '#activities/pnl.ts'
import type { NavActivities, NavReport } from '#activities/pnl-nav.ts'
import { REPORT } from '#workflows/policies.ts'

const { planLedger, computeLedger, computeNav } = proxyActivities<PnlActivities & NavActivities>(REPORT)

/** What a start by hand may ask for; an empty form sends undefined. */
export interface ComputePnlInput {
  /** This account alone. */
  account?: string
}

export interface ComputePnlReport {
  ledgers: Record<string, Omit<PnlReport, 'accounts' | 'changed_from'>>
  nav: NavReport
}

export async function computePnl(input: ComputePnlInput = {}): Promise<ComputePnlReport> {
  const plan = await planLedger(input)
  const ledgers: ComputePnlReport['ledgers'] = {}
  const changedFrom: Record<string, number> = {}
  const lines: string[] = []
  for (const [at, { account, days }] of plan.entries()) {
    setCurrentDetails(
      [...lines, `${account}: ${days} days, account ${at + 1} of ${plan.length}`].join('\n\n'),
    )
    const { changed_from, accounts, ...report } = await computeLedger({ account })
    Object.assign(changedFrom, changed_from)
    ledgers[account] = report
    lines.push(`${account}: ${report.fills} fills, ${report.rows} rows, ${report.disputed_fills} disputed`)
  }
  setCurrentDetails([...lines, 'reconciling net asset value'].join('\n\n'))
  const nav = await computeNav({ changed_from: changedFrom })
  const alerts = nav.alerts.length === 0 ? 'every change explained' : `unexplained: ${nav.alerts.join(', ')}`
  setCurrentDetails([...lines, `${nav.days} days of ${nav.accounts} accounts; ${alerts}`].join('\n\n'))
  return { ledgers, nav }
}

/** A session's final report with the funding that the ledger knows, and the net result with it. */
// Not here: the report itself (domain/session/book.ts), how funding is shared (clickhouse/pnl).
import type { Operator } from '#cli/support/operator.ts'
import { createClickHouse } from '#clickhouse/client.ts'
import { readSessionFunding } from '#clickhouse/pnl/session-funding.ts'
import { HoldfastError } from '#domain/errors.ts'
import { formatFixed, parseFixed } from '#domain/fixed-point.ts'
import type { SessionReport } from '#domain/session/types.ts'

export interface FundedReport extends SessionReport {
  /** Of the UTC days on which it ran, negative when paid; null where the ledger does not know them, or cannot be asked. */
  funding_usd: string | null
  /** net_pnl_usd + funding_usd; null without it. */
  net_with_funding_usd: string | null
}

export function withFunding(done: SessionReport, funding: string | null): FundedReport {
  const net = funding === null ? null : formatFixed(parseFixed(done.net_pnl_usd) + parseFixed(funding))
  return { ...done, funding_usd: funding, net_with_funding_usd: net }
}

/** The report never fails for want of the database. */
export async function addFunding(operator: Operator, done: SessionReport): Promise<FundedReport> {
  const clickhouse = createClickHouse(operator.environment)
  try {
    const span = { from: done.started_ts, to: done.ended_ts }
    return withFunding(done, await readSessionFunding(clickhouse, done.session_id, span))
  } catch (error) {
    if (error instanceof HoldfastError) return withFunding(done, null)
    throw error
  } finally {
    await clickhouse.close()
  }
}

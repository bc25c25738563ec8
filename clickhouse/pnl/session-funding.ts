/** Funding that the ledger gave to one session, from a day on: the session's own figures know none. */
// Not here: how it is shared among sessions (ledger-store.ts), the whole result (report-store.ts).
import { z } from 'zod'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { decimalText, defineQuery, runQuery, wholeNumber } from '#clickhouse/query.ts'
import { DAY_MS, type EpochMs } from '#domain/time.ts'

const fundingOfSession = defineQuery({
  name: 'funding of a session',
  sql: `
    SELECT toString(sum(funding_usd)) AS usd, count() AS days FROM pnl_sessions FINAL
    WHERE session_id = {session_id:String} AND day >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
      AND day <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')`,
  params: z.object({ session_id: z.string(), from: z.int(), to: z.int() }),
  row: z.object({ usd: decimalText, days: wholeNumber }),
})

/**
 * USD of the whole UTC days of [from, to], negative when paid; null while the ledger has no such day. Days are not cut: an earlier
 * run of the session on the first of them is in the sum.
 * @throws HoldfastError QUERY_FAILED when ClickHouse does not answer
 */
export async function readSessionFunding(
  client: ClickHouseClient,
  session: string,
  { from, to }: { from: EpochMs; to: EpochMs },
): Promise<string | null> {
  const first = Math.floor(from / DAY_MS) * DAY_MS
  const [row] = await runQuery(client, fundingOfSession, { session_id: session, from: first, to })
  return row && row.days > 0 ? row.usd : null
}

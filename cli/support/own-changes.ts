/** What a maker session changed by itself: modes, advice and tuned knobs, with the value before and the command that brings it back. */
// Not here: what people asked of it (session-history.ts).
import type { Operator } from '#cli/support/operator.ts'
import { createClickHouse } from '#clickhouse/client.ts'
import { runQuery } from '#clickhouse/query.ts'
import { makerChangesOf } from '#clickhouse/tables/maker-queries.ts'

export interface OwnChange {
  ts: string
  coin: string
  what: string
  was: string
  now: string
  reason: string
}

/** Oldest first; none when ClickHouse does not answer, since the history itself needs none. */
export async function readOwnChanges(operator: Operator, session: string): Promise<OwnChange[]> {
  const clickhouse = createClickHouse(operator.environment)
  try {
    const found = await runQuery(clickhouse, makerChangesOf, { session_id: session })
    return found.reverse().map(({ at_ts, ...rest }) => ({ ts: new Date(at_ts).toISOString(), ...rest }))
  } catch {
    return []
  } finally {
    await clickhouse.close()
  }
}

/** How a knob gets its old value back by hand; a mode is set by its name, advice is switched off as a whole. */
export function wayBack(session: string, { coin, what, was }: OwnChange): string {
  if (what === 'advisor') return `holdfast session set ${session} params.advisor_enabled=false --reason "…"`
  const path = what === 'mode' ? 'params.mode' : `params.per_coin.${coin}.${what}`
  return `holdfast session set ${session} ${path}=${was} --reason "…"`
}

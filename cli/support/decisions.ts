/** The latest decisions of a session: from ClickHouse, where all of them are; from the workflow when ClickHouse does not answer. */
import { z } from 'zod'
import { connectTemporal, type Operator } from '#cli/support/operator.ts'
import type { DecisionLine } from '#cli/support/session-print.ts'
import { createClickHouse } from '#clickhouse/client.ts'
import { defineQuery, runQuery, wholeNumber } from '#clickhouse/query.ts'
import type { Decision } from '#domain/session/types.ts'

const Inputs = z.string().transform((text) => JSON.parse(text || '{}') as Record<string, unknown>)

/** Newest last. */
const decisionsOfSession = defineQuery({
  name: 'latest_decisions_of_session',
  sql: `
    SELECT toUnixTimestamp64Milli(ts) AS at, run, decision_seq, epoch, coin, kind, reason, gate, inputs
    FROM decisions FINAL
    WHERE session_id = {session_id:String}
    ORDER BY ts DESC, decision_seq DESC
    LIMIT {limit:UInt32}`,
  params: z.object({ session_id: z.string(), limit: z.int() }),
  row: z.object({
    at: wholeNumber,
    run: wholeNumber,
    decision_seq: wholeNumber,
    epoch: wholeNumber,
    coin: z.string(),
    kind: z.string(),
    reason: z.string(),
    gate: z.string(),
    inputs: Inputs,
  }),
})

const stamp = (at: number): string => new Date(at).toISOString().replace('T', ' ').replace('Z', '')

/** As it is printed. The epoch is known to the journal alone. */
export function decisionLine({ ts, seq: _seq, ...decision }: Decision): DecisionLine {
  return { ts: stamp(ts), epoch: 0, ...decision }
}

/** @throws HoldfastError QUERY_FAILED when ClickHouse does not answer */
export async function storedDecisions(
  operator: Operator,
  session: string,
  limit: number,
): Promise<DecisionLine[]> {
  const clickhouse = createClickHouse(operator.environment)
  try {
    const rows = await runQuery(clickhouse, decisionsOfSession, { session_id: session, limit })
    return rows.reverse().map(({ at, ...row }) => ({ ts: stamp(at), ...row }))
  } finally {
    await clickhouse.close()
  }
}

/** Newest last. */
export async function latestDecisions(
  operator: Operator,
  session: string,
  limit: number,
): Promise<DecisionLine[]> {
  try {
    return await storedDecisions(operator, session, limit)
  } catch {
    return await fromWorkflow(operator, session, limit)
  }
}

async function fromWorkflow(operator: Operator, session: string, limit: number): Promise<DecisionLine[]> {
  const [{ asking }, { decisions }] = await Promise.all([
    import('#cli/support/session-client.ts'),
    import('#workflows/trading-session/messages.ts'),
  ])
  const temporal = await connectTemporal(operator)
  try {
    const handle = temporal.client.workflow.getHandle(session)
    const found = await asking(session, () => handle.query(decisions, { limit }))
    return found.map(decisionLine)
  } finally {
    await temporal.close()
  }
}

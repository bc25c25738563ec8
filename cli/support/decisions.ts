/** The latest decisions of a session: from ClickHouse, where all of them are; from the workflow when ClickHouse does not answer. */
import { connectTemporal, type Operator } from '#cli/support/operator.ts'
import type { DecisionLine } from '#cli/support/session-print.ts'
import { createClickHouse } from '#clickhouse/client.ts'
import { runQuery } from '#clickhouse/query.ts'
import { decisionsOfSession, ofSession } from '#clickhouse/tables/trading-queries.ts'
import type { Decision } from '#domain/session/types.ts'

type Inputs = DecisionLine['inputs']

const stamp = (at: number): string => new Date(at).toISOString().replace('T', ' ').replace('Z', '')

/** As it is printed. The epoch is known to the journal alone. */
export function decisionLine({ ts, seq: _seq, ...decision }: Decision): DecisionLine {
  return { ts: stamp(ts), epoch: 0, ...decision }
}

/** @param run hash32 of the first run id, 0 for all runs  @throws HoldfastError QUERY_FAILED when ClickHouse does not answer */
export async function storedDecisions(
  operator: Operator,
  session: string,
  { limit, run = 0 }: { limit: number; run?: number },
): Promise<DecisionLine[]> {
  const clickhouse = createClickHouse(operator.environment)
  try {
    const rows = await runQuery(clickhouse, decisionsOfSession, { ...ofSession(session, run), limit })
    return rows.reverse().map(({ at, inputs, ...row }) => ({
      ts: stamp(at),
      ...row,
      inputs: JSON.parse(inputs || '{}') as Inputs,
    }))
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
    return await storedDecisions(operator, session, { limit })
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

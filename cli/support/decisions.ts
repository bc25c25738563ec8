/** The latest decisions of a session: from ClickHouse, where all of them are; from the workflow when ClickHouse does not answer. */
import { connectTemporal, type Operator } from '#cli/support/operator.ts'
import type { DecisionLine } from '#cli/support/session-print.ts'
import { createClickHouse } from '#clickhouse/client.ts'
import { runQuery } from '#clickhouse/query.ts'
import { decisionsOfSession, ofSession } from '#clickhouse/tables/trading-queries.ts'
import type { Decision, GateReading } from '#domain/session/types.ts'

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
    return rows.reverse().map(({ at, inputs, reasons: _reasons, gates: _gates, ...row }) => ({
      ts: stamp(at),
      ...row,
      inputs: JSON.parse(inputs || '{}') as Inputs,
    }))
  } finally {
    await clickhouse.close()
  }
}

/** One decision in full: with every reason that held and every gate that was asked. */
export interface Explained extends DecisionLine {
  at: number
  reasons: readonly string[]
  gates: readonly GateReading[]
}

/** Oldest first: the last `limit` at or before `at`; '' takes all coins. @throws HoldfastError QUERY_FAILED when ClickHouse does not answer */
export async function storedDecisionsAt(
  operator: Operator,
  session: string,
  { at, coin, limit }: { at: number | null; coin: string; limit: number },
): Promise<Explained[]> {
  const clickhouse = createClickHouse(operator.environment)
  try {
    const before = at === null ? {} : { before_ts: at + 1 }
    const rows = await runQuery(clickhouse, decisionsOfSession, {
      ...ofSession(session),
      ...before,
      coin,
      limit,
    })
    return rows.reverse().map(({ at: ts, epoch, inputs, reasons, gates, ...row }) => ({
      ...{ ts: stamp(ts), at: ts, epoch, coin: row.coin, kind: row.kind, reason: row.reason, gate: row.gate },
      inputs: JSON.parse(inputs || '{}') as Inputs,
      reasons: JSON.parse(reasons || '[]') as string[],
      gates: JSON.parse(gates || '[]') as GateReading[],
    }))
  } finally {
    await clickhouse.close()
  }
}

/** What to explain of a list: the newest decision of each coin, oldest first; changes of parameters explain themselves. */
export function latestPerCoin(found: readonly Explained[]): Explained[] {
  const newest = new Map<string, Explained>()
  for (const decision of found) {
    if (decision.kind === 'params') continue
    newest.delete(decision.coin)
    newest.set(decision.coin, decision)
  }
  return [...newest.values()]
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

/** Sessions of a stack in one line each: state and equity as their workflow says, open orders as the exchange says. */
// Not here: one session in full (cli/session.ts).
import type { Environment } from '#config/environment.ts'
import { readAccounts } from '#config/run-files.ts'
import type { RuntimeFile } from '#config/runtime-file.ts'
import { isOwnCloid } from '#domain/ids.ts'
import { parseOpenOrders } from '#exchange/wire/info.ts'
import { connectClient } from '#workers/support/temporal-client.ts'
import { SEARCH_ATTRIBUTES, WORKFLOW_TYPES } from '#workflows/names.ts'
import { status } from '#workflows/trading-session/messages.ts'

/** As `holdfast status --json` prints it: scripts rely on these names. */
export interface SessionLine {
  id: string
  engine: string
  mode: string
  state: string
  /** Null when nobody can be asked: the session has ended, or its worker does not answer. */
  equity_usd: number | null
  /** Resting at the exchange now; null when the exchange does not answer. */
  open_orders: number | null
}

const SESSIONS_MAX = 50
const ANSWER_MS_MAX = 3_000

/** Newest run of each session, running ones first. @throws what the Temporal client throws when it does not answer */
export async function listSessions(environment: Environment, runtime: RuntimeFile): Promise<SessionLine[]> {
  const temporal = await connectClient({ ...environment, TEMPORAL_ADDRESS: runtime.temporal_address })
  try {
    const { client } = temporal
    const newest = new Map<string, SessionLine & { account: string; running: boolean }>()
    const query = `WorkflowType = "${WORKFLOW_TYPES.tradingSession}"`
    for await (const { workflowId, status: execution, typedSearchAttributes } of client.workflow.list({
      query,
    })) {
      if (newest.has(workflowId)) continue
      if (newest.size >= SESSIONS_MAX) break
      const attribute = (name: keyof typeof SEARCH_ATTRIBUTES): string =>
        typedSearchAttributes.get(SEARCH_ATTRIBUTES[name]) ?? ''
      newest.set(workflowId, {
        id: workflowId,
        engine: attribute('engine'),
        mode: attribute('mode'),
        state: attribute('state') || execution.name,
        ...{ equity_usd: null, open_orders: null },
        account: attribute('account'),
        running: execution.name === 'RUNNING',
      })
    }
    const lines = [...newest.values()].sort(
      (a, b) => Number(b.running) - Number(a.running) || a.id.localeCompare(b.id),
    )
    return await Promise.all(
      lines.map(async ({ account, running, ...line }) => {
        const open_orders = await openOrders(environment, runtime, line.id, account)
        if (!running) return { ...line, open_orders }
        const said = await temporal.client
          .withDeadline(Date.now() + ANSWER_MS_MAX, () => client.workflow.getHandle(line.id).query(status))
          .catch(() => null)
        return {
          ...line,
          open_orders,
          ...(said ? { state: said.state, equity_usd: Number(said.equity_usd) } : {}),
        }
      }),
    )
  } finally {
    await temporal.close()
  }
}

/** Orders of this session alone: several sessions may trade on one account over time. */
async function openOrders(
  { home }: Environment,
  runtime: RuntimeFile,
  session: string,
  account: string,
): Promise<number | null> {
  const user = readAccounts(home).find(({ name }) => name === account)?.address
  if (user === undefined) return null
  try {
    const response = await fetch(`${runtime.exchange_url}/info`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'frontendOpenOrders', user }),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    })
    const orders = parseOpenOrders(await response.json())
    return orders.filter(({ cloid }) => isOwnCloid(cloid, session)).length
  } catch {
    return null
  }
}

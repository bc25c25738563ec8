/** Temporal, the paper exchange and the orchestrator as real processes, without database and supervisor: for tests and benches that kill some of them. */
// Not here: the whole stack (stack.ts), everything in one process (temporal-world.ts).
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { createHome, type Home, homeAt } from '#config/home.ts'
import { loadSettings } from '#config/load.ts'
import type { AccountsFile } from '#config/run-files.ts'
import type { OrderEvent } from '#domain/events.ts'
import { isOwnCloid } from '#domain/ids.ts'
import type { OpenOrder } from '#domain/session/ports.ts'
import { provisionPaperAccounts } from '#exchange/client/provision.ts'
import { parseHistoricalOrders, parseOpenOrders } from '#exchange/wire/info.ts'
import { QUICK_RECONNECT } from '#workers/support/temporal-client.ts'
import { TASK_QUEUES, WORKFLOW_TYPES } from '#workflows/names.ts'
import { type Child, startChild } from './child.ts'
import { startTemporal, type TestTemporal } from './temporal-server.ts'

export interface ProcessWorld {
  home: Home
  temporal: TestTemporal
  client: Client
  accounts: AccountsFile
  exchangeUrl: string
  exchangePid: number
  env: Record<string, string>
  /** Starts one more process; it is stopped with the world. */
  start(file: string, args?: readonly string[], env?: Record<string, string>): Promise<Child>
  startOrchestrator(): Promise<Child>
  /** Starts a maker session on one account and coin. */
  startMaker(session: MakerSession): Promise<void>
  /** Orders of one session that rest at the exchange now. */
  openOrders(session: MakerSession): Promise<OpenOrder[]>
  /** All orders of one session that the exchange has ever taken. */
  allOrders(session: MakerSession): Promise<OrderEvent[]>
  close(): Promise<void>
}

export interface MakerSession {
  id: string
  account: string
  coin: string
}

export const makerSession = (account: string, coin: string): MakerSession => ({
  id: `session/paper/${account}-${coin.toLowerCase()}`,
  account,
  coin,
})

/** @param coins of the synthetic market; absent: those of the settings */
export async function startProcessWorld(
  accountNames: readonly string[],
  coins?: readonly string[],
): Promise<ProcessWorld> {
  const home = homeAt(mkdtempSync(join(tmpdir(), 'holdfast-processes-')))
  createHome(home)
  const config = join(home.root, 'holdfast.yaml')
  writeFileSync(
    config,
    JSON.stringify({
      accounts: Object.fromEntries(accountNames.map((name) => [name, {}])),
      ...(coins ? { exchange: { coins } } : {}),
    }),
  )
  const temporal = await startTemporal()
  const base = {
    HOLDFAST_HOME: home.root,
    HOLDFAST_CONFIG: config,
    HOLDFAST_LOG_LEVEL: 'error',
    HOLDFAST_PORT_PAPER: '0',
    HOLDFAST_HOST_ID: 'desk-1',
    TEMPORAL_ADDRESS: temporal.address,
  }
  const children: Child[] = []
  const paper = await startChild('exchange/paper/server.ts', base)
  children.push(paper)
  const accounts = await provisionPaperAccounts(loadSettings(config), { home }, paper.url)
  const env = { ...base, HOLDFAST_EXCHANGE_URL: paper.url }
  const connection = await Connection.connect({ address: temporal.address, channelArgs: QUICK_RECONNECT })
  const client = new Client({ connection })
  const start: ProcessWorld['start'] = async (file, args = [], more = {}) => {
    const child = await startChild(file, { ...env, ...more }, args)
    children.push(child)
    return child
  }
  const ask = async (type: string, { account }: MakerSession): Promise<unknown> => {
    const user = accounts.find(({ name }) => name === account)?.address
    const answer = await fetch(`${paper.url}/info`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type, user }),
    })
    return answer.json()
  }
  return {
    ...{ home, temporal, client, accounts, env, start },
    exchangeUrl: paper.url,
    exchangePid: paper.pid,
    startOrchestrator: () => start('workers/orchestrator.ts'),
    startMaker: async (session) => {
      await client.workflow.start(WORKFLOW_TYPES.tradingSession, {
        workflowId: session.id,
        taskQueue: TASK_QUEUES.orchestrator,
        args: [makerInput(session)],
      })
    },
    openOrders: async (session) =>
      parseOpenOrders(await ask('frontendOpenOrders', session)).filter(({ cloid }) =>
        isOwnCloid(cloid, session.id),
      ),
    allOrders: async (session) =>
      parseHistoricalOrders(await ask('historicalOrders', session), session.account, 0).filter(({ cloid }) =>
        isOwnCloid(cloid, session.id),
      ),
    async close() {
      await Promise.all(children.reverse().map((child) => child.stop('SIGKILL')))
      await connection.close()
      await temporal.stop()
      rmSync(home.root, { recursive: true, force: true })
    },
  }
}

const makerInput = ({ id, account, coin }: MakerSession) => ({
  ...{ session_key: id.split('/')[2], engine: 'maker', mode: 'paper', account, coins: [coin] },
  params: { strategy: 'touch', quote_usd: 100, cycle_ms: 1_000, replace_bps: 20 },
  limits: { order_usd_max: 1_000, position_usd_max: 5_000 },
})

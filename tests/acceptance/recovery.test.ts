/** kill -9 of each process in turn: everything comes back, no fill row is lost, no order is doubled, the sessions go on. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SessionListing } from '../support/sessions.ts'
import { listSessions } from '../support/sessions.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { waitUntil } from '../support/wait-until.ts'
import { duplicateCloids, highestEpoch, missingFills, venueOrders } from './books.ts'

const ACCOUNTS = ['paper-candles', 'paper-maker'] as const
const MAKER = 'session/paper/maker-eth'
let stack: Stack

beforeAll(async () => {
  stack = await startStack({ sessions: true })
  await waitUntil(
    'the maker to quote',
    async () => (await stack.openOrders('paper-maker')).length > 0,
    60_000,
  )
}, 240_000)
afterAll(async () => stack?.stop(), 60_000)

const makerSession = async (): Promise<SessionListing> => {
  const found = (await listSessions(stack)).find(({ id }) => id === MAKER)
  expect(found, 'the maker session is listed').toBeDefined()
  return found as SessionListing
}

/** Resolves once the exchange has taken an order of the maker that it did not know before; milliseconds since `from`. */
async function quotesAgain(known: ReadonlySet<number>, from: number, timeoutMs: number): Promise<number> {
  await waitUntil(
    'a new quote of the maker at the exchange',
    async () =>
      (await venueOrders(stack, 'paper-maker')).some(
        ({ oid, word }) => !known.has(oid) && word !== 'rejected',
      ),
    timeoutMs,
  )
  return performance.now() - from
}

const expectNoDoubleAndNoLoss = async (): Promise<void> => {
  for (const account of ACCOUNTS) {
    expect(duplicateCloids(await venueOrders(stack, account)), `doubled orders of ${account}`).toEqual([])
    await waitUntil(
      `every fill of ${account} to be stored`,
      async () => (await missingFills(stack, account)).length === 0,
      30_000,
    )
  }
}

test.each([
  'temporal',
  'clickhouse',
  'paper-exchange',
  'streamers',
  'worker-orchestrator',
  'worker-trading',
  'worker-data',
  'watchdog',
  'dashboard',
])(
  'kill -9 of %s: it is back, the maker quotes on, nothing is lost or doubled',
  { timeout: 120_000 },
  async (name) => {
    const orders = await venueOrders(stack, 'paper-maker')
    const known = new Set(orders.map(({ oid }) => oid))
    const from = performance.now()
    const deadPid = stack.kill9(name)
    const backMs = await stack.restarted(name, deadPid, 30_000)
    const tradingMs = await quotesAgain(known, from, 60_000)
    process.stdout.write(
      `recovery ${name}: back after ${Math.round(backMs)} ms, new quote after ${Math.round(tradingMs)} ms\n`,
    )
    await expectNoDoubleAndNoLoss()
    expect((await makerSession()).state).toBe('RUNNING')
    if (name === 'worker-trading') {
      expect(tradingMs, 'trading host lost → trading again').toBeLessThanOrEqual(8_000)
      expect(highestEpoch(await venueOrders(stack, 'paper-maker'))).toBeGreaterThan(highestEpoch(orders))
    }
  },
)

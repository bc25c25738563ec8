/** How long each process is gone after kill -9, measured until it does its work again, and whether an order was lost or doubled. */
import type { Metrics } from '#bench/benchmark.ts'
import { temporalServes } from '#cli/supervisor/grpc-health.ts'
import { loadEnvironment } from '#config/environment.ts'
import { controlToken } from '#config/home.ts'
import { connectClient } from '#workers/support/temporal-client.ts'
import { status } from '#workflows/trading-session/messages.ts'
import { duplicateCloids, venueOrders } from '../tests/acceptance/books.ts'
import { type Stack, startStack } from '../tests/support/stack.ts'
import { waitUntil } from '../tests/support/wait-until.ts'
import type { BenchmarkOptions } from './benchmark.ts'

const ACCOUNTS = ['paper-maker', 'paper-candles'] as const
const MAKER = 'paper-maker'
const ROUNDS = 5
const ROUNDS_QUICK = 1
const RECOVERY_MS_MAX = 90_000
/** Rows of the last orders may still be in a spool. */
const SETTLE_MS_MAX = 30_000

/** Asked until it says yes: the service does again what it is there for. `since`: wall time of the kill. */
type Works = (stack: Stack, since: number) => Promise<boolean>

const makerQuotesSince: Works = async (stack, since) =>
  (await stack.openOrders(MAKER)).some(({ ts }) => ts > since)

/** The maker's own status, through Temporal: only a working orchestrator can answer. */
async function askMaker(stack: Stack): Promise<unknown> {
  const environment = loadEnvironment({ TEMPORAL_ADDRESS: stack.runtime().temporal_address })
  const temporal = await connectClient(environment)
  try {
    return await temporal.client.workflow.getHandle('session/paper/maker-eth').query(status)
  } finally {
    await temporal.close()
  }
}

const PROCESSES: Readonly<Record<string, Works>> = {
  temporal: (stack) => temporalServes(stack.runtime().temporal_address),
  clickhouse: async (stack) => (await stack.rows('SELECT 1 AS one')).length === 1,
  'paper-exchange': makerQuotesSince,
  streamers: async (stack, since) =>
    (
      await stack.rows(
        'SELECT 1 AS one FROM bbo WHERE received_ts > fromUnixTimestamp64Milli({since:Int64}) LIMIT 1',
        { since },
      )
    ).length > 0,
  'worker-orchestrator': async (stack) => (await askMaker(stack)) !== null,
  'worker-trading': makerQuotesSince,
  'worker-data': async () => true,
  watchdog: async () => true,
  dashboard: async (stack) =>
    (
      await fetch(stack.service('dashboard').url, {
        headers: { authorization: `Bearer ${controlToken(stack.home)}` },
      })
    ).ok,
}

/** Metric prefix: names of metrics have no dashes. */
const metricName = (process: string): string => process.replaceAll('-', '_')

export async function run({ quick, say }: BenchmarkOptions): Promise<Metrics> {
  const rounds = quick ? ROUNDS_QUICK : ROUNDS
  const stack = await startStack({ sessions: true })
  try {
    await waitUntil(
      'the maker to quote',
      async () => (await stack.openOrders(MAKER)).length > 0,
      RECOVERY_MS_MAX,
    )
    const metrics: Record<string, number> = {}
    for (const [name, works] of Object.entries(PROCESSES)) {
      const seconds: number[] = []
      for (let round = 0; round < rounds; round += 1) {
        seconds.push(await killAndRecover(stack, name, works))
        say(`${name}: back after ${seconds.at(-1)?.toFixed(2)} s`)
      }
      metrics[`${metricName(name)}_median_s`] = median(seconds)
      metrics[`${metricName(name)}_max_s`] = Math.max(...seconds)
    }
    return { ...metrics, ...(await orderFaults(stack)) }
  } finally {
    await stack.stop()
  }
}

/** Seconds from kill -9 until the same service runs under another pid and works. */
async function killAndRecover(stack: Stack, name: string, works: Works): Promise<number> {
  const since = Date.now()
  const from = performance.now()
  const dead = stack.kill9(name)
  await stack.restarted(name, dead, RECOVERY_MS_MAX)
  await waitUntil(`${name} to work again`, () => works(stack, since).catch(() => false), RECOVERY_MS_MAX)
  const seconds = (performance.now() - from) / 1000
  // The next kill finds a stack that trades, not one that still recovers.
  const recovered = Date.now()
  await waitUntil('the maker to quote again', () => makerQuotesSince(stack, recovered), RECOVERY_MS_MAX)
  return seconds
}

/** Orders that the exchange has and our table has not, and client order ids that the exchange took twice. */
async function orderFaults(stack: Stack): Promise<{ lost_orders: number; duplicate_orders: number }> {
  const orders = (await Promise.all(ACCOUNTS.map((account) => venueOrders(stack, account)))).flat()
  const taken = new Set(orders.map(({ cloid }) => cloid).filter((cloid) => cloid !== ''))
  let lost = taken.size
  await waitUntil(
    'the last orders to be stored',
    async () => {
      const rows = await stack.rows<{ cloid: string }>('SELECT DISTINCT cloid FROM orders')
      const stored = new Set(rows.map(({ cloid }) => cloid))
      lost = [...taken].filter((cloid) => !stored.has(cloid)).length
      return lost === 0
    },
    SETTLE_MS_MAX,
  ).catch(() => {})
  return { lost_orders: lost, duplicate_orders: duplicateCloids(orders).length }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low, high] = [sorted[middle - 1] ?? 0, sorted[middle] ?? 0]
  return sorted.length % 2 === 0 ? (low + high) / 2 : high
}

/** Temporal gone for 30 s while a session trades: the lease pulls the quotes, nothing trades twice, trading resumes. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { assert } from '#domain/errors.ts'
import { TIMING } from '#domain/session/timing.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { waitUntil } from '../support/wait-until.ts'
import { duplicateCloids, venueOrders } from './books.ts'

const OUTAGE_MS = 30_000
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

/** Own quotes that rest: protective stops stay on purpose. */
const restingQuotes = async (): Promise<number> =>
  (await stack.openOrders('paper-maker')).filter(({ trigger }) => !trigger).length

/** Watches the exchange until `untilMs` after `from`: when quotes were last seen resting, and when the last new order came. */
async function watch(from: number, untilMs: number): Promise<{ restingMs: number; orderMs: number }> {
  const seen = new Set((await venueOrders(stack, 'paper-maker')).map(({ oid }) => oid))
  const last = { restingMs: 0, orderMs: 0 }
  while (performance.now() - from < untilMs) {
    const askedMs = performance.now() - from
    const fresh = (await venueOrders(stack, 'paper-maker')).filter(({ oid }) => !seen.has(oid))
    for (const { oid } of fresh) seen.add(oid)
    if (fresh.length > 0) last.orderMs = performance.now() - from
    if ((await restingQuotes()) > 0) last.restingMs = askedMs
    await new Promise((resolve) => setTimeout(resolve, 100)) // sampling; the outage itself is what takes time here
  }
  return last
}

test('quotes are pulled by the lease within 6 s, none comes during the outage, and quoting resumes afterwards', {
  timeout: 180_000,
}, async () => {
  const { pid } = stack.service('temporal')
  assert(pid !== null, 'temporal does not run')
  const from = performance.now()
  process.kill(pid, 'SIGSTOP') // as gone as dead, but the supervisor does not start another one
  const last = await watch(from, OUTAGE_MS).finally(() => process.kill(pid, 'SIGCONT'))
  const back = performance.now()
  const leaseMs = TIMING.leaseTtlMs + TIMING.orderTtlMs
  process.stdout.write(
    `outage: last new order after ${Math.round(last.orderMs)} ms, last resting quote seen after ${Math.round(last.restingMs)} ms\n`,
  )
  expect(last.orderMs, 'orders placed after the lease and their expiry').toBeLessThanOrEqual(leaseMs + 500)
  expect(last.restingMs, 'quotes left resting').toBeLessThanOrEqual(6_000)
  await waitUntil('quoting to resume', async () => (await restingQuotes()) > 0, 60_000)
  process.stdout.write(
    `outage: quoting again ${Math.round(performance.now() - back)} ms after the server returned\n`,
  )
  expect(duplicateCloids(await venueOrders(stack, 'paper-maker'))).toEqual([])
})

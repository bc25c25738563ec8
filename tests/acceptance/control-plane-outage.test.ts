/** Temporal gone for 30 s while a session trades: the lease pulls the quotes, nothing trades twice, trading resumes. */
import { afterAll, beforeAll, expect, test } from 'vitest'
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

test('quotes are pulled by the lease within 6 s, none comes during the outage, and quoting resumes afterwards', {
  timeout: 180_000,
}, async () => {
  const { pid } = stack.service('temporal')
  expect(pid).not.toBeNull()
  const from = performance.now()
  process.kill(pid as number, 'SIGSTOP') // as gone as dead, but the supervisor does not start another one
  try {
    await waitUntil('the lease to pull the quotes', async () => (await restingQuotes()) === 0, 10_000)
    const pulledMs = performance.now() - from
    const known = new Set((await venueOrders(stack, 'paper-maker')).map(({ oid }) => oid))
    const seen: number[] = []
    while (performance.now() - from < OUTAGE_MS) {
      seen.push((await venueOrders(stack, 'paper-maker')).filter(({ oid }) => !known.has(oid)).length)
      await new Promise((resolve) => setTimeout(resolve, 500)) // the outage itself is what takes time here
    }
    expect(Math.max(...seen), 'orders placed without a lease').toBe(0)
    process.stdout.write(`outage: quotes pulled after ${Math.round(pulledMs)} ms\n`)
    expect(pulledMs).toBeLessThanOrEqual(6_000)
  } finally {
    process.kill(pid as number, 'SIGCONT')
  }
  const back = performance.now()
  await waitUntil('quoting to resume', async () => (await restingQuotes()) > 0, 60_000)
  process.stdout.write(
    `outage: quoting again ${Math.round(performance.now() - back)} ms after the server returned\n`,
  )
  expect(duplicateCloids(await venueOrders(stack, 'paper-maker'))).toEqual([])
})

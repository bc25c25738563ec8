/** Messages to the venue's sockets: both sides of the limit, a storm of subscriptions, and two processes of one machine. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '#config/clock.ts'
import { createMessageBudget, LIMITS, type MessageBudget } from '#exchange/client/message-budget.ts'
import { openSharedLedger, readUsage, type SharedLedger } from '#exchange/client/shared-budget.ts'

const FREE = LIMITS.perMinuteMax - LIMITS.subscribeReserve
const never = new AbortController().signal

let folder: string
const ledgers: SharedLedger[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-messages-'))
})
afterEach(async () => {
  await Promise.all(ledgers.splice(0).map((ledger) => ledger.close()))
  rmSync(folder, { recursive: true, force: true })
})

function virtualClock() {
  const at = { ms: 0 }
  const sleep = async (ms: number): Promise<void> => {
    at.ms += ms
  }
  return { at, clock: { monotonicMs: () => at.ms, sleep } }
}

function send(budget: MessageBudget, messages: number): void {
  for (let at = 0; at < messages; at++) budget.sent()
}

test.each([
  [FREE - 1, 0],
  [FREE, 62_000],
])('after %i messages the next subscription goes out after %i ms', async (messages, waitMs) => {
  const { at, clock } = virtualClock()
  const budget = createMessageBudget(clock)
  send(budget, messages)
  await budget.enter(never)
  expect(at.ms).toBe(waitMs)
})

test('what was sent comes back a minute and a second later, and pings are counted beyond the limit', () => {
  const { at, clock } = virtualClock()
  const budget = createMessageBudget(clock)
  send(budget, LIMITS.perMinuteMax + 5)
  expect(budget.left()).toBe(-5)
  at.ms = 61_999
  expect(budget.left()).toBe(-5)
  at.ms = 62_000
  expect(budget.left()).toBe(LIMITS.perMinuteMax)
})

test('a storm of five thousand subscriptions never passes the limit of a minute', async () => {
  const { at, clock } = virtualClock()
  const budget = createMessageBudget(clock)
  const sent: number[] = []
  while (sent.length < 5_000) {
    await budget.enter(never)
    budget.sent()
    sent.push(at.ms)
    at.ms += 1
  }
  const inMinute = (end: number): number => sent.filter((ms) => ms > end - 60_000 && ms <= end).length
  expect(Math.max(...sent.filter((_, at) => at % 50 === 49).map(inMinute))).toBeLessThanOrEqual(FREE)
  expect(at.ms).toBeLessThan(5 * 62_000)
})

test('whoever waits for room ends with its signal', async () => {
  const { clock } = virtualClock()
  const budget = createMessageBudget(clock)
  send(budget, LIMITS.perMinuteMax)
  const stop = new AbortController()
  stop.abort()
  await budget.enter(stop.signal)
  expect(budget.left()).toBe(0)
})

test('what one process sends is gone for the other, and the file says so', async () => {
  const member = (process: string): MessageBudget => {
    const ledger = openSharedLedger({
      ...{ folder, process, venue: 'http://v', clock: systemClock },
      left: () => 1_200,
      messagesLeft: () => budget.left(),
    })
    ledgers.push(ledger)
    const budget = createMessageBudget(systemClock, ledger)
    return budget
  }
  const [one, other] = [member('one'), member('other')]
  send(one, 300)
  await expect.poll(() => other.left(), { timeout: 10_000 }).toBe(LIMITS.perMinuteMax - 300)
  await expect.poll(() => readUsage(folder).find(({ process }) => process === 'one')?.messages).toBe(300)
  expect(member('late').left()).toBe(LIMITS.perMinuteMax - 300)
  send(other, 1)
  await expect.poll(() => one.left(), { timeout: 10_000 }).toBe(LIMITS.perMinuteMax - 301)
})

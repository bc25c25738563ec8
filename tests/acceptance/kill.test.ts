/** The newcomer's path: two paper sessions trade, `holdfast kill` leaves nothing open and nothing held, a replay tells the story. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listSessions } from '../support/sessions.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { waitUntil } from '../support/wait-until.ts'
import { venueFills } from './books.ts'

const ACCOUNTS = ['paper-candles', 'paper-maker'] as const
let stack: Stack

beforeAll(async () => {
  stack = await startStack({ sessions: true })
}, 240_000)
afterAll(async () => stack?.stop(), 60_000)

test('both paper sessions trade within minutes, and every decision has a reason', {
  timeout: 300_000,
}, async () => {
  for (const account of ACCOUNTS) {
    await waitUntil(
      `a fill of ${account}`,
      async () => (await venueFills(stack, account)).length > 0,
      240_000,
    )
  }
  const decisions = await waitUntil(
    'decisions in ClickHouse',
    async () => {
      const rows = await stack.rows<{ session_id: string; reasons: number; empty: number }>(
        "SELECT session_id, uniqExact(reason) AS reasons, countIf(reason = '') AS empty FROM decisions GROUP BY session_id",
      )
      return rows.length >= 2 && rows
    },
    30_000,
  )
  expect(decisions.every(({ empty }) => Number(empty) === 0)).toBe(true)
})

test('the equity that status shows is the one the exchange reports', { timeout: 60_000 }, async () => {
  await waitUntil(
    'both equities to agree within a dollar',
    async () => {
      const maker = (await listSessions(stack)).find(({ id }) => id === 'session/paper/maker-eth')
      const { equityUsd } = await stack.venueAccount('paper-maker')
      return maker !== undefined && Math.abs(Number(maker.equity_usd) - Number(equityUsd)) < 1
    },
    30_000,
  )
})

test('holdfast kill: no order is open and every position is flat, verified at the exchange', {
  timeout: 120_000,
}, async () => {
  const killed = await stack.cliJson<{ verified: boolean }>('kill', '--reason', 'acceptance test')
  expect(killed.verified).toBe(true)
  for (const account of ACCOUNTS) {
    expect(await stack.openOrders(account)).toEqual([])
    expect((await stack.venueAccount(account)).positions.filter(({ sz }) => Number(sz) !== 0)).toEqual([])
  }
})

test('after the kill no session starts until it is lifted', { timeout: 60_000 }, async () => {
  const refused = await stack.cli('session', 'start', '--file', 'config/sessions/maker-eth.yaml', '--json')
  expect(refused.code).not.toBe(0)
  expect(`${refused.stdout}${refused.stderr}`).toMatch(/kill/i)
  await stack.cliJson('kill', '--mode', 'off', '--reason', 'acceptance test')
})

test('the history of the finished session replays, with the story of its decisions', {
  timeout: 120_000,
}, async () => {
  const replay = await waitUntil(
    'the finished session to be replayed',
    async () => {
      const result = await stack.cli('replay', 'session/paper/candles-btc', '--json')
      return (
        result.code === 0 &&
        (JSON.parse(result.stdout.trim().split('\n').at(-1) ?? '{}') as {
          deterministic: boolean
          events: number
          decisions: number
        })
      )
    },
    60_000,
  )
  expect(replay).toMatchObject({ deterministic: true })
  expect(replay.decisions).toBeGreaterThan(0)
})

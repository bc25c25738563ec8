/** kill -9 of the process that follows traders: positions afterwards are those that it would have had without. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { controlToken } from '#config/home.ts'
import { parseTraderState } from '#exchange/wire/trader-state.ts'
import { startWorld, type World } from '../streamers/world.ts'
import { waitUntil } from '../support/wait-until.ts'
import { stamp } from './stack-rows.ts'

const TRACKED = 30
let world: World
let tracked: string[] = []

beforeAll(async () => {
  world = await startWorld({ market: 'synthetic', speed: 1 })
  await world.release()
  const everybody = await admin<{ address: string; style: string }[]>('/admin/population')
  // Makers rest orders; the first ten lists are theirs.
  const makers = everybody.filter(({ style }) => style === 'maker').slice(0, 10)
  const others = everybody.filter(({ style }) => style !== 'maker').slice(0, TRACKED - makers.length)
  tracked = [...makers, ...others].map(({ address }) => address)
  await select(tracked)
}, 240_000)
afterAll(async () => world?.stop(), 60_000)

async function admin<Answer>(path: string): Promise<Answer> {
  const answer = await fetch(`${world.paper.url}${path}`, {
    headers: { authorization: `Bearer ${controlToken(world.environment.home)}` },
  })
  const body = (await answer.json()) as Answer & { traders?: Answer }
  return body.traders ?? body
}

/** What a selection leaves: who is tracked from now on. */
async function select(addresses: readonly string[]): Promise<void> {
  const ts = Date.now()
  const day = Math.floor(ts / 86_400_000) * 86_400_000
  const common = { day: stamp(day), received_ts: stamp(ts) }
  await world.client.insert({
    table: 'tracked_traders',
    format: 'JSONEachRow',
    values: addresses.map((address, at) => ({
      ...common,
      address,
      rank: at + 1,
      score: 80,
      change: 'entered',
      reason: 'test',
    })),
  })
  const counts = { rows: 1, rows_seen: 1, faults: '{}', tracked: addresses.length, entered: 0, left: 0 }
  await world.client.insert({
    table: 'trader_selections',
    format: 'JSONEachRow',
    values: [{ ...common, ...counts, status: 'used', reason: '', document_ts: stamp(ts) }],
  })
}

/** Sizes of one trader by coin, as the exchange has them now. */
async function truth(user: string): Promise<Record<string, string>> {
  const answer = await fetch(`${world.paper.url}/info`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'clearinghouseState', user }),
  })
  const { positions } = parseTraderState(await answer.json())
  return Object.fromEntries(positions.map(({ coin, szE8 }) => [coin, String(szE8)]))
}

interface StateRow {
  address: string
  coin: string
  status: string
  szE8: string
}
const states = (since: number): Promise<StateRow[]> =>
  world.rows<StateRow>(
    `SELECT address, coin, status, toString(toInt128(sz * 100000000)) AS szE8 FROM trader_states FINAL WHERE received_ts >= fromUnixTimestamp64Milli(${since})`,
  )

/** Resolves once everybody was seen to agree with the exchange to the last digit: both move, so each is compared until it fits. */
async function everybodyAgrees(since: number): Promise<void> {
  const open = new Set(tracked)
  await waitUntil(
    'every tracked trader to hold what the exchange says',
    async () => {
      for (const address of open) {
        const [before, rows] = [await truth(address), await states(since)]
        const own = rows.filter((row) => row.address === address && row.coin !== '' && row.szE8 !== '0')
        const known = rows.some((row) => row.address === address && row.coin === '' && row.status === 'known')
        const followed = Object.fromEntries(own.map(({ coin, szE8 }) => [coin, szE8]))
        if (known && JSON.stringify(sorted(followed)) === JSON.stringify(sorted(before))) open.delete(address)
      }
      return open.size === 0
    },
    120_000,
  )
}
/** What a kill in its first seconds would find missing: the file with everybody's beginning. */
function writtenDown(): boolean {
  const file = join(world.environment.home.run, 'traders-state.json')
  if (!existsSync(file)) return false
  const { book } = JSON.parse(readFileSync(file, 'utf8')) as { book: { traders: [string, number][] } }
  const known = new Set(book.traders.filter(([, baseTs]) => baseTs > 0).map(([address]) => address))
  return tracked.every((address) => known.has(address))
}
const sorted = (sizes: Record<string, string>) => Object.entries(sizes).sort(([a], [b]) => a.localeCompare(b))

test('positions agree with the exchange before a kill -9, and again after it, though the market went on', {
  timeout: 300_000,
}, async () => {
  await everybodyAgrees(0)
  await waitUntil('the follower to have written everybody down', writtenDown, 60_000)
  const before = new Map(
    await Promise.all(
      tracked.map(async (address) => [address, JSON.stringify(await truth(address))] as const),
    ),
  )
  await world.streamers.kill9()
  const killedTs = Date.now()
  await waitUntil(
    'some of them to trade while nobody follows',
    async () => {
      const now = await Promise.all(
        tracked.map(async (address) => JSON.stringify(await truth(address)) !== before.get(address)),
      )
      return now.filter(Boolean).length >= 5
    },
    60_000,
  )
  await world.restart('streamers')
  await everybodyAgrees(killedTs)
  const first = await world.rows<{ n: string }>(
    `SELECT count() AS n FROM trader_reconciliations WHERE is_first AND received_ts >= fromUnixTimestamp64Milli(${killedTs})`,
  )
  expect(Number(first[0]?.n), 'everybody was remembered, and nobody read as for the first time').toBe(0)
})

test('open orders of tracked traders are listed, and those that ended are resolved', {
  timeout: 180_000,
}, async () => {
  const count = async (condition: string): Promise<number> => {
    const rows = await world.rows<{ n: string }>(
      `SELECT count() AS n FROM trader_orders FINAL WHERE ${condition}`,
    )
    return Number(rows[0]?.n)
  }
  await waitUntil(
    'an open order to be listed',
    async () => (await count("status = 'open' AND source = 'sweep'")) > 0,
    90_000,
  )
  // A level of the synthetic book lives a few seconds: at the second look, a minute later, those of the first are gone.
  await waitUntil(
    'an ending to be found',
    async () => (await count("status != 'open' AND source = 'sweep'")) > 0,
    120_000,
  )
})

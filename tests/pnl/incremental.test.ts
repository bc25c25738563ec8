/** The ledger of days on a real ClickHouse: what was made step by step, with late arrivals, equals what is made from scratch. */
import type { ClickHouseClient } from '@clickhouse/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPnlActivities } from '#activities/pnl.ts'
import { migrate } from '#clickhouse/migrate.ts'
import { insertRows } from '#clickhouse/pnl/insert-rows.ts'
import { createLedgerStore } from '#clickhouse/pnl/ledger-store.ts'
import { readSessionFunding } from '#clickhouse/pnl/session-funding.ts'
import { fills, fundingPayments, sessions } from '#clickhouse/tables/trading.ts'
import { parseFixed } from '#domain/fixed-point.ts'
import { HOUR_MS } from '#domain/time.ts'
import { type FrontProcess, startFrontProcess } from '../clickhouse/front-process.ts'
import { silentLog } from '../clickhouse/writer-process.ts'
import { inventHistory, seeded, sessionRow } from './history.ts'

const SEED = Number(process.env.HOLDFAST_TEST_SEED ?? 20_261_121)
const SESSIONS = ['session/paper/a', 'session/paper/b', 'session/live/c']
const TABLES = ['pnl_daily', 'pnl_sessions', 'pnl_inputs']
let front: FrontProcess
let client: ClickHouseClient

beforeAll(async () => {
  front = await startFrontProcess()
  client = front.client('holdfast')
  await migrate(client, silentLog)
})
afterAll(async () => {
  await client?.close()
  await front?.remove()
})

const compute = () =>
  createPnlActivities({ store: createLedgerStore(client), progress: () => {} }).computeLedger()

/** Every row of every table as bytes, in the order of their keys. */
async function content(): Promise<Record<string, string>> {
  const all: Record<string, string> = {}
  for (const table of TABLES) {
    const { stream } = await client.exec({
      query: `SELECT * FROM ${table} FINAL ORDER BY ALL FORMAT TabSeparated`,
    })
    all[table] = Buffer.concat(await stream.toArray()).toString('utf8')
  }
  return all
}

test(`after 100 late arrivals the tables are those of a recompute from scratch, byte by byte (seed ${SEED})`, async () => {
  const random = seeded(SEED)
  const plan = {
    accounts: ['main', 'other'],
    coins: ['@7', 'BTC', 'ETH'],
    days: 12,
    fillsADay: 25,
    sessions: SESSIONS,
  }
  const history = inventHistory({ seed: SEED, ...plan })
  const late = new Set<number>()
  while (late.size < 80) late.add(Math.floor(random() * history.fills.length))
  const lateFunding = new Set<number>()
  while (lateFunding.size < 20) lateFunding.add(Math.floor(random() * history.funding.length))
  const split = <T>(rows: T[], which: Set<number>) => [
    rows.filter((_, at) => !which.has(at)),
    rows.filter((_, at) => which.has(at)),
  ]
  const [early, missing] = split(history.fills, late)
  const [earlyFunding, missingFunding] = split(history.funding, lateFunding)
  await insertRows(
    client,
    sessions,
    SESSIONS.slice(0, 2).map((id) => sessionRow(id, 'main')),
  )
  await insertRows(client, fills, early ?? [])
  await insertRows(client, fundingPayments, earlyFunding ?? [])
  const first = await compute()
  expect(first.fills).toBe(early?.length)
  expect(await compute()).toMatchObject({ days_changed: 0, fills: 0, rows: 0 })

  let rounds = 0
  while ((missing?.length ?? 0) + (missingFunding?.length ?? 0) > 0) {
    if (missing?.length) await insertRows(client, fills, missing.splice(0, 1 + Math.floor(random() * 12)))
    if (missingFunding?.length)
      await insertRows(client, fundingPayments, missingFunding.splice(0, 1 + Math.floor(random() * 4)))
    // A session that becomes known late takes its fills along.
    if (rounds === 3) await insertRows(client, sessions, [sessionRow(SESSIONS[2] as string, 'other')])
    const step = await compute()
    expect(step.days_changed).toBeGreaterThan(0)
    rounds += 1
  }
  expect(rounds).toBeGreaterThan(5)
  const stepwise = await content()
  for (const table of TABLES) await client.command({ query: `TRUNCATE TABLE ${table}` })
  const scratch = await compute()
  expect(scratch).toMatchObject({ fills: history.fills.length, breaks: 0 })
  const again = await content()
  for (const table of TABLES) {
    expect(stepwise[table]?.length).toBeGreaterThan(1_000)
    expect(stepwise[table] === again[table], table).toBe(true)
  }
})

test('a run that dies at any moment leaves nothing wrong: the next one makes the same', async () => {
  const whole = await content()
  for (let at = 0; at < 6; at++) {
    for (const table of TABLES) await client.command({ query: `TRUNCATE TABLE ${table}` })
    let writes = 0
    const store = createLedgerStore(client)
    const dying =
      <A extends unknown[]>(write: (...rows: A) => Promise<void>) =>
      async (...rows: A) => {
        if (writes++ === at) throw new PowerCut()
        await write(...rows)
      }
    const broken = {
      ...store,
      saveDays: dying(store.saveDays),
      saveSessions: dying(store.saveSessions),
      saveInputs: dying(store.saveInputs),
    }
    await expect(createPnlActivities({ store: broken, progress: () => {} }).computeLedger()).rejects.toThrow(
      PowerCut,
    )
    await compute()
    expect((await content()).pnl_daily === whole.pnl_daily, `after write ${at}`).toBe(true)
    expect((await content()).pnl_sessions === whole.pnl_sessions, `after write ${at}`).toBe(true)
  }
})
class PowerCut extends Error {}

test("a session's funding is what the ledger gave it on its days; days that it does not know are null", async () => {
  const id = SESSIONS[0] as string
  const own = await client.query({
    query: `SELECT toUnixTimestamp64Milli(day) AS at, sum(funding_usd) AS usd FROM pnl_sessions FINAL WHERE session_id = '${id}' GROUP BY day ORDER BY at`,
    format: 'JSONEachRow',
  })
  const days = await own.json<{ at: string; usd: string }>()
  const paid = days.find(({ usd }) => parseFixed(usd) !== 0n) as { at: string; usd: string }
  const at = Number(paid.at)
  // A session that began in the middle of the day, and ended on it.
  const span = { from: at + 9 * HOUR_MS, to: at + 10 * HOUR_MS }
  expect(parseFixed((await readSessionFunding(client, id, span)) ?? '')).toBe(parseFixed(paid.usd))
  const all = { from: Number(days[0]?.at), to: Number(days.at(-1)?.at) }
  const total = days.reduce((sum, { usd }) => sum + parseFixed(usd), 0n)
  expect(parseFixed((await readSessionFunding(client, id, all)) ?? '')).toBe(total)
  expect(await readSessionFunding(client, id, { from: 0, to: 1 })).toBeNull()
  expect(await readSessionFunding(client, 'session/paper/other', all)).toBeNull()
})

test('no history: no rows, no error', async () => {
  for (const table of [...TABLES, 'fills', 'funding_payments', 'sessions'])
    await client.command({ query: `TRUNCATE TABLE ${table}` })
  expect(await compute()).toMatchObject({ accounts: [], days_changed: 0, rows: 0 })
})

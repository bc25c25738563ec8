/** The streamers as a process: settings that change while they run, figures for Prometheus, and what `holdfast storage` makes of the rows. */
import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { storageReport } from '#clickhouse/storage.ts'
import { controlToken } from '#config/home.ts'
import { PRESETS } from '#domain/market/recording-policy.ts'
import { waitUntil } from '#tests/support/wait-until.ts'
import { startWorld, type World } from './world.ts'

let world: World
const settings = (streamers: object): void =>
  writeFileSync(world.environment.HOLDFAST_CONFIG, JSON.stringify({ streamers }))

beforeAll(async () => {
  world = await startWorld({ market: 'synthetic', speed: 20, exchange: { synthetic: { traders: 100 } } })
  await world.release()
})
afterAll(async () => {
  await world?.stop()
})

const get = (path: string): Promise<Response> =>
  fetch(`${world.streamers.url}${path}`, {
    headers: { authorization: `Bearer ${controlToken(world.environment.home)}` },
  })
interface Status {
  coins: string[]
  policies: Record<string, object>
  kept: Record<string, { seen: number; kept: number }>
  market: { subscriptions: number; connects: number }
}
const status = async (): Promise<Status> => (await (await get('/status')).json()) as Status

test('policies and coins of a changed file apply at once, on the same connections; a broken file changes nothing', {
  timeout: 90_000,
}, async () => {
  const before = await waitUntil(
    'books to be stored',
    async () => {
      const now = await status()
      return (now.kept.l2_snapshots?.kept ?? 0) > 20 && now
    },
    30_000,
  )
  expect(before.coins).toEqual(['BTC', 'ETH', 'SOL'])
  settings({
    preset: 'economy',
    coins: ['BTC'],
    candle_intervals: ['1m'],
    policies: { trades: { store: 'all' } },
  })
  const after = await waitUntil(
    'the policies to change',
    async () => {
      const now = await status()
      return now.coins.length === 1 && now
    },
    20_000,
  )
  expect(after.policies).toEqual({ ...PRESETS.economy, trades: { store: 'all' } })
  expect(after.market).toMatchObject({ subscriptions: 6, connects: before.market.connects })
  const { kept } = await waitUntil(
    'books to be seen and left',
    async () => {
      const now = await status()
      return (now.kept.l2_snapshots?.seen ?? 0) > (after.kept.l2_snapshots?.seen ?? 0) + 20 && now
    },
    30_000,
  )
  expect((kept.l2_snapshots?.kept ?? 0) - (after.kept.l2_snapshots?.kept ?? 0)).toBeLessThan(20)
  expect(kept.trades?.kept).toBe(kept.trades?.seen)
  settings({ preset: 'everything' })
  await waitUntil('the fault to be told', () => world.streamers.log().includes('cannot be used'), 20_000)
  expect((await status()).policies).toEqual(after.policies)
})

test('figures for Prometheus tell sockets, rows, policies and request weight', async () => {
  const text = await (await get('/metrics')).text()
  expect(text).toContain('holdfast_feed_sockets_connected{feed="market"} 1')
  expect(text).toMatch(/holdfast_policy_rows_total\{table="l2_snapshots",what="seen"\} [1-9]/)
  expect(text).toMatch(/holdfast_venue_weight_total\{process="streamers",purpose="collect"\} [1-9]/)
  expect((await fetch(`${world.streamers.url}/metrics`)).status).toBe(401)
})

test('storage tells what lies there, how fast it grows, and what the presets would keep of it', async () => {
  const report = await waitUntil(
    'rows of both tables to be in ClickHouse',
    async () => {
      const now = await storageReport(world.client, PRESETS.full)
      const has = (name: string) => now.tables.some(({ table, rows }) => table === name && rows > 20)
      return has('l2_snapshots') && has('trades') && now
    },
    20_000,
  )
  const books = report.tables.find(({ table }) => table === 'l2_snapshots')
  expect(books?.rows).toBeGreaterThan(0)
  expect(books?.bytes_per_row).toBeGreaterThan(0)
  const { full, economy, active } = report.policies
  expect(full?.tables.trades?.kept_ratio).toBe(1)
  expect(active?.tables).toEqual(full?.tables)
  expect(economy?.tables.l2_snapshots?.kept_ratio).toBeLessThan(0.5)
  expect(economy?.tables.trades?.kept_ratio).toBeLessThanOrEqual(1)
  // Rows that were thinned already cannot tell what a wider policy would keep.
  const thinned = await storageReport(world.client, PRESETS.economy)
  expect(thinned.policies.full?.tables.l2_snapshots?.kept_ratio).toBeNull()
  expect(thinned.policies.active?.tables.l2_snapshots?.kept_ratio).toBe(1)
})

/** The report page Data in a real browser over stored runs: jobs with their outcome, lag, refusals and archive files; it complains about nothing. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { systemClock } from '#config/clock.ts'
import { Settings } from '#config/schema.ts'
import type { ServedDashboard } from '#dashboard/serve.ts'
import { fakeWorld, serveFake, TOKEN } from '../dashboard/fakes.ts'
import { missingBrowser, screenshot, startBrowser, type TestBrowser } from '../support/browser.ts'

const NOW = Date.now()
const run = (job: string, minutes: number, over: object = {}) => ({
  ...{
    job,
    at_ts: NOW - minutes * 60_000,
    table: '',
    outcome: 'ok',
    rows: 12_000 + minutes * 37,
    took_ms: 420,
  },
  ...{ why: '', lag_rows: minutes % 5 === 0 ? 900 : 0, rows_per_s: 28_000, kept: '' },
  ...over,
})
const RUNS = [
  ...Array.from({ length: 60 }, (_, i) => run('sync', i + 1)),
  run('verify', 4, { outcome: 'repaired', rows: 120 }),
  run('archive', 20),
  run('retention', 50, { rows: 1_200_000 }),
  run('sync', 2, {
    table: 'ingest_gaps',
    outcome: 'refused',
    why: 'table ingest_gaps is not copied: column rows_recovered is UInt32 here and UInt64 there',
  }),
  run('retention', 50, { table: 'trades', outcome: 'refused', kept: 'it changed after it was archived' }),
]
const FILES = [
  {
    table: 'trades',
    files: 12,
    file_rows: 14_000_000,
    file_bytes: 245_000_000,
    dropped: 3,
    newest: '20261120',
    archived_at: NOW - 3e6,
  },
  {
    table: 'l2_snapshots',
    files: 12,
    file_rows: 900_000,
    file_bytes: 64_000_000,
    dropped: 0,
    newest: '20261120',
    archived_at: NOW - 3e6,
  },
]
const answers = ({ query }: { query: string }) => ({
  json: async () => (query.includes('archive_manifest') ? FILES : RUNS),
})

const missing = missingBrowser()
describe.skipIf(missing)('the page', () => {
  const cacheFolder = mkdtempSync(join(tmpdir(), 'holdfast-dashboard-'))
  let browser: TestBrowser
  let served: ServedDashboard
  beforeAll(async () => {
    const world = fakeWorld()
    world.services.reports = {
      clickhouse: {
        query: async (asked: { query: string }) => answers(asked),
      } as unknown as ClickHouseClient,
      settings: Settings.parse({ sync: { enabled: true } }),
      clock: systemClock,
    }
    ;[browser, served] = await Promise.all([startBrowser(), serveFake(world, { cacheFolder })])
  })
  afterAll(async () => {
    await browser?.close()
    await served?.close()
    rmSync(cacheFolder, { recursive: true, force: true })
  })

  test('shows each job, what was refused, and the archive by table', async () => {
    const { page, complaints, context } = await browser.open()
    await page.goto(`${served.url}/reports/data?token=${TOKEN}`)
    const tiles = page.locator('.tile')
    await tiles.first().waitFor()
    expect(await tiles.allTextContents()).toEqual([
      expect.stringContaining('Copy to the remote'),
      expect.stringContaining('repaired'),
      expect.stringContaining('Archive'),
      expect.stringContaining('1 200 000 rows'),
    ])
    const text = (await page.locator('main').textContent()) ?? ''
    for (const word of [
      'column rows_recovered is UInt32 here',
      'it changed after it was archived',
      '245.0 MB',
      '17.5',
    ])
      expect(text).toContain(word)
    await screenshot(page, 'report-data')
    expect(complaints).toEqual([])
    await context.close()
  })
})

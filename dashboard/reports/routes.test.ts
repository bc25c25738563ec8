/** The reports' HTTP face: which there are, what a wrong question gets, and what is said while the database is away. */
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { Settings } from '#config/schema.ts'
import { REPORTS } from '#dashboard/reports/registry.ts'
import type { ReportSources } from '#dashboard/reports/report.ts'
import { registerReports } from '#dashboard/reports/routes.ts'

const clock = {
  now: () => 1_700_000_000_000,
  monotonicMs: () => 0,
  sleep: async () => {},
} as ReportSources['clock']

function appWith(rows: () => unknown[]): Hono {
  const clickhouse = { query: async () => ({ json: async () => rows() }) } as unknown as ClickHouseClient
  const app = new Hono()
  registerReports(app, { clickhouse, settings: Settings.parse({}), clock })
  return app
}

const ask = async (app: Hono, path: string) => {
  const response = await app.request(path)
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

test('every report has its own word, and is listed', async () => {
  expect(new Set(REPORTS.map(({ slug }) => slug)).size).toBe(REPORTS.length)
  const { body } = await ask(
    appWith(() => []),
    '/api/reports',
  )
  expect(body).toEqual(REPORTS.map(({ slug, title }) => ({ slug, title })))
})

test('an answer carries the time it was taken', async () => {
  const { status, body } = await ask(
    appWith(() => []),
    '/api/reports/health?hours=2',
  )
  expect(status).toBe(200)
  expect(body).toEqual({ as_of_ts: clock.now(), data: { hours: 2, events: [], counts: [] } })
})

test.each([
  ['/api/reports/health?hours=0', 400, 'INVALID_INPUT'],
  ['/api/reports/health?hours=many', 400, 'INVALID_INPUT'],
  ['/api/reports/nothing', 404, 'UNKNOWN_REPORT'],
])('%s is refused with %i %s', async (path, status, code) => {
  const answer = await ask(
    appWith(() => []),
    path,
  )
  expect(answer.status).toBe(status)
  expect(answer.body.error).toMatchObject({ code })
})

test('a database that is away is said, with what to do', async () => {
  const app = appWith(() => {
    throw new TypeError('connection refused')
  })
  const { status, body } = await ask(app, '/api/reports/health')
  expect(status).toBe(503)
  expect(body.error).toMatchObject({ code: 'REPORT_FAILED', hint: expect.stringContaining('ClickHouse') })
})

test('a dashboard without a database says so', async () => {
  const app = new Hono()
  registerReports(app, null)
  expect((await ask(app, '/api/reports/health')).status).toBe(503)
})

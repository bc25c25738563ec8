/** Every check is a row, whether it answers or not, and one that fails hides no other. */
import { expect, test } from 'vitest'
import type { HealthRow } from '#clickhouse/tables/operations.ts'
import { createHealthActivities } from './health.ts'

test('a failed check is reported beside the ones that answer', async () => {
  const rows: HealthRow[] = []
  const report = await createHealthActivities({
    clock: { now: () => 7, monotonicMs: () => 0, sleep: async () => {} },
    checks: {
      exchange: async () => ({ mids: 3 }),
      clickhouse: async () => Promise.reject(new TypeError('connection refused')),
    },
    writeHealth: async (more) => void rows.push(...more),
  }).checkHealth()
  expect(report).toEqual({ ok: ['exchange'], failed: { clickhouse: 'connection refused' } })
  expect(rows.map(({ service, kind, ts }) => [service, kind, ts])).toEqual([
    ['check:exchange', 'ok', 7],
    ['check:clickhouse', 'failed', 7],
  ])
  expect(JSON.parse(rows[1]?.details ?? '')).toMatchObject({ why: 'connection refused' })
})

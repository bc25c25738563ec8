/** Usage rows hold what was spent since the last look, also over a restart of the process that spent it. */
import { expect, test } from 'vitest'
import { createRateUsageActivities } from '#activities/rate-usage.ts'
import type { RateLimitUsageRow } from '#clickhouse/tables/operations.ts'
import type { Usage } from '#exchange/client/shared-budget.ts'

const none = { requests: 0, weight: 0, refused: 0, throttled: 0 }
const usage = (ts: number, weight: number, started_ts = 1_000): Usage => ({
  ...{
    process: 'streamers',
    started_ts,
    ts,
    venue: 'x',
    left: 900.7,
    exhausted_ts: 0,
    exhausted_until_ts: 0,
    messages: 0,
    messages_left: 2_000,
  },
  purposes: {
    kill: none,
    orders: none,
    reconcile: none,
    collect: { ...none, requests: weight / 20, weight },
  },
})

test('messages to the sockets are a row of their own that weighs nothing', async () => {
  const rows: RateLimitUsageRow[] = []
  let now = usage(61_000, 400)
  const { storeRateUsage } = createRateUsageActivities({
    readUsage: () => [now],
    writeUsage: async (more) => void rows.push(...more),
  })
  await storeRateUsage()
  now = { ...usage(121_000, 400), messages: 120, messages_left: 1_880 }
  expect(await storeRateUsage()).toEqual({ rows: 1 })
  expect(rows).toMatchObject([{ purpose: 'sockets', requests: 120, weight: 0, left: 1_880, span_ms: 60_000 }])
})

test('the first look stores nothing, the second what came since, an idle minute nothing', async () => {
  const rows: RateLimitUsageRow[] = []
  let now = usage(61_000, 400)
  const { storeRateUsage } = createRateUsageActivities({
    readUsage: () => [now],
    writeUsage: async (more) => void rows.push(...more),
  })
  expect(await storeRateUsage()).toEqual({ rows: 0 })
  now = usage(121_000, 500)
  expect(await storeRateUsage()).toEqual({ rows: 1 })
  expect(rows[0]).toMatchObject({ purpose: 'collect', requests: 5, weight: 100, span_ms: 60_000, left: 900 })
  expect(await storeRateUsage()).toEqual({ rows: 0 })
  now = usage(190_000, 40, 170_000)
  await storeRateUsage()
  expect(rows[1]).toMatchObject({ requests: 2, weight: 40, span_ms: 20_000 })
})

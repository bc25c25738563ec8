/** Defaults of tables, and what settings change in them. */
import { expect, test } from 'vitest'
import { column } from '#clickhouse/column.ts'
import { type DataSettings, declaredPolicy, policyOf } from '#clickhouse/data-policy.ts'
import { defineTable } from '#clickhouse/table.ts'

const columns = { coin: column.symbol('coin'), ts: column.time('when') }
const plain = { name: 'plain', why: 'a test', key: ['coin', 'ts'] as const, columns }
const byDay = defineTable({ ...plain, partition: { by: 'day', column: 'ts' }, keepDays: 30 })
const forEver = defineTable({ ...plain, partition: { by: 'month', column: 'ts' } })
const whole = defineTable({ ...plain, partition: { by: 'none' } })
const tiered = defineTable({
  ...plain,
  partition: { by: 'month', column: 'ts' },
  tiers: [{ where: "coin = 'BTC'", days: 7 }],
  dropAfter: ['archive'],
  sync: false,
  archive: 'gzip',
})
const ON: DataSettings = {
  sync: { enabled: true, skip: [] },
  archive: { enabled: true, skip: [], codec: {} },
}

test('a table that says nothing is copied, archived by its partition as zstd, and dropped after both', () => {
  expect(declaredPolicy(byDay)).toEqual({
    sync: true,
    archive: { by: 'day', codec: 'zstd' },
    retention: { days: 30, tiers: [], after: ['archive', 'sync'] },
  })
  expect(declaredPolicy(forEver)).toMatchObject({ archive: { by: 'month' }, retention: null })
  expect(declaredPolicy(whole)).toEqual({ sync: true, archive: null, retention: null })
})

test('what a table says counts', () => {
  expect(declaredPolicy(tiered)).toEqual({
    sync: false,
    archive: { by: 'month', codec: 'gzip' },
    retention: { days: null, tiers: [{ where: "coin = 'BTC'", days: 7 }], after: ['archive'] },
  })
})

test.each<[string, DataSettings, readonly string[], boolean, boolean]>([
  ['both on', ON, ['archive', 'sync'], true, true],
  ['sync off', { ...ON, sync: { enabled: false, skip: [] } }, ['archive'], false, true],
  ['this table not copied', { ...ON, sync: { enabled: true, skip: ['plain'] } }, ['archive'], false, true],
  ['archive off', { ...ON, archive: { enabled: false, skip: [], codec: {} } }, ['sync'], true, false],
  [
    'this table not archived',
    { ...ON, archive: { enabled: true, skip: ['plain'], codec: {} } },
    ['sync'],
    true,
    false,
  ],
])('%s: dropping waits for what is done', (_what, settings, after, sync, archived) => {
  const policy = policyOf(byDay, settings)
  expect(policy.retention?.after).toEqual(after)
  expect([policy.sync, policy.archive !== null]).toEqual([sync, archived])
})

test('settings choose the compression of one table', () => {
  const settings: DataSettings = { ...ON, archive: { enabled: true, skip: [], codec: { plain: 'gzip' } } }
  expect(policyOf(byDay, settings).archive).toEqual({ by: 'day', codec: 'gzip' })
})

/** Migrations on a real engine: from nothing, again, further, and refused when history was edited. */
import type { ClickHouseClient } from '@clickhouse/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { column } from '#clickhouse/column.ts'
import { statementsOf } from '#clickhouse/ddl.ts'
import { migrate, planMigrations } from '#clickhouse/migrate.ts'
import { defineTable } from '#clickhouse/table.ts'
import { TABLES } from '#clickhouse/tables/index.ts'
import { type FrontProcess, startFrontProcess } from './front-process.ts'

let front: FrontProcess
let client: ClickHouseClient
const logged: string[] = []
const log = {
  info: (_facts: unknown, text?: string) => void logged.push(text ?? ''),
  warn: (_facts: unknown, text?: string) => void logged.push(text ?? ''),
}

beforeAll(async () => {
  front = await startFrontProcess()
  client = front.client('holdfast')
})

afterAll(async () => {
  await client.close()
  await front.remove()
})

const rows = async (query: string): Promise<unknown[]> =>
  (await client.query({ query, format: 'JSONEachRow' })).json()

const shelf = {
  name: 'shelf',
  why: 'a test',
  key: ['a'] as const,
  partition: { by: 'none' } as const,
  columns: { a: column.uint32('a') },
}
const born = defineTable(shelf)
const grown = defineTable({
  ...shelf,
  columns: { ...shelf.columns, b: column.text('b', { since: 2 }) },
  changes: [{ since: 3, alter: 'MODIFY COLUMN a CODEC(ZSTD(9))' }],
})

test('an empty server gets the database and every table, once', async () => {
  expect(await migrate(client, log)).toBe(planMigrations(TABLES).length)
  expect(await rows("SELECT name FROM system.tables WHERE database = 'holdfast' ORDER BY name")).toEqual(
    TABLES.map(({ name }) => ({ name })).sort((a, b) => (a.name < b.name ? -1 : 1)),
  )
  expect(await migrate(client, log)).toBe(0)
})

const ticks = {
  ...shelf,
  name: 'ticks',
  columns: { a: column.uint32('a') },
  partition: { by: 'none' } as const,
  keepDays: 30,
}
const engineOf = (table: string) =>
  rows(`SELECT replace(engine_full, '${table}', '') AS engine FROM system.tables WHERE name = '${table}'`)

test('a table that is made today never has a TTL, and is the same as one of old that lost its own', async () => {
  const sent: string[] = []
  const listening = new Proxy(client, {
    get: (target, key) =>
      key === 'command'
        ? (given: { query: string }) => {
            sent.push(given.query)
            return target.command(given)
          }
        : Reflect.get(target, key),
  })
  const old = defineTable({ ...ticks, name: 'ticks_of_old' })
  for (const query of statementsOf(old, old.since)) await client.command({ query })
  expect(JSON.stringify(await engineOf('ticks_of_old'))).toContain('TTL inserted_at')
  expect(await migrate(listening, log, [defineTable(ticks), old])).toBe(4)
  expect(sent.filter((sql) => / TTL\b/.test(sql))).toEqual([
    expect.stringMatching(/^ALTER TABLE ticks_of_old MODIFY TTL/),
    'ALTER TABLE ticks_of_old REMOVE TTL',
  ])
  expect(await engineOf('ticks_of_old')).toEqual(await engineOf('ticks'))
  expect(await migrate(client, log, [defineTable(ticks), old])).toBe(0)
})

test('two that migrate at once do not disturb each other', async () => {
  const tables = Array.from({ length: 5 }, (_, i) => defineTable({ ...shelf, name: `twin_${i}` }))
  await Promise.all([migrate(client, log, tables), migrate(client, log, tables)])
  expect(await migrate(client, log, tables)).toBe(0)
  expect(await rows("SELECT count() AS c FROM migrations FINAL WHERE startsWith(name, 'twin_')")).toEqual([
    { c: '5' },
  ])
})

test('a declared column and a declared change reach the table that exists, and its rows stay', async () => {
  await migrate(client, log, [born])
  await client.insert({ table: 'shelf', values: [{ a: 1 }], format: 'JSONEachRow' })
  expect(await migrate(client, log, [grown])).toBe(2)
  expect(await rows('SELECT * FROM shelf')).toEqual([{ a: 1, b: '' }])
  expect(
    await rows("SELECT compression_codec AS c FROM system.columns WHERE table = 'shelf' AND name = 'a'"),
  ).toEqual([{ c: 'CODEC(ZSTD(9))' }])
  expect(await migrate(client, log, [grown])).toBe(0)
})

test('a fresh server ends with the same table as one that grew', async () => {
  const show = async () =>
    rows("SELECT name, type, compression_codec FROM system.columns WHERE table = 'shelf' ORDER BY name")
  const asGrown = await show()
  await client.command({ query: 'DROP TABLE shelf' })
  await client.command({ query: "DELETE FROM migrations WHERE name = 'shelf'" })
  await migrate(client, log, [grown])
  expect(await show()).toEqual(asGrown)
})

test('a declaration that was edited after it was applied is refused before anything is done', async () => {
  const edited = defineTable({
    ...shelf,
    columns: { a: column.uint64('a') },
    changes: [{ since: 9, alter: 'DROP COLUMN a' }],
  })
  const refused = migrate(client, log, [edited])
  await expect(refused).rejects.toMatchObject({
    code: 'MIGRATION_CHANGED',
    details: { version: 1, table: 'shelf' },
  })
  await expect(refused).rejects.toThrow(/declaration now gives/)
  expect(await rows("SELECT type FROM system.columns WHERE table = 'shelf' AND name = 'a'")).toEqual([
    { type: 'UInt32' },
  ])
})

test('a migration that fails says which, leaves no record, and goes on where it stopped', async () => {
  const broken = defineTable({
    ...shelf,
    name: 'broken',
    changes: [{ since: 2, alter: 'MODIFY COLUMN nosuch CODEC(ZSTD(1))' }],
  })
  await expect(migrate(client, log, [broken])).rejects.toMatchObject({ code: 'MIGRATION_FAILED' })
  const mended = defineTable({
    ...shelf,
    name: 'broken',
    changes: [{ since: 2, alter: 'MODIFY COLUMN a CODEC(ZSTD(2))' }],
  })
  expect(await migrate(client, log, [mended])).toBe(1)
})

test('a database that knows more than this version is used, with a warning', async () => {
  logged.length = 0
  expect(await migrate(client, log, [born])).toBe(0)
  expect(logged.some((line) => line.includes('does not know'))).toBe(true)
})

test('a server that is not there is a failure that may be repeated', async () => {
  const { createClickHouse } = await import('#clickhouse/client.ts')
  const nowhere = createClickHouse({ ...front.address('holdfast'), CLICKHOUSE_URL: 'http://127.0.0.1:1' })
  await expect(migrate(nowhere, log)).rejects.toMatchObject({ code: 'MIGRATION_FAILED', retryable: true })
  await nowhere.close()
})

test('versions run in order, and in a version tables keep theirs', () => {
  const plan = planMigrations([grown, defineTable({ ...shelf, name: 'later', since: 2 })])
  expect(plan.map(({ version, name }) => `${version} ${name}`)).toEqual([
    '1 shelf',
    '2 shelf',
    '2 later',
    '3 shelf',
  ])
  expect(new Set(plan.map(({ checksum }) => checksum)).size).toBe(4)
})

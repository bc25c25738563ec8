/** The embedded ClickHouse answers @clickhouse/client as a server does: every kind of call, every format, every failure. */
// Not here: crashes (crash.test.ts), who may call (front-guard.test.ts).
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { type ClickHouseClient, createClient } from '@clickhouse/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FrontProcess, startFrontProcess } from './front-process.ts'

let front: FrontProcess
let client: ClickHouseClient

const NASTY = `a\n\nb;'"\\\té😀`
const TABLE = `CREATE TABLE t (
  id UInt64, s String, f Float64, ts DateTime64(3, 'UTC'), arr Array(String), n Nullable(Int32), d Decimal(18, 8)
) ENGINE = MergeTree ORDER BY id SETTINGS non_replicated_deduplication_window = 100`

const sample = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => ({
    id: i + from,
    s: `${NASTY}${i}`,
    f: i / 3,
    ts: 1_700_000_000_000 + i,
    arr: ['x\n\n', "it's"],
    n: i % 2 ? i : null,
    d: '1.12345678',
  }))

async function rows<Found = Record<string, unknown>>(
  query: string,
  params: Record<string, unknown> = {},
  options: Record<string, unknown> = {},
): Promise<Found[]> {
  const answer = await client.query({ query, query_params: params, format: 'JSONEachRow', ...options })
  return answer.json<Found>()
}

const count = async (table: string): Promise<number> =>
  Number((await rows<{ c: string }>(`SELECT count() AS c FROM ${table}`))[0]?.c)

beforeAll(async () => {
  front = await startFrontProcess()
  client = front.client()
  await client.command({ query: TABLE })
})

afterAll(async () => {
  await client.close()
  await front.remove()
})

test('a ping is answered, by path and by a select', async () => {
  expect((await client.ping()).success).toBe(true)
  expect((await client.ping({ select: true })).success).toBe(true)
})

test('a statement may end with a semicolon; two statements in one request are refused and neither runs', async () => {
  await client.command({ query: 'CREATE DATABASE other;' })
  const refused = client.command({ query: 'DROP DATABASE other; SELECT 1' })
  await expect(refused).rejects.toMatchObject({ code: '62' })
  expect(await rows("SELECT name FROM system.databases WHERE name = 'other'")).toHaveLength(1)
})

test('a batch comes back as it was sent: empty lines, quotes, emoji, arrays, nulls, decimals', async () => {
  const inserted = await client.insert({ table: 't', values: sample(1000), format: 'JSONEachRow' })
  expect(inserted.executed).toBe(true)
  expect(inserted.summary?.written_rows).toBe('1000')
  const [first, second] = await rows('SELECT * FROM t ORDER BY id LIMIT 2')
  expect(second).toEqual({
    id: '1',
    s: `${NASTY}1`,
    f: 1 / 3,
    ts: '2023-11-14 22:13:20.001',
    arr: ['x\n\n', "it's"],
    n: 1,
    d: '1.12345678',
  })
  expect(first).toMatchObject({ n: null })
})

test.each(['gzip', 'br', 'deflate', 'zstd'] as const)(
  'a body compressed with %s is understood',
  async (encoding) => {
    const zlib = await import('node:zlib')
    const pack = {
      gzip: zlib.gzipSync,
      br: zlib.brotliCompressSync,
      deflate: zlib.deflateSync,
      zstd: zlib.zstdCompressSync,
    }[encoding]
    await client.command({
      query: `CREATE OR REPLACE TABLE packed (id UInt64) ENGINE = MergeTree ORDER BY id`,
    })
    const body = Array.from({ length: 5000 }, (_, id) => JSON.stringify({ id })).join('\n')
    const answer = await fetch(`${front.url}/?query=INSERT INTO packed FORMAT JSONEachRow`, {
      method: 'POST',
      headers: { 'content-encoding': encoding },
      body: pack(Buffer.from(body)),
    })
    expect(answer.status).toBe(200)
    expect(await count('packed')).toBe(5000)
  },
)

test('a client that compresses both ways gets what it sent', async () => {
  const packing = createClient({ url: front.url, compression: { request: true, response: true } })
  const before = await count('t')
  await packing.insert({ table: 't', values: sample(5000, 20_000), format: 'JSONEachRow' })
  const answer = await packing.query({ query: 'SELECT count() AS c FROM t', format: 'JSONEachRow' })
  expect(Number((await answer.json<{ c: number }>())[0]?.c)).toBe(before + 5000)
  await packing.close()
})

test('columns may be listed or left out', async () => {
  await client.insert({
    table: 't',
    columns: ['id', 's'],
    values: [[999_999, 'q']],
    format: 'JSONCompactEachRow',
  })
  await client.insert({
    table: 't',
    columns: { except: ['n'] },
    values: [{ id: 999_998, s: 'x' }],
    format: 'JSONEachRow',
  })
  expect(await rows('SELECT s FROM t WHERE id IN (999998, 999999) ORDER BY id')).toEqual([
    { s: 'x' },
    { s: 'q' },
  ])
})

test('an insert without rows is nothing', async () => {
  expect((await client.insert({ table: 't', values: [] })).executed).toBe(false)
  const empty = await fetch(`${front.url}/?query=INSERT INTO t FORMAT JSONEachRow`, {
    method: 'POST',
    body: '',
  })
  expect(empty.status).toBe(200)
})

test('rows may come as a stream of objects, as one JSON document, or as CSV with empty lines in quotes', async () => {
  const before = await count('t')
  const stream = Readable.from(sample(20_000, 100_000), { objectMode: true })
  await client.insert({ table: 't', values: stream, format: 'JSONEachRow' })
  await client.insert({ table: 't', values: { meta: [], data: [{ id: 77, s: 'z' }] }, format: 'JSON' })
  const csv = Readable.from(['2000001,"a\n\nb"\n2000002,"c"\n'], { objectMode: false })
  await client.insert({ table: 't', columns: ['id', 's'], values: csv, format: 'CSV' })
  expect(await count('t')).toBe(before + 20_003)
  expect(await rows('SELECT s FROM t WHERE id = 2000001')).toEqual([{ s: 'a\n\nb' }])
})

test('rows inside the statement are data to the last byte, never SQL', async () => {
  await client.command({ query: 'CREATE TABLE inline (s String) ENGINE = MergeTree ORDER BY s' })
  await client.command({ query: `INSERT INTO inline VALUES ('a\n\nDROP TABLE inline'), ('b;c')` })
  await client.command({ query: `INSERT INTO inline FORMAT JSONEachRow {"s":"d"}\n\n{"s":"e"}\n` })
  await client.command({ query: `INSERT INTO inline SELECT 'f'` })
  expect((await rows<{ s: string }>('SELECT s FROM inline ORDER BY s')).map(({ s }) => s)).toEqual([
    'a\n\nDROP TABLE inline',
    'b;c',
    'd',
    'e',
    'f',
  ])
})

test('an insert repeated under its token is stored once', async () => {
  const before = await count('t')
  for (let again = 0; again < 2; again++)
    await client.insert({
      table: 't',
      values: sample(10, 5_000_000),
      format: 'JSONEachRow',
      clickhouse_settings: { insert_deduplication_token: 'token-1' },
    })
  expect(await count('t')).toBe(before + 10)
})

test('an asynchronous insert that waits is stored when it is answered', async () => {
  const before = await count('t')
  await client.insert({
    table: 't',
    values: sample(10, 6_000_000),
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 1, wait_for_async_insert: 1 },
  })
  expect(await count('t')).toBe(before + 10)
})

test('parameters of every kind arrive unharmed', async () => {
  const nasty = "x'\\\n\n\t😀"
  const [found] = await rows(
    'SELECT {a:String} AS a, {b:Array(Int64)} AS b, {c:DateTime64(3)} AS c, {d:Nullable(String)} AS d, {e:Bool} AS e, {f:Identifier} AS g FROM (SELECT 1 AS {f:Identifier})',
    { a: nasty, b: [1, 2], c: new Date(1_700_000_000_123), d: null, e: true, f: 'column one' },
  )
  expect(found).toEqual({ a: nasty, b: ['1', '2'], c: '2023-11-14 22:13:20.123', d: null, e: true, g: 1 })
})

test('a parameter of 200,000 characters arrives in a form', async () => {
  const [found] = await rows<{ l: string }>(
    'SELECT length({a:String}) AS l',
    { a: 'z'.repeat(200_000) },
    { use_multipart_params: true },
  )
  expect(Number(found?.l)).toBe(200_000)
})

test('settings of one query do not reach the next', async () => {
  await rows('SELECT 1', {}, { clickhouse_settings: { max_threads: 1, max_block_size: '77' } })
  const [after] = await rows<{ m: string }>("SELECT getSetting('max_block_size') AS m")
  expect(after?.m).not.toBe('77')
})

test('a client of another database sees that one', async () => {
  await client.command({ query: 'CREATE DATABASE IF NOT EXISTS shelf' })
  await client.command({ query: 'CREATE TABLE shelf.only_here (a Int8) ENGINE = Memory' })
  const other = front.client('shelf')
  expect(
    await (await other.query({ query: 'SELECT count() AS c FROM only_here', format: 'JSONEachRow' })).json(),
  ).toEqual([{ c: '0' }])
  await other.close()
})

test.each([
  ['an unknown column', 'SELECT nosuch FROM t', '47', 'UNKNOWN_IDENTIFIER'],
  ['an unknown table', 'SELECT 1 FROM nosuch', '60', 'UNKNOWN_TABLE'],
  ['a syntax error', 'SELEC 1', '62', 'SYNTAX_ERROR'],
])('%s is answered with ClickHouse code', async (_what, query, code, type) => {
  await expect(rows(query)).rejects.toMatchObject({ code, type })
})

test('a row that does not parse is refused with a code, and nothing of its batch is stored', async () => {
  const before = await count('t')
  const values = [...sample(10, 7_000_000), { id: 'zz' }]
  await expect(client.insert({ table: 't', values, format: 'JSONEachRow' })).rejects.toMatchObject({
    code: '27',
  })
  expect(await count('t')).toBe(before)
})

test('an insert into a missing table is refused although its body is long', async () => {
  const insert = client.insert({ table: 'nosuch', values: sample(50_000), format: 'JSONEachRow' })
  await expect(insert).rejects.toMatchObject({ code: '60' })
})

test('an unknown setting is refused', async () => {
  const query = rows('SELECT 1', {}, { clickhouse_settings: { nosuch: 1 } as never })
  await expect(query).rejects.toMatchObject({ code: '115' })
})

test('what a server knows and this one does not is refused, not ignored', async () => {
  const answer = await fetch(`${front.url}/?query=SELECT 1&session_id=abc`)
  expect(answer.status).toBe(501)
  expect(answer.headers.get('x-clickhouse-exception-code')).toBe('48')
})

test('an error in the middle of a result reaches the reader as an error', async () => {
  const answer = await client.query({
    query:
      'SELECT throwIf(number = 3000000) AS x, number FROM numbers(10000000) SETTINGS max_block_size = 10000',
    format: 'JSONEachRow',
  })
  const read = async () => {
    for await (const _ of answer.stream()) {
      // The rows before the error are fine.
    }
  }
  await expect(read()).rejects.toMatchObject({ code: '395' })
})

test.each([
  'Native',
  'Parquet',
  'ArrowStream',
  'RowBinary',
  'RowBinaryWithNamesAndTypes',
  'CSVWithNames',
  'TabSeparated',
  'JSONCompactEachRow',
])('100,000 rows go out and come in again as %s', async (format) => {
  const { stream } = await client.exec({
    query: `SELECT number AS id, toString(number) AS s FROM numbers(100000) FORMAT ${format}`,
  })
  const pieces: Buffer[] = []
  for await (const piece of stream) pieces.push(piece as Buffer)
  await client.command({
    query: 'CREATE OR REPLACE TABLE n (id UInt64, s String) ENGINE = MergeTree ORDER BY id',
  })
  const inserted = await client.exec({
    query: `INSERT INTO n FORMAT ${format}`,
    values: Readable.from(pieces),
  })
  inserted.stream.resume()
  expect(inserted.summary?.written_rows).toBe('100000')
  expect(await rows('SELECT count() AS c, sum(id) AS ids, sum(length(s)) AS l FROM n')).toEqual([
    { c: '100000', ids: '4999950000', l: '488890' },
  ])
})

test('the stream of a select feeds an insert without being held in between', async () => {
  await client.command({ query: 'CREATE OR REPLACE TABLE piped (id UInt64) ENGINE = MergeTree ORDER BY id' })
  const { stream } = await client.exec({ query: 'SELECT number AS id FROM numbers(300000) FORMAT Native' })
  const inserted = await client.exec({ query: 'INSERT INTO piped FORMAT Native', values: stream as Readable })
  inserted.stream.resume()
  expect(await count('piped')).toBe(300_000)
})

test('two million rows are read as a stream', async () => {
  const answer = await client.query({
    query: 'SELECT number, toString(number) AS s FROM numbers(2000000)',
    format: 'JSONCompactEachRow',
  })
  let read = 0
  for await (const batch of answer.stream()) read += batch.length
  expect(read).toBe(2_000_000)
})

test('a query that its client gave up is ended in the engine', async () => {
  const giveUp = new AbortController()
  const query = rows(
    'SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))',
    {},
    { abort_signal: giveUp.signal },
  )
  const failed = expect(query).rejects.toThrow()
  const running =
    "SELECT count() AS c FROM system.processes WHERE query LIKE '%1000000000000%' AND query NOT LIKE '%processes%'"
  await expect.poll(async () => (await rows<{ c: string }>(running))[0]?.c).toBe('1')
  giveUp.abort()
  await failed
  await expect.poll(async () => (await rows<{ c: string }>(running))[0]?.c, { timeout: 5_000 }).toBe('0')
})

test('an insert whose client goes away before its body is whole stores nothing', async () => {
  const before = await count('t')
  const giveUp = new AbortController()
  const body = new ReadableStream({
    async start(out) {
      out.enqueue(Buffer.from(`${JSON.stringify({ id: 8_000_001, s: 'a' })}\n`))
      await delay(50)
      giveUp.abort()
    },
  })
  const insert = fetch(`${front.url}/?query=INSERT INTO t FORMAT JSONEachRow`, {
    method: 'POST',
    body,
    duplex: 'half',
    signal: giveUp.signal,
  } as RequestInit)
  await expect(insert).rejects.toThrow()
  await rows('SELECT 1')
  expect(await count('t')).toBe(before)
})

test('twenty clients that write and read at once get their own answers', async () => {
  await client.command({
    query: 'CREATE OR REPLACE TABLE busy (id UInt64, s String) ENGINE = MergeTree ORDER BY id',
  })
  const worker = async (k: number) => {
    const own = front.client()
    for (let i = 0; i < 10; i++) {
      await own.insert({ table: 'busy', values: [{ id: k * 100 + i, s: `k${k}` }], format: 'JSONEachRow' })
      const answer = await own.query({
        query: 'SELECT {v:UInt32} AS v, count() AS c FROM busy WHERE s = {s:String}',
        query_params: { v: k * 1000 + i, s: `k${k}` },
        format: 'JSONEachRow',
      })
      expect(await answer.json()).toEqual([{ v: k * 1000 + i, c: String(i + 1) }])
    }
    await own.close()
  }
  await Promise.all(Array.from({ length: 20 }, (_, k) => worker(k)))
  expect(await count('busy')).toBe(200)
})

test('eight reads run at once, and inserts do not wait behind them', async () => {
  const startedMs = performance.now()
  const many = createClient({ url: front.url, max_open_connections: 20 })
  const sleeps = Array.from({ length: 8 }, async () =>
    (await many.query({ query: 'SELECT sleep(2)', format: 'JSON' })).json(),
  )
  await client.insert({ table: 't', values: sample(1, 9_000_000), format: 'JSONEachRow' })
  const insertedMs = performance.now() - startedMs
  await Promise.all(sleeps)
  const allMs = performance.now() - startedMs
  await many.close()
  expect(insertedMs).toBeLessThan(1_500)
  expect(allMs).toBeLessThan(3_800) // in two rounds it would take 4 s
})

test('a query above the memory limit is refused and the server lives on', async () => {
  const greedy = rows('SELECT length(groupArray(toString(number))) AS l FROM numbers(100000000)')
  await expect(greedy).rejects.toMatchObject({ code: '241' })
  expect(await rows('SELECT 1 AS one')).toEqual([{ one: 1 }])
})

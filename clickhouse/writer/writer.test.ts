/** The writer against a ClickHouse that answers as it is told: what is on disk when, what is sent how often, what is set aside. */
// Not here: a real ClickHouse and killed processes (tests/clickhouse/writer.test.ts, crash.test.ts).
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ClickHouseClient, ClickHouseError } from '@clickhouse/client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { column } from '#clickhouse/column.ts'
import { defineTable } from '#clickhouse/table.ts'
import { health } from '#clickhouse/tables/operations.ts'
import type { Writer } from '#clickhouse/writer/ports.ts'
import { decodeSegment, encodeFrame, encodeHeader } from '#clickhouse/writer/segment.ts'
import { createWriter, type WriterLimits } from '#clickhouse/writer/writer.ts'
import { systemClock } from '#config/clock.ts'
import { DAY_MS } from '#domain/time.ts'

const numbers = defineTable({
  name: 'numbers',
  why: 'a test',
  key: ['ts'],
  partition: { by: 'day', column: 'ts' },
  columns: { ts: column.time('when') },
})
const others = defineTable({ ...numbers, name: 'others' })

interface Sent {
  table: string
  token: string
  settings: Record<string, unknown>
  body: string
  rows: number
}

/** Takes inserts as @clickhouse/client does; `answer` decides each one's fate. */
class FakeClickHouse {
  sent: Sent[] = []
  running = 0
  most = 0
  answer: (sent: Sent) => Promise<void> | void = () => {}

  readonly client = {
    exec: async (call: {
      query: string
      values: AsyncIterable<Buffer>
      clickhouse_settings: Record<string, unknown>
    }) => {
      const pieces: Buffer[] = []
      for await (const piece of call.values) pieces.push(piece)
      const body = Buffer.concat(pieces)
      const settings = call.clickhouse_settings
      const table = /INTO (\w+)/.exec(call.query)?.[1] ?? ''
      const sent = {
        table,
        token: String(settings.insert_deduplication_token),
        settings,
        body: body.toString('hex'),
        rows: body.length / 8,
      }
      this.sent.push(sent)
      this.most = Math.max(this.most, ++this.running)
      try {
        await this.answer(sent)
      } finally {
        this.running--
      }
      return { stream: (async function* () {})() }
    },
  } as unknown as ClickHouseClient

  of(table: string): Sent[] {
    return this.sent.filter((each) => each.table === table)
  }
}

let folder: string
let server: FakeClickHouse
let writers: Writer[]
let logged: { level: string; text: string }[]
/** Set to move the writer's clock ahead. */
let laterMs: number

const open = (limits: Partial<WriterLimits> = {}): Writer => {
  const log = (level: string) => (_facts: unknown, text?: string) =>
    void logged.push({ level, text: text ?? '' })
  const writer = createWriter({
    client: server.client,
    spoolDir: folder,
    clock: { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + laterMs },
    log: { info: log('info'), warn: log('warn'), error: log('error') },
    limits: { batchAgeMs: 20, tickMs: 5, retryMsMin: 1, retryMsMax: 5, closeGraceMs: 100, ...limits },
  })
  writers.push(writer)
  return writer
}
/** For conditions that a busy machine reaches late. */
const WAIT = { timeout: 15_000 }
const segments = () => readdirSync(folder).filter((name) => name.endsWith('.segment'))
const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => ({ ts: from + i }))
const refusal = (code: string) => new ClickHouseError({ message: 'refused', code, type: 'X' })

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-spool-'))
  server = new FakeClickHouse()
  writers = []
  logged = []
  laterMs = 0
})

afterEach(async () => {
  for (const writer of writers) await writer.close()
  rmSync(folder, { recursive: true, force: true })
})

test('rows of one turn travel as one batch, under one token, synchronously inserted', async () => {
  const writer = open()
  writer.write(numbers, rows(0, 3))
  writer.write(numbers, rows(3, 5))
  await writer.drain()
  expect(server.sent).toHaveLength(1)
  expect(server.sent[0]).toMatchObject({
    table: 'numbers',
    rows: 5,
    settings: { async_insert: 0, insert_deduplicate: 1 },
  })
  expect(server.sent[0]?.token).toMatch(/-1$/)
  expect(writer.stats()).toMatchObject({
    rowsWritten: 5,
    rowsInserted: 5,
    batchesInserted: 1,
    batchesPending: 0,
    bytesPending: 0,
    full: false,
  })
  expect(segments()).toEqual([])
})

test('a batch is sent by its age without anybody asking', async () => {
  const writer = open({ batchAgeMs: 30 })
  writer.write(numbers, rows(0, 1))
  await expect.poll(() => writer.stats().rowsInserted, WAIT).toBe(1)
})

test('rows of two days never share an insert', async () => {
  const writer = open()
  writer.write(numbers, [{ ts: DAY_MS - 1 }, { ts: DAY_MS }, { ts: DAY_MS - 2 }])
  await writer.drain()
  expect(server.sent.map(({ rows: count }) => count).sort()).toEqual([1, 2])
})

test.each([
  [4, 1],
  [5, 2], // the limit is reached by the fifth row: the batch is closed with it
  [10, 3],
])('with at most 5 rows a batch, %i rows and one more make %i batches', async (count, batches) => {
  const writer = open({ batchRowsMax: 5 })
  writer.write(numbers, rows(0, count + 1))
  await writer.drain()
  expect(server.sent).toHaveLength(batches)
  expect(server.sent.reduce((sum, { rows: each }) => sum + each, 0)).toBe(count + 1)
})

test('the rows are in the file once the turn of the event loop is over, and on disk after flush()', async () => {
  server.answer = () => new Promise(() => {})
  const writer = open({ batchAgeMs: 60_000 })
  writer.write(numbers, rows(0, 7))
  await new Promise((resolve) => setImmediate(resolve))
  const file = join(folder, segments()[0] ?? '')
  expect(decodeSegment(readFileSync(file))?.rows).toBe(7)
  await writer.flush()
  writer.write(numbers, rows(7, 9))
  await Promise.all([writer.flush(), writer.flush(), writer.flush()])
  expect(decodeSegment(readFileSync(file))?.rows).toBe(9)
})

test('an insert that fails is sent again, the same bytes under the same token, until it is taken', async () => {
  let failures = 5
  server.answer = () => {
    if (failures-- > 0) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  }
  const writer = open()
  writer.write(numbers, rows(0, 10))
  await writer.drain()
  expect(server.sent).toHaveLength(6)
  expect(new Set(server.sent.map(({ token, body }) => `${token} ${body}`)).size).toBe(1)
  expect(writer.stats()).toMatchObject({ rowsInserted: 10, retries: 5, lastError: '' })
})

test('batches of one table arrive in the order of writing, although the first one had to be tried often', async () => {
  let failures = 20
  server.answer = () => {
    if (failures-- > 0) throw Object.assign(new Error('x'), { code: 'ECONNRESET' })
  }
  const writer = open({ batchRowsMax: 2 })
  writer.write(numbers, rows(0, 8))
  await writer.drain()
  const bodies = server.sent.slice(20).map(({ body }) => body)
  expect(bodies).toEqual([...bodies].sort())
  expect(server.sent).toHaveLength(24)
})

test('never more inserts at once than allowed, over all tables', async () => {
  const tables = Array.from({ length: 8 }, (_, i) => defineTable({ ...numbers, name: `t${i}` }))
  server.answer = () => new Promise((resolve) => setTimeout(resolve, 5))
  const writer = open({ insertsMax: 2 })
  for (const table of tables) writer.write(table, rows(0, 1))
  await writer.drain()
  expect(server.sent).toHaveLength(8)
  expect(server.most).toBe(2)
})

test('a batch that the server refuses for its content goes into quarantine, with a health row, and blocks nobody', async () => {
  server.answer = ({ table, rows: count }) => {
    if (table === 'numbers' && count === 2) throw refusal('27')
  }
  const writer = open({ batchRowsMax: 2 })
  writer.write(numbers, rows(0, 5))
  writer.write(others, rows(0, 1))
  await writer.drain()
  await writer.drain() // the health rows came after
  expect(server.of('numbers').filter(({ rows: count }) => count === 2)).toHaveLength(2) // each tried once
  expect(writer.stats()).toMatchObject({ rowsQuarantined: 4, batchesPending: 0 })
  expect(server.of('others')).toHaveLength(1)
  expect(server.of(health.name).length).toBeGreaterThan(0)
  expect(logged.filter(({ level }) => level === 'error')).toHaveLength(2)
  const aside = readdirSync(join(folder, 'quarantine'))
  const kept = aside.filter((name) => name.endsWith('.segment'))
  expect(kept).toHaveLength(2)
  expect(decodeSegment(readFileSync(join(folder, 'quarantine', kept[0] ?? '')))?.rows).toBe(2)
  const why = JSON.parse(readFileSync(join(folder, 'quarantine', `${kept[0]}.json`), 'utf8'))
  expect(why).toMatchObject({ table: 'numbers', rows: 2, reason: 'refused' })
})

test('a quarantined segment that is moved back is sent again, and its number was never given away', async () => {
  let broken = true
  server.answer = ({ table }) => {
    if (broken && table === 'numbers') throw refusal('27')
  }
  const first = open()
  first.write(numbers, rows(0, 3))
  await first.drain()
  await first.close()
  const [name = ''] = readdirSync(join(folder, 'quarantine')).filter((each) => each.endsWith('.segment'))
  const second = open()
  second.write(others, rows(0, 1))
  await second.drain()
  await second.close()
  renameSync(join(folder, 'quarantine', name), join(folder, name))
  broken = false
  server.sent = []
  const third = open()
  await expect.poll(() => third.stats().rowsInserted, WAIT).toBe(3)
  expect(server.sent[0]).toMatchObject({ table: 'numbers', rows: 3 })
})

test('a missing table is waited for, and when patience ends its batch goes into quarantine while others arrive', async () => {
  server.answer = ({ table }) => {
    if (table === 'numbers') throw refusal('60')
  }
  const writer = open({ schemaPatienceMs: 600_000 })
  writer.write(numbers, rows(0, 1))
  writer.write(others, rows(0, 1))
  await expect.poll(() => writer.stats().rowsInserted, WAIT).toBe(1)
  await expect.poll(() => server.of('numbers').length, WAIT).toBeGreaterThan(1)
  expect(writer.stats().rowsQuarantined).toBe(0)
  laterMs = 600_000 // the patience ends now, however slow this machine is
  await writer.drain()
  expect(writer.stats().rowsQuarantined).toBe(1)
})

test('a table that appears in time gets its rows', async () => {
  let missing = 3
  server.answer = () => {
    if (missing-- > 0) throw refusal('60')
  }
  const writer = open()
  writer.write(numbers, rows(0, 4))
  await writer.drain()
  expect(writer.stats()).toMatchObject({ rowsInserted: 4, rowsQuarantined: 0 })
})

test('a row that does not fit is set aside as it was given; its neighbours arrive', async () => {
  const writer = open()
  writer.write(numbers, [{ ts: 1 }, { ts: -1 }, { ts: Number.NaN }, { ts: 2 }])
  await writer.drain()
  expect(writer.stats()).toMatchObject({ rowsInserted: 3, rowsQuarantined: 2 }) // two rows and one word about health
  const lines = readFileSync(join(folder, 'quarantine', 'numbers.rows.jsonl'), 'utf8')
    .trim()
    .split('\n')
  expect(lines.map((line) => JSON.parse(line).row)).toEqual([{ ts: -1 }, { ts: null }])
})

test('full is told before anything is refused, and nothing that was taken is lost', async () => {
  let away = true
  server.answer = () => {
    if (away) throw Object.assign(new Error('x'), { code: 'ECONNREFUSED' })
  }
  const writer = open({ spoolBytesMax: 4_000, batchRowsMax: 20 })
  let taken = 0
  let toldFull = false
  const fill = () => {
    for (;;) {
      toldFull ||= writer.stats().full
      writer.write(numbers, rows(taken, taken + 10))
      taken += 10
    }
  }
  expect(fill).toThrow(/takes no more/)
  expect(toldFull).toBe(true)
  const room = writer.room()
  away = false
  await room
  expect(writer.stats().full).toBe(false)
  await writer.drain()
  expect(writer.stats().rowsInserted).toBe(taken)
  writer.write(numbers, rows(0, 1))
})

test('drain and room can be given up', async () => {
  server.answer = () => {
    throw Object.assign(new Error('x'), { code: 'ECONNREFUSED' })
  }
  const writer = open({ spoolBytesMax: 100 })
  writer.write(numbers, rows(0, 30))
  const giveUp = AbortSignal.timeout(50)
  await Promise.all([writer.drain(giveUp), writer.room(giveUp)])
  expect(writer.stats().batchesPending).toBe(1)
})

test('closing leaves what was not taken; the next writer sends it first, under the old tokens', async () => {
  server.answer = () => {
    throw Object.assign(new Error('x'), { code: 'ECONNREFUSED' })
  }
  const first = open({ batchRowsMax: 2 })
  first.write(numbers, rows(0, 5))
  await expect.poll(() => server.sent.length, WAIT).toBeGreaterThan(0)
  await first.close()
  expect(() => first.write(numbers, rows(0, 1))).toThrow(/closed/)
  expect(segments()).toHaveLength(3)
  const tried = server.sent[0]
  server.sent = []
  server.answer = () => {}
  const second = open()
  second.write(numbers, rows(5, 6))
  await second.drain()
  expect(server.sent[0]).toEqual(tried)
  expect(server.sent.map(({ rows: count }) => count)).toEqual([2, 2, 1, 1])
  expect(new Set(server.sent.map(({ token }) => token)).size).toBe(4)
})

test('a segment whose last frame is torn gives its whole frames, one without a whole header gives nothing', async () => {
  const frame = (ts: number) => {
    const content = Buffer.alloc(8)
    content.writeBigInt64LE(BigInt(ts))
    return encodeFrame(content, 1)
  }
  const whole = Buffer.concat([
    encodeHeader({ table: 'numbers', columns: ['ts'], token: 'old-1' }),
    frame(1),
    frame(2),
  ])
  writeFileSync(join(folder, '000000000007-numbers.segment'), whole.subarray(0, whole.length - 3))
  writeFileSync(join(folder, '000000000008-numbers.segment'), whole.subarray(0, 9))
  writeFileSync(join(folder, '000000000009-numbers.segment'), '') // killed between the name and the first byte
  const writer = open()
  await expect.poll(() => server.of('numbers'), WAIT).toHaveLength(1)
  expect(server.sent[0]).toMatchObject({ token: 'old-1', rows: 1 })
  writer.write(numbers, rows(3, 4))
  await writer.drain()
  await expect.poll(segments, WAIT).toEqual([]) // the word about health comes after
  expect(writer.stats().rowsQuarantined).toBe(0) // of the torn one nobody knows how many rows it had
  expect(readdirSync(join(folder, 'quarantine')).filter((name) => name.endsWith('.segment'))).toHaveLength(1)
  expect(server.of('numbers')[1]?.token).toMatch(/-\d+$/)
  expect(Number(server.of('numbers')[1]?.token.split('-').at(-1))).toBeGreaterThan(8) // numbers go on behind those of the dead
})

test('a segment that somebody took away is told and blocks nobody', async () => {
  let away = true
  server.answer = () => {
    if (away) throw Object.assign(new Error('x'), { code: 'ECONNREFUSED' })
  }
  const writer = open({ batchRowsMax: 2 })
  writer.write(numbers, rows(0, 6))
  await writer.flush()
  rmSync(join(folder, segments()[1] ?? ''))
  away = false
  await writer.drain()
  expect(writer.stats().rowsInserted).toBe(4)
  expect(logged.some(({ level, text }) => level === 'error' && text.includes('cannot be read'))).toBe(true)
})

test('two writers cannot share a folder', () => {
  open()
  expect(() => open()).toThrow(/held by process/)
  expect(existsSync(join(folder, 'writer.lock'))).toBe(true)
})

/** kill -9 of the server during inserts, kill -9 of the writing process, a server that is away: no row is lost, none is stored twice. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClickHouseClient } from '@clickhouse/client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTableSql } from '#clickhouse/ddl.ts'
import { trades } from '#clickhouse/tables/market.ts'
import { health } from '#clickhouse/tables/operations.ts'
import { createWriter } from '#clickhouse/writer/writer.ts'
import { systemClock } from '#config/clock.ts'
import { PROJECT_ROOT } from '#config/environment.ts'
import { type FrontProcess, startFrontProcess } from './front-process.ts'
import { numberedTrade, silentLog } from './writer-process.ts'

/** Each life of the writing process numbers its rows from here on. */
const LIFE = 1_000_000

let front: FrontProcess
let client: ClickHouseClient
let spoolDir: string

beforeEach(async () => {
  front = await startFrontProcess()
  client = front.client()
  spoolDir = mkdtempSync(join(tmpdir(), 'holdfast-spool-'))
  // A plain MergeTree keeps every copy: what is stored twice is seen, whatever merges run.
  await client.command({ query: createTableSql(trades).replace('ReplacingMergeTree', 'MergeTree') })
  await client.command({ query: createTableSql(health) })
})

afterEach(async () => {
  for (const { child } of lives.splice(0)) child.kill('SIGKILL')
  await client.close()
  await front.remove()
  rmSync(spoolDir, { recursive: true, force: true })
})

interface Stored {
  rows: number
  distinct: number
  first: number
  last: number
}

async function stored(from: number, until: number): Promise<Stored> {
  const answer = await client.query({
    query:
      'SELECT count() AS c, uniqExact(tid) AS u, min(tid) AS a, max(tid) AS b FROM trades WHERE tid >= {from:UInt64} AND tid < {until:UInt64}',
    query_params: { from, until },
    format: 'JSONEachRow',
  })
  const [found] = await answer.json<{ c: string; u: string; a: string; b: string }>()
  return {
    rows: Number(found?.c),
    distinct: Number(found?.u),
    first: Number(found?.a),
    last: Number(found?.b),
  }
}

const openWriter = () =>
  createWriter({
    client,
    spoolDir,
    clock: systemClock,
    log: silentLog,
    limits: { batchAgeMs: 20, batchRows: 200, batchRowsMax: 500, retryMsMin: 10, retryMsMax: 100 },
  })

const numbers = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => numberedTrade(from + i))

test('the server killed eight times in the middle of inserts: every row once', async () => {
  const writer = openWriter()
  const kills = 8
  let written = 0
  let writing = true
  const write = async () => {
    while (writing) {
      writer.write(trades, numbers(written, 50))
      written += 50
      await systemClock.sleep(2)
    }
  }
  const done = write()
  for (let kill = 1; kill <= kills; kill++) {
    const { rowsInserted } = writer.stats()
    await expect
      .poll(() => writer.stats().rowsInserted, { timeout: 30_000, interval: 1 })
      .toBeGreaterThan(rowsInserted + 300)
    await front.crash()
    await front.start()
  }
  writing = false
  await done
  await writer.drain()
  expect(writer.stats()).toMatchObject({ rowsInserted: written, rowsQuarantined: 0 })
  expect(writer.stats().retries).toBeGreaterThan(0)
  expect(await stored(0, LIFE)).toEqual({ rows: written, distinct: written, first: 0, last: written - 1 })
  await writer.close()
})

test('the server away for a while: rows wait in the spool and arrive once it is back', async () => {
  const writer = openWriter()
  await front.crash()
  for (let at = 0; at < 20_000; at += 100) writer.write(trades, numbers(at, 100))
  await writer.flush()
  await expect.poll(() => writer.stats().retries, { timeout: 10_000 }).toBeGreaterThan(3)
  expect(writer.stats()).toMatchObject({ rowsInserted: 0, full: false })
  expect(writer.stats().bytesPending).toBeGreaterThan(20_000 * 40)
  await front.start()
  await writer.drain()
  expect(await stored(0, LIFE)).toEqual({ rows: 20_000, distinct: 20_000, first: 0, last: 19_999 })
  expect(readdirSync(spoolDir).filter((name) => name.endsWith('.segment'))).toEqual([])
  await writer.close()
})

interface Life {
  child: ChildProcess
  /** Rows that it said were on disk. */
  taken: number
  drained: boolean
  /** What its writer logged: shown when a test fails. */
  log: string
  kill(): Promise<void>
}

const lives: Life[] = []

function startLife(number: number, count: number): Life {
  const child = spawn(
    process.execPath,
    ['tests/clickhouse/writer-process.ts', front.url, spoolDir, String(number * LIFE), String(count), '100'],
    { cwd: PROJECT_ROOT, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const life: Life = {
    child,
    taken: 0,
    drained: false,
    log: '',
    async kill() {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
  child.stderr?.on('data', (chunk: Buffer) => {
    life.log += chunk.toString()
  })
  child.stdout?.on('data', (chunk: Buffer) => {
    for (const match of chunk.toString().matchAll(/taken (\d+)|drained/g)) {
      if (match[1]) life.taken = Number(match[1])
      else life.drained = true
    }
  })
  return life
}

test('the writing process killed six times, and the server in between: what was said to be on disk arrives, once', async () => {
  for (let number = 0; number < 6; number++) {
    const life = startLife(number, 500_000)
    lives.push(life)
    const enough = 1_000 + 777 * number // another moment each time: amid appends, seals, inserts
    await expect.poll(() => life.taken, { timeout: 30_000, interval: 1 }).toBeGreaterThan(enough)
    if (number % 2 === 1) {
      await Promise.all([life.kill(), front.crash()])
      await front.start()
    } else await life.kill()
  }
  const last = startLife(6, 300)
  lives.push(last)
  await expect
    .poll(() => last.drained, { timeout: 60_000 })
    .toBe(true)
    .catch((error: unknown) => {
      process.stderr.write(`${last.log}\n${front.log().slice(-5_000)}\n`)
      throw error
    })
  for (const [number, life] of lives.entries()) {
    const found = await stored(number * LIFE, (number + 1) * LIFE)
    expect(found.rows, `life ${number} stored rows twice`).toBe(found.distinct)
    expect(found.rows, `life ${number} lost rows that were on disk`).toBeGreaterThanOrEqual(life.taken)
    // No holes: what is there is the first rows that it wrote.
    expect(found).toMatchObject({ first: number * LIFE, last: number * LIFE + found.rows - 1 })
  }
  expect((await stored(0, lives.length * LIFE)).rows).toBeGreaterThan(10_000)
})

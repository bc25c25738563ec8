/** ClickHouse is killed under a steady stream of rows and stays away for a while: counts what is there afterwards and the writer's memory. */
// `npm run outage -- --seconds 300 --rate 20000` is the long form; outage.test.ts a short one.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { createTableSql } from '#clickhouse/ddl.ts'
import { trades } from '#clickhouse/tables/market.ts'
import { PROJECT_ROOT } from '#config/environment.ts'
import type { FloodLine } from './flood-process.ts'
import { startFrontProcess } from './front-process.ts'

export interface OutageOptions {
  rowsPerS: number
  /** How long ClickHouse is away, seconds. */
  outageS: number
  /** Before and after the outage, seconds. */
  aroundS: number
  say(line: string): void
}

export interface OutageResult {
  written: number
  /** Distinct rows in ClickHouse, and all rows before replaced versions are merged. */
  stored: number
  storedRaw: number
  /** Σ of their numbers is that of 0 … written − 1. */
  isEveryNumberThere: boolean
  quarantined: number
  /** Largest spool, bytes. */
  spoolBytesMax: number
  /** Memory of the writing process before the outage and at most since, bytes. */
  rssBefore: number
  rssMax: number
  heapMax: number
  /** From the end of writing until everything was in ClickHouse, seconds. */
  catchUpS: number
}

export async function runOutage(options: OutageOptions): Promise<OutageResult> {
  const { rowsPerS, outageS, aroundS, say } = options
  const front = await startFrontProcess()
  const spool = mkdtempSync(join(tmpdir(), 'holdfast-outage-'))
  const client = front.client()
  try {
    await client.command({ query: createTableSql(trades) })
    const seconds = outageS + 2 * aroundS
    const child = spawn(
      process.execPath,
      [
        join(PROJECT_ROOT, 'tests/clickhouse/flood-process.ts'),
        front.url,
        spool,
        String(rowsPerS),
        String(seconds),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const lines: FloodLine[] = []
    let writtenAtMs = 0
    let doneAtMs = 0
    let isAway = false
    let isBack = false
    for await (const text of createInterface({ input: child.stdout })) {
      const line = JSON.parse(text) as FloodLine
      lines.push(line)
      if (lines.length % 10 === 0 || line.done) say(sentence(lines.length, line))
      if (!isAway && lines.length >= aroundS) {
        isAway = true
        await front.crash()
        say('ClickHouse is gone')
      } else if (isAway && !isBack && lines.length >= aroundS + outageS) {
        isBack = true
        await front.start()
        say('ClickHouse is back')
      }
      if (line.written < rowsPerS * seconds) writtenAtMs = performance.now()
      if (line.done) doneAtMs = performance.now()
    }
    return await resultOf(lines, { aroundS, catchUpS: (doneAtMs - writtenAtMs) / 1_000 }, async () => {
      const answer = await client.query({
        query: 'SELECT count() AS raw, uniqExact(tid) AS stored, sum(tid) AS sum FROM trades',
        format: 'JSONEachRow',
      })
      return (await answer.json<Record<'raw' | 'stored' | 'sum', string>>())[0]
    })
  } finally {
    await client.close()
    await front.remove()
    rmSync(spool, { recursive: true, force: true })
  }
}

async function resultOf(
  lines: readonly FloodLine[],
  { aroundS, catchUpS }: { aroundS: number; catchUpS: number },
  count: () => Promise<Record<'raw' | 'stored' | 'sum', string> | undefined>,
): Promise<OutageResult> {
  const last = lines.at(-1)
  const counted = await count()
  const written = last?.written ?? 0
  const max = (pick: (line: FloodLine) => number): number => Math.max(...lines.map(pick))
  return {
    written,
    stored: Number(counted?.stored),
    storedRaw: Number(counted?.raw),
    isEveryNumberThere: BigInt(counted?.sum ?? 0) === (BigInt(written) * BigInt(written - 1)) / 2n,
    quarantined: last?.quarantined ?? 0,
    spoolBytesMax: max(({ pending_bytes }) => pending_bytes),
    rssBefore: lines[aroundS - 1]?.rss ?? 0,
    rssMax: max(({ rss }) => rss),
    heapMax: max(({ heap }) => heap),
    catchUpS,
  }
}

const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`
const sentence = (second: number, line: FloodLine): string =>
  `${second} s: ${line.written} written, ${line.inserted} inserted, spool ${mb(line.pending_bytes)}, memory ${mb(line.rss)} (heap ${mb(line.heap)})`

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      rate: { type: 'string', default: '20000' },
      seconds: { type: 'string', default: '300' },
      around: { type: 'string', default: '10' },
    },
  })
  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  const result = await runOutage({
    rowsPerS: Number(values.rate),
    outageS: Number(values.seconds),
    aroundS: Number(values.around),
    say,
  })
  say(JSON.stringify(result, null, 2))
  process.exitCode = result.stored === result.written && result.isEveryNumberThere ? 0 : 1
}

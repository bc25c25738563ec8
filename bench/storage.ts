/** What a recorded trade, best price and book take on disk, against gzip of the raw frames that brought them. */
import { join } from 'node:path'
import { setImmediate as yieldToIo } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { z } from 'zod'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { defineQuery, runQuery, wholeNumber } from '#clickhouse/query.ts'
import { readStorage } from '#clickhouse/storage.ts'
import * as tables from '#clickhouse/tables/market.ts'
import { createWriter } from '#clickhouse/writer/writer.ts'
import { systemClock } from '#config/clock.ts'
import { createLogger } from '#config/logger.ts'
import { HoldfastError } from '#domain/errors.ts'
import { parseFrame } from '#exchange/wire/parse-frame.ts'
import { createMarketRecorder } from '#streamers/market-recorder.ts'
import { generatedFrames } from '#tests/streamers/generated-frames.ts'
import { REPLAY, recordedLines } from '#tests/streamers/recording.ts'
import { missingData } from '#tests/support/shared-data.ts'
import type { BenchmarkOptions, Metrics } from './benchmark.ts'
import { withDatabase } from './support/database.ts'

/** Channel → table and word of the figures. */
const MEASURED = [
  ['trades', 'trades', 'trade'],
  ['bbo', 'bbo', 'bbo'],
  ['l2Book', 'l2_snapshots', 'l2'],
] as const
const GZIP_LEVEL = 6
const BURST = 250

export async function run({ quick, seed, say }: BenchmarkOptions): Promise<Metrics> {
  const missing = missingData(REPLAY)
  say(missing ? `${missing}; generated frames instead` : `frames of ${REPLAY}`)
  const all = missing
    ? generatedFrames(70_000, seed)
    : recordedLines().map(({ channel, data }) => JSON.stringify({ channel, data }))
  const frames = quick ? all.slice(0, 20_000) : all
  return withDatabase(async (client, root) => {
    await store(frames, client, join(root, 'spool'))
    return measure(frames, client, say)
  })
}

/** The way of the streamers, without a socket. */
async function store(frames: readonly string[], client: ClickHouseClient, spoolDir: string): Promise<void> {
  const log = createLogger('bench', 'error')
  const writer = createWriter({ client, spoolDir, clock: systemClock, log })
  const recorder = createMarketRecorder({ writer, tables, clock: systemClock })
  for (let at = 0; at < frames.length; at += BURST) {
    for (const raw of frames.slice(at, at + BURST)) {
      const parsed = parseFrame(raw, systemClock.now())
      if (parsed.kind === 'market') recorder.take(parsed.events)
    }
    await yieldToIo()
  }
  await writer.drain()
  await writer.close()
}

/** Merged, as the rows lie after a while; times of receipt are those of this run. */
async function measure(
  frames: readonly string[],
  client: ClickHouseClient,
  say: BenchmarkOptions['say'],
): Promise<Metrics> {
  for (const [, table] of MEASURED) await client.command({ query: `OPTIMIZE TABLE ${table} FINAL` })
  const stored = new Map((await readStorage(client)).map((each) => [each.table, each]))
  const metrics: Record<string, number> = {}
  for (const [channel, table, word] of MEASURED) {
    const size = stored.get(table)
    if (!size)
      throw new HoldfastError(`${table} is empty`, {
        code: 'BENCH_EMPTY',
        retryable: false,
        hint: 'the recording has no frames of this channel',
      })
    const raw = frames.filter((frame) => frame.startsWith(`{"channel":"${channel}"`)).join('\n')
    const packed = gzipSync(raw, { level: GZIP_LEVEL }).length
    metrics[`${word}_rows`] = size.rows
    metrics[`${word}_bytes`] = size.bytes_per_row
    metrics[`${word}_gzip_bytes`] = packed / size.rows
    metrics[`${word}_ratio`] = size.bytes / packed
    say(`${table}: ${size.rows} rows, ${size.bytes} bytes; gzip -${GZIP_LEVEL} of the frames ${packed} bytes`)
    say(`  a row by column: ${await columnBytes(client, table, size.rows)}`)
  }
  return metrics
}

const columnSizes = defineQuery({
  name: 'bytes by column',
  sql: `SELECT name AS column_name, data_compressed_bytes AS stored_bytes FROM system.columns
WHERE database = currentDatabase() AND table = {table_name:String} AND data_compressed_bytes > 0 ORDER BY data_compressed_bytes DESC`,
  params: z.object({ table_name: z.string() }),
  row: z.object({ column_name: z.string(), stored_bytes: wholeNumber }),
})

/** Small parts keep all columns in one file, which tells nothing of each: the table is merged once more, a file a column. */
async function columnBytes(client: ClickHouseClient, table: string, rows: number): Promise<string> {
  await client.command({
    query: `ALTER TABLE ${table} MODIFY SETTING min_bytes_for_wide_part = 0, min_rows_for_wide_part = 0`,
  })
  await client.command({ query: `OPTIMIZE TABLE ${table} FINAL` })
  const sizes = await runQuery(client, columnSizes, { table_name: table })
  return sizes
    .map(({ column_name, stored_bytes }) => `${column_name} ${(stored_bytes / rows).toFixed(2)}`)
    .join(', ')
}

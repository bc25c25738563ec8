/** How fast frames become rows: decode against JSON.parse, then through spool and insert against ClickHouse's own Native insert. */
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setImmediate as yieldToIo } from 'node:timers/promises'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import * as tables from '#clickhouse/tables/market.ts'
import { createWriter } from '#clickhouse/writer/writer.ts'
import { systemClock } from '#config/clock.ts'
import { createLogger } from '#config/logger.ts'
import { parseFrame } from '#exchange/wire/parse-frame.ts'
import { createMarketRecorder } from '#streamers/market-recorder.ts'
import { generatedFrames } from '#tests/streamers/generated-frames.ts'
import { REPLAY, recordedLines } from '#tests/streamers/recording.ts'
import { missingData } from '#tests/support/shared-data.ts'
import type { BenchmarkOptions, Metrics } from './benchmark.ts'
import { withDatabase } from './support/database.ts'

const HOT = [tables.trades, tables.bbo, tables.l2Snapshots] as const
/** Frames that are read before others get a turn, as a busy socket would. */
const BURST = 250

export async function run({ quick, seed, say }: BenchmarkOptions): Promise<Metrics> {
  const frames = benchFrames(quick, seed, say)
  const decode = measureDecode(frames, quick ? 3 : 9)
  say(
    `decode ${Math.round(decode.decode_msgs_per_s)} frames/s, ${decode.decode_ratio.toFixed(2)} × JSON.parse`,
  )
  return { ...decode, ...(await measureInserts(frames, quick ? 1 : 5, say)) }
}

/** Flat strings, as a socket delivers them: slices of one big text would be slower to read. */
function benchFrames(quick: boolean, seed: number, say: BenchmarkOptions['say']): string[] {
  const missing = missingData(REPLAY)
  say(missing ? `${missing}; generated frames instead` : `frames of ${REPLAY}`)
  const frames = missing
    ? generatedFrames(70_000, seed)
    : recordedLines().map(({ channel, data }) => JSON.stringify({ channel, data }))
  return (quick ? frames.slice(0, 20_000) : frames).map((raw) => Buffer.from(raw).toString('utf8'))
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** Both readers take turns over the same frames, so that a busy machine hurts both; medians of the rounds. */
function measureDecode(frames: readonly string[], rounds: number) {
  const seconds = (read: (raw: string) => unknown): number => {
    const from = performance.now()
    for (const raw of frames) read(raw)
    return (performance.now() - from) / 1_000
  }
  const decode: number[] = []
  const parse: number[] = []
  const receivedTs = systemClock.now()
  for (let round = -1; round < rounds; round++) {
    const [own, bare] = [seconds((raw) => parseFrame(raw, receivedTs)), seconds((raw) => JSON.parse(raw))]
    if (round < 0) continue // the first round compiles
    decode.push(own)
    parse.push(bare)
  }
  return {
    decode_msgs_per_s: frames.length / median(decode),
    json_parse_msgs_per_s: frames.length / median(parse),
    decode_ratio: median(parse) / median(decode),
  }
}

async function measureInserts(frames: readonly string[], rounds: number, say: BenchmarkOptions['say']) {
  return withDatabase(async (client, root) => {
    const spooled: number[] = []
    const endToEnd: number[] = []
    const native: number[] = []
    // Compared round by round: both halves of a round see the same machine.
    const ratios: number[] = []
    for (let round = 0; round <= rounds; round++) {
      for (const { name } of HOT) await client.command({ query: `TRUNCATE TABLE ${name}` })
      const own = await ingest(frames, client, join(root, `spool-${round}`))
      const bare = await insertNative(client, round)
      say(
        `round ${round}: ${own.rows} rows, end to end ${rate(own.rows, own.ms)}, Native ${rate(bare.rows, bare.ms)}`,
      )
      if (round === 0) continue // warms both
      spooled.push((own.rows * 1_000) / own.spoolMs)
      endToEnd.push((own.rows * 1_000) / own.ms)
      native.push((bare.rows * 1_000) / bare.ms)
      ratios.push(bare.ms / own.ms)
    }
    return {
      spooled_rows_per_s: median(spooled),
      end_to_end_rows_per_s: median(endToEnd),
      native_insert_rows_per_s: median(native),
      end_to_end_ratio: median(ratios),
    }
  })
}

const rate = (rows: number, ms: number): string => `${Math.round((rows * 1_000) / ms)} rows/s`

/** The way of the streamers without the socket: frame → events → rows → spool on disk → ClickHouse. */
async function ingest(frames: readonly string[], client: ClickHouseClient, spoolDir: string) {
  const log = createLogger('bench', 'error')
  const writer = createWriter({ client, spoolDir, clock: systemClock, log })
  const recorder = createMarketRecorder({ writer, tables, clock: systemClock })
  const from = performance.now()
  for (let at = 0; at < frames.length; at += BURST) {
    for (const raw of frames.slice(at, at + BURST)) {
      const parsed = parseFrame(raw, systemClock.now())
      if (parsed.kind === 'market') recorder.take(parsed.events)
    }
    await yieldToIo()
  }
  await writer.flush()
  const spoolMs = performance.now() - from
  await writer.drain()
  const ms = performance.now() - from
  const rows = writer.stats().rowsInserted
  await writer.close()
  return { rows, ms, spoolMs }
}

/** The same rows, read back as Native and inserted into twins of the tables, one insert a table: what ClickHouse alone can do. */
async function insertNative(client: ClickHouseClient, round: number) {
  let rows = 0
  let ms = 0
  for (const { name } of HOT) {
    const twin = `native_${name}_${round}`
    await client.command({ query: `CREATE TABLE ${twin} AS ${name}` })
    const { stream } = await client.exec({ query: `SELECT * FROM ${name} ORDER BY ALL FORMAT Native` })
    const bytes = Buffer.concat(await stream.toArray())
    const from = performance.now()
    const { stream: answer } = await client.exec({
      query: `INSERT INTO ${twin} FORMAT Native`,
      values: Readable.from([bytes], { objectMode: false }),
      clickhouse_settings: { insert_deduplicate: 0, async_insert: 0, wait_end_of_query: 1 },
    })
    await answer.toArray()
    ms += performance.now() - from
    const counted = await client.query({ query: `SELECT count() AS n FROM ${twin}`, format: 'JSONEachRow' })
    rows += Number((await counted.json<{ n: string }>())[0]?.n)
    await client.command({ query: `DROP TABLE ${twin}` })
  }
  return { rows, ms }
}

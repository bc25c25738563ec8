/** How fast fills become accounting: the fold alone, and from table to table in ClickHouse, against reading the same columns only. */

import { createPnlActivities } from '#activities/pnl.ts'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { readFillBatches } from '#clickhouse/pnl/fill-reader.ts'
import { insertRows } from '#clickhouse/pnl/insert-rows.ts'
import { createLedgerStore } from '#clickhouse/pnl/ledger-store.ts'
import { sessions } from '#clickhouse/tables/trading.ts'
import { hash32 } from '#domain/ids.ts'
import { emptyBatch } from '#domain/pnl/batch.ts'
import { Fold } from '#domain/pnl/fold.ts'
import { FLAG } from '#domain/pnl/types.ts'
import { START_TS, seeded, sessionRow } from '#tests/pnl/history.ts'
import type { BenchmarkOptions, Metrics } from './benchmark.ts'
import { withDatabase } from './support/database.ts'

const COINS = Array.from({ length: 20 }, (_, at) => `C${String(at).padStart(2, '0')}`)
const SESSIONS = ['session/paper/a', 'session/paper/b', 'session/live/c']
const TAGS = SESSIONS.map(hash32)
/** A fill each half minute and coin. */
const MEAN_GAP_MS = 30_000

export async function run({ quick, seed, say }: BenchmarkOptions): Promise<Metrics> {
  const rows = fillsToStore(quick)
  const pure = measurePure(quick ? 200_000 : 1_000_000, seed, quick ? 3 : 7)
  say(`fold alone ${Math.round(pure)} fills/s`)
  return { pure_fills_per_s: pure, ...(await measureTables(rows, quick ? 1 : rows > LONG_RUN ? 0 : 3, say)) }
}

/** One round has to do: it is for memory, not for speed. */
const LONG_RUN = 5_000_000
/** HOLDFAST_BENCH_FILLS for a long run, e.g. 20000000. */
const fillsToStore = (quick: boolean): number =>
  // biome-ignore lint/style/noProcessEnv: a switch of this benchmark alone, not a setting of the product
  Number(process.env.HOLDFAST_BENCH_FILLS ?? (quick ? 200_000 : 2_000_000))

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** Columns of a busy account: two of three fills belong to a session, every seventh shares its millisecond with the one before. */
function inventBatch(rows: number, seed: number): ReturnType<typeof emptyBatch> {
  const random = seeded(seed)
  const batch = emptyBatch(rows)
  batch.rows = rows
  const perLane = Math.ceil(rows / COINS.length)
  for (let row = 0, held = 0, ts = START_TS, px = 1; row < rows; row++) {
    const lane = Math.floor(row / perLane)
    if (row % perLane === 0) [held, ts, px] = [0, START_TS, 10 * (lane + 1)]
    px *= 1 + (random() - 0.5) * 0.001
    if (row % 7 !== 0) ts += Math.floor(random() * 2 * MEAN_GAP_MS)
    const sz = (1 + Math.floor(random() * 1_000)) * 1_000_000
    const buy = random() < (held > 0 ? 0.45 : 0.55)
    batch.lane[row] = lane
    batch.tag[row] = row % 3 === 0 ? 0 : (TAGS[row % SESSIONS.length] as number)
    batch.ts[row] = ts
    batch.px[row] = Math.round(px * 1_000) * 100_000
    batch.sz[row] = sz
    batch.start[row] = held
    batch.fee[row] = Math.floor(sz * px * 0.000_45)
    batch.flags[row] = (buy ? FLAG.buy : 0) | (row % 2 === 0 ? FLAG.crossed : 0)
    held += buy ? sz : -sz
  }
  return batch
}

function measurePure(rows: number, seed: number, rounds: number): number {
  const batch = inventBatch(rows, seed)
  const rates: number[] = []
  for (let round = -1; round < rounds; round++) {
    const from = performance.now()
    const fold = new Fold(() => {})
    fold.take(batch)
    fold.end()
    if (round >= 0) rates.push((rows * 1_000) / (performance.now() - from))
  }
  return median(rates)
}

async function measureTables(rows: number, rounds: number, say: BenchmarkOptions['say']): Promise<Metrics> {
  return withDatabase(async (client) => {
    await insertRows(
      client,
      sessions,
      SESSIONS.map((id) => sessionRow(id, 'main')),
    )
    await storeFills(client, rows)
    say(`${rows} fills stored`)
    const known = { ids: SESSIONS, tags: TAGS }
    const [whole, bare, ratios]: number[][] = [[], [], []]
    let peak = 0
    for (let round = 0; round <= rounds; round++) {
      for (const table of ['pnl_daily', 'pnl_sessions', 'pnl_inputs'])
        await client.command({ query: `TRUNCATE TABLE ${table}` })
      const readMs = await timed(async () => {
        const all = { account: 'main', coins: COINS, fromTs: 0 }
        for await (const _ of readFillBatches(client, all, known)) {
          // Read and decoded, no more.
        }
      })
      const progress = (): void => {
        peak = Math.max(peak, process.memoryUsage().rss)
      }
      const activities = createPnlActivities({ store: createLedgerStore(client), progress })
      let made = { fills: 0, rows: 0 }
      const ms = await timed(async () => {
        made = await activities.computeLedger()
      })
      say(
        `round ${round}: ${made.fills} fills to ${made.rows} rows in ${Math.round(ms)} ms; reading ${Math.round(readMs)} ms`,
      )
      if (round === 0 && rounds > 0) continue // warms both
      whole?.push((rows * 1_000) / ms)
      bare?.push((rows * 1_000) / readMs)
      ratios?.push(readMs / ms)
    }
    return {
      fills_per_s: median(whole ?? []),
      read_per_s: median(bare ?? []),
      ratio: median(ratios ?? []),
      fills: rows,
      peak_rss_bytes: peak,
    }
  })
}

async function timed(work: () => Promise<void>): Promise<number> {
  const from = performance.now()
  await work()
  return performance.now() - from
}

/** Made inside ClickHouse, a coin at a time, along real position chains. */
async function storeFills(client: ClickHouseClient, rows: number): Promise<void> {
  const perCoin = Math.ceil(rows / COINS.length)
  for (const [at, coin] of COINS.entries())
    await client.command({
      query: `
        INSERT INTO fills
        SELECT 'main', {coin:String}, fromUnixTimestamp64Milli({start:Int64} + number * ${MEAN_GAP_MS}, 'UTC') AS t, number + 1, number, '',
          if(number % 3 = 0, '', {sessions:Array(String)}[1 + number % 3]), side,
          toDecimal64(100 * ({at:UInt32} + 1) + 10 * sin(number / 5000), 3), size,
          ifNull(sum(signed) OVER (ORDER BY number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0), '', 0,
          toDecimal64(toFloat64(size) * 0.01, 6), number % 2 = 0, '', t, 0, 'USDC'
        FROM (
          SELECT number, if(cityHash64(number, {at:UInt32}) % 2 = 0, 'buy', 'sell') AS side,
            toDecimal64(1 + cityHash64(number, 7) % 1000, 8) / 100 AS size, if(side = 'buy', size, -size) AS signed
          FROM numbers({rows:UInt64})
        ) ORDER BY number`,
      query_params: { coin, at, start: START_TS, rows: perCoin, sessions: SESSIONS },
      clickhouse_settings: { max_partitions_per_insert_block: '0' },
    })
}

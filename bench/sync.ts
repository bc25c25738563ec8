/** Copying rows to a second ClickHouse, beside a bare pipe of the same rows between the same two servers, in the same run. */
// The bare pipe is one SELECT … FORMAT Native into one INSERT a partition, one after the other: no cursor, no token, no second partition beside it.

import { readFileSync } from 'node:fs'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { migrate } from '#clickhouse/migrate.ts'
import { copyRound } from '#clickhouse/sync/copy.ts'
import { createLimiter } from '#clickhouse/sync/limiter.ts'
import { openRemote } from '#clickhouse/sync/remote.ts'
import { trades } from '#clickhouse/tables/market.ts'
import { migrations } from '#clickhouse/tables/operations.ts'
import { systemClock } from '#config/clock.ts'
import { type FrontProcess, startFrontProcess } from '#tests/clickhouse/front-process.ts'
import type { BenchmarkOptions, Metrics } from './benchmark.ts'
import { fillTrades, median } from './support/trade-rows.ts'

const log = { info: () => {}, warn: () => {} }
const DATABASE = 'holdfast'

/** @returns rows_per_s, bare_rows_per_s, ratio; memory of the copying process before and after */
export async function run({ quick, seed, say }: BenchmarkOptions): Promise<Metrics> {
  const rows = quick ? 600_000 : 10_000_000
  const partitions = quick ? 2 : 5
  const rounds = quick ? 1 : 3
  const source = await startFrontProcess()
  try {
    const client = source.client(DATABASE)
    await migrate(client, log, [migrations, trades])
    await fillTrades(client, { rows, partitions, blockRows: 50_000, seed })
    say(`${rows} trades in ${partitions} partitions`)
    const bare: number[] = []
    const own: number[] = []
    const memory: number[] = []
    for (let round = 0; round < rounds; round++) {
      bare.push(await onFreshTarget((target) => barePipe(client, target), rows))
      const copied = await ownCopy(client, rows)
      own.push(copied.perSecond)
      memory.push(copied.grownBytes)
      say(
        `round ${round + 1}: bare ${Math.round(bare.at(-1) ?? 0)} rows/s, copied ${Math.round(own.at(-1) ?? 0)} rows/s, memory +${Math.round(copied.grownBytes / 1e6)} MB`,
      )
    }
    await client.close()
    return {
      rows,
      rows_per_s: median(own),
      bare_rows_per_s: median(bare),
      ratio: median(own) / median(bare),
      memory_grown_bytes: median(memory),
    }
  } finally {
    await source.remove()
  }
}

async function onFreshTarget(
  work: (client: ClickHouseClient) => Promise<void>,
  rows: number,
): Promise<number> {
  const target = await startFrontProcess()
  try {
    const client = target.client(DATABASE)
    await migrate(client, log, [migrations, trades])
    const startedMs = performance.now()
    await work(client)
    const seconds = (performance.now() - startedMs) / 1_000
    await client.close()
    return rows / seconds
  } finally {
    await target.remove()
  }
}

async function barePipe(source: ClickHouseClient, target: ClickHouseClient): Promise<void> {
  const names = trades.columnNames.join(', ')
  const answer = await source.query({
    query:
      "SELECT DISTINCT partition_id AS id FROM system.parts WHERE active AND table = 'trades' AND database = currentDatabase() ORDER BY id",
    format: 'JSONEachRow',
  })
  for (const { id } of await answer.json<{ id: string }>()) {
    const read = await source.exec({
      query: `SELECT ${names} FROM trades WHERE _partition_id = {id:String} FORMAT Native`,
      query_params: { id },
    })
    const write = await target.exec({
      query: `INSERT INTO trades (${names}) FORMAT Native`,
      values: read.stream,
    })
    for await (const _ of write.stream) {
      // nothing comes
    }
  }
}

async function ownCopy(
  source: ClickHouseClient,
  rows: number,
): Promise<{ perSecond: number; grownBytes: number }> {
  const there: FrontProcess = await startFrontProcess()
  try {
    const client = there.client(DATABASE)
    const remote = await openRemote({ address: there.address(DATABASE), client, tables: [trades], log })
    const before = residentBytes()
    let peak = before
    const startedMs = performance.now()
    const report = await copyRound({
      ...{ source, remote, tables: [trades], parallel: 2, budgetMs: 1e9, clock: systemClock },
      rows: createLimiter(undefined, systemClock),
      bytes: createLimiter(undefined, systemClock),
      limits: { batchRows: 500_000, batchBytes: 64_000_000 },
      onStep: () => {
        peak = Math.max(peak, residentBytes())
      },
      signal: new AbortController().signal,
    })
    const seconds = (performance.now() - startedMs) / 1_000
    if (report.rows !== rows) throw new RangeError(`${report.rows} of ${rows} rows were copied`)
    await client.close()
    return { perSecond: rows / seconds, grownBytes: Math.max(0, peak - before) }
  } finally {
    await there.remove()
  }
}

/** Of this process, which the rows pass through. */
const residentBytes = (): number => {
  const line = /VmRSS:\s+(\d+) kB/.exec(readStatus())
  return line ? Number(line[1]) * 1_024 : process.memoryUsage().rss
}
const readStatus = (): string => {
  try {
    return readFileSync('/proc/self/status', 'utf8')
  } catch {
    return ''
  }
}

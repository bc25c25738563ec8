/** Archiving a day, read back and hashed, beside a bare `INTO OUTFILE` of the same query, in the same run. */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { archivePartition } from '#clickhouse/archive/archive.ts'
import { createFolderStore } from '#clickhouse/archive/folder-store.ts'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { migrate } from '#clickhouse/migrate.ts'
import { archiveManifest } from '#clickhouse/tables/data.ts'
import { trades } from '#clickhouse/tables/market.ts'
import { migrations } from '#clickhouse/tables/operations.ts'
import { startFrontProcess } from '#tests/clickhouse/front-process.ts'
import type { BenchmarkOptions, Metrics } from './benchmark.ts'
import { fillTrades, median } from './support/trade-rows.ts'

const PARTITION = '20260901'

/** @returns rows_per_s, bare_rows_per_s, ratio, bytes_per_row of the file */
export async function run({ quick, seed, say }: BenchmarkOptions): Promise<Metrics> {
  const rows = quick ? 300_000 : 3_000_000
  const rounds = quick ? 1 : 5
  const front = await startFrontProcess()
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-archive-'))
  try {
    const client = front.client('holdfast')
    await migrate(client, { info: () => {}, warn: () => {} }, [migrations, archiveManifest, trades])
    await fillTrades(client, { rows, partitions: 1, blockRows: 50_000, seed })
    await client.command({ query: 'OPTIMIZE TABLE trades FINAL' })
    say(`${rows} trades of one day`)
    const bare: number[] = []
    const own: number[] = []
    let bytes = 0
    for (let round = 0; round < rounds; round++) {
      bare.push(rows / (await timed(() => bareOutfile(client, join(folder, `bare-${round}.parquet`)))))
      const store = createFolderStore(join(folder, String(round)))
      const seconds = await timed(async () => {
        const done = await archivePartition(
          { client, store, onStep: () => {}, now: () => 0 },
          trades,
          PARTITION,
          'zstd',
          [],
        )
        bytes = done.bytes
      })
      own.push(rows / seconds)
      say(
        `round ${round + 1}: bare ${Math.round(bare.at(-1) ?? 0)} rows/s, archived ${Math.round(own.at(-1) ?? 0)} rows/s`,
      )
    }
    await client.close()
    return {
      rows,
      rows_per_s: median(own),
      bare_rows_per_s: median(bare),
      ratio: median(own) / median(bare),
      bytes_per_row: bytes / rows,
    }
  } finally {
    await front.remove()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The archive's own query, written by the engine and not looked at again. */
async function bareOutfile(client: ClickHouseClient, path: string): Promise<void> {
  await client.command({
    query: `SELECT ${trades.columnNames.join(', ')} FROM trades FINAL WHERE _partition_id = '${PARTITION}' ORDER BY ${trades.key.join(', ')}
      INTO OUTFILE '${path}' FORMAT Parquet`,
  })
  if (statSync(path).size === 0) throw new RangeError('the bare file is empty')
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedMs = performance.now()
  await work()
  return (performance.now() - startedMs) / 1_000
}

/** Two embedded ClickHouse processes with our tables, rows to fill them with, and what both hold: for tests of copying and archiving. */

import type { ClickHouseClient } from '#clickhouse/client.ts'
import { migrate } from '#clickhouse/migrate.ts'
import { type CopyOptions, type CopyReport, copyRound } from '#clickhouse/sync/copy.ts'
import { createLimiter } from '#clickhouse/sync/limiter.ts'
import { openRemote, type RemoteTarget } from '#clickhouse/sync/remote.ts'
import type { Table } from '#clickhouse/table.ts'
import { archiveManifest, dataRuns } from '#clickhouse/tables/data.ts'
import { trades } from '#clickhouse/tables/market.ts'
import { migrations } from '#clickhouse/tables/operations.ts'
import { systemClock } from '#config/clock.ts'
import { type FrontProcess, startFrontProcess } from '../clickhouse/front-process.ts'

export const silent = { info: () => {}, warn: () => {}, error: () => {} }

export interface TwoSides {
  here: FrontProcess
  there: FrontProcess
  source: ClickHouseClient
  remoteClient: ClickHouseClient
  tables: readonly Table[]
  openRemote(): Promise<RemoteTarget>
  copy(options?: Partial<CopyOptions>): Promise<CopyReport>
  close(): Promise<void>
}

export const DATABASE = 'holdfast'

/** Starts both and makes the tables on the local side. */
export async function startTwoSides(tables: readonly Table[] = [trades]): Promise<TwoSides> {
  const [here, there] = await Promise.all([startFrontProcess(), startFrontProcess()])
  const source = here.client(DATABASE)
  const remoteClient = there.client(DATABASE)
  await migrate(source, silent, [migrations, dataRuns, archiveManifest, ...tables])
  const open = () =>
    openRemote({ address: there.address(DATABASE), client: remoteClient, tables, log: silent })
  const sides: TwoSides = {
    ...{ here, there, source, remoteClient, tables },
    openRemote: open,
    copy: async (options = {}) =>
      copyRound({
        ...{ source, tables, parallel: 2, budgetMs: 60_000, clock: systemClock },
        remote: options.remote ?? (await open()),
        bytes: createLimiter(undefined, systemClock),
        rows: createLimiter(undefined, systemClock),
        limits: { batchRows: 500_000, batchBytes: 64_000_000 },
        onStep: () => {},
        signal: new AbortController().signal,
        ...options,
      }),
    async close() {
      await Promise.all([source.close(), remoteClient.close()])
      await Promise.all([here.remove(), there.remove()])
    },
  }
  return sides
}

/** From now on nothing merges in this table: rows that were stored twice stay visible. */
export const stopMerging = (client: ClickHouseClient, table: string): Promise<unknown> =>
  client.command({
    query: `ALTER TABLE ${table} MODIFY SETTING max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1,
      parts_to_delay_insert = 100000, parts_to_throw_insert = 100000`,
  })

/** Inserts numbered trades of one day: `count` rows from `first` on, all in one block. */
export async function insertTrades(
  client: ClickHouseClient,
  { day, first, count, px = '60000' }: { day: string; first: number; count: number; px?: string },
): Promise<void> {
  await client.command({
    query: `INSERT INTO trades (${trades.columnNames.join(', ')})
      SELECT ['BTC', 'ETH'][1 + number % 2], toDateTime64('${day} 00:00:00', 3, 'UTC') + INTERVAL ({first:UInt64} + number) % 86400000 MILLISECOND,
        {first:UInt64} + number, if(number % 2 = 0, 'buy', 'sell'), toDecimal64({px:String}, 8) + number % 100, toDecimal64(1, 8) / (1 + number % 7),
        '', '', '', toDateTime64('${day} 00:00:00', 3, 'UTC')
      FROM numbers({count:UInt64})`,
    query_params: { first, count, px },
  })
}

/** Rows and hash of a table, `final` for facts, without for everything stored. */
export async function contentOf(
  client: ClickHouseClient,
  table: Table,
  { final = true, where = '1' }: { final?: boolean; where?: string } = {},
): Promise<{ rows: string; hash: string }> {
  const answer = await client.query({
    query: `SELECT toString(count()) AS rows, toString(sum(cityHash64(tuple(${table.columnNames.join(', ')})))) AS hash
      FROM ${table.name}${final ? ' FINAL' : ''} WHERE ${where}`,
    format: 'JSONEachRow',
  })
  const [found] = await answer.json<{ rows: string; hash: string }>()
  return found ?? { rows: '0', hash: '0' }
}

/** The worked example of tracking error as rows of tables: targets, daily candles, snapshots of a flat account. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ClickHouseClient } from '@clickhouse/client'
import { insertRows } from '#clickhouse/pnl/insert-rows.ts'
import { accountSnapshots } from '#clickhouse/tables/accounts.ts'
import { candles } from '#clickhouse/tables/market.ts'
import { modelTargets } from '#clickhouse/tables/models.ts'
import { PROJECT_ROOT } from '#config/environment.ts'
import { HOUR_MS } from '#domain/time.ts'
import { CLOSE_ROWS, december, NAV, TARGET_ROWS } from '#tests/support/tracking-example.ts'

export async function insertExample(client: ClickHouseClient): Promise<void> {
  await insertRows(
    client,
    modelTargets,
    TARGET_ROWS.flatMap(({ values }, at) =>
      [...values].map(([coin, weight]) => ({
        ...{
          model: 'm',
          ts: december(at + 1),
          coin,
          weight,
          source: 'test',
          received_ts: december(at + 1) + HOUR_MS,
        },
      })),
    ),
  )
  await insertRows(
    client,
    candles,
    CLOSE_ROWS.flatMap(({ values }, at) => [...values].map(([coin, close]) => candle(coin, at, close))),
  )
  await insertRows(
    client,
    accountSnapshots,
    NAV.map((equity, at) => ({
      ...{ account: 'main', ts: december(at + 1) + 21 * HOUR_MS, equity_usd: String(equity), cash_usd: '0' },
      ...{
        margin_used_usd: '0',
        withdrawable_usd: '0',
        notional_usd: '0',
        unrealized_pnl_usd: '0',
        positions: 0,
      },
      received_ts: 1,
    })),
  )
}

/** @param at days after the first of December */
export const candle = (coin: string, at: number, close: number) => ({
  ...{
    coin,
    interval: '1d',
    open_ts: december(at + 1),
    close_ts: december(at + 2) - 1,
    volume: '1',
    trades: 1,
    received_ts: 1,
  },
  ...{ open: String(close), high: String(close), low: String(close), close: String(close) },
})

/** On the evening of the last day. */
export const position = (coin: string, weight: string) => ({
  ...{ account: 'main', ts: december(12) + 21 * HOUR_MS, coin, sz: '1', entry_px: '1' },
  ...{
    mark_px: (Number(weight) * 5131).toFixed(6),
    notional_usd: (Number(weight) * 5131).toFixed(6),
    unrealized_pnl_usd: '0',
    funding_since_open_usd: '0',
  },
  ...{ margin_used_usd: '0', leverage: 1, margin_mode: 'cross', liquidation_px: '0' },
})

/** What `holdfast tracking-error` prints, in a home of its own. */
export async function runTracking(clickhouseUrl: string, args: readonly string[]): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'holdfast-tracking-'))
  const command = [join(PROJECT_ROOT, 'cli', 'main.ts'), 'tracking-error', ...args]
  const env = { PATH: process.env.PATH, HOLDFAST_HOME: home, CLICKHOUSE_URL: clickhouseUrl }
  try {
    return (await promisify(execFile)(process.execPath, command, { env })).stdout
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

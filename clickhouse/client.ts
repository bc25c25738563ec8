/** The one place that makes a ClickHouse client: URL, login, and the settings that keep values exact. */
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client'
import type { Environment } from '#config/environment.ts'

export type { ClickHouseClient } from '@clickhouse/client'

/** Where a ClickHouse is; the part of the environment that concerns it. */
export type ClickHouseAddress = Pick<
  Environment,
  | 'CLICKHOUSE_URL'
  | 'CLICKHOUSE_USER'
  | 'CLICKHOUSE_PASSWORD'
  | 'CLICKHOUSE_DATABASE'
  | 'HOLDFAST_PORT_CLICKHOUSE'
>

export const DEFAULT_CLICKHOUSE_PORT = 8123

const addresses = new WeakMap<ClickHouseClient, ClickHouseAddress>()

/** Base URL: CLICKHOUSE_URL, else the embedded one on this machine. */
export const clickHouseUrl = (address: ClickHouseAddress): string =>
  address.CLICKHOUSE_URL ?? `http://127.0.0.1:${address.HOLDFAST_PORT_CLICKHOUSE || DEFAULT_CLICKHOUSE_PORT}`

/**
 * Makes a client. It connects on first use; close() it at the end.
 * Wide integers and decimals come as strings, because JSON numbers above 2^53 would be silently wrong.
 * @param database unset: CLICKHOUSE_DATABASE; `default` before the database exists
 */
export function createClickHouse(address: ClickHouseAddress, database?: string): ClickHouseClient {
  const client = createClient({
    url: clickHouseUrl(address),
    username: address.CLICKHOUSE_USER,
    password: address.CLICKHOUSE_PASSWORD,
    database: database ?? address.CLICKHOUSE_DATABASE,
    application: 'holdfast',
    log: { level: ClickHouseLogLevel.OFF }, // its own lines would bypass ours; every failure is thrown anyway
    request_timeout: 60_000,
    max_open_connections: 8,
    clickhouse_settings: {
      output_format_json_quote_64bit_integers: 1,
      output_format_json_quote_decimals: 1,
    },
  })
  addresses.set(client, address)
  return client
}

/** Makes the client's database where it does not exist yet. Clients of other makers are expected to have one. */
export async function ensureDatabase(client: ClickHouseClient): Promise<void> {
  const address = addresses.get(client)
  if (!address) return
  const first = createClickHouse(address, 'default')
  try {
    await first.command({ query: `CREATE DATABASE IF NOT EXISTS \`${address.CLICKHOUSE_DATABASE}\`` })
  } finally {
    await first.close()
  }
}

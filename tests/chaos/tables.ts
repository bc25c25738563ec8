/** Tables of a chaos run: one cut by day, one by month with versions and tiers, one that is never cut. */
import type { Table } from '#clickhouse/table.ts'
import { candles, trades } from '#clickhouse/tables/market.ts'
import { kills } from '#clickhouse/tables/trading.ts'

export const CHAOS_TABLES: readonly Table[] = [trades, candles, kills]

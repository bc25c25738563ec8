/** Every table, in the order in which they come into being. */
import type { Table } from '#clickhouse/table.ts'
import { assetContexts, bbo, candles, l2Snapshots, mids, trades } from '#clickhouse/tables/market.ts'
import { modelTargets } from '#clickhouse/tables/models.ts'
import { health, histories, ingestGaps, migrations } from '#clickhouse/tables/operations.ts'
import {
  decisions,
  equity,
  fills,
  fundingPayments,
  kills,
  orders,
  quotes,
  sessionEvents,
  sessions,
} from '#clickhouse/tables/trading.ts'

export const TABLES: readonly Table[] = [
  migrations,
  trades,
  l2Snapshots,
  bbo,
  candles,
  mids,
  assetContexts,
  sessions,
  sessionEvents,
  decisions,
  orders,
  fills,
  fundingPayments,
  quotes,
  equity,
  kills,
  ingestGaps,
  health,
  histories,
  modelTargets,
]

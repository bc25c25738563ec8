/** Views of `holdfast tracking-error` that are made of many rows: hours, shares of the classes over the window, stages. */
// Not here: the command (cli/tracking-error.ts), the sums (clickhouse/pnl/tracking-report.ts).
import type { ClickHouseClient } from '#clickhouse/client.ts'
import {
  type TrackingClassRow,
  type TrackingCoinRow,
  type TrackingDayRow,
  trackingClasses,
} from '#clickhouse/pnl/tracking-report.ts'
import { runQuery } from '#clickhouse/query.ts'
import { HOUR_MS } from '#domain/time.ts'
import { hourFigures } from '#domain/tracking-error/hours.ts'
import { stageFigures } from '#domain/tracking-error/stages.ts'

/** Longer than any window: one bucket. */
const WHOLE_MS = 1e15

export interface TrackedWindow {
  model: string
  account: string
  from: number
  to: number
}

const groups = (rows: readonly TrackingClassRow[]): TrackingClassRow[][] => [
  ...Map.groupBy(rows, (row) => `${row.model}\n${row.account}\n${row.bucket_ts}`).values(),
]

/** One row an hour: coins of each class and both errors. */
export async function hourView(clickhouse: ClickHouseClient, window: TrackedWindow) {
  const rows = await runQuery(clickhouse, trackingClasses, { ...window, step_ms: HOUR_MS })
  return groups(rows).flatMap((own) => {
    const { classes, rmse, rmse_younger } = hourFigures(own)
    const first = own[0]
    if (!first || rmse === null) return []
    const counts = Object.fromEntries(classes.map(({ kind, coins }) => [kind.toLowerCase(), coins]))
    return [
      {
        ...{
          hour: new Date(first.bucket_ts).toISOString().slice(0, 16),
          model: first.model,
          account: first.account,
        },
        ...counts,
        ...{ rmse, rmse_younger },
      },
    ]
  })
}

/** One row a class: how much of the squared error it makes, and what of it the targets of a day younger explain. */
export async function classView(clickhouse: ClickHouseClient, window: TrackedWindow) {
  const rows = await runQuery(clickhouse, trackingClasses, { ...window, step_ms: WHOLE_MS })
  return groups(rows).flatMap((own) =>
    hourFigures(own).classes.map((row) => ({ model: own[0]?.model, account: own[0]?.account, ...row })),
  )
}

/** One row a stage and cause of each pair: how far the book came, coin by coin. */
export const stageView = (days: readonly TrackingDayRow[], coins: readonly TrackingCoinRow[]) => {
  const name = (row: { model: string; account: string }): string => `${row.model}\n${row.account}`
  const own = Map.groupBy(coins, name)
  return [...Map.groupBy(days, name)].flatMap(([pair, rows]) =>
    stageFigures(rows, own.get(pair) ?? []).map((row) => ({
      ...{ model: rows[0]?.model, account: rows[0]?.account },
      ...row,
    })),
  )
}

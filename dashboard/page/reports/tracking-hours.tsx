/** Part of the report tracking-error: the error of the hours, and which class of mismatch makes it. */
import { Chart } from '#dashboard/page/chart.tsx'
import { NONE } from '#dashboard/page/format.ts'
import { type Column, Panel, Table } from '#dashboard/page/parts.tsx'
import type { TrackingErrorAnswer } from '#dashboard/reports/tracking-error.ts'

const percent = (value: number): string => `${(100 * value).toFixed(2)} %`
const inPercent = (value: number | null): number | null => (value === null ? null : 100 * value)

export function Hours({ data: { hours, classes } }: { data: TrackingErrorAnswer }) {
  const coins = classes.reduce((sum, row) => sum + row.coins, 0)
  return (
    <Panel
      title="Hours: error per coin, % of equity"
      note={<span class="muted">{coins} coins and hours compared</span>}
    >
      <Chart
        times={hours.map(({ day_ts }) => day_ts)}
        series={[
          {
            label: 'against the targets to be held',
            colour: '#ffb454',
            values: hours.map(({ rmse }) => inPercent(rmse)),
          },
          {
            label: 'against targets a day younger',
            colour: '#9aa7bb',
            dash: true,
            values: hours.map(({ rmse_younger }) => inPercent(rmse_younger)),
          },
        ]}
        summary="Root mean squared error of the weights of each day's hours"
      />
      <Table
        caption="Squared error by class of mismatch"
        columns={CLASS_COLUMNS}
        rows={classes.map((row) => ({ ...row, key: row.kind }))}
        empty=""
      />
    </Panel>
  )
}

type ClassRow = TrackingErrorAnswer['classes'][number] & { key: string }

const CLASS_COLUMNS: Column<ClassRow>[] = [
  { title: 'Class', cell: (row) => row.kind.toLowerCase().replaceAll('_', ' ') },
  { title: 'Coins × hours', figure: true, cell: (row) => String(row.coins) },
  { title: 'Share of the error', figure: true, cell: (row) => percent(row.share) },
  {
    title: 'Explained by younger targets',
    figure: true,
    cell: (row) => (row.share === 0 ? NONE : percent(row.flip)),
  },
]

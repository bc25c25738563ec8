/** Page of the report health: kinds by how often they came, and the newest notes with their facts. */
import { formatCount } from '#dashboard/page/format.ts'
import { type Column, Panel, Table, Time } from '#dashboard/page/parts.tsx'
import { Choice } from '#dashboard/page/reports/choice.tsx'
import type { ReportProps } from '#dashboard/page/reports/report-page.ts'
import type { HealthAnswer } from '#dashboard/reports/health.ts'

const SPANS = [
  ['1', 'last hour'],
  ['24', 'last 24 hours'],
  ['168', 'last 7 days'],
] as const

export function HealthPage({ data, now, params, ask }: ReportProps<HealthAnswer>) {
  const keyed = <Row extends object>(rows: readonly Row[]) =>
    rows.map((row, at) => ({ ...row, key: String(at) }))
  return (
    <>
      <Panel
        title="Notes by kind"
        note={
          <Choice
            label="Time"
            value={params.hours ?? '24'}
            options={SPANS}
            onChange={(hours) => ask({ hours })}
          />
        }
      >
        <Table
          caption="Health notes by service and kind"
          columns={countColumns(now)}
          rows={keyed(data.counts)}
          empty="No service noted anything in this time."
        />
      </Panel>
      <Panel title="Newest notes">
        <Table
          caption="Newest health notes"
          columns={eventColumns(now)}
          rows={keyed(data.events)}
          empty="No service noted anything in this time."
          tall
        />
      </Panel>
    </>
  )
}

const countColumns = (now: number): Column<HealthAnswer['counts'][number] & { key: string }>[] => [
  { title: 'Service', cell: (row) => row.service },
  { title: 'Kind', cell: (row) => row.kind },
  { title: 'Times', figure: true, cell: (row) => formatCount(row.rows) },
  { title: 'Last, UTC', figure: true, cell: (row) => <Time ts={row.last_ts} now={now} /> },
]

const eventColumns = (now: number): Column<HealthAnswer['events'][number] & { key: string }>[] => [
  { title: 'When, UTC', cell: (row) => <Time ts={row.at} now={now} /> },
  { title: 'Service', cell: (row) => row.service },
  { title: 'Kind', cell: (row) => row.kind },
  { title: 'Facts', cell: (row) => <code>{row.details}</code> },
]

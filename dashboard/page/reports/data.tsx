/** Page of the report data: the copy's lag and rate, what is refused, archive files by table, and the latest runs. */
import { Chart } from '#dashboard/page/chart.tsx'
import { formatCount } from '#dashboard/page/format.ts'
import { Age, type Column, Figure, Panel, State, Table, Time } from '#dashboard/page/parts.tsx'
import { Choice } from '#dashboard/page/reports/choice.tsx'
import type { ReportProps } from '#dashboard/page/reports/report-page.ts'
import type { DataAnswer } from '#dashboard/reports/data.ts'

const SPANS = [
  ['1', 'last hour'],
  ['24', 'last 24 hours'],
  ['168', 'last 7 days'],
] as const

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

type Run = DataAnswer['runs'][number]

export function DataPage({ data, now, params, ask }: ReportProps<DataAnswer>) {
  const keyed = <Row extends object>(rows: readonly Row[]) =>
    rows.map((row, at) => ({ ...row, key: String(at) }))
  const last = (job: string): Run | undefined => data.runs.find((run) => run.job === job)
  const copies = data.runs.filter(({ job }) => job === 'sync').reverse()
  const span = (
    <Choice label="Time" value={params.hours ?? '24'} options={SPANS} onChange={(hours) => ask({ hours })} />
  )
  return (
    <>
      <Panel title="Jobs" note={span}>
        <dl class="tiles">
          <Job name="Copy to the remote" isOn={data.on.sync} run={last('sync')} now={now} />
          <Job name="Comparison" isOn={data.on.sync} run={last('verify')} now={now} />
          <Job name="Archive" isOn={data.on.archive} run={last('archive')} now={now} />
          <Job name="Retention" isOn={data.on.retention} run={last('retention')} now={now} />
        </dl>
        {copies.length > 1 && (
          <Chart
            times={copies.map(({ at_ts }) => at_ts)}
            series={[
              { label: 'rows copied', colour: '#5aa9ff', values: copies.map(({ rows }) => rows) },
              {
                label: 'lag, rows',
                colour: '#f0a754',
                values: copies.map(({ lag_rows }) => lag_rows),
                dash: true,
              },
            ]}
            summary={`${copies.length} runs of the copy, the last with ${copies.at(-1)?.rows} rows and a lag of ${copies.at(-1)?.lag_rows}`}
          />
        )}
      </Panel>
      <Panel title="Refused, failed or kept">
        <Table
          caption="Tables and partitions that a job left alone, with the reason"
          columns={refusedColumns(now)}
          rows={keyed(data.refused.filter(({ why, kept }) => why !== '' || kept !== ''))}
          empty="No job left anything alone in this time."
          tall
        />
      </Panel>
      <Panel title="Archive">
        <Table
          caption="Archive files by table"
          columns={fileColumns(now)}
          rows={keyed(data.files)}
          empty="No partition was archived yet: a day is closed six hours after its end."
        />
      </Panel>
      <Panel title="Runs">
        <Table
          caption="Latest runs of the data jobs"
          columns={runColumns(now)}
          rows={keyed(data.runs.slice(0, 200))}
          empty="No job did anything in this time."
          tall
        />
      </Panel>
    </>
  )
}

function Job({ name, isOn, run, now }: { name: string; isOn: boolean; run: Run | undefined; now: number }) {
  const note = run ? (
    <Age ts={run.at_ts} now={now} label={`${formatCount(run.rows)} rows,`} />
  ) : (
    'no run in this time'
  )
  return (
    <Figure name={name} note={isOn || run ? note : 'switched off in the settings'}>
      {isOn || run ? <State word={run?.outcome ?? 'waiting'} /> : <State word="off" />}
    </Figure>
  )
}

const runColumns = (now: number): Column<Run & { key: string }>[] => [
  { title: 'When, UTC', cell: (run) => <Time ts={run.at_ts} now={now} /> },
  { title: 'Job', cell: (run) => run.job },
  { title: 'Outcome', cell: (run) => <State word={run.outcome} /> },
  { title: 'Rows', figure: true, cell: (run) => formatCount(run.rows) },
  { title: 'Lag, rows', figure: true, cell: (run) => (run.job === 'sync' ? formatCount(run.lag_rows) : '') },
  {
    title: 'Rows/s',
    figure: true,
    cell: (run) => (run.rows_per_s > 0 ? formatCount(Math.round(run.rows_per_s)) : ''),
  },
  { title: 'Took, ms', figure: true, cell: (run) => formatCount(run.took_ms) },
  { title: 'Why', cell: (run) => run.why },
]

const refusedColumns = (now: number): Column<DataAnswer['refused'][number] & { key: string }>[] => [
  { title: 'When, UTC', cell: (row) => <Time ts={row.at_ts} now={now} /> },
  { title: 'Job', cell: (row) => row.job },
  { title: 'Table', cell: (row) => row.table },
  { title: 'Why', cell: (row) => row.why || row.kept },
]

const fileColumns = (now: number): Column<DataAnswer['files'][number] & { key: string }>[] => [
  { title: 'Table', cell: (row) => row.table },
  { title: 'Files', figure: true, cell: (row) => formatCount(row.files) },
  { title: 'Rows', figure: true, cell: (row) => formatCount(row.file_rows) },
  { title: 'Size', figure: true, cell: (row) => megabytes(row.file_bytes) },
  {
    title: 'Bytes/row',
    figure: true,
    cell: (row) => (row.file_rows > 0 ? (row.file_bytes / row.file_rows).toFixed(1) : ''),
  },
  { title: 'Dropped from the table', figure: true, cell: (row) => formatCount(row.dropped) },
  { title: 'Newest', cell: (row) => row.newest },
  { title: 'Written, UTC', figure: true, cell: (row) => <Time ts={row.archived_at} now={now} /> },
]

/** Page of the report trader: one trader's positions over time, open orders, and the days of his score. */
import { Chart } from '#dashboard/page/chart.tsx'
import { formatSize } from '#dashboard/page/format.ts'
import { type Column, Empty, Panel, Table, Time } from '#dashboard/page/parts.tsx'
import { Choice, TextField } from '#dashboard/page/reports/choice.tsx'
import type { ReportProps } from '#dashboard/page/reports/report-page.ts'
import type { TraderAnswer } from '#dashboard/reports/trader.ts'

const SPANS = [
  ['1', 'last hour'],
  ['24', 'last 24 hours'],
  ['168', 'last 7 days'],
  ['720', 'last 30 days'],
] as const

const percent = (value: number): string => `${(value * 100).toFixed(1)} %`

export function TraderPage({ data, now, params, ask }: ReportProps<TraderAnswer>) {
  const tracked = data.tracked.map(
    ({ address, rank }) => [address, `#${rank} ${address.slice(0, 10)}…`] as const,
  )
  return (
    <>
      <Panel
        title={data.address || 'Trader'}
        note={
          <>
            <Choice
              label="Tracked"
              value={data.address}
              options={tracked}
              onChange={(address) => ask({ address, coin: '' })}
            />
            <TextField
              label="Address"
              value={params.address ?? ''}
              onChange={(address) => ask({ address, coin: '' })}
            />
            <Choice
              label="Coin"
              value={data.coin}
              options={data.coins.map((coin) => [coin, coin] as const)}
              onChange={(coin) => ask({ coin })}
            />
            <Choice
              label="Time"
              value={params.hours ?? '24'}
              options={SPANS}
              onChange={(hours) => ask({ hours })}
            />
          </>
        }
      >
        {data.line.length < 2 ? (
          <Empty>No change of this position in this time.</Empty>
        ) : (
          <Chart
            times={data.line.map(({ at }) => at)}
            series={[
              {
                label: `${data.coin}, coins`,
                colour: '#6aa9ff',
                fill: 'rgba(106, 169, 255, 0.12)',
                values: data.line.map(({ sz }) => sz),
              },
            ]}
            summary={`Position of ${data.address} in ${data.coin}: ${data.line.at(-1)?.sz ?? 0} coins now`}
          />
        )}
      </Panel>
      <Panel title="Positions">
        <Table
          caption="Positions now"
          columns={positionColumns(now)}
          rows={data.positions
            .filter(({ status }) => status !== 'flat')
            .map((row) => ({ ...row, key: row.coin }))}
          empty="Flat, or never read."
        />
      </Panel>
      <Panel title="Changes">
        <Table
          caption="Latest changes"
          columns={changeColumns(now)}
          rows={data.changes.map((row) => ({ ...row, key: `${row.at} ${row.coin}` }))}
          empty="None in this time."
          tall
        />
      </Panel>
      <Panel title="Open orders">
        <Table
          caption="Open orders"
          columns={orderColumns(now)}
          rows={data.orders.map((row) => ({ ...row, key: String(row.oid) }))}
          empty="None seen at the last look."
          tall
        />
      </Panel>
      <Panel title="Why tracked">
        <Table
          caption="Score by day"
          columns={dayColumns}
          rows={data.days.map((row) => ({ ...row, key: String(row.day_ts) }))}
          empty="Not on the leaderboard."
        />
      </Panel>
    </>
  )
}

type Keyed<Row> = Row & { key: string }

const positionColumns = (now: number): Column<Keyed<TraderAnswer['positions'][number]>>[] => [
  { title: 'Coin', cell: (row) => row.coin },
  { title: 'Side', cell: (row) => row.status },
  { title: 'Size', figure: true, cell: (row) => formatSize(row.sz) },
  { title: 'Entry', figure: true, cell: (row) => row.entry_px },
  { title: 'Sure', figure: true, cell: (row) => percent(row.confidence) },
  { title: 'Last trade, UTC', figure: true, cell: (row) => <Time ts={row.moved_at} now={now} /> },
  { title: 'Read, UTC', figure: true, cell: (row) => <Time ts={row.base_at} now={now} /> },
]

const changeColumns = (now: number): Column<Keyed<TraderAnswer['changes'][number]>>[] => [
  { title: 'When, UTC', cell: (row) => <Time ts={row.at} now={now} /> },
  { title: 'Coin', cell: (row) => row.coin },
  { title: 'What', cell: (row) => row.action },
  { title: 'Size', figure: true, cell: (row) => formatSize(row.sz) },
  { title: 'Before', figure: true, cell: (row) => formatSize(row.sz_before) },
  { title: 'Told by', cell: (row) => row.source },
  { title: 'As a signal', figure: true, cell: (row) => percent(row.signal_confidence) },
]

const orderColumns = (now: number): Column<Keyed<TraderAnswer['orders'][number]>>[] => [
  { title: 'Coin', cell: (row) => row.coin },
  { title: 'Side', cell: (row) => row.side },
  { title: 'Price', figure: true, cell: (row) => row.px },
  { title: 'Open', figure: true, cell: (row) => row.sz },
  { title: 'Of', figure: true, cell: (row) => row.original_sz },
  { title: 'Told by', cell: (row) => row.source },
  { title: 'Looked at, UTC', figure: true, cell: (row) => <Time ts={row.seen_at} now={now} /> },
]

const dayColumns: Column<Keyed<TraderAnswer['days'][number]>>[] = [
  { title: 'Day', cell: (row) => new Date(row.day_ts).toISOString().slice(0, 10) },
  { title: 'Score', figure: true, cell: (row) => row.score.toFixed(2) },
  { title: 'Rank', figure: true, cell: (row) => (row.rank === 0 ? '–' : row.rank) },
  { title: 'Tags', cell: (row) => row.tags.join(', ') },
  { title: 'Guess', cell: (row) => row.guess },
  { title: 'Tracked', cell: (row) => (row.change === '' ? 'no' : `${row.change}: ${row.reason}`) },
]

/** Page of the report market data: gaps, candle grid, sizes and policies, request budget, tickers, frames that could not be read. */
import type { ComponentChildren } from 'preact'
import { Chart } from '#dashboard/page/chart.tsx'
import { formatAge, formatBytes, formatCount, formatDecimal, formatUsd } from '#dashboard/page/format.ts'
import { type Column, Figure, Panel, State, Table, Time } from '#dashboard/page/parts.tsx'
import { Choice } from '#dashboard/page/reports/choice.tsx'
import type { ReportProps } from '#dashboard/page/reports/report-page.ts'
import type { MarketDataAnswer } from '#dashboard/reports/market-data.ts'

const SPANS = [
  ['1', 'last hour'],
  ['24', 'last 24 hours'],
  ['168', 'last 7 days'],
] as const
/** What one address may spend in a minute. */
const WEIGHT_PER_MINUTE = 1_200

const keyed = <Row extends object>(rows: readonly Row[]) =>
  rows.map((row, at) => ({ ...row, key: String(at) }))

export function MarketDataPage({ data, now, params, ask }: ReportProps<MarketDataAnswer>) {
  const span = (
    <Choice label="Time" value={params.hours ?? '24'} options={SPANS} onChange={(hours) => ask({ hours })} />
  )
  return (
    <>
      <Summary data={data} span={span} />
      <Panel title="Gaps by channel">
        <Table
          caption="Gaps by channel, state and cause"
          columns={COUNTS}
          rows={keyed(data.gap_counts)}
          empty="No stream was interrupted in this time."
        />
      </Panel>
      <Panel title="Newest gaps">
        <Table
          caption="Newest gaps"
          columns={gapColumns(now)}
          rows={keyed(data.gaps)}
          empty="No gap in this time."
          tall
        />
      </Panel>
      <Panel title="Candle grid, last check of each series">
        <Table
          caption="Candle checks"
          columns={checkColumns(now)}
          rows={keyed(data.checks)}
          empty="Not checked yet: the check runs every hour."
          tall
        />
      </Panel>
      <Budget data={data} />
      <Panel title="Tables">
        <Table
          caption="Sizes of tables"
          columns={STORAGE}
          rows={keyed(data.storage)}
          empty="No table has rows."
        />
      </Panel>
      <Panel title="Tickers">
        <Table
          caption="Last 24 hours of each coin"
          columns={tickerColumns(now)}
          rows={keyed(data.tickers)}
          empty="No ticker of the last ten minutes."
          tall
        />
      </Panel>
      <Panel title="Frames that could not be read">
        <Table
          caption="Rejected frames by kind"
          columns={frameColumns(now)}
          rows={keyed(data.frames)}
          empty="Every frame was read."
        />
      </Panel>
    </>
  )
}

function Summary({ data, span }: { data: MarketDataAnswer; span: ComponentChildren }) {
  const count = (...words: string[]): number =>
    data.gap_counts.filter(({ status }) => words.includes(status)).reduce((sum, { gaps }) => sum + gaps, 0)
  const remaining = data.checks.reduce((sum, each) => sum + each.remaining, 0)
  const month = data.storage.reduce((sum, { gb_per_month }) => sum + (gb_per_month ?? 0), 0)
  return (
    <Panel title="Market data" note={span}>
      <dl class="tiles">
        <Figure name="Gaps open">{formatCount(count('open'))}</Figure>
        <Figure name="Waiting to be healed">{formatCount(count('closed'))}</Figure>
        <Figure name="Whole again">{formatCount(count('recovered'))}</Figure>
        <Figure name="Something missing">{formatCount(count('partial', 'lost'))}</Figure>
        <Figure name="Candles not to be had">{formatCount(remaining)}</Figure>
        <Figure name="Recording">{data.preset}</Figure>
        <Figure name="Growth">{`${month.toFixed(1)} GB a month`}</Figure>
      </dl>
    </Panel>
  )
}

function Budget({ data }: { data: MarketDataAnswer }) {
  const most = Math.max(0, ...data.minutes.map(({ weight }) => weight))
  return (
    <Panel title="Request weight" note={`${WEIGHT_PER_MINUTE} a minute for all processes`}>
      {data.minutes.length > 1 ? (
        <Chart
          times={data.minutes.map(({ at }) => at)}
          series={[
            { label: 'weight a minute', colour: '#5aa9e6', values: data.minutes.map(({ weight }) => weight) },
          ]}
          summary={`Request weight by minute; at most ${most}.`}
        />
      ) : null}
      <Table
        caption="Request weight by process and purpose"
        columns={WEIGHTS}
        rows={keyed(data.weight)}
        empty="Nothing was asked of the venue in this time."
      />
    </Panel>
  )
}

type Of<Name extends 'gap_counts' | 'gaps' | 'checks' | 'weight' | 'storage' | 'tickers' | 'frames'> = Column<
  MarketDataAnswer[Name][number] & { key: string }
>[]

const COUNTS: Of<'gap_counts'> = [
  { title: 'Channel', cell: (row) => row.channel },
  { title: 'State', cell: (row) => <State word={row.status} /> },
  { title: 'Cause', cell: (row) => row.reason },
  { title: 'Gaps', figure: true, cell: (row) => formatCount(row.gaps) },
  { title: 'Together', figure: true, cell: (row) => formatAge(row.ms) },
  { title: 'Rows recovered', figure: true, cell: (row) => formatCount(row.rows) },
]

const gapColumns = (now: number): Of<'gaps'> => [
  { title: 'From, UTC', cell: (row) => <Time ts={row.opened_at} now={now} /> },
  {
    title: 'Length',
    figure: true,
    cell: (row) => (row.closed_at === 0 ? 'open' : formatAge(row.closed_at - row.opened_at)),
  },
  { title: 'Channel', cell: (row) => row.channel },
  { title: 'Coin or account', cell: (row) => row.coin },
  { title: 'Cause', cell: (row) => row.reason },
  { title: 'State', cell: (row) => <State word={row.status} /> },
  { title: 'Rows', figure: true, cell: (row) => formatCount(row.rows) },
  { title: 'Still missing', cell: (row) => row.remains },
]

const checkColumns = (now: number): Of<'checks'> => [
  { title: 'Coin', cell: (row) => row.coin },
  { title: 'Interval', cell: (row) => row.interval },
  { title: 'Expected', figure: true, cell: (row) => formatCount(row.expected) },
  { title: 'Missing', figure: true, cell: (row) => formatCount(row.missing) },
  { title: 'Fetched', figure: true, cell: (row) => formatCount(row.healed) },
  { title: 'No trade', figure: true, cell: (row) => formatCount(row.empty) },
  { title: 'Not to be had', figure: true, cell: (row) => formatCount(row.remaining) },
  { title: 'Rolled up', figure: true, cell: (row) => formatCount(row.compared) },
  { title: 'Differing', figure: true, cell: (row) => formatCount(row.differing) },
  { title: 'Checked, UTC', cell: (row) => <Time ts={row.checked_at} now={now} /> },
]

const WEIGHTS: Of<'weight'> = [
  { title: 'Process', cell: (row) => row.process },
  { title: 'For', cell: (row) => row.purpose },
  { title: 'Requests', figure: true, cell: (row) => formatCount(row.requests) },
  { title: 'Weight', figure: true, cell: (row) => formatCount(row.weight) },
  { title: 'Held back', figure: true, cell: (row) => formatCount(row.refused) },
  { title: 'Refused by the venue', figure: true, cell: (row) => formatCount(row.throttled) },
]

const STORAGE: Of<'storage'> = [
  { title: 'Table', cell: (row) => row.table },
  { title: 'Rows', figure: true, cell: (row) => formatCount(row.rows) },
  { title: 'On disk', figure: true, cell: (row) => formatBytes(row.bytes) },
  { title: 'Bytes a row', figure: true, cell: (row) => row.bytes_per_row.toFixed(1) },
  { title: 'GB a month', figure: true, cell: (row) => row.gb_per_month?.toPrecision(2) ?? '' },
]

const tickerColumns = (now: number): Of<'tickers'> => [
  { title: 'Coin', cell: (row) => row.coin },
  { title: 'Mark', figure: true, cell: (row) => formatDecimal(row.mark) },
  { title: '24 h, %', figure: true, cell: (row) => Number(row.change).toFixed(2) },
  { title: 'Traded in 24 h', figure: true, cell: (row) => formatUsd(row.notional) },
  { title: 'Open interest', figure: true, cell: (row) => formatUsd(row.interest) },
  { title: 'As of, UTC', cell: (row) => <Time ts={row.at} now={now} /> },
]

const frameColumns = (now: number): Of<'frames'> => [
  { title: 'Last, UTC', cell: (row) => <Time ts={row.last_at} now={now} /> },
  { title: 'Kind', cell: (row) => row.kind },
  { title: 'Frames', figure: true, cell: (row) => formatCount(row.frames) },
  { title: 'Why', cell: (row) => row.reason },
  { title: 'Sample', cell: (row) => <code>{row.sample}</code> },
]

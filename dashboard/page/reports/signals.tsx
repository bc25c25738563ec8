/** Page of the report signals: history of a coin's signal over its price, the newest of all coins, and whether they were worth anything. */
import { Chart } from '#dashboard/page/chart.tsx'
import { formatCount } from '#dashboard/page/format.ts'
import { type Column, Empty, Panel, Table, Time } from '#dashboard/page/parts.tsx'
import { Choice } from '#dashboard/page/reports/choice.tsx'
import type { ReportProps } from '#dashboard/page/reports/report-page.ts'
import type { SignalsAnswer } from '#dashboard/reports/signals.ts'

const SPANS = [
  ['0.25', 'last 6 hours'],
  ['1', 'last day'],
  ['7', 'last 7 days'],
  ['30', 'last 30 days'],
] as const

const percent = (value: number | null, digits = 1): string =>
  value === null ? '?' : `${(value * 100).toFixed(digits)} %`

export function SignalsPage({ data, now, params, ask }: ReportProps<SignalsAnswer>) {
  const { history } = data
  const times = history.map(({ at }) => at)
  const marks = (word: string) =>
    history.map(({ recommendation, price }) => (recommendation === word ? price : null))
  const note = (
    <>
      <Choice
        label="Coin"
        value={data.coin}
        options={data.coins.map((coin) => [coin, coin] as const)}
        onChange={(coin) => ask({ coin })}
      />
      <Choice label="Time" value={params.days ?? '7'} options={SPANS} onChange={(days) => ask({ days })} />
    </>
  )
  return (
    <>
      <Panel title={`Signals of ${data.coin || 'no coin'} over its price`} note={note}>
        {history.length < 2 ? (
          <Empty>
            Signals come every five minutes, once traders are tracked and their positions are known.
          </Empty>
        ) : (
          <>
            <Chart
              times={times}
              series={[
                { label: 'price', colour: '#9aa7bd', values: history.map(({ price }) => price) },
                { label: 'LONG', colour: '#34c778', marks: 'up', values: marks('LONG') },
                { label: 'SHORT', colour: '#f05454', marks: 'down', values: marks('SHORT') },
              ]}
              summary={`${history.length} signals of ${data.coin}, the last ${history.at(-1)?.recommendation}`}
            />
            <Chart
              times={times}
              series={[
                { label: 'long bias', colour: '#34c778', values: history.map(({ long_bias }) => long_bias) },
                {
                  label: 'short bias',
                  colour: '#f05454',
                  values: history.map(({ short_bias }) => short_bias),
                },
                {
                  label: 'confidence',
                  colour: '#6aa9ff',
                  dash: true,
                  values: history.map(({ confidence }) => confidence),
                },
              ]}
              summary="Share of the weight that is long and short, and how sure the signal is of itself"
            />
          </>
        )}
      </Panel>
      <Panel title="Worth anything?">
        <Table
          caption="What the price did after the signals"
          columns={returnColumns}
          rows={data.returns.map((row) => ({ ...row, key: String(row.horizon_ms) }))}
          empty="Nothing is due yet."
        />
        <p class="empty">
          The bounds are of 95 %, and count only stretches that do not overlap. An interval of the hit rate
          around 50 % says: no.
        </p>
      </Panel>
      <Panel title="Newest signals">
        <Table
          caption="Newest signal of each coin"
          columns={latestColumns(now)}
          rows={data.latest.map((row) => ({ ...row, key: row.coin }))}
          empty="No signals yet."
        />
      </Panel>
    </>
  )
}

type Keyed<Row> = Row & { key: string }

const returnColumns: Column<Keyed<SignalsAnswer['returns'][number]>>[] = [
  { title: 'After', cell: (row) => `${row.horizon_ms / 60_000} min` },
  { title: 'Signals', figure: true, cell: (row) => formatCount(row.signals) },
  { title: 'Independent', figure: true, cell: (row) => formatCount(row.independent) },
  { title: 'Hit rate', figure: true, cell: (row) => (row.signals === 0 ? '–' : percent(row.hit_rate)) },
  {
    title: 'between',
    figure: true,
    cell: (row) => (row.signals === 0 ? '–' : `${percent(row.hit_rate_low)} … ${percent(row.hit_rate_high)}`),
  },
  {
    title: 'Mean return',
    figure: true,
    cell: (row) => (row.signals === 0 ? '–' : percent(row.mean_return, 3)),
  },
  {
    title: 'between',
    figure: true,
    cell: (row) =>
      row.signals === 0 ? '–' : `${percent(row.mean_return_low, 3)} … ${percent(row.mean_return_high, 3)}`,
  },
]

const latestColumns = (now: number): Column<Keyed<SignalsAnswer['latest'][number]>>[] => [
  { title: 'Coin', cell: (row) => row.coin },
  { title: 'When, UTC', cell: (row) => <Time ts={row.at} now={now} /> },
  {
    title: 'Signal',
    cell: (row) => (
      <span class={row.recommendation === 'LONG' ? 'gain' : row.recommendation === 'SHORT' ? 'loss' : 'flat'}>
        {row.recommendation}
      </span>
    ),
  },
  { title: 'Sure', figure: true, cell: (row) => percent(row.confidence) },
  { title: 'Long', figure: true, cell: (row) => percent(row.long_bias) },
  { title: 'Short', figure: true, cell: (row) => percent(row.short_bias) },
  {
    title: 'Holders',
    figure: true,
    cell: (row) => `${row.longs} long, ${row.shorts} short, ${row.flats} flat`,
  },
  { title: 'Unknown', figure: true, cell: (row) => row.unknown },
  { title: 'Holding share', figure: true, cell: (row) => percent(row.participation) },
  { title: 'Change', cell: (row) => row.change || '–' },
]

/** Page of the report tracking-error: the daily difference, its causes, live against model, books by lag, and the coins of the last day. */
import { Chart } from '#dashboard/page/chart.tsx'
import { NONE } from '#dashboard/page/format.ts'
import { type Column, Empty, Figure, Panel, Table } from '#dashboard/page/parts.tsx'
import { Choice } from '#dashboard/page/reports/choice.tsx'
import type { ReportProps } from '#dashboard/page/reports/report-page.ts'
import { Hours } from '#dashboard/page/reports/tracking-hours.tsx'
import type { TrackingErrorAnswer } from '#dashboard/reports/tracking-error.ts'
import { PARTS } from '#domain/tracking-error/attribution.ts'

const SPANS = [
  ['14', 'last 14 days'],
  ['60', 'last 60 days'],
  ['180', 'last 180 days'],
  ['365', 'last year'],
] as const
const COLOURS = { live: '#4cc2ff', paper: '#9aa7bb', model: '#3ecf8e', te: '#ffb454' }

const percent = (value: number | null, digits = 2): string =>
  value === null ? NONE : `${(100 * value).toFixed(digits)} %`
const dayOf = (ts: number): string => new Date(ts).toISOString().slice(0, 10)
const inPercent = (values: readonly (number | null)[]): (number | null)[] =>
  values.map((value) => (value === null ? null : 100 * value))

/** Growth of 1 in percent; an unknown day leaves the level. */
function grown(returns: readonly (number | null)[]): number[] {
  let level = 1
  return returns.map((value) => {
    level *= 1 + (value ?? 0)
    return 100 * (level - 1)
  })
}

export function TrackingErrorPage({ data, params, ask }: ReportProps<TrackingErrorAnswer>) {
  const { days, summary } = data
  const times = days.map(({ day_ts }) => day_ts)
  const net = new Map(data.model.map(({ day_ts, net_return }) => [day_ts, net_return]))
  const controls = (
    <>
      <Choice
        label="Pair"
        value={data.pair}
        options={data.pairs.map((pair) => [pair, pair] as const)}
        onChange={(pair) => ask({ pair })}
      />{' '}
      <Choice
        label="Time"
        value={params.days ?? '60'}
        options={SPANS}
        onChange={(span) => ask({ days: span })}
      />
    </>
  )
  if (days.length < 2)
    return (
      <Panel title="Tracking error" note={controls}>
        <Empty>No model has targets for two days, or no account a net asset value.</Empty>
      </Panel>
    )
  return (
    <>
      <Panel title={data.pair} note={controls}>
        <dl class="tiles" aria-label="Figures">
          <Figure
            name="Tracking error a year"
            note={`${summary.days} known days, ${summary.unknown_days} unknown`}
          >
            {percent(summary.te_annualised)}
          </Figure>
          <Figure name="Mean daily difference">{percent(summary.mean_difference, 3)}</Figure>
          <Figure name="Account">{percent(summary.live_return)}</Figure>
          <Figure name="Targets">{percent(summary.paper_return)}</Figure>
          <Figure name="Model after costs">{percent(summary.model_return)}</Figure>
        </dl>
      </Panel>
      <Panel title="Account, targets and model after costs, %">
        <Chart
          times={times}
          series={[
            { label: 'account', colour: COLOURS.live, values: grown(days.map((row) => row.live_return)) },
            {
              label: 'targets',
              colour: COLOURS.paper,
              dash: true,
              values: grown(days.map((row) => row.paper_return)),
            },
            {
              label: 'model after costs',
              colour: COLOURS.model,
              values: grown(days.map((row) => net.get(row.day_ts) ?? null)),
            },
          ]}
          summary={`Account ${percent(summary.live_return)}, targets ${percent(summary.paper_return)} over ${days.length} days`}
        />
      </Panel>
      <Panel title="Daily difference and 7-day tracking error, %">
        <Chart
          times={times}
          series={[
            {
              label: 'difference',
              colour: COLOURS.live,
              values: inPercent(days.map((row) => row.difference)),
            },
            {
              label: '7-day tracking error',
              colour: COLOURS.te,
              values: inPercent(days.map((row) => row.te_7d)),
            },
          ]}
          summary={`Daily differences of ${summary.days} known days`}
        />
      </Panel>
      <Panel title="Why" note={<span class="muted">the causes add up to the difference</span>}>
        <Table
          caption="Causes of the difference over the window"
          columns={CAUSE_COLUMNS}
          rows={causeRows(data)}
          empty=""
        />
      </Panel>
      <Panel title="Books by lag: half the sum of differences, %">
        <Chart
          times={times}
          series={[0, 1, 2, 3].map((lag, at) => ({
            label: `targets of ${lag === 0 ? 'the day' : `${lag} before`}`,
            colour: ['#4cc2ff', '#3ecf8e', '#ffb454', '#ff6b7a'][at] ?? '#9aa7bb',
            values: inPercent(shares(data, lag)),
          }))}
          summary="Active share of the account's book against the targets of four days"
        />
      </Panel>
      <Hours data={data} />
      <Panel title="Coins of the last known day">
        <Table
          caption="Targets and weights by coin"
          columns={COIN_COLUMNS}
          rows={coinRows(data)}
          empty="No coins compared."
        />
      </Panel>
    </>
  )
}

function shares({ days, lags }: TrackingErrorAnswer, lag: number): (number | null)[] {
  const own = new Map(lags.filter((row) => row.lag === lag).map((row) => [row.day_ts, row.active_share]))
  return days.map(({ day_ts }) => own.get(day_ts) ?? null)
}

interface CauseRow {
  key: string
  cause: string
  sum: number
}

const causeRows = ({ summary }: TrackingErrorAnswer): CauseRow[] => [
  ...PARTS.map((cause) => ({ key: cause, cause: cause.replace('_', ' '), sum: summary.causes[cause] })),
  { key: 'sum', cause: 'difference', sum: summary.difference },
]

const CAUSE_COLUMNS: Column<CauseRow>[] = [
  { title: 'Cause', cell: (row) => row.cause },
  { title: 'Sum of days', figure: true, cell: (row) => percent(row.sum, 3) },
]

type CoinRow = TrackingErrorAnswer['coins'][number] & { key: string }
const coinRows = ({ coins }: TrackingErrorAnswer): CoinRow[] =>
  coins
    .map((row) => ({ ...row, key: row.coin }))
    .sort((a, b) => Math.abs(b.actual - b.target) - Math.abs(a.actual - a.target))

const COIN_COLUMNS: Column<CoinRow>[] = [
  { title: 'Day, UTC', cell: (row) => dayOf(row.day_ts) },
  { title: 'Coin', cell: (row) => row.coin },
  { title: 'Target', figure: true, cell: (row) => percent(row.target) },
  { title: 'Held', figure: true, cell: (row) => percent(row.actual) },
  { title: 'Off by', figure: true, cell: (row) => percent(row.actual - row.target) },
  { title: 'Kind', cell: (row) => row.mismatch.replace('_', ' ') },
  { title: 'Because', cell: (row) => row.reason.replaceAll('_', ' ') },
  { title: 'Made', figure: true, cell: (row) => percent(row.gap_return, 3) },
]

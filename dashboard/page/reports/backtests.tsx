/** Page of the report backtests: a list to choose from, the equity curve with its figures, exits by reason, and the best runs of a sweep. */
import { Chart } from '#dashboard/page/chart.tsx'
import { formatCount, formatFullTime, formatUsd, NONE } from '#dashboard/page/format.ts'
import { type Column, Empty, Panel, Table, Time } from '#dashboard/page/parts.tsx'
import { Choice } from '#dashboard/page/reports/choice.tsx'
import type { ReportProps } from '#dashboard/page/reports/report-page.ts'
import type { BacktestsAnswer } from '#dashboard/reports/backtests.ts'

const figure = (value: number | null, unit = ''): string =>
  value === null ? NONE : `${value.toFixed(2)}${unit}`
const keyed = <Row extends object>(rows: readonly Row[]) =>
  rows.map((row, at) => ({ ...row, key: String(at) }))

export function BacktestsPage({ data, now, ask }: ReportProps<BacktestsAnswer>) {
  const choices = data.backtests.map(
    ({ backtest_id, strategy, coins, at }) =>
      [backtest_id, `${strategy} ${coins.join(' ')} ${formatFullTime(at)}`] as const,
  )
  const sweeps = [['', 'none'] as const, ...data.sweeps.map(({ sweep_id }) => [sweep_id, sweep_id] as const)]
  return (
    <>
      <Panel
        title="Backtest"
        note={
          choices.length > 0 && (
            <Choice
              label="Run"
              value={data.shown?.id ?? ''}
              options={choices}
              onChange={(id) => ask({ id })}
            />
          )
        }
      >
        {data.shown ? <Shown shown={data.shown} /> : <Nothing />}
      </Panel>
      {data.shown && (
        <Panel title="Trades by exit reason">
          <Table
            caption="Trades by exit reason"
            columns={GROUPS}
            rows={keyed(data.shown.report.by_exit_reason)}
            empty="It made no trade: see the gates below."
          />
        </Panel>
      )}
      {data.shown && (
        <Panel title="What stopped it">
          <Table
            caption="Gates by how often they stopped something"
            columns={GATES}
            rows={keyed(data.shown.report.gates)}
            empty="No gate stopped anything."
            tall
          />
        </Panel>
      )}
      <Panel
        title="Sweep"
        note={
          <Choice label="Sweep" value={data.sweep} options={sweeps} onChange={(sweep) => ask({ sweep })} />
        }
      >
        <Table
          caption="Runs of the sweep, best first"
          columns={RUNS}
          rows={keyed(data.runs)}
          empty="Choose a sweep, or start one: holdfast sweep start --file FILE."
          tall
        />
      </Panel>
      <Panel title="All backtests">
        <Table
          caption="Kept backtests"
          columns={listColumns(now)}
          rows={keyed(data.backtests)}
          empty={<Nothing />}
          tall
        />
      </Panel>
    </>
  )
}

const Nothing = () => <Empty>No backtest was kept: holdfast backtest --strategy … --data … --save.</Empty>

function Shown({ shown: { report, equity } }: { shown: NonNullable<BacktestsAnswer['shown']> }) {
  const facts: (readonly [string, string])[] = [
    ['Return', figure(report.return_pct, ' %')],
    ['Buy and hold', figure(report.holding_return_pct, ' %')],
    ['Sharpe', figure(report.sharpe)],
    ['Sortino', figure(report.sortino)],
    ['Max drawdown', figure(report.max_drawdown_pct, ' %')],
    ['Profit factor', figure(report.profit_factor)],
    ['Trades', formatCount(report.trades)],
    ['Won', figure(report.win_rate_pct, ' %')],
    ['In the market', figure(report.exposure_pct, ' %')],
    ['Fees', formatUsd(report.fees_usd)],
    ['Funding', report.funding_known ? formatUsd(report.funding_usd, { signed: true }) : 'unknown'],
  ]
  return (
    <>
      <Chart
        times={equity.map(([ts]) => ts)}
        series={[{ label: 'Equity, USD', colour: '#4cc2ff', values: equity.map(([, usd]) => usd) }]}
        summary={`Equity of ${report.strategy} from ${formatUsd(report.equity_start_usd)} to ${formatUsd(report.equity_end_usd)}`}
      />
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  )
}

type Group = NonNullable<BacktestsAnswer['shown']>['report']['by_exit_reason'][number] & { key: string }
const GROUPS: Column<Group>[] = [
  { title: 'Reason', cell: ({ name }) => name },
  { title: 'Trades', figure: true, cell: ({ trades }) => formatCount(trades) },
  { title: 'Won', figure: true, cell: ({ wins }) => formatCount(wins) },
  { title: 'Net', figure: true, cell: ({ net_usd }) => formatUsd(net_usd, { signed: true }) },
  {
    title: 'Each',
    figure: true,
    cell: ({ average_net_usd }) => formatUsd(average_net_usd, { signed: true }),
  },
]

const GATES: Column<{ gate: string; times: number; key: string }>[] = [
  { title: 'Gate', cell: ({ gate }) => gate },
  { title: 'Times', figure: true, cell: ({ times }) => formatCount(times) },
]

const RUNS: Column<BacktestsAnswer['runs'][number] & { key: string }>[] = [
  { title: 'Run', figure: true, cell: ({ run }) => run },
  { title: 'Score', figure: true, cell: ({ score }) => figure(score) },
  { title: 'Return, %', figure: true, cell: ({ return_pct }) => figure(return_pct) },
  { title: 'Sharpe', figure: true, cell: ({ sharpe }) => figure(sharpe) },
  { title: 'Drawdown, %', figure: true, cell: ({ max_drawdown_pct }) => figure(max_drawdown_pct) },
  { title: 'Trades', figure: true, cell: ({ trades }) => formatCount(trades) },
  { title: 'Parameters', cell: ({ overrides, problem }) => <code>{problem || overrides}</code> },
]

const listColumns = (now: number): Column<BacktestsAnswer['backtests'][number] & { key: string }>[] => [
  { title: 'When, UTC', cell: ({ at }) => <Time ts={at} now={now} /> },
  { title: 'Strategy', cell: ({ strategy }) => strategy },
  { title: 'Coins', cell: ({ coins }) => coins.join(' ') },
  { title: 'Candles', cell: ({ interval }) => interval },
  { title: 'Return, %', figure: true, cell: ({ return_pct }) => figure(return_pct) },
  { title: 'Sharpe', figure: true, cell: ({ sharpe }) => figure(sharpe) },
  { title: 'Drawdown, %', figure: true, cell: ({ max_drawdown_pct }) => figure(max_drawdown_pct) },
  { title: 'Trades', figure: true, cell: ({ trades }) => formatCount(trades) },
]

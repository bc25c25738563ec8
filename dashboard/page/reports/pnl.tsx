/** Page of the report pnl: curves of net result and net asset value, what is unexplained, sessions, coins, and performance. */
import { Chart } from '#dashboard/page/chart.tsx'
import { formatCount, formatFullTime, formatUsd, NONE } from '#dashboard/page/format.ts'
import { type Column, Empty, Figure, Money, Panel, Table } from '#dashboard/page/parts.tsx'
import { Choice } from '#dashboard/page/reports/choice.tsx'
import type { ReportProps } from '#dashboard/page/reports/report-page.ts'
import type { PnlAnswer } from '#dashboard/reports/pnl.ts'

const SPANS = [
  ['7', 'last 7 days'],
  ['30', 'last 30 days'],
  ['90', 'last 90 days'],
  ['365', 'last year'],
  ['3650', 'everything'],
] as const

const percent = (value: number | null): string => (value === null ? NONE : `${(100 * value).toFixed(2)} %`)
/** Fees are paid: they count against the result. */
const negated = (usd: string): string =>
  usd.startsWith('-') ? usd.slice(1) : Number(usd) === 0 ? usd : `-${usd}`
const ratio = (value: number | null): string => (value === null ? NONE : value.toFixed(2))

export function PnlPage({ data, params, ask }: ReportProps<PnlAnswer>) {
  const { performance: figures, total, nav } = data
  const controls = (
    <>
      <Choice
        label="Account"
        value={data.account}
        options={data.accounts.map((account) => [account, account] as const)}
        onChange={(account) => ask({ account })}
      />{' '}
      <Choice label="Time" value={params.days ?? '30'} options={SPANS} onChange={(days) => ask({ days })} />
    </>
  )
  return (
    <>
      <Panel title="Result" note={controls}>
        <dl class="tiles" aria-label="Figures">
          <Figure name="Net, USD" note="realized + open − fees + funding">
            <Money usd={total.net_pnl_usd} />
          </Figure>
          <Figure name="Realized">
            <Money usd={total.realized_pnl_usd} />
          </Figure>
          <Figure name="Change of open">
            <Money usd={total.unrealized_change_usd} />
          </Figure>
          <Figure name="Fees" note={`maker ${total.maker_fees_usd}, rebates ${total.rebates_usd}`}>
            <Money usd={negated(total.fees_usd)} />
          </Figure>
          <Figure name="Funding">
            <Money usd={total.funding_usd} />
          </Figure>
          <Figure name="Return" note="time-weighted">
            {percent(figures.time_weighted_return)}
          </Figure>
          <Figure name={`Holding ${data.benchmark}`}>{percent(figures.holding_return)}</Figure>
          <Figure name="Deepest fall">{percent(figures.max_drawdown?.fraction ?? null)}</Figure>
          <Figure name="Sharpe" note={`Sortino ${ratio(figures.sortino)}, Calmar ${ratio(figures.calmar)}`}>
            {ratio(figures.sharpe)}
          </Figure>
          <Figure name="Hit rate" note={`profit factor ${ratio(figures.profit_factor)}`}>
            {percent(figures.hit_rate)}
          </Figure>
        </dl>
      </Panel>
      <NetCurve data={data} />
      <NavCurve nav={nav} />
      <Panel title="By session">
        <Table
          caption="Result by session"
          columns={columns('session_id')}
          rows={keyed(data.sessions)}
          empty="No fills in this time."
        />
      </Panel>
      <Panel title="By coin">
        <Table
          caption="Result by coin"
          columns={columns('coin')}
          rows={keyed(data.coins)}
          empty="No fills in this time."
        />
      </Panel>
      <Panel title="Net asset value by day">
        <Table
          caption="Reconciliation by day"
          columns={NAV_COLUMNS}
          rows={navRows(nav)}
          empty="No snapshots in this time."
          tall
        />
      </Panel>
    </>
  )
}

function NetCurve({ data }: { data: PnlAnswer }) {
  const { daily } = data
  let sum = 0
  const values = daily.map(({ net_pnl_usd }) => {
    sum += Number(net_pnl_usd)
    return sum
  })
  return (
    <Panel title="Net result since the start of the window, USD">
      {daily.length < 2 ? (
        <Empty>A curve needs two days with fills or open positions.</Empty>
      ) : (
        <Chart
          times={daily.map(({ day }) => Date.parse(day ?? ''))}
          series={[{ label: 'net PnL, USD', colour: '#4cc2ff', fill: 'rgba(76, 194, 255, 0.10)', values }]}
          summary={`Net result over ${daily.length} days, now ${sum.toFixed(2)} USD`}
        />
      )}
    </Panel>
  )
}

function NavCurve({ nav }: { nav: PnlAnswer['nav'] }) {
  const known = nav.filter(({ nav_usd }) => nav_usd !== null)
  return (
    <Panel title="Net asset value, USD">
      {known.length < 2 ? (
        <Empty>A curve needs snapshots on two days.</Empty>
      ) : (
        <Chart
          times={known.map(({ day_ts }) => day_ts)}
          series={[
            {
              label: 'net asset value',
              colour: '#3ecf8e',
              values: known.map(({ nav_usd }) => Number(nav_usd)),
            },
          ]}
          summary={`Net asset value over ${known.length} days since ${formatFullTime(known[0]?.day_ts ?? 0)}`}
        />
      )}
    </Panel>
  )
}

type Group = PnlAnswer['sessions'][number] & { key: string }
const keyed = (rows: readonly PnlAnswer['sessions'][number][]): Group[] =>
  rows.map((row, at) => ({ ...row, key: String(at) }))

const columns = (name: 'session_id' | 'coin'): Column<Group>[] => [
  { title: name === 'coin' ? 'Coin' : 'Session', cell: (row) => row[name] },
  { title: 'Fills', figure: true, cell: (row) => formatCount(row.fills) },
  { title: 'Volume', figure: true, cell: (row) => formatCount(Number(row.volume_usd)) },
  { title: 'Realized', figure: true, cell: (row) => <Money usd={row.realized_pnl_usd} /> },
  { title: 'Open', figure: true, cell: (row) => <Money usd={row.unrealized_pnl_usd} /> },
  { title: 'Funding', figure: true, cell: (row) => <Money usd={row.funding_usd} /> },
  { title: 'Fees', figure: true, cell: (row) => <Money usd={negated(row.fees_usd)} /> },
  { title: 'Net, USD', figure: true, cell: (row) => <Money usd={row.net_pnl_usd} /> },
]

type NavRow = PnlAnswer['nav'][number] & { key: string }
const navRows = (nav: PnlAnswer['nav']): NavRow[] =>
  nav.map((row) => ({ ...row, key: String(row.day_ts) })).reverse()

const NAV_COLUMNS: Column<NavRow>[] = [
  { title: 'Day, UTC', cell: (row) => new Date(row.day_ts).toISOString().slice(0, 10) },
  { title: 'Value', figure: true, cell: (row) => formatUsd(row.nav_usd) },
  { title: 'Change', figure: true, cell: (row) => <Money usd={row.change_usd} /> },
  { title: 'Moved in or out', figure: true, cell: (row) => <Money usd={row.flow_usd} /> },
  { title: 'Realized', figure: true, cell: (row) => <Money usd={row.realized_usd} /> },
  { title: 'Open', figure: true, cell: (row) => <Money usd={row.unrealized_usd} /> },
  { title: 'Funding', figure: true, cell: (row) => <Money usd={row.funding_usd} /> },
  { title: 'Fees', figure: true, cell: (row) => <Money usd={negated(row.fees_usd)} /> },
  {
    title: 'Unexplained',
    figure: true,
    cell: (row) => (
      <>
        {row.alert && '⚠ '}
        <Money usd={row.unexplained_usd} />
      </>
    ),
  },
]

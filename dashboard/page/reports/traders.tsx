/** Page of the report traders: leaderboard with the parts of each score, and a heat map of positions by coin. */
import { formatCount, formatTime, formatUsd } from '#dashboard/page/format.ts'
import { type Column, Empty, Panel, Table, Time } from '#dashboard/page/parts.tsx'
import { Choice } from '#dashboard/page/reports/choice.tsx'
import type { ReportProps } from '#dashboard/page/reports/report-page.ts'
import type { TradersAnswer } from '#dashboard/reports/traders.ts'

const COUNTS = [
  ['20', 'best 20'],
  ['50', 'best 50'],
  ['200', 'best 200'],
  ['500', 'best 500'],
] as const

type Trader = TradersAnswer['traders'][number]

export function TradersPage({ data, now, params, ask }: ReportProps<TradersAnswer>) {
  const [newest] = data.selections
  return (
    <>
      <Panel
        title="Tracked traders"
        note={
          <Choice
            label="Show"
            value={params.limit ?? '50'}
            options={COUNTS}
            onChange={(limit) => ask({ limit })}
          />
        }
      >
        {newest && (
          <p class="empty">
            {new Date(newest.day_ts).toISOString().slice(0, 10)}: {formatCount(newest.tracked)} tracked of{' '}
            {formatCount(newest.rows)} readable rows; {newest.entered} came, {newest.left} left.{' '}
            {newest.status === 'refused' && (
              <strong>The document was refused ({newest.reason}); everybody stays.</strong>
            )}
          </p>
        )}
        <Table
          caption="Tracked traders with the parts of their scores"
          columns={traderColumns(now)}
          rows={data.traders.map((row) => ({ ...row, key: row.address }))}
          empty="Nobody is tracked yet: the leaderboard is read once a day, or now by `holdfast traders select`."
          tall
        />
      </Panel>
      <Panel title="Positions by coin">
        <HeatMap data={data} />
      </Panel>
      <Panel title="How right are we?">
        <Table
          caption="Accuracy of tape and leaderboard by day"
          columns={accuracyColumns}
          rows={data.accuracy.map((row) => ({ ...row, key: `${row.day_ts} ${row.method}` }))}
          empty="Nothing measured yet: it is measured every hour against what the venue says."
        />
      </Panel>
    </>
  )
}

const points = (value: number): string => value.toFixed(1)
const percent = (value: number): string => `${(value * 100).toFixed(1)} %`
const short = (address: string): string => `${address.slice(0, 8)}…${address.slice(-4)}`

const part = (title: string, read: (row: Trader) => number): Column<Trader & { key: string }> => ({
  title,
  figure: true,
  cell: (row) => points(read(row)),
})

const traderColumns = (now: number): Column<Trader & { key: string }>[] => [
  { title: '#', figure: true, cell: (row) => row.rank },
  {
    title: 'Trader',
    cell: (row) => (
      <a href={`/reports/trader?address=${row.address}`}>{row.display_name || short(row.address)}</a>
    ),
  },
  { title: 'Score', figure: true, cell: (row) => <strong>{points(row.score)}</strong> },
  part('All-time', (row) => row.all_time),
  part('Month', (row) => row.month),
  part('Week', (row) => row.week),
  part('Account', (row) => row.account),
  part('Volume', (row) => row.volume),
  part('Bonus', (row) => row.consistency),
  { title: 'Value, USD', figure: true, cell: (row) => formatUsd(row.account_value) },
  { title: 'Positions', figure: true, cell: (row) => (row.base_at === 0 ? 'unknown' : row.positions) },
  { title: 'Sure', figure: true, cell: (row) => (row.base_at === 0 ? '–' : percent(row.confidence)) },
  { title: 'Read, UTC', figure: true, cell: (row) => <Time ts={row.base_at} now={now} /> },
  { title: 'Why', cell: (row) => row.reason },
]

type Accuracy = TradersAnswer['accuracy'][number] & { key: string }
const accuracyColumns: Column<Accuracy>[] = [
  { title: 'Day', cell: (row) => formatTime(row.day_ts, row.day_ts + 1e12).slice(0, 10) },
  { title: 'Method', cell: (row) => row.method },
  { title: 'Samples', figure: true, cell: (row) => formatCount(row.samples) },
  { title: 'Precision', figure: true, cell: (row) => percent(row.precision) },
  { title: 'Recall', figure: true, cell: (row) => percent(row.recall) },
  { title: 'Accuracy', figure: true, cell: (row) => percent(row.accuracy) },
  {
    title: 'Sign right',
    figure: true,
    cell: (row) => (row.method === 'tape' ? percent(row.sign_accuracy) : '–'),
  },
  {
    title: 'Size within 5 %',
    figure: true,
    cell: (row) => (row.method === 'tape' ? percent(row.size_within_5pct) : '–'),
  },
]

/** Green is long, red is short, as strong as the position is large among those of its coin; faint where we are not sure. */
function HeatMap({ data }: { data: TradersAnswer }) {
  const { coins, cells } = data.heat
  if (cells.length === 0) return <Empty>No position is known yet.</Empty>
  const byKey = new Map(cells.map((cell) => [`${cell.address} ${cell.coin}`, cell]))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section class="scroll tall" tabIndex={0} aria-label="Heat map of positions">
      <table class="heat">
        <caption class="unseen">Positions of the tracked by coin</caption>
        <thead>
          <tr>
            <th scope="col">Trader</th>
            {coins.map((coin) => (
              <th scope="col" key={coin}>
                {coin}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.traders.map(({ address, rank }) => (
            <tr key={address}>
              <th scope="row">
                #{rank} {short(address)}
              </th>
              {coins.map((coin) => (
                <HeatCell key={coin} cell={byKey.get(`${address} ${coin}`)} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function HeatCell({ cell }: { cell: TradersAnswer['heat']['cells'][number] | undefined }) {
  if (!cell) return <td />
  const strength = 0.15 + 0.85 * Math.min(1, Math.abs(cell.heat))
  const alpha = (strength * (0.3 + 0.7 * cell.confidence)).toFixed(2)
  const colour = cell.heat > 0 ? `rgba(52, 199, 120, ${alpha})` : `rgba(240, 84, 84, ${alpha})`
  return (
    <td
      style={{ background: colour }}
      title={`${cell.status} ${cell.sz} ${cell.coin}, ${percent(cell.confidence)} sure`}
    >
      {cell.sz}
    </td>
  )
}

/** The two curves of a session: net result over time, and prices with own quotes and fills. */
import type { EquityPoint, FillView, MidView, QuoteView, SessionView } from '#dashboard/model.ts'
import { Chart } from '#dashboard/page/chart.tsx'
import { formatFullTime, formatUsd } from '#dashboard/page/format.ts'
import { Age, Empty, Panel } from '#dashboard/page/parts.tsx'
import { equitySeries, priceSeries } from '#dashboard/page/series.ts'

export function EquityPanel(props: { points: readonly EquityPoint[]; now: number; running: boolean }) {
  const { points, now, running } = props
  const { times, columns } = equitySeries(points)
  const values = columns[0] ?? []
  const last = values.at(-1) ?? null
  const lastTs = times.at(-1) ?? 0
  return (
    <Panel title="Net PnL" note={running && lastTs > 0 && <Age ts={lastTs} now={now} staleMs={15_000} />}>
      {times.length < 2 ? (
        <Empty>{times.length === 0 ? 'No equity stored yet.' : 'One point so far; a curve needs two.'}</Empty>
      ) : (
        <Chart
          times={times}
          series={[{ label: 'net PnL, USD', colour: '#4cc2ff', fill: 'rgba(76, 194, 255, 0.10)', values }]}
          summary={`Net PnL, ${times.length} points from ${formatFullTime(times[0] ?? 0)}, now ${formatUsd(last, { signed: true })} USD`}
        />
      )}
    </Panel>
  )
}

const COLOURS = { mid: '#9aa7bb', bid: '#3ecf8e', ask: '#ff6b7a', buy: '#3ecf8e', sell: '#ff6b7a' }

export function PricePanel(props: {
  session: SessionView
  quotes: readonly QuoteView[]
  mids: readonly MidView[]
  fills: readonly FillView[]
}) {
  const { times, columns } = priceSeries(props)
  const [mid = [], bid = [], ask = [], buys = [], sells = []] = columns
  const quoting = props.quotes.length > 0
  const marks = [
    { label: 'buy', colour: COLOURS.buy, values: buys, marks: 'up' as const },
    { label: 'sell', colour: COLOURS.sell, values: sells, marks: 'down' as const },
  ]
  const lines = [
    { label: 'mid', colour: COLOURS.mid, values: mid },
    { label: 'own bid', colour: COLOURS.bid, values: bid, dash: true },
    { label: 'own ask', colour: COLOURS.ask, values: ask, dash: true },
  ]
  return (
    <Panel
      title={quoting ? 'Quotes and fills' : 'Price and fills'}
      note={<span class="muted">{props.session.coins.join(', ')}, USD a coin</span>}
    >
      {times.length === 0 ? (
        <Empty>No prices and no fills yet.</Empty>
      ) : (
        <Chart
          times={times}
          series={[...lines.slice(0, quoting ? 3 : 1), ...marks]}
          summary={`Prices of ${props.session.coins.join(', ')}: ${props.quotes.length} quotes, ${props.fills.length} fills`}
        />
      )}
    </Panel>
  )
}

/** Page of the report maker: quotes over the book, fills with markouts, inventory, PnL, budgets, cycles and what changed by itself. */
import type { ComponentChildren } from 'preact'
import { Chart } from '#dashboard/page/chart.tsx'
import { formatFullTime, formatUsd, NONE } from '#dashboard/page/format.ts'
import { type Column, Empty, Figure, Money, Panel, Table } from '#dashboard/page/parts.tsx'
import { Choice } from '#dashboard/page/reports/choice.tsx'
import type { ReportProps } from '#dashboard/page/reports/report-page.ts'
import type { MakerAnswer } from '#dashboard/reports/maker.ts'

type Found = NonNullable<MakerAnswer['found']>

const SPANS = [
  ['0.25', 'last 15 minutes'],
  ['1', 'last hour'],
  ['6', 'last 6 hours'],
  ['24', 'last day'],
  ['168', 'last week'],
] as const
const COLOURS = { mid: '#9aa7bb', bid: '#3ecf8e', ask: '#ff6b7a', line: '#4cc2ff', warn: '#ffb454' }

const bps = (value: number | null): string => (value === null ? NONE : `${value.toFixed(2)} bps`)
const orGap = (value: number): number | null => (value > 0 ? value : null)

export function MakerPage({ data, ask }: ReportProps<MakerAnswer>) {
  const { known, chosen, hours, found } = data
  if (chosen === null || found === null)
    return (
      <Panel title="Maker">
        <Empty>No maker session has told of a full minute yet.</Empty>
      </Panel>
    )
  const sessions = known.map((each) => `${each.session_id} ${each.coin}`)
  const controls = (
    <>
      <Choice
        label="Session"
        value={`${chosen.session_id} ${chosen.coin}`}
        options={sessions.map((each) => [each, each] as const)}
        onChange={(picked) => {
          const [session = '', coin = ''] = picked.split(' ')
          ask({ session, coin })
        }}
      />{' '}
      <Choice label="Time" value={String(hours)} options={SPANS} onChange={(span) => ask({ hours: span })} />
    </>
  )
  return (
    <>
      <Summary title={`${chosen.coin} of ${chosen.session_id}`} controls={controls} found={found} />
      <QuotesPanel found={found} />
      <MinutesPanels found={found} />
      <BudgetPanel found={found} />
      <Panel title="Cycles: what was earned, and why the two figures differ">
        <Table caption="Cycles" columns={CYCLES} rows={cycleRows(found)} empty="No cycle has ended yet." />
      </Panel>
      <Panel title="Fills with markouts">
        <Table caption="Fills" columns={FILLS} rows={fillRows(found)} empty="No fill in this time." tall />
      </Panel>
      <Panel title="What changed by itself">
        <Table
          caption="Changes"
          columns={CHANGES}
          rows={changeRows(found)}
          empty="No mode and no knob has moved."
        />
      </Panel>
    </>
  )
}

function Summary({ title, controls, found }: { title: string; controls: ComponentChildren; found: Found }) {
  const { trade, maker_share, markout_bps, pnl_usd, volume_usd } = found.summary
  const [one = null, ten = null, sixty = null] = markout_bps
  return (
    <Panel title={title} note={controls}>
      <dl class="tiles" aria-label="Figures">
        <Figure name="PnL" note="with what is held, at the mark">
          <Money usd={pnl_usd} />
        </Figure>
        <Figure name="Trade PnL" note={`${trade.fills} fills, fees ${Number(trade.feesUsd).toFixed(2)} USD`}>
          <Money usd={trade.netUsd} />
        </Figure>
        <Figure name="Spread capture" note="average sale to average purchase">
          {bps(trade.matchedSz === '0' ? null : trade.spreadBps)}
        </Figure>
        <Figure name="Maker share">
          {maker_share === null ? NONE : `${(100 * maker_share).toFixed(0)} %`}
        </Figure>
        <Figure name="Markout" note={`1 s ${bps(one)}, 60 s ${bps(sixty)}`}>
          {bps(ten)}
        </Figure>
        <Figure name="Volume">{formatUsd(volume_usd)}</Figure>
      </dl>
    </Panel>
  )
}

function QuotesPanel({ found: { quotes, fills } }: { found: Found }) {
  if (quotes.length < 2)
    return (
      <Panel title="Quotes over the book">
        <Empty>No quotes in this time.</Empty>
      </Panel>
    )
  const times = quotes.map(({ at_ts }) => at_ts)
  const at = (ts: number): number => {
    const index = times.findIndex((time) => time >= ts)
    return index < 0 ? times.length - 1 : index
  }
  const marks = (side: 'buy' | 'sell'): (number | null)[] => {
    const values: (number | null)[] = times.map(() => null)
    for (const fill of fills) if (fill.side === side) values[at(fill.at_ts)] = Number(fill.px)
    return values
  }
  return (
    <Panel title="Quotes over the book">
      <Chart
        times={times}
        series={[
          { label: 'mid', colour: COLOURS.mid, values: quotes.map(({ mid_px }) => orGap(mid_px)) },
          { label: 'our bid', colour: COLOURS.bid, values: quotes.map(({ bid }) => orGap(bid)) },
          { label: 'our ask', colour: COLOURS.ask, values: quotes.map(({ ask }) => orGap(ask)) },
          { label: 'bought', colour: COLOURS.bid, marks: 'up', values: marks('buy') },
          { label: 'sold', colour: COLOURS.ask, marks: 'down', values: marks('sell') },
        ]}
        summary={`${quotes.length} points of quotes, ${fills.length} fills`}
      />
    </Panel>
  )
}

function MinutesPanels({ found: { minutes } }: { found: Found }) {
  if (minutes.length < 2) return null
  const times = minutes.map(({ at_ts }) => at_ts)
  let level = 0
  const pnl = minutes.map((minute) => {
    level += minute.pnl
    return level
  })
  return (
    <>
      <Panel title="Inventory, USD">
        <Chart
          times={times}
          series={[
            {
              label: 'position',
              colour: COLOURS.line,
              values: minutes.map(({ position, mark }) => position * mark),
            },
          ]}
          summary="Value of the position at the end of each minute"
        />
      </Panel>
      <Panel title="PnL of the time shown, USD, and the market’s spread, bps">
        <Chart
          times={times}
          series={[
            { label: 'PnL', colour: COLOURS.bid, values: pnl },
            { label: 'spread', colour: COLOURS.mid, dash: true, values: minutes.map(({ spread }) => spread) },
          ]}
          summary={`PnL ${level.toFixed(2)} USD over ${minutes.length} minutes`}
        />
      </Panel>
    </>
  )
}

function BudgetPanel({ found: { limits } }: { found: Found }) {
  const last = limits.at(-1)
  if (!last || limits.length < 2) return null
  const shareOf = (left: number, full: number): number | null =>
    left < 0 || full <= 0 ? null : (100 * left) / full
  const told = (left: number, what: string): string =>
    left < 0 ? `${what} not counted` : `${left} ${what} left`
  const note = `now ${last.tier}; ${told(last.actions, 'actions')}; ${told(last.messages, 'socket messages')}`
  const weights = limits.map(({ weight, weight_full }) => shareOf(weight, weight_full))
  const actions = limits.map((row) => shareOf(row.actions, 10_000))
  const messages = limits.map((row) => shareOf(row.messages, 2_000))
  return (
    <Panel
      title="Weight, actions and socket messages left, %, and the loop’s period, ms"
      note={<span class="muted">{note}</span>}
    >
      <Chart
        times={limits.map(({ at_ts }) => at_ts)}
        series={[
          { label: 'weight left', colour: COLOURS.line, values: weights },
          { label: 'actions left, of 10,000', colour: COLOURS.ask, values: actions },
          { label: 'messages left, of 2,000', colour: COLOURS.bid, values: messages },
          { label: 'period p99', colour: COLOURS.warn, values: limits.map(({ p99 }) => p99) },
          { label: 'period p50', colour: COLOURS.mid, dash: true, values: limits.map(({ p50 }) => p50) },
        ]}
        summary={`Weight left ${weights.at(-1)?.toFixed(0) ?? NONE} %`}
      />
    </Panel>
  )
}

type CycleRow = Found['cycles'][number] & { key: string }
const cycleRows = ({ cycles }: Found): CycleRow[] => cycles.map((row) => ({ ...row, key: String(row.at_ts) }))
const CYCLES: readonly Column<CycleRow>[] = [
  { title: 'Ended', cell: (row) => formatFullTime(row.at_ts) },
  { title: 'Fills', figure: true, cell: (row) => row.fills },
  { title: 'Trade PnL', figure: true, cell: (row) => <Money usd={row.trade} /> },
  { title: 'Inventory', figure: true, cell: (row) => <Money usd={row.inventory} /> },
  { title: 'Carried in', figure: true, cell: (row) => <Money usd={row.carry_in} /> },
  { title: 'Funding', figure: true, cell: (row) => <Money usd={row.funding} /> },
  { title: 'Exact PnL', figure: true, cell: (row) => <Money usd={row.exact} /> },
  { title: 'Spread', figure: true, cell: (row) => bps(row.spread) },
  { title: '30 min', figure: true, cell: (row) => bps(row.spread30) },
  { title: 'Imbalance', figure: true, cell: (row) => `${(100 * row.imbalance).toFixed(0)} %` },
  { title: 'Issues', cell: (row) => row.issues.join('; ') || NONE },
]

type FillRow = Found['fills'][number] & { key: string }
const fillRows = ({ fills }: Found): FillRow[] =>
  fills.map((row) => ({ ...row, key: `${row.at_ts}/${row.tid}` })).reverse()
const FILLS: readonly Column<FillRow>[] = [
  { title: 'Time', cell: (row) => formatFullTime(row.at_ts) },
  { title: 'Side', cell: (row) => row.side },
  { title: 'Price', figure: true, cell: (row) => row.px },
  { title: 'Size', figure: true, cell: (row) => row.sz },
  { title: 'Fee', figure: true, cell: (row) => Number(row.fee).toFixed(4) },
  { title: '', cell: (row) => (row.crossed ? 'taker' : 'maker') },
  { title: '1 s', figure: true, cell: (row) => bps(row.markout_bps[0] ?? null) },
  { title: '10 s', figure: true, cell: (row) => bps(row.markout_bps[1] ?? null) },
  { title: '60 s', figure: true, cell: (row) => bps(row.markout_bps[2] ?? null) },
]

type ChangeRow = Found['changes'][number] & { key: string }
const changeRows = ({ changes }: Found): ChangeRow[] =>
  changes.map((row) => ({ ...row, key: `${row.at_ts}/${row.coin}/${row.what}` }))
const CHANGES: readonly Column<ChangeRow>[] = [
  { title: 'Time', cell: (row) => formatFullTime(row.at_ts) },
  { title: 'Coin', cell: (row) => row.coin },
  { title: 'What', cell: (row) => row.what },
  { title: 'Was', cell: (row) => row.was },
  { title: 'Is', cell: (row) => row.now },
  { title: 'Why', cell: (row) => row.reason },
]

/** The rows of a session, newest first: positions, orders, fills, quotes, events. */
// Not here: decisions (dashboard/page/decisions.tsx).
import type {
  FillView,
  OrderView,
  PositionView,
  QuoteView,
  SessionEventView,
  SessionView,
} from '#dashboard/model.ts'
import { formatDecimal, formatFact, formatSize, NONE } from '#dashboard/page/format.ts'
import { Age, type Column, Money, Panel, Table, Time } from '#dashboard/page/parts.tsx'

const newestFirst = <Row extends { ts: number; key: string }>(rows: readonly Row[]): Row[] =>
  [...rows].sort((a, b) => b.ts - a.ts || b.key.localeCompare(a.key))

const EXCHANGE_STALE_MS = 20_000

const Side = ({ side }: { side: string }) => <span class={side === 'buy' ? 'long' : 'short'}>{side}</span>

export function Positions(props: {
  rows: readonly PositionView[]
  exchangeTs: number
  session: SessionView
  now: number
}) {
  const columns: Column<PositionView>[] = [
    { title: 'Coin', cell: (row) => row.coin },
    { title: 'Size', figure: true, cell: (row) => <Signed sz={row.sz} /> },
    { title: 'Entry', figure: true, cell: (row) => formatDecimal(row.entry_px) },
    { title: 'Mark', figure: true, cell: (row) => (row.mark_px ? formatDecimal(row.mark_px) : NONE) },
    { title: 'Unrealized, USD', figure: true, cell: (row) => <Money usd={row.unrealized_usd} /> },
  ]
  return (
    <Panel
      title="Position"
      note={
        props.session.running && (
          <Age ts={props.exchangeTs} now={props.now} staleMs={EXCHANGE_STALE_MS} label="exchange," />
        )
      }
    >
      <Table
        caption="Positions at the exchange"
        columns={columns}
        rows={props.rows}
        empty={
          props.exchangeTs > 0
            ? 'Flat: the exchange shows no position in its coins.'
            : props.session.running
              ? 'The exchange has not been asked yet.'
              : 'The session has ended; its report tells what was left.'
        }
      />
    </Panel>
  )
}

const Signed = ({ sz }: { sz: string }) => (
  <span class={Number(sz) > 0 ? 'long' : Number(sz) < 0 ? 'short' : 'muted'}>{formatSize(sz)}</span>
)

export function Orders(props: { rows: readonly OrderView[]; session: SessionView; now: number }) {
  const columns: Column<OrderView>[] = [
    { title: 'Placed', cell: (row) => <Time ts={row.ts} now={props.now} /> },
    { title: 'Coin', cell: (row) => row.coin },
    { title: 'Side', cell: (row) => <Side side={row.side} /> },
    { title: 'Price', figure: true, cell: (row) => formatDecimal(row.px) },
    { title: 'Size', figure: true, cell: (row) => formatDecimal(row.sz) },
    { title: 'Kind', cell: (row) => `${row.kind}${row.reduce_only ? ', reduce only' : ''}` },
    { title: 'Order', figure: true, cell: (row) => <code title={row.cloid}>{row.oid}</code> },
  ]
  return (
    <Panel title="Open orders" note={<span class="muted">{props.rows.length}</span>}>
      <Table
        caption="Open orders at the exchange"
        columns={columns}
        rows={newestFirst(props.rows)}
        empty={
          props.session.open_orders === null
            ? 'Not known: the exchange has not answered yet, or the session ended without a report.'
            : props.session.running
              ? 'No open orders at the exchange.'
              : `The session has ended; ${props.session.open_orders || 'none'} of its orders were left.`
        }
      />
    </Panel>
  )
}

export function Fills({ rows, now, running }: { rows: readonly FillView[]; now: number; running: boolean }) {
  const columns: Column<FillView>[] = [
    { title: 'Time', cell: (row) => <Time ts={row.ts} now={now} /> },
    { title: 'Coin', cell: (row) => row.coin },
    { title: 'Side', cell: (row) => <Side side={row.side} /> },
    { title: 'Price', figure: true, cell: (row) => formatDecimal(row.px) },
    { title: 'Size', figure: true, cell: (row) => formatDecimal(row.sz) },
    { title: 'What', cell: (row) => row.direction || NONE },
    { title: 'Role', cell: (row) => (row.crossed ? 'taker' : 'maker') },
    { title: 'Closed PnL', figure: true, cell: (row) => <Money usd={row.closed_pnl} /> },
    { title: 'Fee', figure: true, cell: (row) => formatDecimal(row.fee) },
  ]
  return (
    <Panel title="Fills" note={<span class="muted">{rows.length}, newest first</span>}>
      <Table
        caption="Fills"
        columns={columns}
        rows={newestFirst(rows)}
        tall
        empty={running ? 'No fills yet.' : 'No fills.'}
      />
    </Panel>
  )
}

export function Quotes({
  rows,
  session,
  now,
}: {
  rows: readonly QuoteView[]
  session: SessionView
  now: number
}) {
  const price = (px: string) => (Number(px) > 0 ? formatDecimal(px) : NONE)
  const columns: Column<QuoteView>[] = [
    { title: 'Time', cell: (row) => <Time ts={row.ts} now={now} /> },
    { title: 'Bid size', figure: true, cell: (row) => price(row.bid_sz) },
    { title: 'Bid', figure: true, cell: (row) => <span class="long">{price(row.bid_px)}</span> },
    { title: 'Mid', figure: true, cell: (row) => price(row.mid) },
    { title: 'Ask', figure: true, cell: (row) => <span class="short">{price(row.ask_px)}</span> },
    { title: 'Ask size', figure: true, cell: (row) => price(row.ask_sz) },
    { title: 'Position', figure: true, cell: (row) => <Signed sz={row.position_sz} /> },
    { title: 'Held back by', cell: (row) => row.gate || NONE },
  ]
  return (
    <Panel title="Quotes" note={<span class="muted">newest first</span>}>
      <Table
        caption="Own quotes"
        columns={columns}
        rows={newestFirst(rows).slice(0, 100)}
        tall
        empty={session.engine === 'maker' ? 'No quotes yet.' : `The ${session.engine} engine does not quote.`}
      />
    </Panel>
  )
}

export function Events({ rows, now }: { rows: readonly SessionEventView[]; now: number }) {
  const columns: Column<SessionEventView>[] = [
    { title: 'Time', cell: (row) => <Time ts={row.ts} now={now} /> },
    { title: 'Event', cell: (row) => row.kind },
    {
      title: 'Details',
      cell: (row) => (
        <span class="details">
          {Object.entries(row.details)
            .map(([name, value]) => `${name} ${formatFact(value)}`)
            .join(' · ')}
        </span>
      ),
    },
  ]
  return (
    <Panel title="Session events" note={<span class="muted">newest first</span>}>
      <Table
        caption="Session events"
        columns={columns}
        rows={newestFirst(rows)}
        tall
        empty="No events yet."
      />
    </Panel>
  )
}

/** What is recorded: rows and last times of each stream, and the gaps that are known. */
import type { GapView, StreamView } from '#dashboard/model.ts'
import { formatAge, formatCount, NONE } from '#dashboard/page/format.ts'
import { Age, type Column, Panel, State, Table, Time } from '#dashboard/page/parts.tsx'
import type { DataState } from '#dashboard/topic-states.ts'

const RECEIVED_STALE_MS = 30_000

export function Data({ state, now }: { state: DataState; now: number }) {
  const { streams = [], gaps = [] } = state.lists
  const sorted = [...streams].sort((a, b) => a.stream.localeCompare(b.stream) || a.coin.localeCompare(b.coin))
  const open = gaps.filter((gap) => gap.closed_ts === 0).length
  return (
    <>
      <h1 class="unseen">Data</h1>
      <Panel
        title="Streams"
        note={<Age ts={state.values.as_of_ts} now={now} staleMs={15_000} label="counted" />}
      >
        <Table
          caption="Recorded streams"
          columns={streamColumns(now)}
          rows={sorted}
          empty="Nothing is recorded yet, or ClickHouse has not answered."
        />
      </Panel>
      <Panel title="Gaps" note={<span class="muted">{open} open, newest first</span>}>
        <Table
          caption="Known gaps"
          columns={gapColumns(now)}
          rows={[...gaps].sort((a, b) => b.opened_ts - a.opened_ts)}
          empty="No gaps are known."
        />
      </Panel>
    </>
  )
}

const streamColumns = (now: number): Column<StreamView>[] => [
  { title: 'Stream', cell: (row) => row.stream },
  { title: 'Coin', cell: (row) => row.coin || NONE },
  { title: 'Rows', figure: true, cell: (row) => formatCount(row.rows) },
  { title: 'First, UTC', figure: true, cell: (row) => <Time ts={row.first_ts} now={now} /> },
  { title: 'Last, UTC', figure: true, cell: (row) => <Time ts={row.last_ts} now={now} /> },
  {
    title: 'Last received',
    figure: true,
    cell: (row) => <Age ts={row.received_ts || null} now={now} staleMs={RECEIVED_STALE_MS} />,
  },
]

const gapColumns = (now: number): Column<GapView>[] => [
  { title: 'Channel', cell: (row) => row.channel },
  { title: 'Coin', cell: (row) => row.coin || NONE },
  { title: 'Opened, UTC', cell: (row) => <Time ts={row.opened_ts} now={now} /> },
  {
    title: 'Closed, UTC',
    cell: (row) =>
      row.closed_ts > 0 ? <Time ts={row.closed_ts} now={now} /> : <span class="stale">open</span>,
  },
  {
    title: 'Length',
    figure: true,
    cell: (row) => formatAge((row.closed_ts > 0 ? row.closed_ts : now) - row.opened_ts),
  },
  { title: 'Reason', cell: (row) => row.reason },
  { title: 'Rows recovered', figure: true, cell: (row) => formatCount(row.rows_recovered) },
  { title: 'Status', cell: (row) => <State word={row.status} /> },
]

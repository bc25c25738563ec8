/** The overview: sums, every session on one line, every service on one line. */
import type { ExposureView, ServiceView, SessionView, SystemView } from '#dashboard/model.ts'
import { formatBytes, formatCount, formatSize, formatUsd, NONE } from '#dashboard/page/format.ts'
import {
  Age,
  type Column,
  Figure,
  Money,
  Outside,
  Panel,
  State,
  Table,
  Time,
} from '#dashboard/page/parts.tsx'
import { startFormLink, workflowLink, workflowsLink } from '#dashboard/page/temporal-links.ts'
import type { OverviewState } from '#dashboard/topic-states.ts'

const FIGURES_STALE_MS = 15_000

export function Overview({ state, now }: { state: OverviewState; now: number }) {
  const { system } = state.values
  const { sessions = [], services = [] } = state.lists
  return (
    <>
      <h1 class="unseen">Overview</h1>
      <Sums sessions={sessions} services={services} exposure={state.values.exposure ?? null} />
      <Panel
        title="Sessions"
        note={
          <>
            <Outside href={workflowsLink(system)}>Temporal UI</Outside>
            <StartForms sessions={sessions} system={system} />
          </>
        }
      >
        <Table
          caption="Sessions"
          columns={sessionColumns(system, now)}
          rows={sessions}
          empty={
            <>
              No session yet. <code>holdfast session start --file config/sessions/candles-btc.yaml</code>{' '}
              starts one; so does the start form of the Temporal UI.
            </>
          }
        />
      </Panel>
      <Panel title="Services" note={system && <span class="muted">state folder {system.home}</span>}>
        <Table
          caption="Services"
          columns={SERVICE_COLUMNS}
          rows={services}
          empty="No supervisor runs here: the services of this stack are started by something else, which knows their state."
        />
      </Panel>
    </>
  )
}

function Sums(props: {
  sessions: readonly SessionView[]
  services: readonly ServiceView[]
  exposure: ExposureView | null
}) {
  const { sessions, services, exposure } = props
  const running = sessions.filter((session) => session.running)
  const priced = running.filter((session) => session.net_pnl_usd !== null)
  const net = priced.reduce((sum, session) => sum + Number(session.net_pnl_usd), 0)
  const held = Object.entries(exposure?.positions ?? {})
  const memory = services.reduce((sum, service) => sum + service.rss_bytes, 0)
  const restarts = services.reduce((sum, service) => sum + service.restarts, 0)
  const notReady = services.filter((service) => service.state !== 'ready')
  return (
    <dl class="tiles" aria-label="Sums">
      <Figure name="Running sessions" note={`${sessions.length} known`}>
        {running.length}
      </Figure>
      <Figure name="Net PnL, running" note="USD, after fees, marked">
        {priced.length > 0 ? <Money usd={net} /> : NONE}
      </Figure>
      <Figure name="Open orders" note="at the exchange, all accounts">
        {exposure ? formatCount(exposure.open_orders) : NONE}
      </Figure>
      <Figure
        name="Positions"
        note={
          held.map(([coin, sz]) => `${formatSize(sz)} ${coin}`).join(', ') || 'at the exchange, all accounts'
        }
      >
        {exposure ? held.length || 'flat' : NONE}
      </Figure>
      <Figure name="Services ready" note={notReady.map((service) => service.key).join(', ') || undefined}>
        {services.length > 0 ? `${services.length - notReady.length} of ${services.length}` : NONE}
      </Figure>
      <Figure name="Memory" note={`${restarts} restart${restarts === 1 ? '' : 's'}`}>
        {formatBytes(memory)}
      </Figure>
    </dl>
  )
}

/** One link an engine: the start form of its newest session, which then carries that one's input. */
function StartForms({ sessions, system }: { sessions: readonly SessionView[]; system: SystemView | null }) {
  const examples = new Map(sessions.map((session) => [session.engine, session.session_id]))
  return (
    <>
      {[...examples].map(([engine, id]) => (
        <Outside key={engine} href={startFormLink(system, id)}>
          Start {engine}
        </Outside>
      ))}
    </>
  )
}

const sessionColumns = (system: SystemView | null, now: number): Column<SessionView>[] => [
  {
    title: 'Session',
    cell: (session) => <a href={`/${session.session_id}`}>{session.session_id.split('/').at(-1)}</a>,
  },
  { title: 'Engine', cell: (session) => session.engine || NONE },
  { title: 'Mode', cell: (session) => <span class={`mode-${session.mode}`}>{session.mode}</span> },
  {
    title: 'State',
    cell: (session) => (
      <>
        <State word={session.state} />
        {session.running && session.kill_mode !== 'off' && (
          <span class="state bad">kill: {session.kill_mode}</span>
        )}
      </>
    ),
  },
  { title: 'Since', figure: true, cell: (session) => <Time ts={session.state_ts} now={now} /> },
  { title: 'Account', cell: (session) => session.account || NONE },
  { title: 'Coin', cell: (session) => session.coins.join(', ') || NONE },
  { title: 'Position', figure: true, cell: (session) => <Held positions={session.positions} /> },
  { title: 'Net PnL', figure: true, cell: (session) => <Money usd={session.net_pnl_usd} /> },
  { title: 'Equity', figure: true, cell: (session) => formatUsd(session.equity_usd) },
  { title: 'Orders', figure: true, cell: (session) => session.open_orders ?? NONE },
  { title: 'Epoch', figure: true, cell: (session) => session.epoch },
  { title: 'Host', cell: (session) => session.host || NONE },
  {
    title: 'Figures',
    cell: (session) =>
      session.running ? (
        <Age ts={session.equity_ts} now={now} staleMs={FIGURES_STALE_MS} />
      ) : (
        <Time ts={session.equity_ts ?? 0} now={now} />
      ),
  },
  {
    title: 'Workflow',
    cell: (session) => (
      <Outside
        href={workflowLink(system, session.session_id)}
        label={`Workflow of ${session.session_id} in Temporal`}
      >
        Temporal
      </Outside>
    ),
  },
]

/** Signed sizes of what is held; `flat` when nothing is. */
export function Held({ positions }: { positions: readonly { coin: string; sz: string }[] }) {
  const held = positions.filter(({ sz }) => Number(sz) !== 0)
  if (held.length === 0) return <span class="muted">flat</span>
  return (
    <>
      {held.map(({ coin, sz }) => (
        <span key={coin} class={Number(sz) > 0 ? 'long' : 'short'}>
          {formatSize(sz)} {coin}
        </span>
      ))}
    </>
  )
}

const SERVICE_COLUMNS: readonly Column<ServiceView>[] = [
  { title: 'Service', cell: (service) => service.key },
  { title: 'State', cell: (service) => <State word={service.state} /> },
  { title: 'Address', cell: (service) => (service.url ? <code>{service.url}</code> : NONE) },
  { title: 'Process', figure: true, cell: (service) => service.pid || NONE },
  {
    title: 'Restarts',
    figure: true,
    cell: (service) => <span class={service.restarts > 0 ? 'stale' : ''}>{service.restarts}</span>,
  },
  { title: 'Memory', figure: true, cell: (service) => formatBytes(service.rss_bytes) },
]

/** One session: its figures, what it may be told to do, its curves and all its rows. */
import { useState } from 'preact/hooks'
import type { SessionView, SystemView } from '#dashboard/model.ts'
import { CommandPanel } from '#dashboard/page/command-panel.tsx'
import { Decisions } from '#dashboard/page/decisions.tsx'
import { formatCount, formatTime, formatUsd, NONE } from '#dashboard/page/format.ts'
import { Held } from '#dashboard/page/overview.tsx'
import { Age, Empty, Facts, Figure, Money, Outside, Panel, State } from '#dashboard/page/parts.tsx'
import { sendAction } from '#dashboard/page/requests.ts'
import { EquityPanel, PricePanel } from '#dashboard/page/session-charts.tsx'
import { Events, Fills, Orders, Positions, Quotes } from '#dashboard/page/session-tables.tsx'
import { startFormLink, workflowLink } from '#dashboard/page/temporal-links.ts'
import type { SessionDetailState } from '#dashboard/topic-states.ts'

const FIGURES_STALE_MS = 15_000

export function Session(props: {
  id: string
  state: SessionDetailState
  system: SystemView | null
  now: number
  onKill: () => void
}) {
  const { state, now } = props
  const { session, report, status } = state.values
  const { equity = [], fills = [], quotes = [], decisions = [], events = [] } = state.lists
  const { orders = [], positions = [], mids = [] } = state.lists
  if (!session) {
    return (
      <>
        <h1>{props.id}</h1>
        <Empty>No such session is known: neither stored nor running under this id.</Empty>
      </>
    )
  }
  return (
    <>
      <Head session={session} system={props.system} onKill={props.onKill} />
      <Figures session={session} fills={fills.length} decisions={decisions.length} now={now} />
      {report && (
        <Panel title="Final report">
          <Facts facts={report} />
        </Panel>
      )}
      <div class="grid two">
        <EquityPanel points={equity} now={now} running={session.running} />
        <PricePanel session={session} quotes={quotes} mids={mids} fills={fills} />
      </div>
      <div class="grid two">
        <Positions rows={positions} exchangeTs={state.values.exchange_ts} session={session} now={now} />
        <Orders rows={orders} session={session} now={now} />
      </div>
      {session.running && <CommandPanel session={session} />}
      <Decisions rows={decisions} now={now} running={session.running} />
      <div class="grid two">
        <Fills rows={fills} now={now} running={session.running} />
        <Quotes rows={quotes} session={session} now={now} />
      </div>
      <div class={session.running ? 'grid two' : 'grid'}>
        <Events rows={events} now={now} />
        {session.running && (
          <Panel title="Workflow status">
            {status ? (
              <Facts facts={ownFacts(status)} />
            ) : (
              <Empty>
                The workflow has not answered yet; it can only be asked while Temporal and a worker run.
              </Empty>
            )}
          </Panel>
        )}
      </div>
    </>
  )
}

/** Shown above already, or as rows of their own. */
const SHOWN_ELSEWHERE = new Set([
  ...['session_id', 'engine', 'mode', 'account', 'coins', 'state', 'state_ts', 'host', 'run'],
  ...['last_decision', 'positions', 'report', 'epoch'],
])

const ownFacts = (status: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(status).filter(([name]) => !SHOWN_ELSEWHERE.has(name)))

function Head({
  session,
  system,
  onKill,
}: {
  session: SessionView
  system: SystemView | null
  onKill: () => void
}) {
  const [message, setMessage] = useState('')
  const act = async (action: 'stop' | 'pause' | 'resume'): Promise<void> => {
    setMessage(`${action} sent…`)
    const answer = await sendAction(action, session.session_id)
    setMessage(answer.ok ? `${action} accepted` : `${action} refused: ${answer.message}`)
  }
  return (
    <header class="session-head">
      <h1>{session.session_id.split('/').at(-1)}</h1>
      <State word={session.state} />
      {session.running && session.kill_mode !== 'off' && (
        <span class="state bad">kill: {session.kill_mode}</span>
      )}
      <span class="muted">
        {session.engine} · <span class={`mode-${session.mode}`}>{session.mode}</span> ·{' '}
        {session.coins.join(', ')} · account {session.account || NONE} · epoch {session.epoch} · host{' '}
        {session.host || NONE}
      </span>
      <span class="gap" />
      <span role="status" class="muted">
        {message}
      </span>
      <Outside href={workflowLink(system, session.session_id)}>Workflow</Outside>
      <Outside href={startFormLink(system, session.session_id)}>Start form</Outside>
      {session.running && (
        <span class="buttons">
          {session.state === 'PAUSED' ? (
            <button type="button" onClick={() => act('resume')}>
              Resume
            </button>
          ) : (
            <button type="button" onClick={() => act('pause')}>
              Pause
            </button>
          )}
          <button type="button" onClick={() => act('stop')}>
            Stop
          </button>
          <button type="button" class="kill-one" onClick={onKill}>
            Kill…
          </button>
        </span>
      )}
    </header>
  )
}

function Figures(props: { session: SessionView; fills: number; decisions: number; now: number }) {
  const { session, now } = props
  return (
    <dl class="tiles" aria-label="Figures">
      <Figure
        name="Net PnL"
        note={
          session.running ? (
            <Age ts={session.equity_ts} now={now} staleMs={FIGURES_STALE_MS} label="USD," />
          ) : (
            'USD, at the end'
          )
        }
      >
        <Money usd={session.net_pnl_usd} />
      </Figure>
      <Figure name="Equity" note="USD, of the account">
        {formatUsd(session.equity_usd)}
      </Figure>
      <Figure name="Position" note={session.running ? 'coins' : 'left at the end'}>
        <Held positions={session.positions} />
      </Figure>
      <Figure name="Open orders" note={session.running ? 'as the exchange shows' : 'left at the end'}>
        {session.open_orders ?? NONE}
      </Figure>
      <Figure name="Fills" note="of this run, shown below">
        {formatCount(props.fills)}
      </Figure>
      <Figure name="State since" note="UTC">
        {formatTime(session.state_ts, now)}
      </Figure>
    </dl>
  )
}

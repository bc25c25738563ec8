/** The bar on top of every view: what trades where, which sources answer, the time, and the kill button. */

import type { SourceView, SystemView } from '#dashboard/model.ts'
import { formatAge, formatFullTime, formatMarket } from '#dashboard/page/format.ts'
import type { Live } from '#dashboard/page/live.ts'
import { STALE_AFTER_MS } from '#dashboard/page/live.ts'
import { REPORT_PAGES } from '#dashboard/page/reports/registry.ts'
import type { Route } from '#dashboard/page/route.ts'

const SOURCE_NAMES: Readonly<Record<string, string>> = {
  clickhouse: 'ClickHouse',
  temporal: 'Temporal',
  exchange: 'Exchange',
  supervisor: 'Supervisor',
}

export const sourceName = (key: string): string => SOURCE_NAMES[key] ?? key

const NETWORK_NOTES: Readonly<Record<string, string>> = {
  paper: 'Orders go to the paper exchange',
  testnet: 'Orders go to the testnet',
  mainnet: 'Orders go to the mainnet: real money',
}

export function TopBar(props: {
  route: Route
  system: SystemView | null
  sources: readonly SourceView[]
  live: Live
  now: number
  onKill: () => void
}) {
  const { route, system, sources, live, now } = props
  const current = (view: Route['view']) => (route.view === view ? 'page' : undefined)
  return (
    <header class="top">
      <a class="skip" href="#main">
        Skip to content
      </a>
      <a class="brand" href="/">
        Holdfast
      </a>
      <nav aria-label="Views">
        <a href="/" aria-current={current('overview')}>
          Overview
        </a>
        <a href="/data" aria-current={current('data')}>
          Data
        </a>
        {REPORT_PAGES.map(({ slug, title }) => (
          <a
            key={slug}
            href={`/reports/${slug}`}
            aria-current={route.view === 'report' && route.slug === slug ? 'page' : undefined}
          >
            {title}
          </a>
        ))}
      </nav>
      {system && (
        <span class={`network ${system.network}`} title={NETWORK_NOTES[system.network]}>
          {system.network}
        </span>
      )}
      {system && (
        <span class="market" title={`The market that runs: ${system.market}`}>
          {formatMarket(system.market)}
        </span>
      )}
      <ul class="sources" aria-label="Sources">
        {sources.map((source) => (
          <li key={source.key} class={`source ${source.state}`} title={sourceTitle(source)}>
            <span class="dot" aria-hidden="true" />
            {sourceName(source.key)}
            <span class="unseen"> {source.state}</span>
          </li>
        ))}
      </ul>
      <span class="gap" />
      <LiveMark live={live} now={now} />
      <time class="clock" dateTime={new Date(now).toISOString()}>
        {new Date(now).toISOString().slice(0, 10)} <b>{new Date(now).toISOString().slice(11, 19)}</b> UTC
      </time>
      <button type="button" class="kill-open" onClick={props.onKill} aria-keyshortcuts="Shift+K">
        KILL
      </button>
    </header>
  )
}

const sourceTitle = (source: SourceView): string =>
  source.state === 'up'
    ? `answers, last ${formatFullTime(source.answered_ts)}`
    : `${source.message || 'not asked yet'}; last answer ${formatFullTime(source.answered_ts)}`

function LiveMark({ live, now }: { live: Live; now: number }) {
  if (live.now_ts === 0) return <span class="live waiting">connecting…</span>
  const age = now - live.now_ts
  if (live.connected && age <= STALE_AFTER_MS) {
    return <span class="live on">live</span>
  }
  return (
    <span class="live off" role="status">
      no news for {formatAge(age)}
    </span>
  )
}

/** Entry of the page: follows the address and the live topics, and draws the view that belongs to them. */
// Not here: the views (overview.tsx, session.tsx, data.tsx), the connection (live.ts).
import { render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Banners } from '#dashboard/page/banners.tsx'
import { Data } from '#dashboard/page/data.tsx'
import { KillDialog } from '#dashboard/page/kill-dialog.tsx'
import { useLive, useNow } from '#dashboard/page/live.ts'
import { Overview } from '#dashboard/page/overview.tsx'
import { Empty } from '#dashboard/page/parts.tsx'
import { REPORT_PAGES } from '#dashboard/page/reports/registry.ts'
import { ReportView } from '#dashboard/page/reports/report-view.tsx'
import { type Route, routeTopic, useRoute } from '#dashboard/page/route.ts'
import { Session } from '#dashboard/page/session.tsx'
import { TopBar } from '#dashboard/page/top-bar.tsx'
import type { DataState, OverviewState, SessionDetailState } from '#dashboard/topic-states.ts'
import { formatScope } from '#domain/session/kill-order.ts'

function Page() {
  const route = useRoute()
  const topic = routeTopic(route)
  const live = useLive(topic ? ['overview', topic] : ['overview'])
  const now = useNow(live.skewMs)
  const [killPreset, setKillPreset] = useState<string | null>(null)
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const typing = (event.target as Element | null)?.closest('input, select, textarea')
      if (event.key === 'K' && event.shiftKey && !typing) setKillPreset('all')
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [])
  useEffect(() => {
    document.title = `${titleOf(route)} · Holdfast`
  })

  const overview = live.topics.overview as OverviewState | undefined
  const system = overview?.values.system ?? null
  const { sources = [], kills = [], sessions = [], kill_jobs = [] } = overview?.lists ?? {}
  const state = live.topics[topic ?? 'overview']
  return (
    <>
      <TopBar
        route={route}
        system={system}
        sources={sources}
        live={live}
        now={now}
        onKill={() => setKillPreset('all')}
      />
      <main id="main" tabIndex={-1}>
        <Banners kills={kills} sources={sources} live={live} now={now} />
        {route.view === 'report' && <ReportView slug={route.slug} search={route.search} now={now} />}
        {!state && route.view !== 'report' && <Empty>Waiting for the first figures…</Empty>}
        {state && route.view === 'overview' && <Overview state={state as OverviewState} now={now} />}
        {state && route.view === 'data' && <Data state={state as DataState} now={now} />}
        {state && route.view === 'session' && (
          <Session
            id={route.id}
            state={state as SessionDetailState}
            system={system}
            now={now}
            onKill={() => setKillPreset(formatScope({ kind: 'session', session_id: route.id }))}
          />
        )}
      </main>
      {killPreset !== null && (
        <KillDialog
          sessions={sessions}
          jobs={kill_jobs}
          preset={killPreset}
          now={now}
          onClose={() => setKillPreset(null)}
        />
      )}
    </>
  )
}

function titleOf(route: Route): string {
  if (route.view === 'session') return route.id.split('/').at(-1) ?? ''
  if (route.view === 'report') return REPORT_PAGES.find(({ slug }) => slug === route.slug)?.title ?? 'Report'
  return route.view === 'data' ? 'Data' : 'Overview'
}

const place = document.getElementById('page')
if (place) render(<Page />, place)

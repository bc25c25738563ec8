/** What must not be overlooked, above every view: engaged kills, sources that are down, a stream that has stopped. */
import { useState } from 'preact/hooks'
import type { KillView, SourceView } from '#dashboard/model.ts'
import { formatAge, formatTime } from '#dashboard/page/format.ts'
import { type Live, STALE_AFTER_MS } from '#dashboard/page/live.ts'
import { sendRelease } from '#dashboard/page/requests.ts'
import { sourceName } from '#dashboard/page/top-bar.tsx'
import { formatScope } from '#domain/session/kill-order.ts'

export function Banners(props: {
  kills: readonly KillView[]
  sources: readonly SourceView[]
  live: Live
  now: number
}) {
  const { kills, sources, live, now } = props
  const silent = live.now_ts > 0 && now - live.now_ts > STALE_AFTER_MS
  return (
    <div class="banners" aria-live="polite">
      {silent && (
        <p class="banner bad">
          <b>The dashboard server is silent since {formatTime(live.now_ts, now)} UTC.</b> Everything below is{' '}
          {formatAge(now - live.now_ts)} old. <code>holdfast kill</code> works without it.
        </p>
      )}
      {kills.map((kill) => (
        <KillBanner key={kill.key} kill={kill} now={now} />
      ))}
      {sources
        .filter((source) => source.state === 'down')
        .map((source) => (
          <p key={source.key} class="banner warn">
            <b>{trouble(source)}</b> since {formatTime(source.since_ts, now)} UTC (
            {formatAge(now - source.since_ts)}): {source.message}. {ageOfFigures(source, now)}
          </p>
        ))}
      {Object.entries(live.faults).map(([topic, message]) => (
        <p key={topic} class="banner bad">
          <b>{topic} cannot be shown:</b> {message}
        </p>
      ))}
    </div>
  )
}

const trouble = (source: SourceView): string =>
  `${sourceName(source.key)} ${source.answered_ts > source.since_ts ? 'answers only in part' : 'does not answer'}`

const ageOfFigures = (source: SourceView, now: number): string =>
  source.answered_ts > 0
    ? `Its figures below are ${formatAge(now - source.answered_ts)} old.`
    : 'Its figures are missing below.'

function KillBanner({ kill, now }: { kill: KillView; now: number }) {
  const [asked, setAsked] = useState(false)
  const [message, setMessage] = useState('')
  const release = async (): Promise<void> => {
    const answer = await sendRelease(kill.scope)
    setAsked(false)
    setMessage(answer.ok ? '' : answer.message)
  }
  return (
    <div class="banner kill">
      <p>
        <b>
          Kill engaged: {formatScope(kill.scope)}, {kill.mode}
        </b>{' '}
        since {formatTime(kill.requested_ts, now)} UTC by {kill.requested_by}
        {kill.reason ? `: ${kill.reason}` : ''}. Sessions in its scope do not trade until it is lifted.
        {message && <span class="wrong"> {message}</span>}
      </p>
      {asked ? (
        <span class="buttons">
          <button type="button" onClick={release}>
            Lift it now
          </button>
          <button type="button" class="quiet" onClick={() => setAsked(false)}>
            Leave it
          </button>
        </span>
      ) : (
        <button type="button" class="quiet" onClick={() => setAsked(true)}>
          Lift…
        </button>
      )}
    </div>
  )
}

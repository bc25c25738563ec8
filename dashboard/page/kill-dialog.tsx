/** The kill dialog: what and how, one confirming press, then each step and what the exchange shows afterwards. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { KillJobView, SessionView } from '#dashboard/model.ts'
import { formatAge, formatSize, formatTime } from '#dashboard/page/format.ts'
import { State } from '#dashboard/page/parts.tsx'
import { sendKill } from '#dashboard/page/requests.ts'
import { formatScope } from '#domain/session/kill-order.ts'
import type { KillMode, KillScope } from '#domain/session/types.ts'

const MODES: readonly { mode: KillMode; name: string; effect: string }[] = [
  { mode: 'flatten', name: 'Flatten', effect: 'cancel all orders, close positions, end sessions' },
  { mode: 'halt', name: 'Halt', effect: 'cancel all orders, leave positions, end sessions' },
  { mode: 'close_only', name: 'Close only', effect: 'sessions go on, but may only reduce positions' },
]

const TITLES: Readonly<Record<KillJobView['state'], string>> = {
  running: 'Kill under way…',
  verified: 'Killed',
  unverified: 'Kill not verified',
  failed: 'Kill failed',
}

/** Scopes that can be chosen now: everything, each account and each session that runs. */
export function scopeChoices(
  sessions: readonly SessionView[],
): { value: string; scope: KillScope; name: string }[] {
  const running = sessions.filter((session) => session.running)
  const accounts = [...new Set(running.map((session) => session.account))]
    .filter((name) => name !== '')
    .sort()
  const scopes: { scope: KillScope; name: string }[] = [
    { scope: { kind: 'all' }, name: `Everything (${running.length} running)` },
    ...accounts.map((account) => ({
      scope: { kind: 'account' as const, account },
      name: `Account ${account}`,
    })),
    ...running.map(({ session_id }) => ({
      scope: { kind: 'session' as const, session_id },
      name: `Session ${session_id.replace(/^session\//, '')}`,
    })),
  ]
  return scopes.map((choice) => ({ ...choice, value: formatScope(choice.scope) }))
}

export function KillDialog(props: {
  sessions: readonly SessionView[]
  jobs: readonly KillJobView[]
  /** Scope chosen when it opens, as formatScope writes it. */
  preset: string
  now: number
  onClose: () => void
}) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [jobId, setJobId] = useState('')
  useLayoutEffect(() => {
    dialog.current?.showModal()
  }, [])
  const job = props.jobs.find((one) => one.key === jobId)
  return (
    <dialog ref={dialog} class="kill-dialog" aria-labelledby="kill-title" onClose={props.onClose}>
      <h2 id="kill-title">{jobId ? TITLES[job?.state ?? 'running'] : 'Stop trading'}</h2>
      {jobId ? (
        <Progress job={job} now={props.now} onClose={() => dialog.current?.close()} />
      ) : (
        <Choice {...props} onStarted={setJobId} onCancel={() => dialog.current?.close()} />
      )}
    </dialog>
  )
}

function Choice(props: {
  sessions: readonly SessionView[]
  preset: string
  onStarted: (id: string) => void
  onCancel: () => void
}) {
  const choices = scopeChoices(props.sessions)
  const [chosen, setChosen] = useState(props.preset)
  const [mode, setMode] = useState<KillMode>('flatten')
  const [reason, setReason] = useState('')
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState('')
  const choice = choices.find((one) => one.value === chosen) ?? choices[0]
  const send = async (event: Event): Promise<void> => {
    event.preventDefault()
    if (!choice) return
    setBusy(true)
    const answer = await sendKill({ scope: choice.scope, mode, reason })
    setBusy(false)
    if (answer.ok) props.onStarted(answer.value.key)
    else setRefusal(answer.message)
  }
  return (
    <form onSubmit={send}>
      <label for="kill-scope">What</label>
      <select
        id="kill-scope"
        value={choice?.value ?? ''}
        onChange={(event) => setChosen(event.currentTarget.value)}
      >
        {choices.map((one) => (
          <option key={one.value} value={one.value}>
            {one.name}
          </option>
        ))}
      </select>
      <fieldset>
        <legend>How</legend>
        {MODES.map((one) => (
          <label key={one.mode} class="mode">
            <input
              type="radio"
              name="kill-mode"
              value={one.mode}
              checked={mode === one.mode}
              onChange={() => setMode(one.mode)}
            />
            <span>
              <b>{one.name}</b>
              <small>{one.effect}</small>
            </span>
          </label>
        ))}
      </fieldset>
      <label for="kill-reason">Why (kept with the kill)</label>
      <input
        id="kill-reason"
        value={reason}
        maxLength={200}
        placeholder="optional"
        onInput={(event) => setReason(event.currentTarget.value)}
      />
      {refusal && (
        <p class="wrong" role="alert">
          Not accepted: {refusal}. <code>holdfast kill</code> works without this page.
        </p>
      )}
      <div class="buttons">
        <button type="submit" class="kill-confirm" disabled={busy} autofocus>
          {busy ? 'Sending…' : `Kill now: ${choice?.name ?? ''}, ${mode.replace('_', ' ')}`}
        </button>
        <button type="button" class="quiet" onClick={props.onCancel}>
          Cancel
        </button>
      </div>
    </form>
  )
}

function Progress({ job, now, onClose }: { job: KillJobView | undefined; now: number; onClose: () => void }) {
  if (!job) return <p role="status">Sent. Waiting for the first step…</p>
  return (
    <div class="kill-progress">
      <p>
        {formatScope(job.scope)}, {job.mode} · <State word={job.state} /> ·{' '}
        {job.ended_ts ? `${job.ended_ts - job.started_ts} ms` : formatAge(now - job.started_ts)}
      </p>
      <ol class="steps" aria-live="polite">
        {job.steps.map((step, at) => (
          <li key={at} class={step.ok ? 'ok' : 'not-ok'}>
            <time>{formatTime(step.ts, now)}</time>
            <span aria-hidden="true">{step.ok ? '✓' : '✗'}</span>
            <b>{step.name}</b>
            <span>{step.detail}</span>
            <small>+{step.ts - job.started_ts} ms</small>
          </li>
        ))}
        {job.state === 'running' && <li class="busy">working…</li>}
      </ol>
      <Verdict job={job} />
      <div class="buttons">
        <button type="button" onClick={onClose} autofocus>
          Close
        </button>
      </div>
    </div>
  )
}

function Verdict({ job }: { job: KillJobView }) {
  if (job.state === 'running') return null
  const held = Object.entries(job.residual?.positions ?? {}).filter(([, sz]) => Number(sz) !== 0)
  const left = held.map(([coin, sz]) => `${formatSize(sz)} ${coin}`).join(', ') || 'none'
  const shown = job.residual
    ? `Open orders ${job.residual.open_orders}, positions ${left}.`
    : 'It was not asked.'
  return job.state === 'verified' ? (
    <p class="verdict good" role="status">
      Verified at the exchange. {shown}
    </p>
  ) : (
    <p class="verdict bad" role="alert">
      NOT verified. The exchange shows: {shown} Look at the steps above; <code>holdfast kill</code> can be
      repeated safely.
    </p>
  )
}

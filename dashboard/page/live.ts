/** The page's one connection to the server: topics kept up to date by server-sent events, with the age of the last word. */
// Not here: what is drawn (the views), how deltas are made (dashboard/delta.ts).
import { useEffect, useState } from 'preact/hooks'
import { applyDelta, type Delta, EMPTY_STATE } from '#dashboard/delta.ts'
import type { TopicState } from '#dashboard/topic-states.ts'

type Message =
  | { kind: 'snapshot'; topic: string; now_ts: number; state: TopicState }
  | { kind: 'delta'; topic: string; now_ts: number; delta: Delta | null }
  | { kind: 'fault'; topic: string; now_ts: number; message: string }

/** No word for so long means that what is shown may be wrong. */
export const STALE_AFTER_MS = 4_000

export interface Live {
  topics: Readonly<Record<string, TopicState>>
  /** Server time of the last message, 0 before the first. */
  now_ts: number
  /** Server clock minus ours, milliseconds. */
  skewMs: number
  connected: boolean
  faults: Readonly<Record<string, string>>
}

const START: Live = { topics: {}, now_ts: 0, skewMs: 0, connected: false, faults: {} }

function take(live: Live, message: Message): Live {
  const { topic, now_ts } = message
  const base = { ...live, now_ts, skewMs: now_ts - Date.now(), connected: true }
  if (message.kind === 'fault') return { ...base, faults: { ...live.faults, [topic]: message.message } }
  const { [topic]: _gone, ...faults } = live.faults
  if (message.kind === 'delta' && message.delta === null) return { ...base, faults }
  const known = live.topics[topic] ?? EMPTY_STATE
  const state = message.kind === 'snapshot' ? message.state : applyDelta(known, message.delta ?? {})
  return { ...base, faults, topics: { ...live.topics, [topic]: state } }
}

/**
 * Follows topics while the tab is visible. A hidden tab lets go of its connection: browsers open only six to one server,
 * and the kill button of another tab needs one.
 */
export function useLive(topics: readonly string[]): Live {
  const [live, setLive] = useState<Live>(START)
  const names = topics.join(',')
  useEffect(() => {
    let source: EventSource | null = null
    const hear = (event: MessageEvent<string>): void => {
      const message = JSON.parse(event.data) as Message
      setLive((was) => take(was, message))
    }
    const open = (): void => {
      if (source) return
      source = new EventSource(`/api/live?topics=${encodeURIComponent(names)}`)
      for (const kind of ['snapshot', 'delta', 'fault']) source.addEventListener(kind, hear)
      source.onerror = () => {
        setLive((was) => ({ ...was, connected: false }))
        // A refusal (an ended login, too many readers) closes the source for good; come back by ourselves.
        if (source?.readyState === EventSource.CLOSED) {
          close()
          retry = setTimeout(open, 2_000)
        }
      }
    }
    const close = (): void => {
      clearTimeout(retry)
      source?.close()
      source = null
    }
    let retry: ReturnType<typeof setTimeout> | undefined
    const follow = (): void => (document.hidden ? close() : open())
    document.addEventListener('visibilitychange', follow)
    follow()
    return () => {
      document.removeEventListener('visibilitychange', follow)
      close()
    }
  }, [names])
  return live
}

/** Server time, moving once a second, so that ages grow even when nothing arrives. */
export function useNow(skewMs: number): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [])
  // A message may be newer than our own last tick.
  return Math.max(now, Date.now()) + skewMs
}

/** Live topics: one loop a topic while somebody looks, one message a tick to each onlooker, with what changed since the last. */
// Not here: how a topic's state is taken (dashboard/topics/*), how messages become server-sent events (dashboard/live-route.ts).
import { type Delta, diffStates } from '#dashboard/delta.ts'
import type { TopicState } from '#dashboard/topic-states.ts'
import { describeError } from '#domain/errors.ts'
import type { Clock, EpochMs } from '#domain/time.ts'

export const LIVE_LIMITS = { tickMs: 1_000, clientsMax: 32, topicsPerClientMax: 3 } as const

/** A message without change is the tick that proves the stream alive. */
export type LiveMessage =
  | { kind: 'snapshot'; topic: string; now_ts: EpochMs; state: TopicState }
  | { kind: 'delta'; topic: string; now_ts: EpochMs; delta: Delta | null }
  | { kind: 'fault'; topic: string; now_ts: EpochMs; message: string }

export type TakeState = () => Promise<TopicState>

export interface LiveHubOptions {
  clock: Clock
  /** How to take the state of a topic; null for a name that is no topic. */
  topic(name: string): TakeState | null
  onFault?: (topic: string, error: unknown) => void
  tickMs?: number
  clientsMax?: number
}

export type Subscription = { ok: true; close(): void } | { ok: false; reason: 'full' | 'unknown_topic' }

interface Channel {
  listeners: Set<(message: LiveMessage) => void>
  last: TopicState | null
  stop: AbortController
  wake: AbortController
}

export interface LiveHub {
  subscribe(topics: readonly string[], listener: (message: LiveMessage) => void): Subscription
  /** Ticks every topic at once: something changed that should not wait. */
  poke(): void
  clients(): number
  close(): void
}

export function createLiveHub(options: LiveHubOptions): LiveHub {
  const { clock, tickMs = LIVE_LIMITS.tickMs, clientsMax = LIVE_LIMITS.clientsMax } = options
  const channels = new Map<string, Channel>()
  let clients = 0

  async function run(name: string, channel: Channel, take: TakeState): Promise<void> {
    while (!channel.stop.signal.aborted) {
      const started = clock.monotonicMs()
      channel.wake = new AbortController()
      const message = await tick(name, channel, take)
      if (channel.stop.signal.aborted) return
      for (const listener of [...channel.listeners]) listener(message)
      const rest = Math.max(10, tickMs - (clock.monotonicMs() - started))
      await clock.sleep(rest, AbortSignal.any([channel.stop.signal, channel.wake.signal]))
    }
  }

  async function tick(topic: string, channel: Channel, take: TakeState): Promise<LiveMessage> {
    try {
      const state = await take()
      const before = channel.last
      channel.last = state
      const now_ts = clock.now()
      if (before === null) return { kind: 'snapshot', topic, now_ts, state }
      return { kind: 'delta', topic, now_ts, delta: diffStates(before, state) }
    } catch (error) {
      options.onFault?.(topic, error)
      return { kind: 'fault', topic, now_ts: clock.now(), message: describeError(error) }
    }
  }

  function open(name: string, take: TakeState): Channel {
    const channel: Channel = {
      listeners: new Set(),
      last: null,
      stop: new AbortController(),
      wake: new AbortController(),
    }
    channels.set(name, channel)
    void run(name, channel, take)
    return channel
  }

  function leave(name: string, listener: (message: LiveMessage) => void): void {
    const channel = channels.get(name)
    channel?.listeners.delete(listener)
    if (channel && channel.listeners.size === 0) {
      channel.stop.abort()
      channels.delete(name)
    }
  }

  return {
    subscribe(topics, listener) {
      const takes = topics.map((name) => [name, options.topic(name)] as const)
      if (topics.length === 0 || topics.length > LIVE_LIMITS.topicsPerClientMax) {
        return { ok: false, reason: 'unknown_topic' }
      }
      if (takes.some(([, take]) => take === null)) return { ok: false, reason: 'unknown_topic' }
      if (clients >= clientsMax) return { ok: false, reason: 'full' }
      clients += 1
      for (const [name, take] of takes) {
        const channel = channels.get(name) ?? open(name, take as TakeState)
        channel.listeners.add(listener)
        if (channel.last) {
          listener({ kind: 'snapshot', topic: name, now_ts: clock.now(), state: channel.last })
        }
      }
      let left = false
      return {
        ok: true,
        close() {
          if (left) return
          left = true
          clients -= 1
          for (const name of topics) leave(name, listener)
        },
      }
    },
    poke() {
      for (const channel of channels.values()) channel.wake.abort()
    },
    clients: () => clients,
    close() {
      for (const channel of channels.values()) channel.stop.abort()
      channels.clear()
    },
  }
}

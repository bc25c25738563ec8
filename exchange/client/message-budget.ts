/** How many messages the sockets of this machine have sent to the venue in the last minute; subscriptions wait before the limit does. */
// Source: wire contract §8, 2,000 a minute per IP. Not here: request weight (weight-budget.ts), the sockets (streamers/feed-socket.ts).
import { assert } from '#domain/errors.ts'
import type { Clock } from '#domain/time.ts'

export const LIMITS = {
  perMinuteMax: 2_000,
  /** Kept back from subscriptions: pings keep sockets alive, and other processes are known a moment late. */
  subscribeReserve: 500,
  /** The venue counts a minute; one second more is kept, for messages on their way. */
  windowS: 61,
  waitMs: 250,
} as const
assert(LIMITS.subscribeReserve < LIMITS.perMinuteMax, 'the reserve must leave messages for subscriptions')

export interface MessageBudget {
  /** Waits until a subscription may be sent, or until `signal` aborts. */
  enter(signal: AbortSignal): Promise<void>
  /** Counts one message of any kind that goes out now. */
  sent(): void
  /** Messages left in this minute to all processes of the machine; may be negative. */
  left(): number
}

/** How the count of one process meets those of the others. */
export interface MessageSharing {
  /** Messages that others sent since the last call. */
  takeOtherMessages(): number
  noteMessage(): void
  /** What others say is left; null when nobody does. */
  messagesLeftOfOthers(): number | null
}

export function createMessageBudget(
  clock: Pick<Clock, 'monotonicMs' | 'sleep'>,
  sharing?: MessageSharing,
): MessageBudget {
  const seconds = new Map<number, number>()
  const count = (messages: number): void => {
    const second = Math.floor(clock.monotonicMs() / 1_000)
    if (messages > 0) seconds.set(second, (seconds.get(second) ?? 0) + messages)
  }
  // What went out before this process began is not known by the second: all of it counts as sent just now.
  count(LIMITS.perMinuteMax - (sharing?.messagesLeftOfOthers() ?? LIMITS.perMinuteMax))
  const left = (): number => {
    count(sharing?.takeOtherMessages() ?? 0)
    const since = Math.floor(clock.monotonicMs() / 1_000) - LIMITS.windowS
    let sum = 0
    for (const [second, messages] of seconds) {
      if (second < since) seconds.delete(second)
      else sum += messages
    }
    return LIMITS.perMinuteMax - sum
  }
  return {
    left,
    sent() {
      count(1)
      sharing?.noteMessage()
    },
    async enter(signal) {
      while (!signal.aborted && left() <= LIMITS.subscribeReserve) await clock.sleep(LIMITS.waitMs, signal)
    },
  }
}

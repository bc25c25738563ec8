/** What one session waits on: wakes on market and account events, keeps account events in bounded memory until they are taken. */
// Not here: the market state itself (market-state.ts), the sockets (market-feed.ts, account-feed.ts).
import type { AccountEvent } from '#domain/events.ts'
import type { EventSource } from '#domain/session/ports.ts'
import type { Clock } from '#domain/time.ts'

export const LIMITS = { accountEventsMax: 50_000 } as const

export interface EventWindow extends EventSource {
  /** A market event of the session's coins has been applied. */
  wakeMarket(): void
  /** Account events, in order. When the window is full the stream counts as down until it is up again, so that fills are asked for. */
  push(events: readonly AccountEvent[]): void
  /** The account stream went down or came up. */
  setAccountStream(up: boolean): void
}

type Woken = 'market' | 'account'

export function createEventWindow(options: { clock: Clock }): EventWindow {
  const { clock } = options
  let events: AccountEvent[] = []
  let isUp = false
  let overflowed = false
  // What happened since the last `next`; account wins, because fills and order changes are rarer and matter more.
  let pending: Woken | null = null
  let waiter: ((woken: Woken) => void) | null = null

  const wake = (woken: Woken): void => {
    if (waiter) {
      const resolve = waiter
      waiter = null
      resolve(woken)
    } else if (pending !== 'account') {
      pending = woken
    }
  }

  return {
    wakeMarket: () => wake('market'),
    push(more) {
      for (const event of more) {
        if (events.length === LIMITS.accountEventsMax) {
          overflowed = true
          break
        }
        events.push(event)
      }
      wake('account')
    },
    setAccountStream(up) {
      isUp = up
      if (up) overflowed = false
      wake('account')
    },
    async next(timeoutMs, signal) {
      if (signal.aborted) return 'aborted'
      if (pending) {
        const woken = pending
        pending = null
        return woken
      }
      const timer = new AbortController()
      const stop = (): void => timer.abort()
      signal.addEventListener('abort', stop, { once: true })
      const woken = await Promise.race([
        new Promise<Woken>((resolve) => {
          waiter = resolve
        }),
        clock.sleep(timeoutMs, timer.signal).then(() => null),
      ])
      waiter = null
      signal.removeEventListener('abort', stop)
      timer.abort()
      if (woken) return woken
      return signal.aborted ? 'aborted' : 'timeout'
    },
    takeAccountEvents() {
      const taken = events
      events = []
      return taken
    },
    accountStreamUp: () => isUp && !overflowed,
  }
}

/** What reaches a segment of a simulated host: kills and turns through its inbox, events of market and account. */
// Not here: when they are sent (world.ts, control-plane.ts), the host itself (host.ts).
import type { AccountEvent } from '#domain/events.ts'
import { killSeverity } from '#domain/session/kill-order.ts'
import type { CommandInbox, EventSource } from '#domain/session/ports.ts'
import type { KillMode } from '#domain/session/types.ts'
import type { Host } from './host.ts'
import type { SimProcess } from './process.ts'
import type { World } from './world.ts'

export interface Inbox extends CommandInbox {
  command(mode: KillMode, by: 'direct' | 'control', reason: string): void
  rotate(why: 'params' | 'pause' | 'command'): void
  wake(): void
}

export function createInbox(world: World, host: Host): Inbox {
  let command: { mode: KillMode; by: 'direct' | 'control'; reason: string } | null = null
  let rotate: 'params' | 'pause' | 'command' | null = null
  let wake = new AbortController()
  const inbox: Inbox = {
    kill() {
      const file = world.killFile
      if (!file) return command
      if (command && killSeverity(command.mode) >= killSeverity(file.mode)) return command
      return { mode: file.mode, by: 'kill_switch', reason: file.reason }
    },
    takeRotate() {
      const taken = rotate
      rotate = null
      return taken
    },
    changed: () => wake.signal,
    command(mode, by, reason) {
      if (!command || killSeverity(mode) > killSeverity(command.mode)) command = { mode, by, reason }
      inbox.wake()
    },
    rotate(why) {
      rotate = why
      inbox.wake()
    },
    wake() {
      const fired = wake
      wake = new AbortController()
      fired.abort()
    },
  }
  host.inboxes.add(inbox)
  return inbox
}

export interface Source extends EventSource {
  push(event: AccountEvent): void
  wake(why: 'market' | 'account'): void
}

export function createSource(process: SimProcess, up: () => boolean): Source {
  let events: AccountEvent[] = []
  let waiting: ((why: 'market' | 'account' | 'timeout' | 'aborted') => void) | null = null
  return {
    push(event) {
      events.push(event)
      waiting?.('account')
    },
    wake(why) {
      waiting?.(why)
    },
    accountStreamUp: up,
    takeAccountEvents() {
      const taken = events
      events = []
      return taken
    },
    next(timeoutMs, signal) {
      if (events.length > 0) return Promise.resolve('account')
      if (signal.aborted) return Promise.resolve('aborted')
      return new Promise((resolve) => {
        const onAbort = (): void => waiting?.('aborted')
        const takeBack = process.after(timeoutMs, () => waiting?.('timeout'))
        waiting = (why) => {
          waiting = null
          takeBack()
          signal.removeEventListener('abort', onAbort)
          resolve(why)
        }
        signal.addEventListener('abort', onAbort, { once: true })
      })
    },
  }
}

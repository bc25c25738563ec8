/** The running segments of this process and the commands that reach them: what control server and control activity act on. */
// Not here: HTTP (workers/support/control-server.ts), durable kills (config/kill-store.ts), the loop that obeys (domain/session).
import type { SegmentFacts as RunningFacts } from '#activities/trading-session/run-segment.ts'
import type { KillStore } from '#config/kill-store.ts'
import { killReaches, sameScope, strongerKill } from '#domain/session/kill-order.ts'
import type { CommandInbox } from '#domain/session/ports.ts'
import type { KillMode, KillOrder, KillScope } from '#domain/session/types.ts'
import type { Clock, EpochMs } from '#domain/time.ts'

/** Which segment this is: what kills select by and `GET /sessions` shows. */
export type SegmentFacts = Omit<RunningFacts, 'on_control_loss'>

export interface SegmentStatus extends SegmentFacts {
  started_ts: EpochMs
  kill: KillMode | null
}

/** One segment that has heard the kill: its abort signal fired at this time. */
export interface KillAcknowledgement {
  session_id: string
  acknowledged_ts: EpochMs
}

/** A registered segment: its inbox, and how to leave the registry. */
export interface OpenSegment {
  inbox: CommandInbox
  close(): void
}

export interface SessionRegistry {
  /** Registers a segment that is about to run. Its inbox also shows the kills of the kill store. */
  open(facts: SegmentFacts): OpenSegment
  list(): SegmentStatus[]
  /** Reaches every matching segment before it returns: their inboxes show the kill and their signals are aborted. Idempotent. */
  kill(order: KillOrder, by: 'direct' | 'control'): KillAcknowledgement[]
  /** Takes back `close_only` commands of exactly this scope. Stronger kills have ended their segments and cannot be taken back. */
  lift(scope: KillScope): void
  /** Asks one session's segment to end soon and hand back its checkpoint. @returns false when it does not run here */
  rotate(sessionId: string, why: 'params' | 'pause' | 'command'): boolean
  close(): void
}

interface Command {
  scope: KillScope
  mode: KillMode
  by: 'direct' | 'control'
  reason: string
}

interface Segment {
  facts: SegmentFacts
  startedTs: EpochMs
  command: Command | null
  rotate: 'params' | 'pause' | 'command' | null
  wake: AbortController
}

/** Builds the registry of one trading host over its kill store. */
export function createSessionRegistry(parts: { killStore: KillStore; clock: Clock }): SessionRegistry {
  const { killStore, clock } = parts
  const segments = new Set<Segment>()
  const wakeAll = (): void => {
    for (const segment of segments) wake(segment)
  }
  const stopListening = killStore.onChange(wakeAll)

  return {
    open(facts) {
      const segment: Segment = {
        facts,
        startedTs: clock.now(),
        command: null,
        rotate: null,
        wake: new AbortController(),
      }
      segments.add(segment)
      return { inbox: createInbox(segment, killStore), close: () => segments.delete(segment) }
    },
    list: () =>
      [...segments].map((segment) => ({
        ...segment.facts,
        started_ts: segment.startedTs,
        kill: createInbox(segment, killStore).kill()?.mode ?? null,
      })),
    kill(order, by) {
      if (order.mode === 'off') return []
      const command: Command = { scope: order.scope, mode: order.mode, by, reason: order.reason }
      return [...segments]
        .filter((segment) => killReaches(order.scope, segment.facts))
        .map((segment) => {
          segment.command = strongerKill(segment.command, command)
          wake(segment)
          return { session_id: segment.facts.session_id, acknowledged_ts: clock.now() }
        })
    },
    lift(scope) {
      for (const segment of segments) {
        const { command } = segment
        if (command?.mode === 'close_only' && sameScope(command.scope, scope)) segment.command = null
        wake(segment)
      }
    },
    rotate(sessionId, why) {
      const segment = [...segments].find((each) => each.facts.session_id === sessionId)
      if (!segment) return false
      segment.rotate = why
      wake(segment)
      return true
    },
    close: stopListening,
  }
}

/** Fires the signal that a sleeping loop holds; the next loop turn asks for a fresh one. */
function wake(segment: Segment): void {
  const fired = segment.wake
  segment.wake = new AbortController()
  fired.abort()
}

function createInbox(segment: Segment, killStore: KillStore): CommandInbox {
  return {
    kill() {
      const stored = killStore.effectiveKill(segment.facts)
      const switched =
        stored && stored.mode !== 'off'
          ? { mode: stored.mode, by: 'kill_switch' as const, reason: stored.reason }
          : null
      const { command } = segment
      const direct = command ? { mode: command.mode, by: command.by, reason: command.reason } : null
      return strongerKill<NonNullable<ReturnType<CommandInbox['kill']>>>(direct, switched)
    },
    takeRotate() {
      const { rotate } = segment
      segment.rotate = null
      return rotate
    },
    changed: () => segment.wake.signal,
  }
}

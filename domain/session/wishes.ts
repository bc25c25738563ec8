/** What people asked of a running session: kill, pause, stop, new parameters. Monotonic where it matters, and plain state, so that no message is ever too early, too late or twice. */
// Not here: acting on it (domain/session/control.ts), the Temporal handlers that call it (workflows/trading-session/workflow.ts).
import type { ResumeState } from '#domain/session/effects.ts'
import type { SessionInput, SessionLimits } from '#domain/session/input.ts'
import { killSeverity } from '#domain/session/kill-order.ts'
import type { KillMode } from '#domain/session/types.ts'

/** What a kill asks for; an empty form of the Temporal UI sends nothing at all. */
export interface KillWish {
  mode?: KillMode | undefined
  reason?: string | undefined
}

export interface SessionWishes {
  /** Strongest kill asked for so far; `off` before the first. Never weakens. */
  readonly kill: { mode: KillMode; reason: string }
  readonly stop: { reason: string } | null
  readonly paused: { reason: string } | null
  /** New parameters not yet taken over. */
  readonly update: { params: SessionInput['params']; limits: SessionLimits } | null
  /** Grows with every change: a waiting coordinator looks again when it moved. */
  readonly changes: number
}

export interface WishBox extends SessionWishes {
  /** Default mode is the session's `on_kill`. `off` and a mode weaker than the present one change nothing. */
  askKill(wish?: KillWish): void
  askStop(wish?: { reason?: string | undefined }): void
  askPause(wish?: { reason?: string | undefined }): void
  askResume(): void
  /** The caller has validated them (parseSessionInput). The last one wins. */
  askUpdate(update: { params: SessionInput['params']; limits: SessionLimits }): void
  /** Taken over by the coordinator. */
  takeUpdate(): { params: SessionInput['params']; limits: SessionLimits } | null
}

/** A box that can be filled before the coordinator's first step, during any wait, and after the last. */
export function createWishBox(onKill: 'flatten' | 'halt', start?: Partial<SessionWishes>): WishBox {
  let kill = start?.kill ?? { mode: 'off' as KillMode, reason: '' }
  let stop = start?.stop ?? null
  let paused = start?.paused ?? null
  let update = start?.update ?? null
  let changes = 0
  return {
    get kill() {
      return kill
    },
    get stop() {
      return stop
    },
    get paused() {
      return paused
    },
    get update() {
      return update
    },
    get changes() {
      return changes
    },
    askKill(wish) {
      const mode = wish?.mode ?? onKill
      if (killSeverity(mode) <= killSeverity(kill.mode)) return
      kill = { mode, reason: wish?.reason || 'kill signal' }
      changes += 1
    },
    askStop(wish) {
      if (stop) return
      stop = { reason: wish?.reason || 'stopped' }
      changes += 1
    },
    askPause(wish) {
      if (paused) return
      paused = { reason: wish?.reason || 'paused' }
      changes += 1
    },
    askResume() {
      if (!paused) return
      paused = null
      changes += 1
    },
    askUpdate(next) {
      update = next
      changes += 1
    },
    takeUpdate() {
      const taken = update
      update = null
      return taken
    },
  }
}

/** The box of a session that starts, or that continues as new with what was asked for before. */
export function wishBoxFor(input: SessionInput, resume: ResumeState | null): WishBox {
  if (!resume) return createWishBox(input.on_kill)
  const paused = resume.paused === null ? null : { reason: resume.paused }
  return createWishBox(input.on_kill, { kill: resume.kill, paused })
}

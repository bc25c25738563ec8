/** What people asked of a running session: kill, pause, stop, new parameters. Monotonic where it matters, and plain state, so that no message is ever too early, too late or twice. */
// Not here: acting on it (domain/session/control.ts), the Temporal handlers that call it (workflows/trading-session/workflow.ts).
import type { AskedCommand, Command, CommandResult } from '#domain/session/command.ts'
import type { ResumeState } from '#domain/session/effects.ts'
import type { SessionInput, SessionLimits } from '#domain/session/input.ts'
import { killSeverity } from '#domain/session/kill-order.ts'
import type { KillMode } from '#domain/session/types.ts'

/** What a kill asks for; an empty form of the Temporal UI sends nothing at all. */
export interface KillWish {
  mode?: KillMode | undefined
  reason?: string | undefined
}

/** New parameters, limits, and coins where they change; who asked for it and why. */
export interface UpdateWish {
  params: SessionInput['params']
  limits: SessionLimits
  coins?: readonly string[]
  by?: string
  reason?: string
}

export interface SessionWishes {
  /** Strongest kill asked for so far; `off` before the first. Never weakens. */
  readonly kill: { mode: KillMode; reason: string }
  readonly stop: { reason: string } | null
  readonly paused: { reason: string } | null
  /** New parameters not yet taken over. */
  readonly update: UpdateWish | null
  /** Ordered by people and not yet handed to a segment. */
  readonly commands: readonly Command[]
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
  askUpdate(update: UpdateWish): void
  /** Taken over by the coordinator; one that came meanwhile stays. */
  doneUpdate(update: UpdateWish): void
  /** The caller has validated it (parseCommand). @returns the number that its result will carry */
  askCommand(command: AskedCommand): number
  takeCommands(): readonly Command[]
  finishCommands(results: readonly CommandResult[]): void
  /** Null while it waits or runs. */
  resultOf(id: number): CommandResult | null
}

/** A box that can be filled before the coordinator's first step, during any wait, and after the last. */
export function createWishBox(onKill: 'flatten' | 'halt', start?: Partial<SessionWishes>): WishBox {
  let kill = start?.kill ?? { mode: 'off' as KillMode, reason: '' }
  let stop = start?.stop ?? null
  let paused = start?.paused ?? null
  let update = start?.update ?? null
  let commands: readonly Command[] = []
  let numbered = 0
  const results = new Map<number, CommandResult>()
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
    get commands() {
      return commands
    },
    doneUpdate(done) {
      if (update === done) update = null
    },
    askCommand(command) {
      numbered += 1
      commands = [...commands, { ...command, id: numbered }]
      changes += 1
      return numbered
    },
    takeCommands() {
      const taken = commands
      commands = []
      return taken
    },
    finishCommands(finished) {
      for (const result of finished) results.set(result.id, result)
    },
    resultOf: (id) => results.get(id) ?? null,
  }
}

/** The box of a session that starts, or that continues as new with what was asked for before. */
export function wishBoxFor(input: SessionInput, resume: ResumeState | null): WishBox {
  if (!resume) return createWishBox(input.on_kill)
  const paused = resume.paused === null ? null : { reason: resume.paused }
  return createWishBox(input.on_kill, { kill: resume.kill, paused })
}

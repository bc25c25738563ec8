/** The coordinator of a session: states, epochs, retries, kill, cleanup and report, as deterministic code that only acts through its effects. */
// Runs in the Temporal workflow (workflows/trading-session/workflow.ts) and, unchanged, in the simulator.
import { HoldfastError } from '#domain/errors.ts'
import type { ResumeState, SessionEffects, SessionEnd } from '#domain/session/effects.ts'
import type { SessionInput } from '#domain/session/input.ts'
import type { WishBox } from '#domain/session/wishes.ts'

/** Runs one session to its end, or to the point where it has to continue as new. */
export async function runSession(
  input: SessionInput,
  effects: SessionEffects,
  wishes: WishBox,
  resume: ResumeState | null = null,
): Promise<SessionEnd> {
  void effects
  void wishes
  void resume
  throw new HoldfastError(`engine ${input.engine} is not there yet`, {
    code: 'NOT_YET',
    retryable: false,
    hint: 'use engine candles or maker',
  })
}

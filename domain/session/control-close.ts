/** The way out of every session: cancel, flatten or leave, verify, report. Repeated until it is clean, within bounds; nothing cancels it. */
// Not here: one attempt at the venue (close.ts).
import { describeError } from '#domain/errors.ts'
import { endsSession } from '#domain/risk/kill-rules.ts'
import { NOTHING_PENDING, reportOf, type SessionBook } from '#domain/session/book.ts'
import { dropIntents } from '#domain/session/control-segment.ts'
import type { CloseInput, CloseResult, SessionEffects } from '#domain/session/effects.ts'
import type { SessionInput } from '#domain/session/input.ts'
import { keepsApart } from '#domain/session/kept-apart.ts'
import type { SessionReport, SessionState } from '#domain/session/types.ts'
import type { WishBox } from '#domain/session/wishes.ts'

/** With the pauses between them, and the bounds of one attempt, about a quarter of an hour. */
const ATTEMPTS_MAX = 12
const PAUSE_MS_MAX = 60_000

export interface Closing {
  book: SessionBook
  input: SessionInput
  effects: SessionEffects
  wishes: WishBox
  enter(state: SessionState, reason: string): void
}

/** True when the position is to be closed: the kill says so, or there is none and the session's own rule for a stop does. */
function wantsFlat({ input, wishes }: Closing): boolean {
  if (endsSession(wishes.kill.mode)) return wishes.kill.mode === 'flatten'
  return input.on_stop === 'flatten'
}

export async function closeOut(closing: Closing): Promise<SessionReport> {
  const { book, effects, enter, wishes } = closing
  const why = (): string =>
    endsSession(wishes.kill.mode) ? wishes.kill.reason : (wishes.stop?.reason ?? 'ended')
  dropIntents(book, 'SESSION_ENDING', effects.now())
  enter('STOPPING', why())
  let closed: CloseResult | null = null
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const flatten = wantsFlat(closing)
    enter(flatten ? 'FLATTENING' : 'RECONCILING', why())
    closed = (await tryClose(closing, 'flatten', flatten)) ?? closed
    if (closed?.clean && flatten === wantsFlat(closing)) {
      enter('RECONCILING', why())
      // A second reading, by another task and maybe on another host: a kill that grew meanwhile starts over.
      closed = (await tryClose(closing, 'reconcile', flatten)) ?? { ...closed, clean: false }
      if (closed.clean && flatten === wantsFlat(closing)) break
    }
    if (attempt < ATTEMPTS_MAX) await effects.waitFor(() => flatten !== wantsFlat(closing), pauseMs(attempt))
  }
  const report = reportOf(book, { closed, reason: why(), now: effects.now() })
  await effects.report(report)
  enter(report.state, report.reason)
  return report
}

const pauseMs = (attempt: number): number => Math.min(1_000 * 2 ** (attempt - 1), PAUSE_MS_MAX)

/** One attempt; null when it gave no answer. Each one sends under an epoch of its own, so that no order id is ever used twice. */
async function tryClose(
  { book, input, effects }: Closing,
  step: CloseInput['step'],
  flatten: boolean,
): Promise<CloseResult | null> {
  book.epoch += 1
  try {
    const result = await effects.close({
      session_id: book.sessionId,
      run: book.run,
      account: input.account,
      coins: book.coins,
      epoch: book.epoch,
      checkpoint: book.checkpoint,
      step,
      flatten,
      quiet_ms: book.quietMs,
      decisions: book.pending.decisions,
      ...(keepsApart(input) ? { apart: true } : {}),
    })
    book.checkpoint = result.checkpoint
    book.pending = NOTHING_PENDING
    book.quietMs = 0
    return result
  } catch (error) {
    book.reason = `close tries again: ${describeError(error)}`
    return null
  }
}

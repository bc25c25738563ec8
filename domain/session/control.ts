/** The coordinator of a session: states, epochs, retries, kill, cleanup and report, as deterministic code that acts only through its effects. */
// Runs in the Temporal workflow (workflows/trading-session/workflow.ts) and, unchanged, in the simulator.
import { describeError, HoldfastError } from '#domain/errors.ts'
import { sessionId as nameSession } from '#domain/ids.ts'
import { endsSession } from '#domain/risk/kill-rules.ts'
import { openBook, resumeState, type SessionBook, statusOf } from '#domain/session/book.ts'
import type { Command } from '#domain/session/command.ts'
import { decideOnCandles, warmUp } from '#domain/session/control-candles.ts'
import { type Closing, closeOut } from '#domain/session/control-close.ts'
import { decideFollow } from '#domain/session/control-follower.ts'
import { judgeCycle } from '#domain/session/control-maker.ts'
import {
  commandResults,
  dropIntents,
  segmentInput,
  superviseSegment,
  takeEnd,
} from '#domain/session/control-segment.ts'
import { dropLeft, takeUpdate } from '#domain/session/control-update.ts'
import type { ResumeState, SessionEffects, SessionEnd } from '#domain/session/effects.ts'
import type { SessionInput } from '#domain/session/input.ts'
import { keepsApart } from '#domain/session/kept-apart.ts'
import { awaitRestart } from '#domain/session/restarts.ts'
import { QUIET_MS } from '#domain/session/timing.ts'
import type { SegmentOutcome, SessionState } from '#domain/session/types.ts'
import type { WishBox } from '#domain/session/wishes.ts'

const RETRY_MS_MAX = 30_000

/**
 * Runs one session to its end, or to the point where it has to continue as new.
 * @throws HoldfastError when the session must not start: refused by `admit`, or a kill in force. Nothing was sent.
 */
export async function runSession(
  input: SessionInput,
  effects: SessionEffects,
  wishes: WishBox,
  resume: ResumeState | null = null,
): Promise<SessionEnd> {
  const sessionId = nameSession(input.mode, input.session_key)
  const start = { sessionId, run: effects.run, now: effects.now(), quietMs: QUIET_MS }
  const book = openBook(input, start, resume)
  const closing: Closing = { book, input, effects, wishes, enter: enterState }

  function enterState(state: SessionState, reason: string): void {
    if (book.state !== state) book.stateTs = effects.now()
    book.state = state
    book.reason = reason
    effects.publish(statusOf(book, input, wishes.kill.mode), book.unpublished.splice(0))
  }

  effects.publish(statusOf(book, input, wishes.kill.mode))
  if (!resume) await admit(closing)
  while (!isEnding(wishes)) {
    dropLeft(book)
    if (wishes.paused && wishes.commands.length === 0) await pause(closing)
    else if (wishes.update) await takeUpdate(closing)
    else if (book.needsFence) await fence(closing)
    else if (input.engine === 'candles' && isCold(book)) await tryWarmUp(closing)
    else if (wishes.commands.length > 0) await runOneSegment(closing, wishes.takeCommands())
    else if (book.restart !== 'none') await awaitRestart(closing, () => isWished(wishes))
    else if (resumeNow(book, effects)) return { kind: 'continue', resume: resumeState(book, wishes) }
    else await runOneSegment(closing)
  }
  return { kind: 'closed', report: await closeOut(closing) }
}

/** A segment has to have run since the last continue-as-new, or a history that starts long would never run one. */
function resumeNow(book: SessionBook, effects: SessionEffects): boolean {
  return book.segments > 0 && effects.shouldContinueAsNew()
}

const isEnding = (wishes: WishBox): boolean => endsSession(wishes.kill.mode) || wishes.stop !== null
const isWished = (wishes: WishBox): boolean =>
  isEnding(wishes) || wishes.paused !== null || wishes.update !== null || wishes.commands.length > 0

async function admit({ book, input, effects, enter }: Closing): Promise<void> {
  try {
    const { size_decimals, leverage_max, coins, kill } = await effects.admit(input)
    book.sizeDecimals = size_decimals
    book.leverageMax = leverage_max ?? {}
    if (coins) book.coins = coins
    if (kill && endsSession(kill.mode)) {
      throw new HoldfastError(`kill ${kill.mode} is in force: ${kill.reason}`, {
        code: 'KILL_IN_FORCE',
        retryable: false,
        hint: 'lift the kill first, if it is over: `holdfast kill --mode off`',
      })
    }
  } catch (error) {
    enter('FAILED', `refused: ${describeError(error)}`)
    throw error
  }
}

async function pause({ book, effects, enter, wishes }: Closing): Promise<void> {
  dropIntents(book, 'PAUSED', effects.now())
  enter('PAUSED', wishes.paused?.reason ?? 'paused')
  await effects.waitFor(() => !wishes.paused || isEnding(wishes))
  if (!isEnding(wishes)) enter('RUNNING', 'resumed')
}

/** Nobody but the next epoch can trade after this; it is tried until it works or the session is told to end. */
async function fence(closing: Closing): Promise<void> {
  const { book, effects, enter, input, wishes } = closing
  dropIntents(book, 'EPOCH_LOST', effects.now())
  try {
    const fenced = await effects.fence({
      session_id: book.sessionId,
      run: book.run,
      account: input.account,
      coins: book.coins,
      epoch: book.epoch + 1,
      checkpoint: book.epoch === 0 ? null : book.checkpoint,
      quiet_ms: book.quietMs,
      ...(keepsApart(input) ? { apart: true } : {}),
    })
    book.epoch = fenced.epoch
    book.checkpoint = fenced.checkpoint
    book.epochs += 1
    book.needsFence = false
    book.quietMs = 0
    if (fenced.kill) wishes.askKill(fenced.kill)
    else enter(book.state === 'STARTING' ? 'STARTING' : 'RUNNING', `epoch ${book.epoch}`)
  } catch (error) {
    await waitOut(closing, `fencing tries again: ${describeError(error)}`, error)
  }
}

/** Until the strategy has seen the past, with the parameters and coins of now, nothing is decided. */
const isCold = (book: SessionBook): boolean => book.strategy === null || book.isStrategyStale

async function tryWarmUp(closing: Closing): Promise<void> {
  try {
    await warmUp(closing.book, closing.effects)
    closing.book.losses = 0
  } catch (error) {
    await waitOut(closing, `no candle history: ${describeError(error)}`, error)
  }
}

/** Weather: shows why, and waits a little longer each time. What no retry can heal ends the session in order. */
async function waitOut(closing: Closing, reason: string, error: unknown): Promise<void> {
  if (error instanceof HoldfastError && !error.retryable) {
    closing.wishes.askStop({ reason })
    return
  }
  closing.book.losses += 1
  await backOff(closing, reason)
}

/** Waits as long as the losses in a row say, at most half a minute; a wish to end cuts it short. */
async function backOff({ book, effects, enter, wishes }: Closing, reason: string): Promise<void> {
  enter(book.state, reason)
  const pauseMs = Math.min(500 * 2 ** Math.min(book.losses - 1, 10), RETRY_MS_MAX)
  await effects.waitFor(() => isEnding(wishes), pauseMs)
}

async function runOneSegment(closing: Closing, commands: readonly Command[] = []): Promise<void> {
  const { book, effects, enter, input, wishes } = closing
  if (book.state !== 'RUNNING') enter('RUNNING', `epoch ${book.epoch}`)
  const ran = book.pending
  const segment = segmentInput(book, input, wishes, commands)
  const end = await superviseSegment(segment, effects, wishes)
  const outcome = takeEnd(book, end, ran)
  wishes.finishCommands(commandResults(commands, outcome))
  if (outcome) return takeOutcome(closing, outcome)
  const reason = end.kind === 'lost' ? end.error.message : 'the stopped segment gave no answer'
  // The first loss is healed at once; only losses in a row wait. `takeEnd` has counted this one.
  if (book.losses > 1) await backOff(closing, reason)
  else enter(book.state, reason)
}

async function takeOutcome(closing: Closing, outcome: SegmentOutcome): Promise<void> {
  const { book, effects, enter, input, wishes } = closing
  switch (outcome.kind) {
    case 'decision_due': {
      if (input.engine === 'maker') return
      const closeOnly = wishes.kill.mode === 'close_only'
      const mayAct = (): boolean => !isEnding(wishes) && !wishes.paused && !book.needsFence
      try {
        if (input.engine === 'follower') {
          await decideFollow(book, input, effects, outcome.snapshot, { closeOnly, mayAct })
        } else await decideOnCandles(book, effects, outcome.snapshot, { closeOnly, mayAct })
      } catch (error) {
        // No candle was stepped: the next segment hands the same ones over again.
        const what = input.engine === 'follower' ? 'targets' : 'candle history'
        return waitOut(closing, `no ${what}: ${describeError(error)}`, error)
      }
      book.losses = 0
      return enter(book.state, book.recent.at(-1)?.reason ?? 'decided')
    }
    case 'killed': {
      // `off` names no mode: a cancellation or a limit. What was asked for already stays; else the session's own rule applies.
      if (outcome.mode !== 'off') wishes.askKill({ mode: outcome.mode, reason: outcome.reason })
      else if (!endsSession(wishes.kill.mode)) wishes.askKill({ reason: outcome.reason })
      return
    }
    case 'safe':
      return enter(book.state, `segment went safe: ${outcome.reason}`)
    case 'rotated':
    case 'handover':
      if (input.engine === 'maker' && outcome.kind === 'rotated' && outcome.reason === 'age') {
        judgeCycle(book, book.coins, effects.now())
      }
      return enter(book.state, `segment ended: ${outcome.kind === 'rotated' ? outcome.reason : 'handover'}`)
  }
}

/** One segment as the coordinator sees it: start it, tell it to end when somebody wishes so, and take what it left. */
// Not here: what a wish leads to afterwards (control.ts).

import { describeError } from '#domain/errors.ts'
import { endsSession } from '#domain/risk/kill-rules.ts'
import { NOTHING_PENDING, remember, type SessionBook } from '#domain/session/book.ts'
import type { Command, CommandResult } from '#domain/session/command.ts'
import { guidesOf } from '#domain/session/control-candles.ts'
import { dueTs } from '#domain/session/control-follower.ts'
import { makerMode, makerParams, makerRotateMs } from '#domain/session/control-maker.ts'
import {
  type LostCause,
  type Pending,
  SegmentLostError,
  type SessionEffects,
  type StopReason,
} from '#domain/session/effects.ts'
import type { SessionInput } from '#domain/session/input.ts'
import { killSeverity } from '#domain/session/kill-order.ts'
import type { SegmentInput, StopPlan } from '#domain/session/segment-input.ts'
import { QUIET_AFTER_TIMEOUT_MS, QUIET_MS, TIMING } from '#domain/session/timing.ts'
import type { RestingStop, SegmentOutcome } from '#domain/session/types.ts'
import type { WishBox } from '#domain/session/wishes.ts'
import { laterCheckpoint } from '#domain/trading/checkpoint.ts'

const MAKER_AUDIT_MS = 5 * 60_000
/** Numbers that a lost segment may have used after its last heartbeat are skipped. */
const DECISIONS_SKIPPED = 1_000_000

/** How long somebody of the lost segment may still be alive; one that never started had nobody. */
const QUIET_AFTER: Readonly<Record<LostCause, number>> = {
  heartbeat_timeout: QUIET_AFTER_TIMEOUT_MS,
  not_started: 0,
  failed: QUIET_MS,
  unclear: QUIET_MS,
}

export type SegmentEnd =
  | { kind: 'outcome'; outcome: SegmentOutcome }
  | { kind: 'lost'; error: SegmentLostError }
  /** It was told to end and nothing came back in time. Only a closing session goes on from here. */
  | { kind: 'unclear' }

export function segmentInput(
  book: SessionBook,
  input: SessionInput,
  wishes: WishBox,
  commands: readonly Command[] = [],
): SegmentInput {
  const common = {
    session_id: book.sessionId,
    run: book.run,
    epoch: book.epoch,
    mode: input.mode,
    account: input.account,
    coins: book.coins,
    limits: book.limits,
    on_control_loss: input.on_control_loss,
    close_only: wishes.kill.mode === 'close_only',
    checkpoint: book.checkpoint,
    decisions: book.pending.decisions,
    ...(commands.length > 0 ? { commands } : {}),
  }
  const { params } = book
  if (input.engine === 'maker') {
    const maker = params as Extract<SegmentInput, { engine: 'maker' }>['params']
    return {
      ...common,
      engine: 'maker',
      params: makerParams(book, maker),
      rotate_after_ms: makerRotateMs(maker),
      mode_setting: makerMode(book),
      // Its positions are compared every half minute at a tenth of the weight; lists of orders and fills follow rarely.
      ...(maker.strategy === 'touch' ? {} : { audit_every_ms: MAKER_AUDIT_MS }),
    }
  }
  const { intents, stops } = book.pending
  if (input.engine === 'follower') {
    const follow = params as Extract<SegmentInput, { engine: 'follower' }>['params']
    const rotate_after_ms = TIMING.rotateAfterMs
    return { ...common, engine: 'follower', params: follow, intents, due_ts: dueTs(book), rotate_after_ms }
  }
  const candleParams = params as Extract<SegmentInput, { engine: 'candles' }>['params']
  return {
    ...common,
    engine: 'candles',
    params: candleParams,
    intents,
    stops,
    guides: guidesOf(book),
    execution: input.engine === 'candles' ? input.execution : undefined,
    manual_positions: input.engine === 'candles' ? input.manual_positions : undefined,
    rotate_after_ms: TIMING.rotateAfterMs,
  }
}

/** A told segment that is still there is told again: commands may get lost with their host's queue. */
const RETELL_MS = 3_000

const URGENCY = { params: 2, pause: 3, stop: 4, kill: 10 } as const

/** How urgently the wishes want the segment to end; 0 for not at all. A repeat of the same wish is no new urgency. */
function urgency(wishes: WishBox, segment: SegmentInput): number {
  if (endsSession(wishes.kill.mode)) return URGENCY.kill + killSeverity(wishes.kill.mode)
  if (wishes.stop) return URGENCY.stop
  if (segment.commands?.length) return 0 // it ends by itself, within seconds
  if (wishes.paused) return URGENCY.pause
  const isOther = (wishes.kill.mode === 'close_only') !== segment.close_only
  return wishes.update || wishes.commands.length > 0 || isOther ? URGENCY.params : 0
}

function stopReason(urgent: number): StopReason {
  if (urgent >= URGENCY.kill) return 'kill'
  if (urgent === URGENCY.stop) return 'stop'
  return urgent === URGENCY.pause ? 'pause' : 'params'
}

/** Runs the segment to its end. Never throws; a kill that comes meanwhile reaches it at once, a stronger one again. */
export async function superviseSegment(
  segment: SegmentInput,
  effects: SessionEffects,
  wishes: WishBox,
): Promise<SegmentEnd> {
  let end: SegmentEnd | null = null
  const ended = (): SegmentEnd | null => end
  effects.runSegment(segment).then(
    (outcome) => {
      end = { kind: 'outcome', outcome }
    },
    (error: unknown) => {
      const lost =
        error instanceof SegmentLostError
          ? error
          : new SegmentLostError('unclear', null, describeError(error))
      end = { kind: 'lost', error: lost }
    },
  )
  let told = 0
  let toldToEndTs: number | null = null
  const isMore = (): boolean => urgency(wishes, segment) > told
  for (;;) {
    await effects.waitFor(() => ended() !== null || isMore(), told === 0 ? undefined : RETELL_MS)
    const done = ended()
    if (done) return done
    told = Math.max(told, urgency(wishes, segment))
    // Only a session that ends stops waiting: else the old loop would still be trading when the next one starts.
    if (told >= URGENCY.stop) toldToEndTs ??= effects.now()
    const waited = toldToEndTs === null ? 0 : effects.now() - toldToEndTs
    if (waited >= TIMING.stopWaitMs) return { kind: 'unclear' }
    // A stop that is not obeyed becomes a cancellation: the next heartbeat ends the loop, whatever it is doing.
    const reason = waited >= TIMING.stopWaitMs / 2 ? 'kill' : stopReason(told)
    effects.stopSegment(reason, endsSession(wishes.kill.mode) ? wishes.kill : null)
  }
}

/** Takes positions, counters and epoch needs from how the segment ended. @returns the outcome when the same epoch may go on */
export function takeEnd(book: SessionBook, end: SegmentEnd, ran: Pending): SegmentOutcome | null {
  book.segments += 1
  const outcome = end.kind === 'outcome' ? end.outcome : null
  if (outcome && !(outcome.kind === 'safe' && outcome.reason === 'attempt_replaced')) {
    book.checkpoint = outcome.checkpoint
    book.losses = outcome.kind === 'safe' ? book.losses + 1 : 0
    if (outcome.kind === 'safe') book.restart = 'due'
    book.pending = {
      ...NOTHING_PENDING,
      stops: plansOf(replaced(ran.stops, outcome), outcome.checkpoint.stops),
    }
    const clean = outcome.kind !== 'safe' && outcome.checkpoint.unresolved.length === 0
    if (!clean) needFence(book, 0)
    return outcome
  }
  // Lost, or replaced by a twin: somebody ran on with these numbers, and we do not know how far.
  const lost = end.kind === 'lost' ? end.error.lost : 'unclear'
  const told = end.kind === 'lost' ? end.error.checkpoint : (outcome?.checkpoint ?? null)
  const { decisionSeq, ...known } = laterCheckpoint(book.checkpoint, told)
  book.checkpoint = { ...known, decisionSeq: decisionSeq + DECISIONS_SKIPPED }
  book.losses += 1
  book.restart = 'due'
  // Its decisions may not be journaled: the next segment writes them again under the same numbers. Its orders are not repeated.
  book.pending = { ...ran, intents: [] }
  needFence(book, QUIET_AFTER[lost])
  return outcome
}

/** The plan, with what the segment laid for people's orders in the place of what was planned there. */
function replaced(plans: readonly StopPlan[], outcome: SegmentOutcome): readonly StopPlan[] {
  const laid = (outcome.kind === 'rotated' && outcome.stops) || []
  const newest = laid.filter((stop, at) => !laid.slice(at + 1).some(({ coin }) => coin === stop.coin))
  return [...plans.filter(({ coin }) => !newest.some((stop) => stop.coin === coin)), ...newest]
}

/** A stop that rests without a plan was added by the segment: it is part of the plan from now on. */
function plansOf(plans: readonly StopPlan[], resting: readonly RestingStop[]): StopPlan[] {
  const added = resting.filter(({ coin, kind }) => !kind && !plans.some((plan) => plan.coin === coin))
  return [...plans, ...added.map(({ coin, px }) => ({ coin, px }))]
}

/** What became of the commands that a segment was given; one that it says nothing about is not repeated. */
export function commandResults(
  commands: readonly Command[],
  outcome: SegmentOutcome | null,
): CommandResult[] {
  const told = (outcome && 'commands' in outcome && outcome.commands) || []
  return commands.map(
    ({ id }) =>
      told.find((result) => result.id === id) ?? { id, status: 'lost', orders: [], gate: 'SEGMENT_LOST' },
  )
}

function needFence(book: SessionBook, quietMs: number): void {
  book.needsFence = true
  book.quietMs = Math.max(book.quietMs, quietMs)
}

/** Says in the journal that decided orders were not sent. */
export function dropIntents(book: SessionBook, gate: string, ts: number): void {
  const { intents } = book.pending
  book.pending = { ...book.pending, intents: [] }
  for (const { coin, purpose, side, px, sz, cloid } of intents) {
    const inputs = { purpose, side, px, sz, cloid }
    remember(book, { ts, coin, kind: 'hold', reason: 'ORDER_DROPPED', gate, inputs })
  }
}

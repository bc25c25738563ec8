/** A trading session: the session core run durably, with its signals, updates and queries, and its view in the Temporal UI. */
// Not here: states, epochs, retries, cleanup (domain/session/control.ts); the messages' types (messages.ts).
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import { InvalidInputError } from '#domain/errors.ts'
import { sessionId } from '#domain/ids.ts'
import { runSession } from '#domain/session/control.ts'
import type { ResumeState, SessionEffects, SessionEnd } from '#domain/session/effects.ts'
import { parseSessionInput, type SessionInput } from '#domain/session/input.ts'
import { KILL_MODES } from '#domain/session/kill-order.ts'
import type { KillMode, SessionReport } from '#domain/session/types.ts'
import { type UpdateWish, type WishBox, wishBoxFor } from '#domain/session/wishes.ts'
import { asFailure, orFailure } from '#workflows/failures.ts'
import { mergeChange, type Present } from './changes.ts'
import { answerCommands } from './commands.ts'
import { type BoundEffects, createEffects, DECISIONS_KEPT, type SessionBoard } from './effects.ts'
import * as messages from './messages.ts'
import { createSegmentTask, type SegmentTask } from './segment-task.ts'
import { createScreen, firstStatus } from './view.ts'

const NO_LINKS = { dashboard: '', temporal_ui: '' }

/**
 * @param raw one JSON object: domain/session/input.ts. Bad input fails the run with type InvalidInput and the path of the fault.
 * @param continuation only from continue-as-new
 */
export async function tradingSession(
  raw: unknown,
  continuation?: messages.SessionContinuation,
): Promise<SessionReport> {
  const { workflowId, startTime } = workflowInfo()
  const input = orFailure(() => readInput(raw, workflowId))
  const resume = continuation?.resume ?? null
  const startedTs = resume?.started_ts ?? startTime.getTime()
  const wishes = wishBoxFor(input, resume)
  const board: SessionBoard = {
    status: continuation?.status ?? firstStatus(workflowId, input, startedTs),
    isContinued: continuation !== undefined,
    links: continuation?.links ?? NO_LINKS,
    report: null,
    decisions: [...(continuation?.decisions ?? [])],
    rowDue: false,
    rowRunning: false,
  }
  const segment = createSegmentTask(
    { session_id: workflowId, account: input.account, now: () => Date.now() },
    continuation?.host ?? '',
  )
  const effects = createEffects({ board, screen: createScreen(), segment, startedTs })
  answerMessages({ input, wishes, board, segment, effects })
  // A cancellation from outside is a kill. Nothing below may be cut off by it: the cleanup has to finish.
  CancellationScope.current().cancelRequested.catch((error: unknown) => {
    if (isCancellation(error)) wishes.askKill({ reason: 'workflow cancellation requested' })
  })
  return CancellationScope.nonCancellable(() => live({ raw, input, wishes, board, segment, effects, resume }))
}

interface Life {
  raw: unknown
  input: SessionInput
  wishes: WishBox
  board: SessionBoard
  segment: SegmentTask
  effects: SessionEffects
  resume: ResumeState | null
}

/** Runs the core to its end; continues as new where it asks for it, unless a message came at the last moment. */
async function live(life: Life): Promise<SessionReport> {
  const { raw, input, wishes, board, segment, effects } = life
  const isQuiet = (): boolean => allHandlersFinished() && !board.rowRunning
  for (let { resume } = life; ; ) {
    let end: SessionEnd
    try {
      end = await runSession(input, effects, wishes, resume)
    } catch (error) {
      await condition(() => !board.rowRunning)
      throw asFailure(error)
    }
    if (end.kind === 'closed') {
      board.report = end.report
      await condition(isQuiet)
      return end.report
    }
    resume = end.resume
    const seen = wishes.changes
    await condition(() => wishes.changes !== seen || isQuiet())
    // This run serves what came at the last moment, since its caller waits for this run's answer.
    if (wishes.changes !== seen) continue
    const { host } = segment
    const { links, status, decisions } = board
    await continueAsNew<typeof tradingSession>(raw, { resume, host, links, status, decisions })
  }
}

/** The workflow id is the session's name: that is what makes two sessions of one name impossible. @throws InvalidInputError */
function readInput(raw: unknown, workflowId: string): SessionInput {
  const input = parseSessionInput(raw)
  const expected = sessionId(input.mode, input.session_key)
  if (workflowId === expected) return input
  throw new InvalidInputError({
    source: 'session input',
    path: 'session_key',
    found: `${JSON.stringify(input.session_key)} in a workflow with id ${workflowId}`,
    expected: `workflow id ${expected}`,
    hint: 'start it with the workflow id session/<mode>/<session_key>',
  })
}

interface Desk {
  input: SessionInput
  wishes: WishBox
  board: SessionBoard
  segment: SegmentTask
  effects: BoundEffects
}

/** Registers all handlers; called before the first await, so that no message finds nobody. */
function answerMessages({ input, wishes, board, segment, effects }: Desk): void {
  const view = (): messages.SessionView => ({
    ...board.status,
    run: effects.run,
    host: segment.host,
    report: board.report,
  })
  const merged = (change: unknown): UpdateWish =>
    orFailure(() => mergeChange(input, currentParams(wishes, board), change))

  setHandler(messages.kill, (wish) => wishes.askKill(readKill(wish)), {
    description:
      'Cancel all orders, then flatten or leave the position: {"mode": "flatten" | "halt" | "close_only", "reason": "…"}. There is no un-kill.',
  })
  setHandler(messages.pause, (wish) => wishes.askPause(wish), {
    description: 'Pull the quotes and wait; the position and its stop stay: {"reason": "…"}',
  })
  setHandler(messages.resume, () => wishes.askResume(), { description: 'Go on after pause: {}' })
  const segmentStarted = ({ host_id }: messages.SegmentStarted): void => {
    segment.startedOn(host_id)
    effects.hostKnown()
  }
  setHandler(messages.segmentStarted, segmentStarted, {
    description: 'From the trading host; not for people',
  })
  const segmentProgress = ({ epoch, checkpoint }: messages.SegmentProgress): void =>
    effects.progressed(epoch, checkpoint)
  setHandler(messages.segmentProgress, segmentProgress, {
    description: 'From the trading host, once a minute; not for people',
  })
  setHandler(
    messages.stop,
    async (wish?: { reason?: string }) => {
      wishes.askStop(wish)
      await condition(() => board.report !== null)
      return board.report as SessionReport
    },
    { description: 'End in order and answer with the report: {"reason": "…"}' },
  )
  setHandler(
    messages.updateParams,
    async (change?: unknown) => {
      const wish = merged(change)
      wishes.askUpdate(wish)
      await condition(() => wishes.update !== wish || board.report !== null)
      return view()
    },
    {
      validator: (change?: unknown) => void merged(change),
      description:
        'New parameters, limits or coins, merged into the present ones: {"params": {"slow_bars": 12}, "limits": {"order_usd_max": 500}, "coins": ["BTC"], "by": "…", "reason": "…"}',
    },
  )
  answerCommands({ input, wishes, board, view })
  setHandler(
    messages.decisions,
    (request) => board.decisions.slice(-Math.min(request?.limit ?? DECISIONS_KEPT, DECISIONS_KEPT)),
    { description: `The latest decisions, newest last: {"limit": 10}; at most ${DECISIONS_KEPT}` },
  )
  setHandler(messages.status, view, { description: 'State, position, PnL, parameters, host' })
  setHandler(messages.report, () => board.report, { description: 'The final report; null while it runs' })
}

/** A signal cannot be refused, and a kill with a slip of the pen is still a kill: what cannot be read falls back to the session's `on_kill`. */
function readKill(wish: unknown): { mode?: KillMode; reason?: string } {
  const { mode, reason } = (typeof wish === 'object' && wish !== null ? wish : {}) as Record<string, unknown>
  return {
    ...(KILL_MODES.some((known) => known === mode) ? { mode: mode as KillMode } : {}),
    ...(typeof reason === 'string' ? { reason } : {}),
  }
}

/** What the next update builds on: one that waits already, else what is in force. */
const currentParams = (wishes: WishBox, board: SessionBoard): Present => ({
  params: wishes.update?.params ?? board.status.params,
  limits: wishes.update?.limits ?? board.status.limits,
  coins: wishes.update?.coins ?? board.status.coins,
})

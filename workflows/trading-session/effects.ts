/** Binds the session core's only way out to Temporal: activities, workflow time, conditions, the UI. */
// Not here: the core (domain/session/control.ts), running and stopping a segment (segment-task.ts).
import { condition, log, proxyActivities, workflowInfo } from '@temporalio/workflow'
import type { AdmitActivities, SessionLinks } from '#activities/trading-session/admit.ts'
import type { HistoryActivities } from '#activities/trading-session/history.ts'
import type { RecordActivities } from '#activities/trading-session/record.ts'
import type { SettleActivities } from '#activities/trading-session/settle.ts'
import type { TargetsActivities } from '#activities/trading-session/targets.ts'
import { describeError } from '#domain/errors.ts'
import { hash32 } from '#domain/ids.ts'
import { statusAt } from '#domain/session/book.ts'
import type { SessionEffects, SessionStatus } from '#domain/session/effects.ts'
import type { SessionInput } from '#domain/session/input.ts'
import type { Checkpoint, Decision, SessionReport, SessionState } from '#domain/session/types.ts'
import { asHoldfastError } from '#workflows/failures.ts'
import { CLOSE, FENCE, PREPARE, RECORD, TARGETS_READ, VENUE_READ } from '#workflows/policies.ts'
import type { SegmentTask } from './segment-task.ts'
import type { SessionScreen } from './view.ts'

const { admitSession } = proxyActivities<AdmitActivities>({ ...PREPARE, summary: 'may it start?' })
const { candleHistory } = proxyActivities<HistoryActivities>(VENUE_READ)
const { readTargets } = proxyActivities<TargetsActivities>({ ...TARGETS_READ, summary: 'target weights' })
const { fenceAndReconcile } = proxyActivities<SettleActivities>(FENCE)
const { closeSession } = proxyActivities<SettleActivities>(CLOSE)
const { recordSession } = proxyActivities<RecordActivities>(RECORD)

/**
 * Events after which a session continues as new, though the server would suggest it later only: a replay then takes a tenth of a
 * second, also on a busy machine far less than the workflow task timeout of 2 s (workers/support/temporal-flags.ts).
 */
const HISTORY_EVENTS_MAX = 600

/** Decisions that the query `decisions` knows. */
export const DECISIONS_KEPT = 100

/** What the workflow keeps beside the core's own state. */
export interface SessionBoard {
  status: SessionStatus
  /** True after continue-as-new: the state was shown by the run before. */
  isContinued: boolean
  links: SessionLinks
  report: SessionReport | null
  /** The latest ones, newest last. */
  decisions: Decision[]
  /** The row of table `sessions` is not of this state yet; the workflow does not end before it is. */
  rowDue: boolean
  rowRunning: boolean
}

export interface EffectParts {
  board: SessionBoard
  screen: SessionScreen
  segment: SegmentTask
  startedTs: number
}

export interface BoundEffects extends SessionEffects {
  /** The host became known: shows and records it. */
  hostKnown(): void
  /** A running segment told how it stands: shows it; writes no row, for the segment journals its equity itself. */
  progressed(epoch: number, checkpoint: Checkpoint): void
}

export function createEffects({ board, screen, segment, startedTs }: EffectParts): BoundEffects {
  const info = workflowInfo()
  const run = hash32(info.firstExecutionRunId)
  let shownState: SessionState | null = board.isContinued ? board.status.state : null
  /** One row at a time, always of the newest state: only that one counts, and each costs the orchestrator two tasks. */
  const record = (): void => {
    board.rowDue = true
    if (!board.rowRunning) void writeRows()
  }
  async function writeRows(): Promise<void> {
    board.rowRunning = true
    while (board.rowDue) {
      board.rowDue = false
      try {
        await recordSession({ status: board.status, run, host: segment.host, report: board.report })
      } catch (error) {
        log.warn('session row not written', { why: describeError(error) })
      }
    }
    board.rowRunning = false
  }
  return {
    run,
    now: () => Date.now(),
    admit: (input: SessionInput) =>
      translated(async () => {
        const { admission, links } = await admitSession({
          session_id: info.workflowId,
          started_ts: startedTs,
          input,
        })
        board.links = links
        return admission
      }),
    fence: (input) => translated(() => fenceAndReconcile(input)),
    history: (request) => translated(() => candleHistory(request)),
    targets: (request) => translated(() => readTargets(request)),
    runSegment: (input) => segment.run(input),
    stopSegment: (reason, kill) => segment.stop(reason, kill),
    close: (input) => translated(() => closeSession(input)),
    publish(status, decided = []) {
      const isNewState = status.state !== shownState
      shownState = status.state
      board.decisions.push(...decided)
      if (board.decisions.length > DECISIONS_KEPT)
        board.decisions.splice(0, board.decisions.length - DECISIONS_KEPT)
      board.status = status
      screen.show(status, segment.host, board.links)
      if (isNewState) record()
    },
    hostKnown() {
      screen.show(board.status, segment.host, board.links)
      record()
    },
    progressed(epoch, checkpoint) {
      board.status = statusAt(board.status, epoch, checkpoint)
      screen.show(board.status, segment.host, board.links)
    },
    async report(report) {
      board.report = report
      record()
    },
    async waitFor(holds, timeoutMs) {
      // Of 0 the SDK would make a marker in the history.
      if (timeoutMs !== undefined) return condition(holds, Math.max(timeoutMs, 1))
      await condition(holds)
      return true
    },
    shouldContinueAsNew() {
      const { continueAsNewSuggested, historyLength } = workflowInfo()
      return continueAsNewSuggested || historyLength > HISTORY_EVENTS_MAX
    },
  }
}

/** The core knows our errors, not Temporal's. */
async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw asHoldfastError(error)
  }
}

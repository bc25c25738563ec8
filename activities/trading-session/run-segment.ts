/** Runs one segment of one session on this host: binds the session core's ports to the real parts and hands back its outcome. */
// Not here: the loop (domain/session/segment.ts), when to start or retry it (domain/session/coordinator.ts).

import { Context } from '@temporalio/activity'
import { createControlPlane } from '#activities/lease.ts'
import { createProgressRule } from '#activities/trading-session/progress.ts'
import type { SessionMode } from '#domain/ids.ts'
import type { SessionLimits } from '#domain/session/input.ts'
import type {
  CommandInbox,
  EventSource,
  HeartbeatAnswer,
  Journal,
  MarketView,
  Venue,
} from '#domain/session/ports.ts'
import { runSegment as runLoop } from '#domain/session/segment.ts'
import type { SegmentInput } from '#domain/session/segment-input.ts'
import { TIMING } from '#domain/session/timing.ts'
import type { Checkpoint, SegmentOutcome } from '#domain/session/types.ts'
import { driveInterval } from '#domain/strategies/cadence.ts'
import type { CandleInterval, Clock, EpochMs } from '#domain/time.ts'
import type { SegmentProgress, SegmentStarted } from '#workflows/trading-session/messages.ts'

/** Which segment: what kills select by, what the journal and the lease file say. */
export interface SegmentFacts {
  session_id: string
  account: string
  engine: string
  mode: string
  coins: readonly string[]
  epoch: number
  run: number
  on_control_loss: SegmentInput['on_control_loss']
}

/** Shared parts of the process, opened for one account and its coins. */
export interface TradingParts {
  market: MarketView
  venue: Venue
  events: EventSource
  close(): void
}

/** Streams that a session needs. */
export interface MarketNeeds {
  account: string
  coins: readonly string[]
  /** Candles to follow; [] for a session without any. */
  candleIntervals: readonly CandleInterval[]
}

/** What of the shared parts a session needs, and what decides whether its orders may leave. */
export interface TradingNeeds extends MarketNeeds {
  mode: SessionMode
  /** Of a live session: what its orders are held against before they leave; null where nothing can be opened. */
  limits: SessionLimits | null
  /** Where a dry_live session stands: the hypothetical account begins there. */
  checkpoint: Checkpoint | null
  journal: Journal
}

export interface RunSegmentDeps {
  hostId: string
  clock: Clock
  openParts(needs: TradingNeeds): Promise<TradingParts>
  openSegment(facts: SegmentFacts): { inbox: CommandInbox; close(): void }
  openJournal(facts: SegmentFacts): Journal
  beat(taskToken: Uint8Array, checkpoint: Checkpoint, deadlineMs: number): Promise<HeartbeatAnswer>
  /** Tells the workflow where its segment runs. Its failure only slows a kill down. */
  announce(workflow: { id: string; runId: string }, started: SegmentStarted): Promise<void>
  /** Tells the workflow how the segment stands. Its failure only leaves an older figure on the screen. */
  reportProgress(workflow: { id: string; runId: string }, progress: SegmentProgress): Promise<void>
  writeLease(facts: SegmentFacts, leaseUntilTs: EpochMs): void
  removeLease(sessionId: string): void
}

export interface RunSegmentRequest {
  segment: SegmentInput
  /** Host that the workflow believes in; '' when it knows none. Another one announces itself. */
  known_host: string
}

export interface RunSegmentResult {
  host_id: string
  outcome: SegmentOutcome
}

export const createRunSegmentActivities = (deps: RunSegmentDeps) => ({
  runSegment: async ({ segment, known_host }: RunSegmentRequest): Promise<RunSegmentResult> => {
    const context = Context.current()
    const { session_id, account, engine, mode, coins, epoch, run, on_control_loss } = segment
    const facts: SegmentFacts = { session_id, account, engine, mode, coins, epoch, run, on_control_loss }
    const registered = deps.openSegment(facts) // first: from here on a kill of this host reaches it
    const announced = announce(deps, context, known_host, epoch)
    try {
      const journal = deps.openJournal(facts)
      const guides = segment.engine === 'candles' ? (segment.guides ?? []) : []
      const parts = await deps.openParts({
        account,
        coins: [...coins, ...guides],
        mode,
        limits: segment.limits,
        checkpoint: segment.checkpoint,
        journal,
        candleIntervals: segment.engine === 'candles' ? [driveInterval(segment.params)] : [],
      })
      try {
        const report = progressReporter(deps, context, segment)
        let sentTs = deps.clock.now()
        const control = createControlPlane(context, {
          beat: (...heartbeat) => {
            sentTs = deps.clock.now()
            return deps.beat(...heartbeat)
          },
          renewed: (checkpoint) => {
            deps.writeLease(facts, sentTs + TIMING.leaseTtlMs)
            report(checkpoint)
          },
        })
        const outcome = await runLoop(segment, {
          clock: deps.clock,
          market: parts.market,
          events: parts.events,
          venue: parts.venue,
          journal,
          control,
          commands: registered.inbox,
        })
        // A segment that went safe may have left orders behind: its file stays for the watchdog.
        if (outcome.kind !== 'safe') deps.removeLease(session_id)
        return { host_id: deps.hostId, outcome }
      } finally {
        parts.close()
      }
    } finally {
      registered.close()
      await announced
    }
  },
})

async function announce(
  deps: RunSegmentDeps,
  context: Context,
  knownHost: string,
  epoch: number,
): Promise<void> {
  const workflow = context.info.workflowExecution
  if (knownHost === deps.hostId || !workflow) return
  try {
    const { workflowId: id, runId } = workflow
    await deps.announce({ id, runId }, { host_id: deps.hostId, epoch })
  } catch (error) {
    context.log.warn('the workflow was not told where its segment runs', { error })
  }
}

/** Never waits and never throws: it is called from the lease's own loop. */
function progressReporter(
  deps: RunSegmentDeps,
  context: Context,
  segment: SegmentInput,
): (checkpoint: Checkpoint) => void {
  const workflow = context.info.workflowExecution
  const isDue = createProgressRule(deps.clock.monotonicMs(), segment.checkpoint)
  return (checkpoint) => {
    if (!workflow || !isDue(checkpoint, deps.clock.monotonicMs())) return
    const { workflowId: id, runId } = workflow
    deps.reportProgress({ id, runId }, { epoch: segment.epoch, checkpoint }).catch((error: unknown) => {
      context.log.warn('the workflow was not told how its segment stands', { error })
    })
  }
}

export type RunSegmentActivities = ReturnType<typeof createRunSegmentActivities>

/** The public face of a trading session: its signals, updates and queries. One JSON object each; an empty UI form sends undefined. */
// Not here: what the session does on them (workflow.ts), its id (domain/ids.ts), what starts it (domain/session/input.ts).
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow'
import type { SessionLinks } from '#activities/trading-session/admit.ts'
import type { CommandResult } from '#domain/session/command.ts'
import type { ResumeState, SessionStatus } from '#domain/session/effects.ts'
import type { Checkpoint, Decision, KillMode, SessionReport } from '#domain/session/types.ts'

/** Status of the session core, and where its loop runs. */
export interface SessionView extends SessionStatus {
  /** hash32 of the first run id, as in client order ids. */
  run: number
  /** Trading host of the present segment, or '' before the first. */
  host: string
  report: SessionReport | null
}

/** Second argument of the workflow, which continue-as-new alone passes. */
export interface SessionContinuation {
  resume: ResumeState
  host: string
  links: SessionLinks
  status: SessionStatus
  decisions: readonly Decision[]
}

export interface SegmentStarted {
  host_id: string
  epoch: number
}

export interface SegmentProgress {
  epoch: number
  checkpoint: Checkpoint
}

/** Cancel all orders, then flatten or leave the position. Sending it twice is harmless; there is no un-kill. */
export const kill = defineSignal<[{ reason?: string; mode?: KillMode }?]>('kill')
/** Pull the quotes and wait; the position stays, with its protective stop. */
export const pause = defineSignal<[{ reason?: string }?]>('pause')
export const resume = defineSignal<[{ reason?: string }?]>('resume')
/** From the segment: on which host it runs. Not for people. */
export const segmentStarted = defineSignal<[SegmentStarted]>('segmentStarted')
/** From the segment, once a minute: how it stands. Not for people. */
export const segmentProgress = defineSignal<[SegmentProgress]>('segmentProgress')

// The client's types know no optional argument of an update; the handlers do, because an empty form sends none.
/** End in order: cancel, flatten or leave by `on_stop`, verify, report. Answers with the report. */
export const stop = defineUpdate<SessionReport, [{ reason?: string }]>('stop')
/** New strategy parameters and limits, merged into the present ones and validated as a whole. */
export const updateParams = defineUpdate<
  SessionView,
  [
    {
      params?: Record<string, unknown>
      /** The parameters are all of them: what is left out goes back to its default. */
      replace_params?: boolean
      limits?: Record<string, unknown>
      coins?: string[]
      by?: string
      reason?: string
    },
  ]
>('updateParams')

/** What became of an order of a person, and how the session stands after it. */
export interface CommandAnswer {
  result: CommandResult
  session: SessionView
}

/** Open or enlarge a position now: past the strategy, through every gate, with a stop behind it. */
export const forceEntry = defineUpdate<CommandAnswer, [Record<string, unknown>]>('forceEntry')
/** Close one coin, or all of the session, now. */
export const forceClose = defineUpdate<CommandAnswer, [Record<string, unknown>]>('forceClose')
/** Close a part of one position now. */
export const reduce = defineUpdate<CommandAnswer, [Record<string, unknown>]>('reduce')

export const status = defineQuery<SessionView>('status')
/** Null until the session has ended. */
export const report = defineQuery<SessionReport | null>('report')
/** The latest decisions that the workflow knows, with their inputs, newest last. */
export const decisions = defineQuery<readonly Decision[], [{ limit?: number }?]>('decisions')

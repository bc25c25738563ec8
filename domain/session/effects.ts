/** What the coordinator can do to the world, and the plain data that travels: fence, segment, close, status. */
// Bound twice: by the Temporal workflow (workflows/trading-session) and by the simulator's control plane (tests/simulation).
import { HoldfastError } from '#domain/errors.ts'
import type { Decimal } from '#domain/fixed-point.ts'
import type { SessionMode } from '#domain/ids.ts'
import type { Watchlist } from '#domain/session/candle-input.ts'
import type { FollowState, TargetRequest } from '#domain/session/follow-state.ts'
import type { Engine, SessionInput, SessionLimits } from '#domain/session/input.ts'
import type { CommandInbox, Journal, MarketView, Venue } from '#domain/session/ports.ts'
import type { SegmentInput, StopPlan } from '#domain/session/segment-input.ts'
import type {
  Checkpoint,
  ClosedCandle,
  Decision,
  KillMode,
  OrderIntent,
  PositionState,
  SegmentOutcome,
  SessionReport,
  SessionState,
} from '#domain/session/types.ts'
import type { TargetSet } from '#domain/strategies/follow-targets.ts'
import type { BarState } from '#domain/strategies/step-bar.ts'
import type { Clock, EpochMs, FixedInterval } from '#domain/time.ts'

/** Why a segment gave no outcome. Only a heartbeat timeout, or an end that we were told of, proves the old loop silent. */
export type LostCause = 'heartbeat_timeout' | 'not_started' | 'failed' | 'unclear'

/** Thrown by `SessionEffects.runSegment` when no outcome came back; carries the last checkpoint any heartbeat delivered. */
export class SegmentLostError extends HoldfastError {
  readonly lost: LostCause
  readonly checkpoint: Checkpoint | null

  constructor(lost: LostCause, checkpoint: Checkpoint | null, message: string) {
    super(`segment lost (${lost}): ${message}`, {
      code: 'SEGMENT_LOST',
      retryable: true,
      hint: 'nothing to do: the session fences the old epoch and starts the next one',
    })
    this.lost = lost
    this.checkpoint = checkpoint
  }
}

/** Makes sure that nobody but the coming epoch can trade for the session, and says where it stands. */
export interface FenceInput {
  session_id: string
  run: number
  account: string
  coins: readonly string[]
  /** Smallest epoch to grant; the fence grants a higher one when the venue has seen it already. */
  epoch: number
  /** Null at the session's first start. */
  checkpoint: Checkpoint | null
  /** Wait this long before the last look, because an earlier loop may still be alive. 0 after a heartbeat timeout. */
  quiet_ms: number
  /** True: trades of others are kept apart. */
  apart?: boolean
}

export interface FenceResult {
  epoch: number
  /** Epoch, positions and fill cursor brought up to the venue's truth. */
  checkpoint: Checkpoint
  canceled: number
  fills_folded: number
  /** The kill that applies to the session on this host now, or null. */
  kill: { mode: KillMode; reason: string } | null
}

/** What a fence touches. */
export interface FencePorts {
  clock: Clock
  venue: Venue
  journal: Journal
  commands: Pick<CommandInbox, 'kill'>
}

/** Ends the session at the venue. Called with `flatten` first, then with `reconcile`, which only verifies and reports. */
export interface CloseInput {
  session_id: string
  run: number
  account: string
  coins: readonly string[]
  /** Epoch of the orders that close sends. */
  epoch: number
  checkpoint: Checkpoint
  step: 'flatten' | 'reconcile'
  /** True: trades of others are kept apart; only the session's own part is closed, and only that counts as left. */
  apart?: boolean
  /** False leaves the position (halt). */
  flatten: boolean
  /** As for the fence: > 0 when the last segment's end is unclear. */
  quiet_ms: number
  /** Decisions that no segment has journaled yet. */
  decisions: readonly Decision[]
}

export interface CloseResult {
  checkpoint: Checkpoint
  /** True when nothing of the session is open and, if flattening was asked, the position is zero: read at the venue. */
  clean: boolean
  residual: { open_orders: number; positions: Readonly<Record<string, Decimal>> }
  unrealized_pnl_usd: Decimal
  orders_sent: number
  message: string
}

/** What a close touches. `stillRunning` renews the control plane's patience (a plain heartbeat); it never stops the close. */
export interface ClosePorts {
  clock: Clock
  venue: Venue
  market: MarketView
  journal: Journal
  /** Which start of this close it is: it enters the order ids, so that a late twin of the same task cannot repeat them. */
  attempt: number
  stillRunning(): void
}

/** What start-up checks, outside: account known, coins known, mode's gates open, kill in force. */
export interface Admission {
  /** Decimals of sizes per coin, 0–5. */
  size_decimals: Readonly<Record<string, number>>
  /** Largest leverage that the venue allows per coin. */
  leverage_max?: Readonly<Record<string, number>>
  /** What the session trades, where that is not the input's own list. */
  coins?: readonly string[]
  kill: { mode: KillMode; reason: string } | null
}

export interface HistoryRequest {
  coin: string
  interval: FixedInterval
  /** How many closed candles, the newest ones by the market's own time. */
  bars: number
}

/** What queries, the UI's current details and the dashboard show. */
export interface SessionStatus {
  session_id: string
  engine: Engine
  mode: SessionMode
  account: string
  coins: readonly string[]
  /** Where the coins follow the day's volumes. */
  watchlist?: Watchlist | undefined
  state: SessionState
  state_ts: EpochMs
  /** Why it is in this state: `started`, `paused by …`, the kill's reason … */
  reason: string
  epoch: number
  epochs: number
  segments: number
  kill: KillMode
  params: Readonly<Record<string, unknown>>
  limits: SessionLimits
  decisions: number
  last_decision: Decision | null
  positions: readonly PositionState[]
  equity_usd: Decimal
  realized_pnl_usd: Decimal
  fees_usd: Decimal
  unrealized_pnl_usd: Decimal
  net_pnl_usd: Decimal
  fills: number
  updated_ts: EpochMs
}

/** What was decided and waits for the next segment. */
export interface Pending {
  decisions: readonly Decision[]
  intents: readonly OrderIntent[]
  stops: readonly StopPlan[]
}

/** Everything that continue-as-new carries over; plain data. Only made between segments. Build the wish box with `wishBoxFor`. */
export interface ResumeState {
  started_ts: EpochMs
  epoch: number
  /** How often the fence granted an epoch. */
  epochs: number
  segments: number
  /** When segments began after lost ones, within the last hour. */
  restarts?: readonly EpochMs[]
  size_decimals: Readonly<Record<string, number>>
  leverage_max?: Readonly<Record<string, number>>
  coins?: readonly string[]
  leaving?: readonly string[]
  checkpoint: Checkpoint
  /** The strategy's own state (candles engine). */
  strategy: BarState | null
  /** Where a follower stands. */
  follow?: FollowState
  pending: Pending
  recent_decisions: readonly Decision[]
  params: SessionInput['params']
  limits: SessionLimits
  paused: string | null
  kill: { mode: KillMode; reason: string }
}

/** Why the coordinator asks the running segment to end. `kill` also cancels it; the others only rotate. */
export type StopReason = 'kill' | 'stop' | 'pause' | 'params'

/**
 * The coordinator's only way out. Everything deterministic: in the workflow these are activities, `condition` and workflow time.
 * Each call may be cut off by nothing: kill and cancel are state that the coordinator looks at, not exceptions.
 */
export interface SessionEffects {
  /** Workflow time. */
  now(): EpochMs
  /** hash32 of the first run id. */
  readonly run: number
  /** @throws HoldfastError that is not retryable when the session must not start; nothing was sent */
  admit(input: SessionInput): Promise<Admission>
  fence(input: FenceInput): Promise<FenceResult>
  /** Closed candles, oldest first; fewer than asked where the venue has no more. */
  history(request: HistoryRequest): Promise<ClosedCandle[]>
  /** Target weights that a follower goes by, as they are known now. */
  targets(request: TargetRequest): Promise<TargetSet>
  /** @throws SegmentLostError when no outcome came back */
  runSegment(input: SegmentInput): Promise<SegmentOutcome>
  /** Asks the running segment to end, by every path there is; returns at once, may be called again with a stronger reason. */
  stopSegment(reason: StopReason, kill: { mode: KillMode; reason: string } | null): void
  close(input: CloseInput): Promise<CloseResult>
  /** `decided`: what was decided since the last call. Shows the status: search attributes on a change of state, current details always. Must not fail the session. */
  publish(status: SessionStatus, decided?: readonly Decision[]): void
  /** Writes the finished report; failures are the binding's to retry or swallow. */
  report(report: SessionReport): Promise<void>
  /** Resolves true once `condition` holds, looked at after every message and effect; false after `timeoutMs`. */
  waitFor(condition: () => boolean, timeoutMs?: number): Promise<boolean>
  /** True when the history has grown so long that the next pause between segments should continue as new. */
  shouldContinueAsNew(): boolean
}

/** How `runSession` ends: finished, or to be continued as new with `resume`. */
export type SessionEnd = { kind: 'closed'; report: SessionReport } | { kind: 'continue'; resume: ResumeState }

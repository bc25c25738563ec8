/** What the coordinator hands to one segment: identity, parameters, where to resume, and what was decided meanwhile. */
// Not here: how the segment runs (domain/session/segment.ts), what it hands back (SegmentOutcome in domain/session/types.ts).
import type { Side } from '#domain/events.ts'
import type { Decimal } from '#domain/fixed-point.ts'
import type { SessionMode } from '#domain/ids.ts'
import type { Execution, ManualPositions } from '#domain/session/candle-input.ts'
import type { Command } from '#domain/session/command.ts'
import type { SessionLimits, TouchParams } from '#domain/session/input.ts'
import type { Checkpoint, Decision, OrderIntent } from '#domain/session/types.ts'
import type { ModeName } from '#domain/session-pnl/mode-table.ts'
import type { CandleParams } from '#domain/strategies/candle-params.ts'
import type { FollowParams } from '#domain/strategies/follow-params.ts'
import type { MakerParams } from '#domain/strategies/maker/params.ts'

/** Where the protective stop of a coin has to lie while a position is held there. */
export interface StopPlan {
  coin: string
  /** Mark price at which the exchange closes the position, USD per coin. */
  px: Decimal
  /** Where it takes the profit, USD per coin; absent where the strategy watches its target itself. */
  target?: Decimal | undefined
  /** Side of the position that it is meant for, where a flip planned it before its entry; absent: whatever is held. */
  side?: Side | undefined
}

interface Common {
  session_id: string
  /** hash32 of the first run id of the workflow: tells two runs under one session id apart in their order ids. */
  run: number
  /** Granted by the fence. Every order of this segment carries it. */
  epoch: number
  mode: SessionMode
  /** Account of config/holdfast.yaml. */
  account: string
  coins: readonly string[]
  limits: SessionLimits
  /** What happens to resting quotes when the lease ends. Protective stops stay in both cases. */
  on_control_loss: 'cancel_quotes' | 'hold'
  /** True while a `close_only` kill of this session stands: only orders that reduce are sent. */
  close_only: boolean
  checkpoint: Checkpoint
  /** Decisions taken by the coordinator since the last segment; this segment writes them to the journal. */
  decisions: readonly Decision[]
  /** What people ordered. Executed first and at most once; then the segment returns `rotated` with reason `command` and the results. */
  commands?: readonly Command[]
  /** The segment returns `rotated` with reason `age` after this long, milliseconds. */
  rotate_after_ms: number
}

export interface CandleSegmentInput extends Common {
  engine: 'candles'
  params: CandleParams
  /** Orders decided in the workflow, identity included. Executed at most once: a lost segment drops them. */
  intents: readonly OrderIntent[]
  stops: readonly StopPlan[]
  /** What trades by hand mean; absent adopts them. */
  manual_positions?: ManualPositions | undefined
  /** How entries are brought to the venue; absent takes at once. */
  execution?: Execution | undefined
  /** Coins whose candles guide the decisions without being traded. */
  guides?: readonly string[]
}

export interface MakerSegmentInput extends Common {
  engine: 'maker'
  params: TouchParams | MakerParams
  /** The mode that session PnL has decided; null leaves distance and levels to the knobs. */
  mode_setting?: ModeName | null
  /** Own orders and fills are compared with the venue this often; absent: as every session. */
  audit_every_ms?: number
}

export interface FollowerSegmentInput extends Common {
  engine: 'follower'
  params: FollowParams
  /** Slices decided in the workflow, identity included. Executed at most once: a lost segment drops them. */
  intents: readonly OrderIntent[]
  /** The segment hands a snapshot over once this has passed and nothing is under way; 0: at once. */
  due_ts: number
}

export type SegmentInput = CandleSegmentInput | MakerSegmentInput | FollowerSegmentInput

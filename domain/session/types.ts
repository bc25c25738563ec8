/** What a session is made of, as plain data: states, orders, decisions, checkpoint, outcome. Shared by workflow, activity and simulator. */
// Not here: the validated input of a session (domain/session/input.ts), the ports (domain/session/ports.ts).
import type { Side } from '#domain/events.ts'
import type { Decimal } from '#domain/fixed-point.ts'
import type { Cloid } from '#domain/ids.ts'
import type { RiskStanding } from '#domain/risk/standing.ts'
import type { CommandResult } from '#domain/session/command.ts'
import type { StopPlan } from '#domain/session/segment-input.ts'
import type { CandleInterval, EpochMs } from '#domain/time.ts'

export const SESSION_STATES = [
  'STARTING',
  'RUNNING',
  'PAUSED',
  'STOPPING',
  'FLATTENING',
  'RECONCILING',
  'CLOSED',
  'FAILED',
] as const
export type SessionState = (typeof SESSION_STATES)[number]

/** `off` lets trade; `close_only` lets only reduce; `flatten` cancels and closes; `halt` cancels and leaves the position. */
export type KillMode = 'off' | 'close_only' | 'flatten' | 'halt'

export type KillScope =
  | { kind: 'all' }
  | { kind: 'account'; account: string }
  | { kind: 'session'; session_id: string }

/** An engaged kill, as stored and shown. Severity grows off < close_only < halt < flatten; a kill is never weakened by a later, milder one. */
export interface KillOrder {
  scope: KillScope
  mode: KillMode
  reason: string
  requested_by: string
  requested_ts: EpochMs
}

export type TimeInForce = 'alo' | 'gtc' | 'ioc'

/** One order as decided: identity first. */
export interface OrderIntent {
  cloid: Cloid
  coin: string
  side: Side
  px: Decimal
  sz: Decimal
  tif: TimeInForce
  reduce_only: boolean
  /** Present on a protective stop: a reduce-only market order that the exchange fires at this mark price. */
  trigger?: { px: Decimal; kind: 'stop' | 'take_profit' }
  /** What it is for: `entry`, `add`, `reduce`, `exit`, `stop`, `target`, `quote`, `flatten`. */
  purpose: string
  /** To be set at the venue before it is sent; absent leaves what is set. */
  leverage?: number
}

/** One gate of a decision: what was measured, what it was held against, and whether it passed. */
export interface GateReading {
  /** Upper-case code, e.g. ADX_FLOOR. */
  gate: string
  ok: boolean
  /** null where the gate compares no numbers, or where the number is not known yet. */
  value: number | null
  limit: number | null
}

/** One decision, the decision not to trade included, with the inputs and the gate that made it. Stored in table `decisions`. */
export interface Decision {
  seq: number
  ts: EpochMs
  coin: string
  kind: 'enter' | 'exit' | 'add' | 'reduce' | 'flip' | 'hold' | 'quote' | 'move_stop' | 'kill' | 'params'
  /** Upper-case reason code, e.g. EMA_CROSS_UP, WARMING_UP, RISK_MAX_POSITION. */
  reason: string
  /** The first gate that stopped it, or ''. */
  gate: string
  /** Flat facts it was taken on: indicator values, prices, limits. */
  inputs: Readonly<Record<string, number | string | boolean | null>>
  /** Every reason that held, the deciding one first; absent where there is one alone. */
  reasons?: readonly string[]
  /** Every gate that was asked, with its numbers. */
  gates?: readonly GateReading[]
}

/** Position of one coin folded from own fills. `sz` is signed; money in USD. */
export interface PositionState {
  coin: string
  sz: Decimal
  entryPx: Decimal
  /** Gross of fees. */
  realizedPnl: Decimal
  fees: Decimal
  fills: number
  volumeUsd: Decimal
  lastFillTs: EpochMs
  lastFillTid: number
  /** Signed coins that somebody else holds in the same position of the exchange, kept apart; absent for none (domain/trading/foreign.ts). */
  foreign?: Decimal | undefined
  /** What was bought and sold in all; absent before the first fill, and where an earlier version wrote the state. */
  flow?: PositionFlow | undefined
}

/** Sums over a coin's own fills, from which trade-based PnL follows. Coins and USD, never negative. */
export interface PositionFlow {
  buySz: Decimal
  buyUsd: Decimal
  sellSz: Decimal
  sellUsd: Decimal
  makerFills: number
  takerFills: number
}

/** A protective stop at the venue: reduce-only, fired by the exchange at `px`. */
export interface RestingStop {
  cloid: Cloid
  coin: string
  /** Side of the closing order. */
  side: Side
  px: Decimal
  sz: Decimal
  /** Absent for a stop. */
  kind?: 'take_profit' | undefined
}

/** Where a segment resumes: everything the exchange, the history and the database do not already hold. */
export interface Checkpoint {
  epoch: number
  /** Next order sequence. */
  seq: number
  /** Next decision sequence. */
  decisionSeq: number
  /** Fills up to here are folded into `positions`. */
  fillCursorTs: EpochMs
  /** Tids at exactly `fillCursorTs` that are folded already. */
  fillCursorTids: readonly number[]
  positions: readonly PositionState[]
  /** Opening time of the last closed candle handed to the strategy; 0 before the first. */
  lastCandleOpenTs: EpochMs
  /** The same per coin, guides included; absent before the first candle (domain/session/candle-cursor.ts). */
  candleOpenTs?: Readonly<Record<string, EpochMs>> | undefined
  /**
   * Orders that may rest or come to rest, protective stops aside: on their way, unanswered, or open. None after a clean return;
   * whoever comes next asks the venue about them, and cancels them, before it sends anything.
   */
  unresolved: readonly { cloid: Cloid; coin: string; expires_ts: EpochMs }[]
  /** The protective stops that rest at the venue. They outlive segments and epochs, until replaced. */
  stops: readonly RestingStop[]
  /** Orders that the venue accepted so far, for the report. */
  orders: number
  /** Decisions taken so far; `decisionSeq` has gaps where a segment was lost. */
  decisions: number
  /** Marks of the coins and equity of the account when this was written, for status and report. */
  markPx: Readonly<Record<string, Decimal>>
  equityUsd: Decimal
  /** The engine's own small JSON state. */
  engine: Readonly<Record<string, unknown>>
  /** Coins whose position holds trades of somebody else (domain/session/manual-fills.ts). */
  manual?: readonly string[] | undefined
  /** What the risk manager remembers; absent before the first segment. */
  risk?: RiskStanding | undefined
  updatedTs: EpochMs
}

/** A closed candle in the numbers that strategies compute with. */
export interface ClosedCandle {
  coin: string
  interval: CandleInterval
  openTs: EpochMs
  open: number
  high: number
  low: number
  close: number
  volume: number
}

/** One coin's prices and rates beside touch and mark, at the time of a snapshot. */
export interface CoinFacts {
  oraclePx: Decimal | null
  /** Hourly, as a fraction. */
  fundingRate: number | null
  /** Age of the newest frame, milliseconds. */
  ageMs: number | null
}

/** What a candle segment hands to the workflow at bar close: small, and all that the decision needs. */
export interface CandleSnapshot {
  ts: EpochMs
  candles: readonly ClosedCandle[]
  positions: readonly PositionState[]
  markPx: Readonly<Record<string, Decimal>>
  /** Best prices at `ts`; null on an empty side. */
  touch: Readonly<Record<string, { bid: Decimal | null; ask: Decimal | null }>>
  /** What else is known of each coin; `ageMs` is null before its first frame. */
  facts?: Readonly<Record<string, CoinFacts>>
  equityUsd: Decimal
  openOrders: number
}

/** Why a segment ended. Only `lost` (no outcome came back) makes the workflow raise the epoch. */
export type SegmentOutcome =
  | { kind: 'decision_due'; checkpoint: Checkpoint; snapshot: CandleSnapshot }
  | {
      kind: 'rotated'
      checkpoint: Checkpoint
      reason: 'params' | 'age' | 'pause' | 'command'
      /** Of the commands that the segment was given. */
      commands?: readonly CommandResult[]
      /** Where it laid stops for them; these take the place of the plan. */
      stops?: readonly StopPlan[]
    }
  | { kind: 'handover'; checkpoint: Checkpoint }
  | {
      kind: 'killed'
      checkpoint: Checkpoint
      by: 'direct' | 'control' | 'cancel' | 'kill_switch' | 'risk'
      /** What was asked for; `off` when only a cancellation was seen, so that the coordinator's own mode decides. */
      mode: KillMode
      reason: string
    }
  | { kind: 'safe'; checkpoint: Checkpoint; reason: 'lease_expired' | 'attempt_replaced' }

/** What is left when a session ends, verified at the exchange. */
export interface SessionReport {
  session_id: string
  state: 'CLOSED' | 'FAILED'
  reason: string
  started_ts: EpochMs
  ended_ts: EpochMs
  epochs: number
  decisions: number
  orders: number
  fills: number
  realized_pnl_usd: Decimal
  fees_usd: Decimal
  unrealized_pnl_usd: Decimal
  /** realized + unrealized − fees. */
  net_pnl_usd: Decimal
  volume_usd: Decimal
  /** Still open at the exchange: empty after a clean close. */
  residual: { open_orders: number; positions: Readonly<Record<string, Decimal>> }
}

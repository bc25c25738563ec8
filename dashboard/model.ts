/** The dashboard's JSON: what its API answers, its live stream carries and its page draws. Money and sizes are decimal strings, times epoch ms UTC. */
// Not here: where the figures come from (dashboard/services.ts), how changes travel (dashboard/delta.ts).
import type { Decimal } from '#domain/fixed-point.ts'
import type { SessionMode } from '#domain/ids.ts'
import type { KillMode, KillScope, SessionState } from '#domain/session/types.ts'
import type { EpochMs } from '#domain/time.ts'

/** Where figures come from; each can be down by itself. */
export type SourceName = 'clickhouse' | 'temporal' | 'exchange' | 'supervisor'

/** Health of one source, as last seen. While it is down the page keeps the last figures and marks their age. */
export interface SourceView {
  key: SourceName
  state: 'up' | 'down' | 'unknown'
  /** Why it is down, or ''. */
  message: string
  /** Since when it is in this state. */
  since_ts: EpochMs
  /** Last good answer; 0 before the first. */
  answered_ts: EpochMs
}

export interface ServiceView {
  key: string
  state: string
  url: string
  pid: number
  restarts: number
  rss_bytes: number
}

/** The market that runs and where orders go. */
export interface SystemView {
  network: 'paper' | 'testnet' | 'mainnet'
  market: string
  exchange_url: string
  temporal_ui_url: string
  temporal_namespace: string
  home: string
}

export interface PositionView {
  key: string
  coin: string
  /** Signed coins. */
  sz: Decimal
  entry_px: Decimal
  mark_px: Decimal | null
  unrealized_usd: Decimal | null
}

/** One line of the sessions table. A figure that no source knows is null, never zero. */
export interface SessionView {
  key: string
  session_id: string
  engine: string
  mode: SessionMode
  account: string
  coins: readonly string[]
  state: SessionState | string
  state_ts: EpochMs
  epoch: number
  host: string
  positions: readonly { coin: string; sz: Decimal }[]
  equity_usd: Decimal | null
  net_pnl_usd: Decimal | null
  /** Time of the equity figure. */
  equity_ts: EpochMs | null
  open_orders: number | null
  /** Strongest kill that holds for it. */
  kill_mode: KillMode
  /** True where the workflow engine says it runs. */
  running: boolean
}

export interface KillView {
  key: string
  scope: KillScope
  mode: KillMode
  reason: string
  requested_by: string
  requested_ts: EpochMs
}

/** One step of a kill under way, in the order they ended. */
export interface KillStep {
  ts: EpochMs
  name: string
  ok: boolean
  detail: string
}

/** A kill that this dashboard started: kept in memory, the durable record is the kill itself. */
export interface KillJobView {
  key: string
  scope: KillScope
  mode: KillMode
  reason: string
  state: 'running' | 'verified' | 'unverified' | 'failed'
  started_ts: EpochMs
  ended_ts: EpochMs | null
  steps: readonly KillStep[]
  /** What is left at the exchange; null until it was asked. */
  residual: { open_orders: number; positions: Readonly<Record<string, Decimal>> } | null
}

export interface OrderView {
  key: string
  cloid: string
  oid: number
  coin: string
  side: string
  px: Decimal
  sz: Decimal
  /** `limit`, or what a trigger order is for. */
  kind: string
  reduce_only: boolean
  ts: EpochMs
}

export interface EquityPoint {
  key: string
  ts: EpochMs
  equity_usd: number
  net_pnl_usd: number
}

export interface FillView {
  key: string
  ts: EpochMs
  coin: string
  side: string
  px: Decimal
  sz: Decimal
  direction: string
  closed_pnl: Decimal
  fee: Decimal
  crossed: boolean
  cloid: string
}

export interface QuoteView {
  key: string
  ts: EpochMs
  coin: string
  bid_px: Decimal
  bid_sz: Decimal
  ask_px: Decimal
  ask_sz: Decimal
  mid: Decimal
  position_sz: Decimal
  /** What held quotes back; empty for nothing. */
  gate: string
}

/** Mid price of the market, for sessions that show no quotes. */
export interface MidView {
  key: string
  ts: EpochMs
  mid: number
}

export interface DecisionView {
  key: string
  seq: number
  ts: EpochMs
  epoch: number
  coin: string
  kind: string
  reason: string
  gate: string
  inputs: Readonly<Record<string, unknown>>
}

export interface SessionEventView {
  key: string
  ts: EpochMs
  kind: string
  details: Readonly<Record<string, unknown>>
}

/** Rows and last times of one recorded stream. */
export interface StreamView {
  key: string
  stream: string
  coin: string
  rows: number
  first_ts: EpochMs
  /** Last exchange time. */
  last_ts: EpochMs
  /** Last time of receipt here; 0 where the table keeps none. */
  received_ts: EpochMs
}

export interface GapView {
  key: string
  channel: string
  coin: string
  opened_ts: EpochMs
  closed_ts: EpochMs
  reason: string
  rows_recovered: number
  status: string
}

/** All accounts together, as the exchange shows them, whoever placed what. */
export interface ExposureView {
  accounts: number
  open_orders: number
  /** `coin (account)` → signed size, only what is held. */
  positions: Readonly<Record<string, Decimal>>
}

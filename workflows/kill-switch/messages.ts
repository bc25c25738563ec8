/** The public face of the global kill switch, one long-lived workflow: engage and clear by scope, and what stands. */
// Not here: what engaging does (workflow.ts); the kill files that every trading process reads (config/kill-store.ts).
import { defineQuery, defineSignal } from '@temporalio/workflow'
import type { KillMode, KillOrder, KillScope } from '#domain/session/types.ts'
import type { EpochMs } from '#domain/time.ts'

/** Workflow id: there is one. */
export const KILL_SWITCH_ID = 'kill-switch'

/** `all`, `account:NAME`, `session:ID`, or the same as an object. */
export type KillScopeText = string | KillScope

export interface EngageRequest {
  /** Default: all. */
  scope?: KillScopeText
  /** Default: flatten. */
  mode?: KillMode
  reason?: string
  requested_by?: string
}

export interface ClearRequest {
  /** Default: all (which lifts only a kill of exactly this scope). */
  scope?: KillScopeText
  reason?: string
}

/** How one engaged kill went, verified at the exchange. */
export interface KillResult {
  kill: KillOrder
  /** `working` until every path has answered. */
  outcome: 'working' | 'verified' | 'residual' | 'unverified'
  /** Trading hosts that confirmed. */
  hosts: readonly string[]
  hosts_silent: readonly string[]
  sessions_signalled: number
  orders_canceled: number
  /** True when sessions did not finish in time and the rest was cancelled and closed for them. */
  enforced: boolean
  /** What is left at the exchange, one line each; empty when verified. */
  residual: readonly string[]
  /** From the signal until verified, milliseconds of workflow time. */
  took_ms: number
}

export interface KillSwitchState {
  /** The strongest kill of each scope; empty when all may trade. */
  engaged: readonly KillOrder[]
  /** Latest results, newest last; at most 20. */
  results: readonly KillResult[]
  /** Signals that could not be understood, newest last; at most 5. */
  refused: readonly { ts: EpochMs; why: string }[]
}

/** Engage a kill. Monotonic: a milder one never weakens a stronger one of the same scope. */
export const engage = defineSignal<[EngageRequest?]>('engage')
/** Lift the kill of exactly this scope. Sessions that it ended stay ended. */
export const clear = defineSignal<[ClearRequest?]>('clear')
export const state = defineQuery<KillSwitchState>('state')

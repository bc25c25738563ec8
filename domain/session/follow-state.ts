/** Where a follower session stands between two segments: which sizes it is on its way to, and how. Plain data in the workflow. */
import type { Decimal } from '#domain/fixed-point.ts'
import type { EpochMs } from '#domain/time.ts'

export interface FollowState {
  /** `resting`: passive slices are out; `taking`: aggressive ones; `idle`: nothing to do until the schedule says so. */
  phase: 'idle' | 'resting' | 'taking'
  /** Signed coins to reach. */
  goals: Readonly<Record<string, Decimal>>
  /** Rounds of orders of this rebalance. */
  rounds: number
  /** Start of the last rebalance; 0 before the first. */
  rebalancedTs: EpochMs
}

/** What the workflow asks the outside for. */
export interface TargetRequest {
  session_key: string
  source: 'model' | 'signals' | 'traders'
  model: string
  traders: readonly string[]
  coins: readonly string[]
  /** Σ of absolute weights at full confidence. */
  gross: number
}

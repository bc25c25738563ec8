/** One kill by every path at once: what `holdfast kill` and the dashboard's kill button both do. */
// Not here: the paths (kill-paths.ts), what is seen and done at the exchange (kill-verify.ts).
// Works with Temporal down, ClickHouse down, or the trading process hung: no path waits for another.
import { hostPaths, type PathResult, storePath, temporalPath } from '#cli/support/kill-paths.ts'
import { leasesBefore, type Verification, verifyKill } from '#cli/support/kill-verify.ts'
import type { Operator } from '#cli/support/operator.ts'
import type { KillOrder } from '#domain/session/types.ts'
import type { Clock } from '#domain/time.ts'

/** A living host answers in a few milliseconds; a hung one delays the kill file by this much. */
const HEAD_START_MS = 25

export interface KillRun {
  /** The kill file. */
  store: Promise<PathResult>
  /** The trading hosts, directly. */
  hosts: ReturnType<typeof hostPaths>
  /** Signals through Temporal; may take as long as Temporal hangs. */
  temporal: Promise<PathResult>
  /** The verdict; null when the kill is lifted (`off`), which the exchange cannot show. */
  exchange: Promise<Verification | null>
}

/** Starts the kill. Living hosts have answered within the head start; then the file is written, and Temporal and the exchange are asked beside each other. */
export function startKill(operator: Operator, order: KillOrder, clock: Clock, graceMs: number): KillRun {
  const before = leasesBefore(operator, clock.now())
  const hosts = hostPaths(operator, order, clock)
  const store = Promise.race([hosts, clock.sleep(HEAD_START_MS)]).then(() =>
    storePath(operator, order, clock),
  )
  const temporal = store.then(() => temporalPath(operator, order, clock))
  const exchange = store.then(() =>
    order.mode === 'off' ? null : verifyKill({ operator, order, before, clock, graceMs }),
  )
  return { store, hosts, temporal, exchange }
}

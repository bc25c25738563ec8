/** Commands of a workflow to the segments of one host, taken from the host's own queue: kill and rotate. */
// Not here: who sends them (workflows/trading-session, workflows/kill-switch), what the segment does (domain/session).
import type { KillOrder, KillScope } from '#domain/session/types.ts'
import type { EpochMs } from '#domain/time.ts'

export interface ControlDeps {
  hostId: string
  registry: {
    kill(
      order: KillOrder,
      by: 'direct' | 'control',
    ): readonly { session_id: string; acknowledged_ts: EpochMs }[]
    lift(scope: KillScope): void
    rotate(sessionId: string, why: 'params' | 'pause' | 'command'): boolean
  }
}

export interface ControlAnswer {
  host_id: string
  /** Sessions whose loop has heard it. */
  acknowledged: readonly string[]
}

export interface RotateCommand {
  session_id: string
  why: 'params' | 'pause' | 'command'
}

export const createControlActivities = ({ hostId, registry }: ControlDeps) => ({
  /** Memory only: the order of a session's own kill ends with the session. Durable kills go through the kill store. */
  killSegments: async (order: KillOrder): Promise<ControlAnswer> => {
    if (order.mode === 'off') registry.lift(order.scope)
    return {
      host_id: hostId,
      acknowledged: registry.kill(order, 'control').map(({ session_id }) => session_id),
    }
  },
  rotateSegment: async ({ session_id, why }: RotateCommand): Promise<ControlAnswer> => ({
    host_id: hostId,
    acknowledged: registry.rotate(session_id, why) ? [session_id] : [],
  }),
})

export type ControlActivities = ReturnType<typeof createControlActivities>

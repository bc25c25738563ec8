/** The control plane of one activity attempt: acknowledged heartbeats, which alone renew a lease, and why the attempt should end. */
// Not here: what the loop does when the lease ends (domain/session), the gRPC call (workers/support/heartbeat.ts).
import type { Context } from '@temporalio/activity'
import type { ControlPlane, HeartbeatAnswer } from '#domain/session/ports.ts'
import type { Checkpoint } from '#domain/session/types.ts'

/** What of the activity's Context is used. */
export type AttemptContext = Pick<
  Context,
  'info' | 'heartbeat' | 'cancellationSignal' | 'cancellationDetails'
>

export interface LeaseDeps {
  /** Sends one heartbeat and waits for the server's answer, at most `deadlineMs`. Never throws. */
  beat(taskToken: Uint8Array, checkpoint: Checkpoint, deadlineMs: number): Promise<HeartbeatAnswer>
  /** Called after each acknowledged heartbeat: the lease file for the watchdog. */
  renewed(checkpoint: Checkpoint): void
}

export function createControlPlane(context: AttemptContext, deps: LeaseDeps): ControlPlane {
  return {
    attempt: context.info.attempt,
    signal: context.cancellationSignal,
    reason() {
      if (!context.cancellationSignal.aborted) return null
      return context.cancellationDetails?.workerShutdown ? 'shutdown' : 'cancel'
    },
    async heartbeat(checkpoint, deadlineMs) {
      // The SDK's own beat too: without it the SDK times the attempt out locally. It is no lease, since it says nothing of success.
      context.heartbeat(checkpoint)
      const answer = await deps.beat(context.info.taskToken, checkpoint, deadlineMs)
      if (answer.kind === 'acknowledged') deps.renewed(checkpoint)
      return answer
    },
  }
}

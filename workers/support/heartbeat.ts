/** One acknowledged heartbeat over gRPC, with a deadline: the only thing that renews a lease. */
// Not here: the lease (domain/session/lease.ts), why plain heartbeats do not do (briefs: the SDK's own beat reports no success).
import {
  ActivityCancelledError,
  ActivityNotFoundError,
  ActivityPausedError,
  ActivityResetError,
  type Client,
} from '@temporalio/client'
import type { Logger } from '#config/logger.ts'
import { describeError } from '#domain/errors.ts'
import type { HeartbeatAnswer } from '#domain/session/ports.ts'
import type { Checkpoint } from '#domain/session/types.ts'

/** Errors by which the server says that another attempt may own the session, or none. */
const REPLACED = [ActivityNotFoundError, ActivityPausedError, ActivityResetError]

/** @returns never rejects: an error is an answer */
export const createBeat =
  (client: Client, log: Logger) =>
  async (taskToken: Uint8Array, checkpoint: Checkpoint, deadlineMs: number): Promise<HeartbeatAnswer> => {
    try {
      await client.withDeadline(Date.now() + deadlineMs, () =>
        client.activity.heartbeat(taskToken, checkpoint),
      )
      return { kind: 'acknowledged' }
    } catch (error) {
      if (error instanceof ActivityCancelledError) return { kind: 'cancel_requested' }
      if (REPLACED.some((kind) => error instanceof kind)) return { kind: 'attempt_replaced' }
      log.debug({ why: describeError(error) }, 'heartbeat unanswered')
      return { kind: 'unreachable' }
    }
  }

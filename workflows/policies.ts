/** Every timeout and retry of the workflows, each with its reason. */
// Not here: the lease's times (domain/session/timing.ts), which must fit under HEARTBEAT_TIMEOUT_MS.
import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow'
import { TASK_QUEUES } from '#workflows/names.ts'

/** Silence after which the server gives a segment up. The lease (3.4 s) plus the life of a signed action (1.5 s) end before it. */
export const HEARTBEAT_TIMEOUT_MS = 5_000

/** Segments end themselves at this age, well before the server would cut them off without an outcome. */
export const SEGMENT_ROTATE_MS = 23 * 3_600_000

/**
 * The fast loop. One attempt: only the workflow may start the next one, with a higher epoch and after fencing.
 * Cancellation waits for the outcome, because it carries the checkpoint.
 */
export const SEGMENT: ActivityOptions = {
  taskQueue: TASK_QUEUES.trading,
  startToCloseTimeout: '24h',
  heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  retry: { maximumAttempts: 1 },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
}

/** Fencing and closing: reads, cancels and reduce-only orders that repeat harmlessly, until the exchange confirms. */
export const EXCHANGE_SETTLE: ActivityOptions = {
  taskQueue: TASK_QUEUES.trading,
  startToCloseTimeout: '60s',
  heartbeatTimeout: '15s',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '10s' },
}

/** A command to one trading host. It is worthless when late: the cancelled segment and the lease do the same, slower. */
export const HOST_CONTROL: ActivityOptions = {
  scheduleToStartTimeout: '2s',
  startToCloseTimeout: '5s',
  retry: { maximumAttempts: 1 },
}

/** The kill's own way to the exchange, from another process than the loop's: tried until it worked, since nothing else may. */
export const EXCHANGE_KILL: ActivityOptions = {
  taskQueue: TASK_QUEUES.data,
  startToCloseTimeout: '15s',
  retry: { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '5s', maximumAttempts: 20 },
}

/** Small reads of settings, kill files and venue facts; a refusal is final, an unreachable exchange is not. */
export const PREPARE: ActivityOptions = {
  taskQueue: TASK_QUEUES.trading,
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '5m',
  retry: { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '5s' },
}

/** Rows and files of our own, written under the same key by a repeat. */
export const RECORD: ActivityOptions = {
  taskQueue: TASK_QUEUES.data,
  startToCloseTimeout: '2m',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s', maximumAttempts: 10 },
}

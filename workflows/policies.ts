/** Every timeout and retry of the workflows, each with its reason. */
// Not here: the lease's times and why they fit under the heartbeat timeout (domain/session/timing.ts).
import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow'
import { TIMING } from '#domain/session/timing.ts'
import { TASK_QUEUES } from '#workflows/names.ts'

/** Silence after which the server gives an attempt up. */
const HEARTBEAT_TIMEOUT_MS = TIMING.heartbeatTimeoutMs

/**
 * The fast loop. One attempt: only the workflow may start the next one, with a higher epoch and after fencing.
 * Cancellation waits for the outcome, because it carries the checkpoint.
 */
export const SEGMENT: ActivityOptions = {
  taskQueue: TASK_QUEUES.trading,
  // No host within this time: fence again before the next try, since the exchange has moved on meanwhile.
  scheduleToStartTimeout: '30s',
  // A segment returns by itself after TIMING.rotateAfterMs.
  startToCloseTimeout: '24h',
  heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  retry: { maximumAttempts: 1 },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
}

/** Fencing: reads and cancels that repeat harmlessly. A host that dies in it is noticed as fast as one that dies in a segment. */
export const FENCE: ActivityOptions = {
  taskQueue: TASK_QUEUES.trading,
  startToCloseTimeout: '60s',
  heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  // The session core repeats it, and between two tries it looks whether somebody wants the session to end.
  retry: { initialInterval: '250ms', backoffCoefficient: 2, maximumAttempts: 2 },
}

/** Closing: cancels and reduce-only orders. It waits for a host as long as it takes; the session core repeats it until the exchange confirms. */
export const CLOSE: ActivityOptions = {
  taskQueue: TASK_QUEUES.trading,
  startToCloseTimeout: '3m',
  heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumAttempts: 2 },
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
  scheduleToCloseTimeout: '2m',
  retry: { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '5s', maximumAttempts: 20 },
}

/** Looking at the exchange until a kill is complete. The activity itself waits; a repeat looks again. */
export const EXCHANGE_VERIFY: ActivityOptions = {
  taskQueue: TASK_QUEUES.data,
  startToCloseTimeout: '60s',
  scheduleToCloseTimeout: '3m',
  retry: { initialInterval: '500ms', maximumInterval: '5s', maximumAttempts: 5 },
}

/** Kill files and signals: local, so they work or the disk is full. */
export const KILL_PLANE: ActivityOptions = {
  taskQueue: TASK_QUEUES.orchestrator,
  startToCloseTimeout: '10s',
  retry: { initialInterval: '100ms', backoffCoefficient: 2, maximumInterval: '2s', maximumAttempts: 20 },
}

/** Reads from the venue that the session core repeats by itself. */
export const VENUE_READ: ActivityOptions = {
  taskQueue: TASK_QUEUES.trading,
  startToCloseTimeout: '15s',
  retry: { initialInterval: '250ms', backoffCoefficient: 2, maximumAttempts: 3 },
}

/** May the session start? A refusal is final, an unreachable exchange is not, for a while. */
export const PREPARE: ActivityOptions = {
  taskQueue: TASK_QUEUES.trading,
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '5m',
  retry: { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '5s' },
}

/** Rows of our own, written under the same key by a repeat. A session that ends waits for its last row, but not for ever. */
export const RECORD: ActivityOptions = {
  taskQueue: TASK_QUEUES.data,
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '10m',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s', maximumAttempts: 10 },
}

/** Scheduled jobs that the next minute repeats anyway: few attempts, so that a broken part does not pile up work. */
export const SMALL_JOB: ActivityOptions = {
  taskQueue: TASK_QUEUES.data,
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '50s',
  retry: { initialInterval: '1s', maximumInterval: '10s', maximumAttempts: 3 },
}

/** Archiving: files and rows under the same names by a repeat. */
export const ARCHIVE_JOB: ActivityOptions = {
  taskQueue: TASK_QUEUES.data,
  startToCloseTimeout: '5m',
  heartbeatTimeout: '30s',
  retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '1m', maximumAttempts: 10 },
}

/** Reports: they write rows of our own tables under the same key, so a repeat changes nothing; a dead host is noticed by its silence. */
export const REPORT: ActivityOptions = {
  taskQueue: TASK_QUEUES.data,
  startToCloseTimeout: '30m',
  heartbeatTimeout: '30s',
  retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '1m', maximumAttempts: 10 },
}

/** Healing and collecting from the venue's histories: it waits for its share of the request budget, and a repeat changes nothing. */
export const BACKFILL_JOB: ActivityOptions = {
  taskQueue: TASK_QUEUES.data,
  startToCloseTimeout: '30m',
  heartbeatTimeout: '2m',
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '1m', maximumAttempts: 5 },
}

/** Reading and scoring the leaderboard: minutes for a large document on a slow line; the schedule comes again soon. */
export const DAILY_READ: ActivityOptions = {
  taskQueue: TASK_QUEUES.data,
  startToCloseTimeout: '10m',
  scheduleToCloseTimeout: '20m',
  retry: { initialInterval: '5s', backoffCoefficient: 3, maximumInterval: '1m', maximumAttempts: 3 },
}

/**
 * Copying, archiving, dropping: every step is written down before it is taken, so a repeat goes on where the last one ended. A worker
 * that is only busy beats every second.
 */
export const DATA_JOB: ActivityOptions = {
  taskQueue: TASK_QUEUES.data,
  startToCloseTimeout: '30m',
  heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m', maximumAttempts: 20 },
}

/** Target weights of a follower: a read that the session core repeats by itself. */
export const TARGETS_READ: ActivityOptions = {
  taskQueue: TASK_QUEUES.data,
  startToCloseTimeout: '15s',
  scheduleToCloseTimeout: '45s',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumAttempts: 3 },
}

/** A part of a sweep: seconds to minutes of a core; its threads leave the event loop free, so it beats every second. */
export const SWEEP_PART: ActivityOptions = {
  taskQueue: TASK_QUEUES.data,
  startToCloseTimeout: '2h',
  heartbeatTimeout: '15s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s', maximumAttempts: 10 },
}

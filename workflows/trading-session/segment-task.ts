/** One segment as a task of the workflow: started on the trading queue, stopped by every path at once, its loss classified. */
// Not here: when to start or stop it (domain/session/control.ts), what it does (activities/trading-session/run-segment.ts).
import { ActivityFailure, CancelledFailure, TimeoutFailure, TimeoutType } from '@temporalio/common'
import { type ActivityOptions, CancellationScope, log, proxyActivities, sleep } from '@temporalio/workflow'
import type { KillVenueActivities } from '#activities/kill-switch.ts'
import type { ControlActivities } from '#activities/trading-session/control.ts'
import type { RunSegmentActivities } from '#activities/trading-session/run-segment.ts'
import { describeError } from '#domain/errors.ts'
import { type LostCause, SegmentLostError, type StopReason } from '#domain/session/effects.ts'
import type { SegmentInput } from '#domain/session/segment-input.ts'
import type { Checkpoint, KillMode, SegmentOutcome } from '#domain/session/types.ts'
import type { EpochMs } from '#domain/time.ts'
import { hostQueue } from '#workflows/names.ts'
import { EXCHANGE_KILL, HOST_CONTROL, SEGMENT } from '#workflows/policies.ts'

const { cancelSessionOrders } = proxyActivities<KillVenueActivities>(EXCHANGE_KILL)

export interface SegmentTask {
  /** Trading host of the present or last segment; '' before the first. */
  readonly host: string
  /** The segment said where it runs. */
  startedOn(host: string): void
  /** @throws SegmentLostError when no outcome came back */
  run(segment: SegmentInput): Promise<SegmentOutcome>
  stop(reason: StopReason, kill: { mode: KillMode; reason: string } | null): void
}

export interface SegmentOwner {
  session_id: string
  account: string
  now(): EpochMs
}

export function createSegmentTask(owner: SegmentOwner, knownHost: string): SegmentTask {
  let host = knownHost
  let scope: CancellationScope | null = null
  return {
    get host() {
      return host
    },
    startedOn(at) {
      host = at
    },
    async run(segment) {
      const { runSegment } = proxyActivities<RunSegmentActivities>({
        ...SEGMENT,
        summary: `${segment.engine} ${segment.coins.join(',')} epoch ${segment.epoch}`,
      })
      const own = new CancellationScope()
      scope = own
      try {
        const result = await own.run(() => runSegment({ segment, known_host: host }))
        host = result.host_id
        return result.outcome
      } catch (error) {
        throw lostSegment(error)
      } finally {
        if (scope === own) scope = null
      }
    },
    stop(reason, kill) {
      const own = scope
      if (reason !== 'kill' || kill === null || kill.mode === 'close_only') {
        const isRunning = (): boolean => scope === own && own !== null
        const cancel = (): void => (reason === 'stop' ? own?.cancel() : undefined)
        quietly(
          rotateUntilHeard({ owner, reason, isRunning, cancel, host: () => host }),
          `rotate for ${reason}`,
        )
        return
      }
      if (host !== '') quietly(killOnHost(owner, host, kill), `control of host ${host}`)
      own?.cancel()
      const { session_id, account } = owner
      quietly(cancelSessionOrders({ session_id, account }), 'cancel at the exchange')
    },
  }
}

interface Rotation {
  owner: SegmentOwner
  reason: StopReason
  isRunning(): boolean
  cancel(): void
  host(): string
}

// 3 × 2 s + 2 × 1 s: less than the 10 s for which the core waits for a stopped segment.
const ROTATE_TRIES = 3
const ROTATE_PAUSE = '1s'

/**
 * Asks the segment to end and hand back its checkpoint. It may not have begun yet, or run on another host than we think: then it is
 * asked again. A stop that nobody hears becomes a cancellation; a pause does not, since the loop would take that for a kill.
 */
async function rotateUntilHeard({ owner, reason, isRunning, cancel, host }: Rotation): Promise<void> {
  for (let attempt = 1; attempt <= ROTATE_TRIES && isRunning(); attempt++) {
    if (host() !== '' && (await rotateOnHost(owner, host(), reason))) return
    if (attempt < ROTATE_TRIES) await sleep(ROTATE_PAUSE, { summary: 'segment has not heard yet' })
  }
  if (isRunning()) cancel()
}

async function rotateOnHost(
  { session_id }: SegmentOwner,
  host: string,
  reason: StopReason,
): Promise<boolean> {
  const { rotateSegment } = proxyActivities<ControlActivities>(onHost(host, reason))
  const why = reason === 'pause' || reason === 'params' ? reason : 'command'
  try {
    return (await rotateSegment({ session_id, why })).acknowledged.length > 0
  } catch (error) {
    log.warn('host does not take commands', { host, why: describeError(error) })
    return false
  }
}

function killOnHost(
  { session_id, now }: SegmentOwner,
  host: string,
  { mode, reason }: { mode: KillMode; reason: string },
): Promise<unknown> {
  const { killSegments } = proxyActivities<ControlActivities>(onHost(host, `kill: ${mode}`))
  return killSegments({
    scope: { kind: 'session', session_id },
    mode,
    reason,
    requested_by: 'session workflow',
    requested_ts: now(),
  })
}

const onHost = (host: string, summary: string): ActivityOptions => ({
  ...HOST_CONTROL,
  taskQueue: hostQueue(host),
  summary,
})

/** The paths of a kill back each other up: one that fails is noted and never stops the others. */
function quietly(work: Promise<unknown>, what: string): void {
  work.catch((error: unknown) => log.warn(`${what} failed`, { why: describeError(error) }))
}

/** What the end without an outcome says about the old loop: only a heartbeat timeout, or an end that was reported, proves it silent. */
function lostSegment(error: unknown): unknown {
  if (!(error instanceof ActivityFailure)) return error
  const { cause } = error
  const lost = (kind: LostCause, checkpoint: Checkpoint | null = null) =>
    new SegmentLostError(kind, checkpoint, describeError(error))
  if (cause instanceof TimeoutFailure) {
    const checkpoint = (cause.lastHeartbeatDetails ?? null) as Checkpoint | null
    if (cause.timeoutType === TimeoutType.HEARTBEAT) return lost('heartbeat_timeout', checkpoint)
    if (cause.timeoutType === TimeoutType.SCHEDULE_TO_START) return lost('not_started')
    return lost('unclear', checkpoint)
  }
  if (cause instanceof CancelledFailure) return lost('unclear')
  return lost('failed')
}

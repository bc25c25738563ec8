/** A small control plane that behaves like Temporal where it matters: at-least-once tasks, heartbeat timeouts, late cancels, retries, outages. */
import { describeError } from '#domain/errors.ts'
import { SegmentLostError } from '#domain/session/effects.ts'
import type { ControlPlane, HeartbeatAnswer } from '#domain/session/ports.ts'
import { TIMING } from '#domain/session/timing.ts'
import type { Checkpoint, SegmentOutcome } from '#domain/session/types.ts'
import type { Host } from './host.ts'
import type { Inbox } from './host-inbox.ts'
import type { World } from './world.ts'

const NOT_STARTED_MS = 30_000
const REDISPATCH_MS = 200
const REPORT_AGAIN_MS = 500
const ACTIVITY_ATTEMPTS = 6

/** One start of a task on a host. */
interface Attempt {
  number: number
  host: Host
  state: 'running' | 'replaced' | 'over'
  lastBeatMs: number
  details: Checkpoint | null
  cancelRequested: boolean
  /** Fires the attempt's cancellation inside its host. */
  cancel: AbortController
  cancelWhy: 'cancel' | 'shutdown' | null
  inbox: Inbox | null
}

interface Task<Result> {
  name: string
  attempts: Attempt[]
  cancelRequested: boolean
  /** What the host runs. */
  work(attempt: Attempt, control: ControlPlane): Promise<Result>
  succeed(result: Result): void
  fail(attempt: Attempt | null, why: 'timeout' | 'failed' | 'not_started', message: string): void
}

export interface RunningSegment {
  rotate(why: 'params' | 'pause' | 'command'): void
  kill(order: { mode: 'off' | 'close_only' | 'halt' | 'flatten'; reason: string } | null): void
  /** A second start of the same task while the first may live on: what pausing and resuming an activity does. */
  twin(): void
}

export interface ControlPlaneSim {
  startSegment(
    work: (host: Host, inbox: Inbox, control: ControlPlane) => Promise<SegmentOutcome>,
    done: (outcome: SegmentOutcome) => void,
    lost: (error: SegmentLostError) => void,
  ): RunningSegment
  /** A short activity with retries, on whatever host is there. */
  runActivity<Result>(
    name: string,
    work: (host: Host, attempt: number) => Promise<Result>,
    done: (result: Result) => void,
    failed: (message: string) => void,
  ): void
  /** The server is back: what timed out while it was away times out now, unless a heartbeat comes first. */
  serverCameBack(): void
}

export function createControlPlane(world: World): ControlPlaneSim {
  const { scheduler, network } = world
  const open = new Set<() => void>()
  const serverUp = (): boolean => scheduler.nowMs >= world.serverDownUntilMs
  const reaches = (host: Host): boolean => serverUp() && scheduler.nowMs >= host.partitionedUntilMs

  function dispatch<Result>(task: Task<Result>, sinceMs: number): void {
    const { delayMs } = network.trip()
    scheduler.after(delayMs ?? REDISPATCH_MS, () => {
      const free = world.hosts.filter(
        (host) => host.process.isAlive && !host.process.isFrozen && reaches(host),
      )
      const host = free[world.random.int(0, Math.max(free.length - 1, 0))]
      if (host) start(task, host)
      else if (scheduler.nowMs - sinceMs >= NOT_STARTED_MS)
        task.fail(null, 'not_started', 'no worker took it')
      else scheduler.after(REDISPATCH_MS, () => dispatch(task, sinceMs))
    })
  }

  function start<Result>(task: Task<Result>, host: Host): void {
    const attempt: Attempt = {
      number: task.attempts.length + 1,
      host,
      state: 'running',
      lastBeatMs: scheduler.nowMs,
      details: null,
      cancelRequested: task.cancelRequested,
      cancel: new AbortController(),
      cancelWhy: null,
      inbox: null,
    }
    task.attempts.push(attempt)
    world.log(`server starts ${task.name} attempt ${attempt.number} on ${host.process.name}`)
    watch(task, attempt)
    network.send(() => host.process.deliver(() => runOnHost(task, attempt)))
  }

  function watch<Result>(task: Task<Result>, attempt: Attempt): void {
    const look = (): void => {
      if (attempt.state !== 'running') {
        open.delete(look)
        return
      }
      const silentMs = scheduler.nowMs - attempt.lastBeatMs
      if (!serverUp()) return // looked at again when it is back
      if (silentMs >= TIMING.heartbeatTimeoutMs) {
        open.delete(look)
        attempt.state = 'over'
        world.log(`server times out ${task.name} attempt ${attempt.number}`)
        task.fail(attempt, 'timeout', 'heartbeat timeout')
      } else scheduler.after(TIMING.heartbeatTimeoutMs - silentMs, look)
    }
    open.add(look)
    scheduler.after(TIMING.heartbeatTimeoutMs, look)
  }

  function runOnHost<Result>(task: Task<Result>, attempt: Attempt): void {
    const { process, shutdown } = attempt.host
    const control: ControlPlane = {
      attempt: attempt.number,
      signal: attempt.cancel.signal,
      reason: () => attempt.cancelWhy,
      heartbeat: (checkpoint) => beat(attempt, checkpoint),
    }
    shutdown.signal.addEventListener('abort', () => cancelInside(attempt, 'shutdown'), { once: true })
    task.work(attempt, control).then(
      (result) => report(task, attempt, () => task.succeed(result)),
      (error: unknown) => {
        world.log(`${process.name} ${task.name} threw ${describeError(error)}`)
        report(task, attempt, () => task.fail(attempt, 'failed', describeError(error)))
      },
    )
  }

  function cancelInside(attempt: Attempt, why: 'cancel' | 'shutdown'): void {
    attempt.cancelWhy ??= why
    attempt.cancel.abort()
  }

  function beat(attempt: Attempt, checkpoint: Checkpoint): Promise<HeartbeatAnswer> {
    const { host } = attempt
    return new Promise((resolve) => {
      const takeBack = host.process.after(TIMING.heartbeatDeadlineMs, () => resolve({ kind: 'unreachable' }))
      const answer = (kind: HeartbeatAnswer['kind']): void =>
        network.send(() =>
          host.process.deliver(() => {
            takeBack()
            resolve({ kind })
          }),
        )
      if (!reaches(host)) return
      network.send(() => {
        if (!reaches(host)) return
        if (attempt.state !== 'running') return answer('attempt_replaced')
        attempt.lastBeatMs = scheduler.nowMs
        attempt.details = checkpoint
        answer(attempt.cancelRequested ? 'cancel_requested' : 'acknowledged')
      })
    })
  }

  /** Tells the server until it has heard; the attempt may be over by then. */
  function report<Result>(_task: Task<Result>, attempt: Attempt, finish: () => void): void {
    const { process } = attempt.host
    const tell = (): void => {
      if (!reaches(attempt.host)) {
        process.after(REPORT_AGAIN_MS, tell)
        return
      }
      const { delayMs } = network.trip()
      scheduler.after(delayMs ?? REPORT_AGAIN_MS, () => {
        if (!serverUp()) return void process.after(REPORT_AGAIN_MS, tell)
        if (attempt.state !== 'running') return
        attempt.state = 'over'
        finish()
      })
    }
    tell()
  }

  return {
    startSegment(work, done, lost) {
      const task: Task<SegmentOutcome> = {
        name: 'segment',
        attempts: [],
        cancelRequested: false,
        async work(attempt, control) {
          const inbox = attempt.host.openInbox()
          attempt.inbox = inbox
          try {
            return await work(attempt.host, inbox, control)
          } finally {
            attempt.host.inboxes.delete(inbox)
          }
        },
        succeed: (outcome) => toCoordinator(world, () => done(outcome)),
        fail: (attempt, why, message) => {
          const cause = why === 'timeout' ? 'heartbeat_timeout' : why
          toCoordinator(world, () => lost(new SegmentLostError(cause, attempt?.details ?? null, message)))
        },
      }
      dispatch(task, scheduler.nowMs)
      return segmentHandle(world, task, cancelInside, (host) => start(task, host))
    },
    runActivity(name, work, done, failed) {
      const attemptOne = (number: number): void => {
        const task: Task<unknown> = {
          name,
          attempts: [],
          cancelRequested: false,
          work: (attempt, control) => {
            keepBeating(attempt, control)
            return work(attempt.host, number)
          },
          succeed: (result) => toCoordinator(world, () => done(result as never)),
          fail: (_attempt, why, message) => {
            if (number >= ACTIVITY_ATTEMPTS) toCoordinator(world, () => failed(`${why}: ${message}`))
            else scheduler.after(300 * number, () => attemptOne(number + 1))
          },
        }
        dispatch(task, scheduler.nowMs)
      }
      attemptOne(1)
    },
    serverCameBack() {
      for (const look of open) scheduler.after(world.random.int(0, 1_200), look)
    },
  }

  /** What a worker does for a plain activity: beats for as long as the process lives and the task runs. */
  function keepBeating(attempt: Attempt, control: ControlPlane): void {
    const again = (): void => {
      if (attempt.state !== 'running') return
      void control.heartbeat(null as never, 0)
      attempt.host.process.after(1_000, again)
    }
    again()
  }
}

function segmentHandle(
  world: World,
  task: Task<SegmentOutcome>,
  cancelInside: (attempt: Attempt, why: 'cancel') => void,
  startTwin: (host: Host) => void,
): RunningSegment {
  const { network } = world
  const each = (tell: (attempt: Attempt) => void): void => {
    for (const attempt of task.attempts) {
      if (attempt.state !== 'over') network.send(() => attempt.host.process.deliver(() => tell(attempt)))
    }
  }
  return {
    rotate: (why) => each((attempt) => attempt.inbox?.rotate(why)),
    kill(order) {
      task.cancelRequested = true
      for (const attempt of task.attempts) attempt.cancelRequested = true
      each((attempt) => {
        if (order && order.mode !== 'off') attempt.inbox?.command(order.mode, 'control', order.reason)
      })
      each((attempt) => cancelInside(attempt, 'cancel'))
    },
    twin() {
      const [first] = task.attempts
      const other = world.hosts[first?.host.index === 0 ? 1 : 0]
      if (first?.state !== 'running' || task.attempts.length > 1 || !other?.process.isAlive) return
      first.state = 'replaced'
      startTwin(other)
    },
  }
}

/** Results reach the workflow when the server and a workflow worker are there. */
function toCoordinator(world: World, job: () => void): void {
  const { scheduler } = world
  const wait = Math.max(world.serverDownUntilMs, world.orchestratorDownUntilMs) - scheduler.nowMs
  if (wait > 0) scheduler.after(wait, () => toCoordinator(world, job))
  else scheduler.after(2, () => world.wakeCoordinator(job))
}

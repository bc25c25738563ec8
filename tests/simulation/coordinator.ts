/** The session's coordinator in a simulated world: the real loop over effects that wait for servers, hosts and their network. */
// Not here: the world around it (world.ts), which attempt runs on which host (control-plane.ts).
import { HoldfastError } from '#domain/errors.ts'
import { hash32 } from '#domain/ids.ts'
import { liveGate } from '#domain/risk/live-gates.ts'
import { closeSession } from '#domain/session/close.ts'
import { runSession } from '#domain/session/control.ts'
import type {
  CloseInput,
  CloseResult,
  FenceInput,
  FenceResult,
  ResumeState,
  SessionEffects,
} from '#domain/session/effects.ts'
import { fenceAndReconcile } from '#domain/session/fence.ts'
import type { ControlPlane, Venue } from '#domain/session/ports.ts'
import { runSegment } from '#domain/session/segment.ts'
import type { SegmentInput } from '#domain/session/segment-input.ts'
import type { PositionState, SessionReport, SessionState } from '#domain/session/types.ts'
import { type WishBox, wishBoxFor } from '#domain/session/wishes.ts'
import { behindGate } from '#workers/support/mode-parts.ts'
import { targetsAt } from './follower-plan.ts'
import type { Host } from './host.ts'
import type { Inbox } from './host-inbox.ts'
import { hasStop, type Watch } from './invariants.ts'
import { SIZE_DECIMALS } from './market.ts'
import type { Bug, Plan } from './plan.ts'
import type { World } from './world.ts'

export class Coordinator {
  wishes: WishBox
  /** Set by the plan: the loop ends at its next turn and goes on from what it remembered. */
  continueAsNew = false
  report: SessionReport | null = null
  refused: string | null = null
  state: SessionState = 'STARTING'
  endedMs: number | null = null
  flattened = false
  /** True while a position is nobody's but the close's to end. */
  closing = false
  /** Positions of the last close. */
  lastKnown: readonly PositionState[] = []
  readonly #world: World
  readonly #plan: Plan
  readonly #bug: Bug | null
  readonly #watch: Watch
  #waiters: { condition: () => boolean; resolve: (held: boolean) => void }[] = []
  #dirty = false

  constructor(world: World, { plan, bug, watch }: { plan: Plan; bug: Bug | null; watch: Watch }) {
    this.#world = world
    this.#plan = plan
    this.#bug = bug
    this.#watch = watch
    this.wishes = wishBoxFor(plan.input, null)
  }

  /** Does something that its conditions may depend on. */
  wake(job: () => void): void {
    job()
    this.#dirty = true
  }

  wakeWaiters(): boolean {
    if (!this.#dirty) return false
    this.#dirty = false
    const holding = this.#waiters.filter(({ condition }) => condition())
    if (holding.length === 0) return false
    this.#waiters = this.#waiters.filter((waiter) => !holding.includes(waiter))
    for (const { resolve } of holding) resolve(true)
    this.#dirty = true
    return true
  }

  async run(resume: ResumeState | null): Promise<void> {
    try {
      const end = await runSession(this.#plan.input, this.#effects(), this.wishes, resume)
      if (end.kind === 'continue') {
        this.#world.log('coordinator continues as new')
        const carried = JSON.parse(JSON.stringify(end.resume)) as ResumeState
        const wishes = wishBoxFor(this.#plan.input, carried)
        this.wishes = wishes
        this.continueAsNew = false
        return await this.run(carried)
      }
      this.report = end.report
      this.#world.log(`report ${JSON.stringify(end.report)}`)
    } catch (error) {
      this.refused = error instanceof HoldfastError ? error.code : String(error)
      this.#world.log(`session refused: ${this.refused}`)
      if (this.refused !== 'KILL_IN_FORCE') throw error
    }
    this.endedMs = this.#world.scheduler.nowMs
  }

  #effects(): SessionEffects {
    const { scheduler } = this.#world
    return {
      now: () => scheduler.nowMs,
      run: hash32('run-1'),
      admit: () =>
        this.#activity('admit', () =>
          Promise.resolve({
            size_decimals: Object.fromEntries(this.#plan.input.coins.map((coin) => [coin, SIZE_DECIMALS])),
            kill: this.#world.killFile,
          }),
        ),
      fence: async (input) => {
        const protectedCoins = this.#world.venue.coins().filter((coin) => hasStop(this.#world.venue, coin))
        const result = await this.#activity('fence', (host) => this.#fence(host, input))
        this.#world.log(`coordinator: fence granted epoch ${result.epoch}`)
        this.#watch.onGranted(result.epoch, protectedCoins)
        return result
      },
      history: ({ bars, coin }) =>
        this.#activity('history', () =>
          Promise.resolve(this.#world.market.candles.slice(-bars).map((candle) => ({ ...candle, coin }))),
        ),
      targets: () => this.#activity('targets', () => Promise.resolve(targetsAt(scheduler.nowMs))),
      runSegment: (input) =>
        new Promise((resolve, reject) => {
          this.#world.running = this.#world.plane.startSegment(
            (host, inbox, control) => this.#segment(host, inbox, control, input),
            (outcome) => {
              this.#world.log(`coordinator: segment e${input.epoch} ended ${outcome.kind}`)
              this.#watch.onReturned(outcome)
              this.#world.running = null
              resolve(JSON.parse(JSON.stringify(outcome)))
            },
            (error) => {
              this.#world.log(`coordinator: ${error.message}`)
              this.#world.running = null
              reject(error)
            },
          )
        }),
      stopSegment: (reason, kill) => {
        this.#world.log(`coordinator: stops the segment, ${reason}`)
        if (reason === 'kill') this.#world.running?.kill(kill)
        else this.#world.running?.rotate(reason === 'stop' ? 'command' : reason)
      },
      close: async (input) => {
        this.flattened = input.flatten
        this.closing = true
        const result = await this.#activity('close', (host, attempt) => this.#close(host, input, attempt))
        this.#world.log(`coordinator: close ${input.step} ${result.clean ? 'clean' : result.message}`)
        this.#watch.onClosed(input, result)
        this.lastKnown = result.checkpoint.positions
        return result
      },
      publish: ({ state, reason }) => {
        this.state = state
        this.#world.log(`state ${state}: ${reason}`)
      },
      report: () => Promise.resolve(),
      waitFor: (condition, timeoutMs) => this.#waitFor(condition, timeoutMs),
      shouldContinueAsNew: () => this.continueAsNew,
    }
  }

  #waitFor(condition: () => boolean, timeoutMs?: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true)
    return new Promise((resolve) => {
      const waiter = { condition, resolve }
      this.#waiters.push(waiter)
      if (timeoutMs === undefined) return
      this.#world.scheduler.after(timeoutMs, () => {
        const at = this.#waiters.indexOf(waiter)
        if (at < 0) return
        this.#waiters.splice(at, 1)
        resolve(condition())
        this.#dirty = true
      })
    })
  }

  #activity<Result>(name: string, work: (host: Host, attempt: number) => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#world.plane.runActivity(
        name,
        work,
        (result) => resolve(JSON.parse(JSON.stringify(result)) as Result),
        (message) =>
          reject(new HoldfastError(message, { code: 'ACTIVITY_FAILED', retryable: true, hint: 'wait' })),
      )
    })
  }

  async #segment(host: Host, inbox: Inbox, control: ControlPlane, input: SegmentInput) {
    const events = host.openEvents()
    try {
      return await runSegment(input, {
        clock: host.process.clock,
        market: host.market,
        events,
        venue: this.#gated(host.venue(), input),
        journal: host.journal(input.epoch),
        control: this.#bug === 'ignore-lease' ? withoutLease(control) : control,
        commands: inbox,
      })
    } finally {
      events.close()
    }
  }

  /** What workers/support/mode-parts.ts does for a live session. */
  #gated(venue: Venue, { limits }: SegmentInput): Venue {
    const { gates } = this.#plan
    return gates ? behindGate(venue, () => liveGate({ ...gates, limits })?.gate ?? null) : venue
  }

  #fence(host: Host, input: FenceInput): Promise<FenceResult> {
    const venue = host.venue()
    if (this.#bug === 'no-fence') {
      // The bug: it grants the epoch and folds the fills, and leaves the orders of the old epoch where they are.
      venue.openOrders = async () => []
    }
    return fenceAndReconcile(input, {
      clock: host.process.clock,
      venue,
      journal: host.journal(input.epoch),
      commands: {
        kill: () => (this.#world.killFile ? { ...this.#world.killFile, by: 'kill_switch' } : null),
      },
    })
  }

  #close(host: Host, input: CloseInput, attempt: number): Promise<CloseResult> {
    return closeSession(input, {
      clock: host.process.clock,
      venue: host.venue(),
      market: host.market,
      journal: host.journal(input.epoch),
      attempt,
      stillRunning: () => undefined,
    })
  }
}

/** The bug: a loop that believes every heartbeat was acknowledged, and hears of no replacement. */
const withoutLease = (control: ControlPlane): ControlPlane => ({
  ...control,
  signal: control.signal,
  async heartbeat(checkpoint, deadlineMs) {
    void control.heartbeat(checkpoint, deadlineMs)
    return { kind: 'acknowledged' }
  },
})

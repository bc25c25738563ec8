/** One world of one plan: venue, hosts, control plane and the real session core, in virtual time, watched by the invariants. */
import { HoldfastError } from '#domain/errors.ts'
import { hash32, sessionId } from '#domain/ids.ts'
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
import type {
  Decision,
  KillMode,
  OrderIntent,
  PositionState,
  SessionReport,
  SessionState,
} from '#domain/session/types.ts'
import { type WishBox, wishBoxFor } from '#domain/session/wishes.ts'
import { behindGate } from '#workers/support/mode-parts.ts'
import { type ControlPlaneSim, createControlPlane, type RunningSegment } from './control-plane.ts'
import { injectFault } from './faults.ts'
import { targetsAt } from './follower-plan.ts'
import { createHost, type Host } from './host.ts'
import type { Inbox } from './host-inbox.ts'
import { createWatch, hasStop, IN_FLIGHT_MS, type Violation, type Watch } from './invariants.ts'
import { createMarket, type Market, SIZE_DECIMALS } from './market.ts'
import { createMeter, type Met, type Meter } from './met.ts'
import { createNetwork, type Network } from './network.ts'
import type { Bug, Plan, Wish } from './plan.ts'
import { createRandom, type Random } from './random.ts'
import { createScheduler, type Scheduler } from './scheduler.ts'
import { createVenue, type SimVenue } from './venue.ts'

const START_MS = 1_700_000_000_000
const TICK_MS = 250
/** After the last fault and wish are over, a session that was told to end has this long. */
const HEAL_MS = 120_000
/** After the session has ended, zombies have this long to do harm. */
const AFTERMATH_MS = 25_000

export interface World {
  readonly scheduler: Scheduler
  readonly random: Random
  readonly network: Network
  readonly market: Market
  readonly venue: SimVenue
  hosts: Host[]
  killFile: { mode: KillMode; reason: string } | null
  serverDownUntilMs: number
  orchestratorDownUntilMs: number
  venueDownUntilMs: number
  venueSlowUntilMs: number
  answersLostUntilMs: number
  journalDownUntilMs: number
  unansweredModifies: number
  readonly meter: Meter
  readonly plane: ControlPlaneSim
  /** The segment that the coordinator believes in. */
  running: RunningSegment | null
  log(text: string): void
  wakeCoordinator(job: () => void): void
  onSent(host: Host, orders: readonly OrderIntent[]): void
  onIntent(order: OrderIntent): void
  onDecision(decision: Decision): void
  onJournalEvent(kind: string): void
}

export interface RunResult {
  violations: readonly Violation[]
  events: number
  orders: number
  /** What became of them at the venue; unanswered: how many calls heard nothing. */
  modifies: { done: number; gone: number; refused: number; unanswered: number }
  met: Met
  fills: number
  kills: number
  epochs: number
  decisions: number
  corrected: number
  finished: boolean
  /** Signed coins at the venue and in the session's last report, coins that are flat left out. */
  held: Readonly<Record<string, string>>
  known: Readonly<Record<string, string>>
  virtualMs: number
  trace: readonly string[]
}

export async function runPlan(
  plan: Plan,
  options: { bug?: Bug | undefined; trace?: boolean } = {},
): Promise<RunResult> {
  return new Simulation(plan, options.bug ?? null, options.trace ?? false).run()
}

class Simulation implements World {
  readonly scheduler = createScheduler(START_MS)
  readonly random: Random
  readonly network: Network
  readonly market: Market
  readonly venue: SimVenue
  hosts: Host[]
  killFile: World['killFile'] = null
  serverDownUntilMs = 0
  orchestratorDownUntilMs = 0
  venueDownUntilMs = 0
  venueSlowUntilMs = 0
  answersLostUntilMs = 0
  journalDownUntilMs = 0
  unansweredModifies = 0
  readonly meter = createMeter()
  readonly #plan: Plan
  readonly #bug: Bug | null
  readonly #trace: string[] | null
  readonly #watch: Watch
  readonly plane: ControlPlaneSim
  #wishes: WishBox
  running: RunningSegment | null = null
  #waiters: { condition: () => boolean; resolve: (held: boolean) => void }[] = []
  #coordinatorDirty = false
  #continueAsNew = false
  #report: SessionReport | null = null
  #lastKnown: readonly PositionState[] = []
  #refused: string | null = null
  #flattened = false
  #corrected = 0
  /** True while a position is nobody's but the close's to end. */
  #closing = false
  /** True in a world where a position has no excuse to be unprotected. */
  readonly #isCalm: boolean
  #decisions = 0
  #kills = 0
  #toldToEnd = false
  #state: SessionState = 'STARTING'
  #endedMs: number | null = null

  constructor(plan: Plan, bug: Bug | null, trace: boolean) {
    this.#plan = plan
    this.#bug = bug
    this.#trace = trace ? [] : null
    this.random = createRandom(plan.seed, 'world')
    this.#isCalm = plan.input.engine === 'candles' && plan.faults.length === 0 && plan.noise === 0
    this.network = createNetwork(this.scheduler, plan.seed, plan.noise)
    this.market = createMarket(createRandom(plan.seed, 'market'), START_MS)
    this.venue = createVenue(this.market, createRandom(plan.seed, 'venue'))
    this.#watch = createWatch(() => this.scheduler.nowMs - START_MS, this.venue, {
      id: sessionId(plan.input.mode, plan.input.session_key),
      positionUsdMax: plan.input.limits.position_usd_max,
    })
    this.venue.rejectShare = plan.rejects ?? 0
    this.hosts = [createHost(this, 0), createHost(this, 1)]
    this.plane = createControlPlane(this)
    this.#wishes = wishBoxFor(plan.input, null)
    this.venue.onAccepted = (order) => this.#watch.onAccepted(order)
    this.venue.onEvent = (event) => {
      for (const host of this.hosts) host.onAccountEvent(event)
    }
    this.scheduler.onSettled = () => this.#wakeWaiters()
  }

  async run(): Promise<RunResult> {
    const { scheduler } = this
    this.#tick()
    for (const fault of this.#plan.faults) scheduler.after(fault.atMs, () => injectFault(this, fault))
    for (const wish of this.#plan.wishes) scheduler.after(wish.atMs, () => this.#wish(wish))
    void this.#coordinate(null)
    const lastMs = Math.max(
      ...this.#plan.faults.map(({ atMs, forMs }) => atMs + forMs),
      ...this.#plan.wishes.map(({ atMs }) => atMs),
    )
    const untilMs = START_MS + lastMs + HEAL_MS
    const aftermath = (): boolean =>
      this.#endedMs !== null && scheduler.nowMs > Math.max(this.#endedMs, START_MS + lastMs) + AFTERMATH_MS
    await scheduler.run(untilMs, () => aftermath() || this.#watch.violations.length > 0)
    this.#watch.atEnd({
      finished: this.#report !== null,
      clean: this.#report?.state === 'CLOSED',
      flatten: this.#flattened,
      corrected: this.#corrected,
      expected: this.#mustHaveEnded(),
    })
    return {
      violations: this.#watch.violations,
      events: scheduler.events,
      orders: this.venue.orders.length,
      modifies: { ...this.venue.modified, unanswered: this.unansweredModifies },
      met: this.meter.read(this.venue),
      fills: this.venue.fills.length,
      kills: this.#kills,
      epochs: this.#report?.epochs ?? 0,
      decisions: this.#decisions,
      corrected: this.#corrected,
      finished: this.#report !== null,
      held: nonZero(this.venue.account().positions),
      known: nonZero(this.#lastKnown),
      virtualMs: scheduler.nowMs - START_MS,
      trace: this.#trace ?? [],
    }
  }

  /** A paused session runs no segment that could see a kill file; nothing of it trades, and it ends when it is resumed. */
  #mustHaveEnded(): boolean {
    const pausedUnaware = this.#state === 'PAUSED' && this.#wishes.kill.mode === 'off' && !this.#wishes.stop
    return this.#toldToEnd && !pausedUnaware && this.#refused === null && this.#watch.violations.length === 0
  }

  #tick(): void {
    const { scheduler, market, venue } = this
    market.step(scheduler.nowMs)
    venue.nowMs = scheduler.nowMs
    venue.match()
    for (const host of this.hosts) host.onTick()
    if (this.#isCalm && !this.#closing) this.#watch.onTick(TICK_MS)
    scheduler.after(TICK_MS, () => this.#tick())
  }

  log(text: string): void {
    this.#trace?.push(`${((this.scheduler.nowMs - START_MS) / 1_000).toFixed(3).padStart(8)} ${text}`)
  }

  onSent(host: Host, orders: readonly OrderIntent[]): void {
    this.#watch.onSent(host, orders, (this.killFile?.mode ?? 'off') !== 'off')
  }

  onIntent(order: OrderIntent): void {
    this.#watch.onIntent(order)
  }

  onDecision(decision: Decision): void {
    this.#decisions += 1
    this.#watch.onDecision(decision)
    const { coin, kind, reason, gate, seq } = decision
    this.log(`decision ${seq} ${coin} ${kind} ${reason}${gate ? ` [${gate}]` : ''}`)
  }

  onJournalEvent(kind: string): void {
    if (kind === 'ledger_corrected') this.#corrected += 1
  }

  wakeCoordinator(job: () => void): void {
    job()
    this.#coordinatorDirty = true
  }

  #wakeWaiters(): boolean {
    if (!this.#coordinatorDirty) return false
    this.#coordinatorDirty = false
    const holding = this.#waiters.filter(({ condition }) => condition())
    if (holding.length === 0) return false
    this.#waiters = this.#waiters.filter((waiter) => !holding.includes(waiter))
    for (const { resolve } of holding) resolve(true)
    this.#coordinatorDirty = true
    return true
  }

  async #coordinate(resume: ResumeState | null): Promise<void> {
    try {
      const end = await runSession(this.#plan.input, this.#effects(), this.#wishes, resume)
      if (end.kind === 'continue') {
        this.log('coordinator continues as new')
        const carried = JSON.parse(JSON.stringify(end.resume)) as ResumeState
        const wishes = wishBoxFor(this.#plan.input, carried)
        this.#wishes = wishes
        this.#continueAsNew = false
        return await this.#coordinate(carried)
      }
      this.#report = end.report
      this.log(`report ${JSON.stringify(end.report)}`)
    } catch (error) {
      this.#refused = error instanceof HoldfastError ? error.code : String(error)
      this.log(`session refused: ${this.#refused}`)
      if (this.#refused !== 'KILL_IN_FORCE') throw error
    }
    this.#endedMs = this.scheduler.nowMs
  }

  #effects(): SessionEffects {
    const { scheduler } = this
    return {
      now: () => scheduler.nowMs,
      run: hash32('run-1'),
      admit: () =>
        this.#activity('admit', () =>
          Promise.resolve({
            size_decimals: Object.fromEntries(this.#plan.input.coins.map((coin) => [coin, SIZE_DECIMALS])),
            kill: this.killFile,
          }),
        ),
      fence: async (input) => {
        const protectedCoins = this.venue.coins().filter((coin) => hasStop(this.venue, coin))
        const result = await this.#activity('fence', (host) => this.#fence(host, input))
        this.log(`coordinator: fence granted epoch ${result.epoch}`)
        this.#watch.onGranted(result.epoch, protectedCoins)
        return result
      },
      history: ({ bars, coin }) =>
        this.#activity('history', () =>
          Promise.resolve(this.market.candles.slice(-bars).map((candle) => ({ ...candle, coin }))),
        ),
      targets: () => this.#activity('targets', () => Promise.resolve(targetsAt(scheduler.nowMs))),
      runSegment: (input) =>
        new Promise((resolve, reject) => {
          this.running = this.plane.startSegment(
            (host, inbox, control) => this.#segment(host, inbox, control, input),
            (outcome) => {
              this.log(`coordinator: segment e${input.epoch} ended ${outcome.kind}`)
              this.#watch.onReturned(outcome)
              this.running = null
              resolve(JSON.parse(JSON.stringify(outcome)))
            },
            (error) => {
              this.log(`coordinator: ${error.message}`)
              this.running = null
              reject(error)
            },
          )
        }),
      stopSegment: (reason, kill) => {
        this.log(`coordinator: stops the segment, ${reason}`)
        if (reason === 'kill') this.running?.kill(kill)
        else this.running?.rotate(reason === 'stop' ? 'command' : reason)
      },
      close: async (input) => {
        this.#flattened = input.flatten
        this.#closing = true
        const result = await this.#activity('close', (host, attempt) => this.#close(host, input, attempt))
        this.log(`coordinator: close ${input.step} ${result.clean ? 'clean' : result.message}`)
        this.#watch.onClosed(input, result)
        this.#lastKnown = result.checkpoint.positions
        return result
      },
      publish: ({ state, reason }) => {
        this.#state = state
        this.log(`state ${state}: ${reason}`)
      },
      report: () => Promise.resolve(),
      waitFor: (condition, timeoutMs) => this.#waitFor(condition, timeoutMs),
      shouldContinueAsNew: () => this.#continueAsNew,
    }
  }

  #waitFor(condition: () => boolean, timeoutMs?: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true)
    return new Promise((resolve) => {
      const waiter = { condition, resolve }
      this.#waiters.push(waiter)
      if (timeoutMs === undefined) return
      this.scheduler.after(timeoutMs, () => {
        const at = this.#waiters.indexOf(waiter)
        if (at < 0) return
        this.#waiters.splice(at, 1)
        resolve(condition())
        this.#coordinatorDirty = true
      })
    })
  }

  #activity<Result>(name: string, work: (host: Host, attempt: number) => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.plane.runActivity(
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
      commands: { kill: () => (this.killFile ? { ...this.killFile, by: 'kill_switch' } : null) },
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

  #wish(wish: Wish): void {
    this.log(`somebody wishes ${wish.kind}${wish.kind === 'kill' ? ` ${wish.mode} by ${wish.path}` : ''}`)
    if (wish.kind === 'stop') this.#toldToEnd = true
    const { kind } = wish
    if (kind === 'kill') this.#kill(wish)
    else if (kind === 'continue_as_new') this.#continueAsNew = true
    else if (kind === 'command') this.#tellWorkflow(() => this.#wishes.askCommand(wish.command))
    else this.#tellWorkflow(() => this.#askFor(kind))
  }

  #askFor(kind: Exclude<Wish['kind'], 'kill' | 'continue_as_new' | 'command'>): void {
    const { limits, params } = this.#plan.input
    if (kind === 'stop') this.#wishes.askStop()
    if (kind === 'pause') this.#wishes.askPause()
    if (kind === 'resume') this.#wishes.askResume()
    if (kind === 'update') this.#wishes.askUpdate({ params, limits })
  }

  /** A message waits for server and workflow worker. */
  #tellWorkflow(job: () => void): void {
    const wait = Math.max(this.serverDownUntilMs, this.orchestratorDownUntilMs) - this.scheduler.nowMs
    if (wait > 0) this.scheduler.after(wait, () => this.#tellWorkflow(job))
    else this.scheduler.after(5, () => this.wakeCoordinator(job))
  }

  #kill(wish: Extract<Wish, { kind: 'kill' }>): void {
    const { mode, path } = wish
    const reason = `kill by ${path}`
    this.#kills += 1
    if (mode !== 'close_only') this.#toldToEnd = true
    if (path === 'direct' || path === 'file') {
      const before = this.killFile?.mode ?? 'off'
      const severity = ['off', 'close_only', 'halt', 'flatten']
      if (severity.indexOf(mode) > severity.indexOf(before)) this.killFile = { mode, reason }
      for (const host of this.hosts) this.#tellHost(host, mode, path, reason)
      if (path === 'direct') this.#tellWorkflow(() => this.#wishes.askKill({ mode, reason }))
      return
    }
    this.#tellWorkflow(() => this.#wishes.askKill({ mode, reason }))
  }

  #tellHost(host: Host, mode: KillMode, path: 'direct' | 'file', reason: string): void {
    // A file is seen by its watcher after a moment; a request by the process as soon as it runs.
    host.process.after(path === 'file' ? this.random.int(1, 250) : 1, () => {
      for (const inbox of host.inboxes) {
        if (path === 'direct') inbox.command(mode, 'direct', reason)
        else inbox.wake()
      }
      if (mode !== 'close_only' && path === 'direct') {
        const wasRunning = host.inboxes.size > 0
        this.#watch.onKillTaken(host)
        this.log(`${host.process.name} acknowledges the kill`)
        if (wasRunning) this.#checkInFlight(this.scheduler.nowMs)
      }
    })
  }

  /** An order that was under way when the kill was acknowledged dies by its expiry: none is accepted later. */
  #checkInFlight(ackMs: number): void {
    const before = this.venue.onAccepted
    this.venue.onAccepted = (order) => {
      before(order)
      if (!order.intent.reduce_only && this.scheduler.nowMs > ackMs + IN_FLIGHT_MS) {
        this.#watch.onSent(this.hosts[0] as Host, [order.intent], true)
      }
    }
  }
}

const nonZero = (positions: readonly { coin: string; sz: string }[]): Record<string, string> =>
  Object.fromEntries(positions.filter(({ sz }) => Number(sz) !== 0).map(({ coin, sz }) => [coin, sz]))

/** The bug: a loop that believes every heartbeat was acknowledged, and hears of no replacement. */
const withoutLease = (control: ControlPlane): ControlPlane => ({
  ...control,
  signal: control.signal,
  async heartbeat(checkpoint, deadlineMs) {
    void control.heartbeat(checkpoint, deadlineMs)
    return { kind: 'acknowledged' }
  },
})

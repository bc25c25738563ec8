/** One world of one plan: venue, hosts, control plane and the real session core, in virtual time, watched by the invariants. */
// Not here: the loop of the session over its effects (coordinator.ts), a host (host.ts), the rules (invariants.ts).
import { sessionId } from '#domain/ids.ts'
import type { Decision, KillMode, OrderIntent } from '#domain/session/types.ts'
import { type ControlPlaneSim, createControlPlane, type RunningSegment } from './control-plane.ts'
import { Coordinator } from './coordinator.ts'
import { injectFault } from './faults.ts'
import { createHost, type Host } from './host.ts'
import { createWatch, IN_FLIGHT_MS, type Violation, type Watch } from './invariants.ts'
import { createMarket, type Market } from './market.ts'
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
  readonly #trace: string[] | null
  readonly #watch: Watch
  readonly #coordinator: Coordinator
  readonly plane: ControlPlaneSim
  running: RunningSegment | null = null
  #corrected = 0
  /** True in a world where a position has no excuse to be unprotected. */
  readonly #isCalm: boolean
  #decisions = 0
  #kills = 0
  #toldToEnd = false

  constructor(plan: Plan, bug: Bug | null, trace: boolean) {
    this.#plan = plan
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
    this.#coordinator = new Coordinator(this, { plan, bug, watch: this.#watch })
    this.venue.onAccepted = (order) => this.#watch.onAccepted(order)
    this.venue.onEvent = (event) => {
      for (const host of this.hosts) host.onAccountEvent(event)
    }
    this.scheduler.onSettled = () => this.#coordinator.wakeWaiters()
  }

  async run(): Promise<RunResult> {
    const { scheduler } = this
    this.#tick()
    for (const fault of this.#plan.faults) scheduler.after(fault.atMs, () => injectFault(this, fault))
    for (const wish of this.#plan.wishes) scheduler.after(wish.atMs, () => this.#wish(wish))
    void this.#coordinator.run(null)
    const lastMs = Math.max(
      ...this.#plan.faults.map(({ atMs, forMs }) => atMs + forMs),
      ...this.#plan.wishes.map(({ atMs }) => atMs),
    )
    const untilMs = START_MS + lastMs + HEAL_MS
    const aftermath = (): boolean =>
      this.#coordinator.endedMs !== null &&
      scheduler.nowMs > Math.max(this.#coordinator.endedMs, START_MS + lastMs) + AFTERMATH_MS
    await scheduler.run(untilMs, () => aftermath() || this.#watch.violations.length > 0)
    this.#watch.atEnd({
      finished: this.#coordinator.report !== null,
      clean: this.#coordinator.report?.state === 'CLOSED',
      flatten: this.#coordinator.flattened,
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
      epochs: this.#coordinator.report?.epochs ?? 0,
      decisions: this.#decisions,
      corrected: this.#corrected,
      finished: this.#coordinator.report !== null,
      held: nonZero(this.venue.account().positions),
      known: nonZero(this.#coordinator.lastKnown),
      virtualMs: scheduler.nowMs - START_MS,
      trace: this.#trace ?? [],
    }
  }

  /** A paused session runs no segment that could see a kill file; nothing of it trades, and it ends when it is resumed. */
  #mustHaveEnded(): boolean {
    const pausedUnaware =
      this.#coordinator.state === 'PAUSED' &&
      this.#coordinator.wishes.kill.mode === 'off' &&
      !this.#coordinator.wishes.stop
    return (
      this.#toldToEnd &&
      !pausedUnaware &&
      this.#coordinator.refused === null &&
      this.#watch.violations.length === 0
    )
  }

  #tick(): void {
    const { scheduler, market, venue } = this
    market.step(scheduler.nowMs)
    venue.nowMs = scheduler.nowMs
    venue.match()
    for (const host of this.hosts) host.onTick()
    if (this.#isCalm && !this.#coordinator.closing) this.#watch.onTick(TICK_MS)
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
    this.#coordinator.wake(job)
  }

  #wish(wish: Wish): void {
    this.log(`somebody wishes ${wish.kind}${wish.kind === 'kill' ? ` ${wish.mode} by ${wish.path}` : ''}`)
    if (wish.kind === 'stop') this.#toldToEnd = true
    const { kind } = wish
    if (kind === 'kill') this.#kill(wish)
    else if (kind === 'continue_as_new') this.#coordinator.continueAsNew = true
    else if (kind === 'command') this.#tellWorkflow(() => this.#coordinator.wishes.askCommand(wish.command))
    else this.#tellWorkflow(() => this.#askFor(kind))
  }

  #askFor(kind: Exclude<Wish['kind'], 'kill' | 'continue_as_new' | 'command'>): void {
    const { limits, params } = this.#plan.input
    if (kind === 'stop') this.#coordinator.wishes.askStop()
    if (kind === 'pause') this.#coordinator.wishes.askPause()
    if (kind === 'resume') this.#coordinator.wishes.askResume()
    if (kind === 'update') this.#coordinator.wishes.askUpdate({ params, limits })
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
      if (path === 'direct') this.#tellWorkflow(() => this.#coordinator.wishes.askKill({ mode, reason }))
      return
    }
    this.#tellWorkflow(() => this.#coordinator.wishes.askKill({ mode, reason }))
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

/** One segment: hosts an engine's fast loop under a lease, renews the lease, watches every way to be told to stop, and hands back a checkpoint. */
// Not here: what the engines do (segment-candles.ts, segment-maker.ts), when to start or retry a segment (control.ts).
import { describeError } from '#domain/errors.ts'
import { formatFixed, parseFixed } from '#domain/fixed-point.ts'
import { killReason } from '#domain/risk/kill-rules.ts'
import {
  checkpointNow,
  equityUsd,
  openContext,
  type SegmentContext,
  sessionPnlE8,
} from '#domain/session/context.ts'
import { within } from '#domain/session/deadline.ts'
import type { SegmentPorts } from '#domain/session/ports.ts'
import { audit, auditDue, pump, settleUnknown, takeEvents } from '#domain/session/reconcile.ts'
import { checkDrawdown, observe } from '#domain/session/risk-desk.ts'
import { createCandleEngine } from '#domain/session/segment-candles.ts'
import { type Commander, createCommander } from '#domain/session/segment-commands.ts'
import { createFollowerEngine } from '#domain/session/segment-follower.ts'
import type { SegmentInput } from '#domain/session/segment-input.ts'
import { createMakerEngine } from '#domain/session/segment-maker.ts'
import { outcomeOf } from '#domain/session/stop-gate.ts'
import { TIMING } from '#domain/session/timing.ts'
import type { CandleSnapshot, SegmentOutcome } from '#domain/session/types.ts'
import { windDown } from '#domain/session/wind-down.ts'

/** What an engine is to the loop. It may wait only in bounded calls. */
export interface Engine {
  /** One turn. A snapshot ends the segment with `decision_due`. */
  turn(): Promise<CandleSnapshot | null>
  /** How long the loop may sleep when nothing happens, milliseconds. */
  waitMs(): number
  /** Shortest pause after a turn, during which no event wakes the loop, milliseconds. */
  pauseMs(): number
  /** One step towards protecting what is held. @returns true when it sent something, so that there may be more to do */
  protect(): Promise<boolean>
}

const EQUITY_EVERY_MS = 1_000
/** While a command's order is unexplained the loop looks often. */
const UNSETTLED_MS = 50
const RETRY_AUDIT_MS = 500
const LATE_LOOP_MS = 500
const PROTECT_PAUSE_MS = 20

/**
 * Runs until something ends it. Whatever that is, own orders that could open risk are cancelled before it returns.
 * @throws what the engine threw, after the same cleaning up: a bug, which the coordinator treats as a lost segment
 */
export async function runSegment(input: SegmentInput, ports: SegmentPorts): Promise<SegmentOutcome> {
  // A second start of the same task has a twin with the same order ids: only a new epoch may trade.
  if (ports.control.attempt > 1) {
    return { kind: 'safe', checkpoint: input.checkpoint, reason: 'attempt_replaced' }
  }
  const context = openContext(input, ports)
  const ended = new AbortController()
  const beating = renewLease(context, ended.signal)
  const guarding = guardLease(context, ended.signal)
  try {
    return await runUntilStopped(context)
  } finally {
    ended.abort()
    context.stop.close()
    await guarding
    void beating // at most one heartbeat still waits for its answer, which nobody needs
  }
}

function engineOf(context: SegmentContext): Engine {
  const { input } = context
  if (input.engine === 'candles') return createCandleEngine(context, input)
  return input.engine === 'maker' ? createMakerEngine(context, input) : createFollowerEngine(context, input)
}

async function runUntilStopped(context: SegmentContext): Promise<SegmentOutcome> {
  const { ports, stop } = context
  const { clock } = ports
  const { input } = context
  const engine = engineOf(context)
  const commander = createCommander(context, input.commands ?? [])
  const working = loop(context, engine, commander).then(
    (snapshot) => ({ snapshot, error: null }),
    (error: unknown) => ({ snapshot: null, error }),
  )
  await Promise.race([working, aborted(stop.signal)])
  // A kill does not wait for the call that the loop is in: taking back what rests starts beside it. The loop itself can send
  // nothing any more, so one that still waits for an answer may be left behind; its order is in the checkpoint.
  const untilMs = clock.monotonicMs() + TIMING.windDownMs
  await windDown(context, untilMs)
  const late = clock.sleep(LATE_LOOP_MS).then(() => null)
  const rested = await Promise.race([working, late])
  if (hasOpened(context)) await windDown(context, untilMs) // what the loop's last call brought to life meanwhile
  if (rested) await leaveProtected(context, engine, untilMs)
  const why = stop.look()
  const checkpoint = checkpointNow(context)
  context.returned = true
  if (why)
    return {
      ...outcomeOf(why, checkpoint),
      ...(input.commands?.length ? { commands: commander.finish(), stops: context.addedStops } : {}),
    }
  if (rested?.snapshot) return { kind: 'decision_due', checkpoint, snapshot: rested.snapshot }
  ports.journal.event('segment_failed', { why: describeError(rested?.error) })
  throw rested?.error
}

/**
 * A pause or a handover may come between an entry and its stop, and then nobody runs for a while: the stop is set first. After a
 * kill the close looks after the position, and without a lease only the next epoch may.
 */
async function leaveProtected(context: SegmentContext, engine: Engine, untilMs: number): Promise<void> {
  const { desk, ports, stop } = context
  const { clock } = ports
  const isOrderly = (): boolean => ['rotated', 'handover'].includes(stop.look()?.kind ?? '')
  context.protecting = true
  while (isOrderly() && clock.monotonicMs() < untilMs) {
    await pump(context)
    if (!desk.isUnsettled() && !(await engine.protect())) break
    await clock.sleep(PROTECT_PAUSE_MS)
  }
  context.protecting = false
}

const hasOpened = ({ desk }: SegmentContext): boolean =>
  desk.live().some((order) => order.phase !== 'intended' && !order.intent.trigger)

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** The loop proper. Returns null once the gate has tripped. */
async function loop(
  context: SegmentContext,
  engine: Engine,
  commander: Commander,
): Promise<CandleSnapshot | null> {
  const { input, ports, stop } = context
  const { clock, events } = ports
  const startedMs = clock.monotonicMs()
  for (const decision of input.decisions) ports.journal.decision(decision)
  if (!(await getReady(context))) return null

  let equityMs = Number.NEGATIVE_INFINITY
  while (!stop.look()) {
    if (clock.monotonicMs() - startedMs >= input.rotate_after_ms) {
      stop.trip({ kind: 'rotated', reason: 'age' })
      break
    }
    await pump(context)
    if (auditDue(context)) await audit(context)
    if (stop.look() || checkLoss(context) || checkDrawdown(context)) break
    if (input.commands?.length) {
      if (await commander.turn()) await events.next(UNSETTLED_MS, stop.signal)
      else stop.trip({ kind: 'rotated', reason: 'command' })
      continue
    }
    const snapshot = await engine.turn()
    if (snapshot) return snapshot
    if (clock.monotonicMs() - equityMs >= EQUITY_EVERY_MS) {
      equityMs = clock.monotonicMs()
      observe(context)
      journalEquity(context)
    }
    const pause = engine.pauseMs()
    if (pause > 0) await clock.sleep(pause, stop.signal)
    if (!stop.signal.aborted) await events.next(engine.waitMs(), stop.signal)
  }
  return null
}

/** Waits for the first lease and a first look at the venue that succeeds. False when the segment was stopped before. */
async function getReady(context: SegmentContext): Promise<boolean> {
  const { lease, ports, stop } = context
  while (!stop.look()) {
    if (lease.isHeld()) {
      takeEvents(context)
      await settleUnknown(context)
      if (await audit(context)) return stop.look() === null
      await ports.clock.sleep(RETRY_AUDIT_MS, stop.signal)
    } else await ports.clock.sleep(10, stop.signal)
  }
  return false
}

function checkLoss(context: SegmentContext): boolean {
  const pnl = sessionPnlE8(context)
  const reason = killReason(pnl, context.input.limits.loss_usd_max)
  if (reason === null) return false
  context.ports.journal.event('loss_limit', { net_pnl_usd: formatFixed(pnl) })
  context.stop.trip({
    kind: 'killed',
    by: 'risk',
    mode: 'off',
    reason: `${reason}: net PnL ${formatFixed(pnl)} USD`,
  })
  return true
}

function journalEquity(context: SegmentContext): void {
  const { desk, ports } = context
  const { positions } = desk.fills.ledger
  ports.journal.equity({
    ts: ports.clock.now(),
    equityUsd: equityUsd(context),
    netPnlUsd: formatFixed(sessionPnlE8(context)),
    positions: Object.fromEntries(
      positions.filter(({ sz }) => parseFixed(sz) !== 0n).map(({ coin, sz }) => [coin, sz]),
    ),
  })
}

/** Beats once a second from sending to sending, until the segment has returned: also while it winds down. */
async function renewLease(context: SegmentContext, ended: AbortSignal): Promise<void> {
  const { lease, ports, stop } = context
  const { clock, control } = ports
  const startedMs = clock.monotonicMs()
  while (!ended.aborted) {
    const sent = lease.moment()
    const checkpoint = checkpointNow(context)
    const answered = await within(clock, TIMING.heartbeatDeadlineMs, () =>
      control.heartbeat(checkpoint, TIMING.heartbeatDeadlineMs),
    )
    const kind = answered.ok ? answered.value.kind : 'unreachable'
    if (kind === 'acknowledged') lease.renew(sent)
    if (kind === 'attempt_replaced') stop.trip({ kind: 'safe', reason: 'attempt_replaced' })
    if (kind === 'cancel_requested') {
      stop.trip({ kind: 'killed', by: 'cancel', mode: 'off', reason: 'cancelled by the control plane' })
    }
    const neverHeld = !lease.isHeld() && clock.monotonicMs() - startedMs >= TIMING.leaseTtlMs
    if (neverHeld) stop.trip({ kind: 'safe', reason: 'lease_expired' })
    const spent = clock.monotonicMs() - sent.monotonicMs
    await clock.sleep(Math.max(TIMING.leaseRenewMs - spent, 0), ended)
  }
}

/** Trips the gate in the moment the lease ends, not when the loop happens to look. */
async function guardLease({ lease, ports, stop }: SegmentContext, ended: AbortSignal): Promise<void> {
  while (!ended.aborted && !stop.signal.aborted) {
    const remaining = lease.remainingMs()
    await ports.clock.sleep(remaining > 0 ? remaining : TIMING.leaseRenewMs, anyOf(ended, stop.signal))
    stop.look()
  }
}

function anyOf(a: AbortSignal, b: AbortSignal): AbortSignal {
  return a.aborted ? a : b.aborted ? b : AbortSignal.any([a, b])
}

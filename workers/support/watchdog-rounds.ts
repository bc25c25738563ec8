/** The watchdog's rounds: pulls the orders of sessions whose lease ended, carries out kills that nobody carried out. Repeats harmlessly. */
// Not here: the process around it (workers/watchdog.ts), how a kill is enforced (exchange/client/enforce-kill.ts).
import type { Home } from '#config/home.ts'
import type { KillStore } from '#config/kill-store.ts'
import type { Logger } from '#config/logger.ts'
import { type LeaseFile, readLeases } from '#config/run-files.ts'
import { assert, describeError } from '#domain/errors.ts'
import { parseCloid } from '#domain/ids.ts'
import { formatScope } from '#domain/session/kill-order.ts'
import type { OpenOrder } from '#domain/session/ports.ts'
import { TIMING } from '#domain/session/timing.ts'
import type { KillOrder } from '#domain/session/types.ts'
import type { Clock, EpochMs } from '#domain/time.ts'
import type { Exchange } from '#exchange/client/connect.ts'
import { enforceKill, type KillEffect } from '#exchange/client/enforce-kill.ts'
import { isOrderOf, killTargets } from '#exchange/client/kill-targets.ts'

export const LIMITS = {
  /** After the end of a lease: until orders in flight are dead at the venue. */
  leaseGraceMs: TIMING.orderTtlMs + TIMING.clockSkewMs,
  /** How long sessions have to carry out a kill themselves. */
  killGraceMs: 3_000,
  /** Longest work on one kill in one round. */
  enforceMsMax: 4_000,
  /** A thing that was found done is looked at again after this. */
  recheckMs: 15_000,
} as const
assert(LIMITS.leaseGraceMs < LIMITS.killGraceMs, 'a kill gives sessions at least as long as a dead lease')

export interface WatchdogParts {
  home: Home
  killStore: KillStore
  /** Opened on first need; a failure is retried in the next round. */
  exchange: () => Promise<Exchange>
  /** Accounts that a kill of all means. */
  accounts: () => readonly string[]
  clock: Clock
  log: Logger
}

/** What `GET /status` shows. */
export interface WatchdogStatus {
  rounds: number
  last_round_ts: EpochMs
  /** Message of the last round that failed, or ''. */
  last_error: string
  stale_leases: string[]
  kills: { scope: string; mode: string; done: boolean; orders_canceled: number; closing_orders: number }[]
  orders_canceled: number
}

export interface Watchdog {
  /** One look at leases and kills. Never throws. */
  round(): Promise<void>
  status(): WatchdogStatus
}

interface State {
  /** Last lease seen of each session, also after its file is gone: a kill of the session still has to know its coins. */
  known: Map<string, LeaseFile>
  /** Monotonic time before which this thing needs no look. */
  doneUntil: Map<string, number>
  /** Monotonic time at which each kill was first seen. */
  killSeen: Map<string, number>
}

export function createWatchdog(parts: WatchdogParts): Watchdog {
  const state: State = { known: new Map(), doneUntil: new Map(), killSeen: new Map() }
  const status: WatchdogStatus = {
    rounds: 0,
    last_round_ts: 0,
    last_error: '',
    stale_leases: [],
    kills: [],
    orders_canceled: 0,
  }
  const guarded = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      status.last_error = `${what}: ${describeError(error)}`
      parts.log.error({ err: error }, `watchdog could not finish: ${what}`)
    }
  }
  return {
    status: () => status,
    async round() {
      const leases = readLeases(parts.home, (file, why) =>
        parts.log.warn({ file, why }, 'lease file cannot be read'),
      )
      for (const lease of leases) state.known.set(lease.session_id, lease)
      status.last_error = ''
      const stale = leases.filter((lease) => isStale(lease, parts.clock.now()))
      status.stale_leases = stale.map(({ session_id }) => session_id)
      for (const lease of stale)
        await guarded(`lease of ${lease.session_id}`, () => pullOrders(parts, state, status, lease))
      const kills = parts.killStore.list()
      forgetLifted(state, kills)
      status.kills = status.kills.filter(({ scope, mode }) =>
        kills.some((kill) => formatScope(kill.scope) === scope && kill.mode === mode),
      )
      for (const kill of kills)
        await guarded(`kill of ${formatScope(kill.scope)}`, () => carryOut(parts, state, status, kill))
      status.rounds += 1
      status.last_round_ts = parts.clock.now()
    },
  }
}

/** A lease that ended so long ago that nothing of it can still be in flight. */
export const isStale = (lease: LeaseFile, now: EpochMs): boolean =>
  lease.on_control_loss !== 'hold' && now > lease.lease_until_ts + LIMITS.leaseGraceMs

/** Quotes and entries of the dead epoch and of earlier ones. Protective stops stay: they work when we do not. */
export function isLeftBehind(lease: LeaseFile, order: OpenOrder): boolean {
  if (!isOrderOf(lease.session_id, order) || (order.trigger && order.reduceOnly)) return false
  const parts = parseCloid(order.cloid)
  return parts !== null && (parts.run !== lease.run || parts.epoch <= lease.epoch)
}

async function pullOrders(
  parts: WatchdogParts,
  state: State,
  status: WatchdogStatus,
  lease: LeaseFile,
): Promise<void> {
  const key = `lease ${lease.session_id} ${lease.run} ${lease.epoch} ${lease.lease_until_ts}`
  if (isDone(parts, state, key)) return
  const venue = (await parts.exchange()).venue(lease.account)
  const left = (await venue.openOrders()).filter((order) => isLeftBehind(lease, order))
  if (left.length === 0) {
    setDone(parts, state, key)
    return
  }
  parts.log.warn(
    {
      session_id: lease.session_id,
      epoch: lease.epoch,
      orders: left.length,
      late_ms: parts.clock.now() - lease.lease_until_ts,
    },
    'lease ended with open orders: canceling them',
  )
  await venue.cancelByOid(left, { expiresAfter: parts.clock.now() + TIMING.orderTtlMs })
  status.orders_canceled += left.length
}

async function carryOut(
  parts: WatchdogParts,
  state: State,
  status: WatchdogStatus,
  kill: KillOrder,
): Promise<void> {
  const key = killKey(kill)
  const seen = state.killSeen.get(key) ?? parts.clock.monotonicMs()
  state.killSeen.set(key, seen)
  const early = parts.clock.monotonicMs() < seen + LIMITS.killGraceMs
  if (early || isDone(parts, state, key)) return
  const exchange = await parts.exchange()
  const leases = [...state.known.values()]
  const now = parts.clock.now()
  const targets = await killTargets({ ...kill, accounts: parts.accounts(), leases, exchange, now })
  const effects = await Promise.all(
    targets.map((target) => enforceKill(target, parts.clock, LIMITS.enforceMsMax)),
  )
  const done = effects.every(({ clean }) => clean)
  if (done) setDone(parts, state, key)
  report(parts, status, kill, { done, effects })
}

function report(
  parts: WatchdogParts,
  status: WatchdogStatus,
  kill: KillOrder,
  { done, effects }: { done: boolean; effects: readonly KillEffect[] },
): void {
  const sum = (count: (effect: KillEffect) => number): number =>
    effects.reduce((total, effect) => total + count(effect), 0)
  const scope = formatScope(kill.scope)
  const row = {
    scope,
    mode: kill.mode,
    done,
    orders_canceled: sum((effect) => effect.orders_canceled),
    closing_orders: sum((effect) => effect.closing_orders),
  }
  status.kills = [...status.kills.filter((each) => each.scope !== scope), row]
  status.orders_canceled += row.orders_canceled
  const messages = effects.flatMap((effect) => effect.messages)
  if (!done) parts.log.error({ ...row, messages }, 'kill is not done yet')
  else if (row.orders_canceled + row.closing_orders > 0)
    parts.log.warn({ ...row, messages }, 'carried out a kill')
}

const killKey = (kill: KillOrder): string =>
  `kill ${formatScope(kill.scope)} ${kill.mode} ${kill.requested_ts}`

const isDone = ({ clock }: WatchdogParts, state: State, key: string): boolean =>
  clock.monotonicMs() < (state.doneUntil.get(key) ?? 0)

function setDone({ clock }: WatchdogParts, state: State, key: string): void {
  for (const [other, until] of state.doneUntil) if (until < clock.monotonicMs()) state.doneUntil.delete(other)
  state.doneUntil.set(key, clock.monotonicMs() + LIMITS.recheckMs)
}

/** A kill that was lifted and comes again is a new one: its grace begins anew. */
function forgetLifted(state: State, kills: readonly KillOrder[]): void {
  const standing = new Set(kills.map(killKey))
  for (const key of state.killSeen.keys()) if (!standing.has(key)) state.killSeen.delete(key)
}

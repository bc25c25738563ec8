/** What the exchange says about a kill: watched until the sessions are done; what they leave is finished with the operator's own key. */
import type { Operator } from '#cli/support/operator.ts'
import { readLeases } from '#config/run-files.ts'
import { describeError } from '#domain/errors.ts'
import { killReaches } from '#domain/session/kill-order.ts'
import type { KillOrder } from '#domain/session/types.ts'
import type { Clock } from '#domain/time.ts'
import { connectExchange, type Exchange, exchangeUrl } from '#exchange/client/connect.ts'
import { enforceKill, inspectKill, isClean, type KillTarget } from '#exchange/client/enforce-kill.ts'
import { killTargets } from '#exchange/client/kill-targets.ts'

export const LIMITS = {
  /** Between looks; grows, since each costs request weight that the trading host needs as well. */
  pauseMsMin: 100,
  pauseMsMax: 1_000,
  /** Longest own work at the exchange. */
  enforceMsMax: 15_000,
} as const

/** One account after the kill. */
export interface AccountAfter {
  account: string
  open_orders: number
  positions: Readonly<Record<string, string>>
}

export interface Verification {
  /** Seen at the exchange: nothing is left against the kill. */
  verified: boolean
  /** From the command's look at the exchange until the last look, milliseconds. */
  took_ms: number
  /** True when sessions did not finish in time and this command did it. */
  taken_over: boolean
  orders_canceled: number
  closing_orders: number
  accounts: AccountAfter[]
  messages: string[]
}

/** Sessions of the scope that hold a lease now, and the leases to know coins by; read before the kill goes out, since sessions remove theirs. */
export function leasesBefore(operator: Operator, now: number) {
  const leases = readLeases(operator.environment.home)
  return {
    leases,
    isLive: (order: KillOrder) =>
      leases.some((lease) => killReaches(order.scope, lease) && lease.lease_until_ts > now),
  }
}

export interface VerifyParts {
  operator: Operator
  order: KillOrder
  before: ReturnType<typeof leasesBefore>
  clock: Clock
  /** How long sessions may take, milliseconds. */
  graceMs: number
}

/** Never throws: an exchange that cannot be asked is `verified: false` with its message. */
export async function verifyKill(parts: VerifyParts): Promise<Verification> {
  const result: Verification = {
    verified: false,
    took_ms: 0,
    taken_over: false,
    orders_canceled: 0,
    closing_orders: 0,
    accounts: [],
    messages: [],
  }
  const began = parts.clock.monotonicMs()
  let exchange: Exchange | null = null
  try {
    exchange = await open(parts)
    const targets = await killTargets({
      scope: parts.order.scope,
      mode: parts.order.mode,
      accounts: Object.keys(parts.operator.settings.accounts),
      leases: parts.before.leases,
      exchange,
      now: parts.clock.now(),
    })
    const done = parts.before.isLive(parts.order) && (await watch(targets, parts))
    if (!done) await takeOver(targets, parts, result)
    result.accounts = await Promise.all(targets.map(lookOnce))
    result.verified = result.accounts.every(
      ({ open_orders, positions }) => open_orders === 0 && Object.keys(positions).length === 0,
    )
  } catch (error) {
    result.messages.push(describeError(error))
  } finally {
    exchange?.close()
    result.took_ms = Math.round(parts.clock.monotonicMs() - began)
  }
  return result
}

const open = ({ operator, clock }: VerifyParts): Promise<Exchange> =>
  connectExchange({
    settings: operator.settings,
    home: operator.environment.home,
    url: exchangeUrl(operator.settings, operator.environment),
    role: 'operator',
    clock,
    waitMsMax: 2_000,
  })

/** @returns true when everything was clean within the grace time */
async function watch(targets: readonly KillTarget[], { clock, graceMs }: VerifyParts): Promise<boolean> {
  const until = clock.monotonicMs() + graceMs
  for (let pauseMs: number = LIMITS.pauseMsMin; ; pauseMs = Math.min(pauseMs * 1.5, LIMITS.pauseMsMax)) {
    const left = await Promise.all(targets.map(inspectKill))
    if (left.every(isClean)) return true
    if (clock.monotonicMs() >= until) return false
    await clock.sleep(pauseMs)
  }
}

async function takeOver(
  targets: readonly KillTarget[],
  { clock }: VerifyParts,
  result: Verification,
): Promise<void> {
  const effects = await Promise.all(targets.map((target) => enforceKill(target, clock, LIMITS.enforceMsMax)))
  for (const { orders_canceled, closing_orders, messages } of effects) {
    result.orders_canceled += orders_canceled
    result.closing_orders += closing_orders
    result.messages.push(...messages)
  }
  result.taken_over = result.orders_canceled + result.closing_orders > 0
}

async function lookOnce(target: KillTarget): Promise<AccountAfter> {
  const { orders, positions } = await inspectKill(target)
  return { account: target.account, open_orders: orders.length, positions }
}

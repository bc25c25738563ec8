/** Cancels every order of a session at the venue, whoever placed it, and looks again until nobody can have added another. */
// Not here: which stops stay (fence.ts), flattening (close.ts).
import { isOwnCloid } from '#domain/ids.ts'
import { within } from '#domain/session/deadline.ts'
import type { OpenOrder, Venue } from '#domain/session/ports.ts'
import { TIMING } from '#domain/session/timing.ts'
import type { Clock } from '#domain/time.ts'

const LOOK_AGAIN_MS = 200

export interface SweepPlan {
  session_id: string
  /** Orders that may stay. */
  keep(order: OpenOrder): boolean
  /** Monotonic: a look before this proves nothing, because an order may still be on its way. */
  quietUntilMs: number
  /** Monotonic: when to give up. */
  giveUpMs: number
}

export interface Sweep {
  /** True when the last look, after the quiet time, found nothing but what may stay. */
  clean: boolean
  /** Own orders of the last look that answered, those that stay included. */
  open: readonly OpenOrder[]
  /** Every own order that any look saw. */
  seen: readonly OpenOrder[]
  canceled: number
  message: string
}

/** Never throws: an unanswered venue ends in `clean: false`. */
export async function sweepOrders(ports: { clock: Clock; venue: Venue }, plan: SweepPlan): Promise<Sweep> {
  const { clock, venue } = ports
  const seen = new Map<string, OpenOrder>()
  let open: readonly OpenOrder[] = []
  let message = 'the venue was not asked in time'
  const canceled = new Set<string>()
  while (clock.monotonicMs() < plan.giveUpMs) {
    const askedMs = clock.monotonicMs()
    const answer = await within(clock, TIMING.venueDeadlineMs, () => venue.openOrders())
    if (answer.ok) {
      open = answer.value.filter((order) => isOwnCloid(order.cloid, plan.session_id))
      for (const order of open) seen.set(order.cloid, order)
      const wrong = open.filter((order) => !plan.keep(order))
      if (wrong.length === 0 && askedMs >= plan.quietUntilMs) {
        return { clean: true, open, seen: [...seen.values()], canceled: canceled.size, message: '' }
      }
      for (const { cloid } of wrong) canceled.add(cloid)
      message = wrong.length > 0 ? `${wrong.length} orders still open` : 'still inside the quiet time'
      await cancelListed(ports, wrong)
    } else message = `open orders: ${answer.why}`
    const untilQuiet = plan.quietUntilMs - clock.monotonicMs()
    await clock.sleep(open.every(plan.keep) && untilQuiet > LOOK_AGAIN_MS ? untilQuiet : LOOK_AGAIN_MS)
  }
  return { clean: false, open, seen: [...seen.values()], canceled: canceled.size, message }
}

/** Its answer does not matter: the next look tells. */
export async function cancelListed(
  { clock, venue }: { clock: Clock; venue: Venue },
  orders: readonly OpenOrder[],
): Promise<void> {
  if (orders.length === 0) return
  const expiresAfter = clock.now() + TIMING.orderTtlMs
  const named = orders.map(({ coin, cloid }) => ({ coin, cloid }))
  await within(clock, TIMING.venueDeadlineMs, () => venue.cancelOrders(named, { expiresAfter }))
}

/** Monotonic time before which an order of an earlier loop may still arrive: the asked quiet, and the expiry of what was never answered. */
export function quietUntil(
  clock: Clock,
  quietMs: number,
  unresolved: readonly { expires_ts: number }[],
): number {
  const lastExpiry = Math.max(0, ...unresolved.map(({ expires_ts }) => expires_ts))
  const untilExpired = lastExpiry === 0 ? 0 : lastExpiry + TIMING.clockSkewMs - clock.now()
  return clock.monotonicMs() + Math.max(quietMs, untilExpired, 0)
}

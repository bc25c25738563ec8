/** How much may still be asked: the venue's request weight per IP, with a reserve that only cancels may touch. */
// Source: wire contract §8. The venue counts; this side counts too, so that a kill never finds the budget spent on quotes.
// Not here: actions of an address (action-budget.ts), the pace of quotes (quote-pace.ts).
import { assert } from '#domain/errors.ts'
import type { Clock, EpochMs } from '#domain/time.ts'
import { createQuotePace, type QuotePace } from '#exchange/client/quote-pace.ts'
import type { Purpose } from '#exchange/client/shared-budget.ts'

/**
 * Cancels go out whatever the budget says; orders, and the reads that they wait for (`urgent`), stop before the cancel reserve, other
 * reads before the order reserve, and collecting of data before the reserve of the reads that trading waits for.
 */
export type Spending = 'collect' | 'read' | 'urgent' | 'order' | 'cancel'

/** The same in the words of rate_limit_usage. */
const PURPOSE = {
  ...{ cancel: 'kill', order: 'orders', urgent: 'reconcile', read: 'reconcile', collect: 'collect' },
} as const satisfies Record<Spending, Purpose>

export const LIMITS = {
  /** Weight per minute and IP. */
  weightPerMinuteMax: 1_200,
  /** Kept back from orders and reads. */
  cancelReserve: 150,
  /** Kept back from reads alone. */
  orderReserve: 250,
  /** Kept back from collecting alone. */
  readReserve: 200,
  /** Below their reserves reads and collecting still get so much a second, so that quotes which use all that lasts starve nobody. */
  tricklePerS: 1,
  /** Most of it that can be saved up: one long answer. */
  trickleMax: 60,
} as const
assert(
  LIMITS.cancelReserve + LIMITS.orderReserve + LIMITS.readReserve < LIMITS.weightPerMinuteMax,
  'reserves must leave weight for collecting',
)

export interface WeightBudget {
  /** Takes the weight if its kind may still spend; cancels always may. */
  tryTake(weight: number, kind: Spending): boolean
  /** Waits until the weight can be taken, or gives up. @returns false after `waitMsMax` */
  take(weight: number, kind: Spending, waitMsMax: number): Promise<boolean>
  /** Weight that is spent whatever is left, because the request is answered already. */
  charge?(weight: number, kind: Spending): void
  /** The venue said 429: whatever we counted, nothing is left for now. */
  exhausted(retryAfterMs: number | null, kind?: Spending): void
  /** Weight left for cancels; may be negative. */
  left(): number
  /** What quotes may spend at once so that the weight lasts, as a share of the most: 0–1. */
  paceLeft?(): number
}

/** How a bucket of one process shares with those of others. */
export interface BudgetSharing {
  /** Weight that others spent since the last call. */
  takeOthers(): number
  /** Until when the venue refuses, by what any process was told, wall time; 0 for not at all. */
  exhaustedUntil(): EpochMs
  tellExhausted(untilTs: EpochMs): void
  note(purpose: Purpose, what: 'requests' | 'refused' | 'throttled', weight: number): void
}

/**
 * A bucket that refills evenly, and never more than the venue's limit in any sliding minute; cancels alone may pass it.
 * @param sharing what other processes of the machine spend comes off too  @param startLeft what is left at the start
 */
export function createWeightBudget(
  clock: Pick<Clock, 'monotonicMs' | 'sleep'>,
  perMinute: number = LIMITS.weightPerMinuteMax,
  shared: { sharing?: BudgetSharing; startLeft?: number; now?: () => EpochMs } = {},
): WeightBudget {
  return new Bucket(clock, perMinute, shared)
}

const FLOORS: Readonly<Record<Spending, number>> = {
  cancel: Number.NEGATIVE_INFINITY,
  order: LIMITS.cancelReserve,
  urgent: LIMITS.cancelReserve,
  read: LIMITS.cancelReserve + LIMITS.orderReserve,
  collect: LIMITS.cancelReserve + LIMITS.orderReserve + LIMITS.readReserve,
}

const BEHIND_MS = 20 // how often one that waits behind another looks whether it is its turn

class Bucket implements WeightBudget {
  private readonly clock: Pick<Clock, 'monotonicMs' | 'sleep'>
  private readonly perMinute: number
  private readonly perMs: number
  private readonly sharing: BudgetSharing | undefined
  private readonly now: (() => EpochMs) | undefined
  private weight: number
  private atMs: number
  private trickle = 0
  /** Who waits, by kind, in the order of asking: a large question does not starve behind small ones that would fit in sooner. */
  private readonly waiting = new Map<Spending, object[]>()
  private readonly pace: QuotePace
  /** The refusal by the venue that was taken into account already. */
  private exhaustedTs = 0
  /** What was spent in each second of the last minute: a full bucket and its refill together may not pass the limit of a minute. */
  private readonly seconds = new Map<number, number>()

  constructor(
    clock: Pick<Clock, 'monotonicMs' | 'sleep'>,
    perMinute: number,
    shared: { sharing?: BudgetSharing; startLeft?: number; now?: () => EpochMs },
  ) {
    this.clock = clock
    this.perMinute = perMinute
    this.perMs = perMinute / 60_000
    this.sharing = shared.sharing
    this.now = shared.now
    this.weight = Math.min(perMinute, shared.startLeft ?? perMinute)
    this.atMs = clock.monotonicMs()
    this.pace = createQuotePace(perMinute, LIMITS.cancelReserve)
  }

  private refill(): void {
    const now = this.clock.monotonicMs()
    const passedMs = now - this.atMs
    this.weight = Math.min(this.perMinute, this.weight + passedMs * this.perMs)
    this.trickle = Math.min(LIMITS.trickleMax, this.trickle + (passedMs / 1_000) * LIMITS.tricklePerS)
    this.atMs = now
    if (!this.sharing) return
    const others = this.sharing.takeOthers()
    this.weight -= others
    this.spent(others)
    const untilTs = this.sharing.exhaustedUntil()
    if (!this.now || untilTs <= this.exhaustedTs) return
    this.exhaustedTs = untilTs
    this.weight = Math.min(this.weight, -Math.max(0, untilTs - this.now()) * this.perMs)
  }

  tryTake(weight: number, kind: Spending): boolean {
    this.refill()
    const after = Math.min(this.weight, this.leftOfMinute()) - weight
    if (after < FLOORS[kind] && !this.mayTrickle(weight, kind, after)) {
      this.sharing?.note(PURPOSE[kind], 'refused', 0)
      return false
    }
    if (after < FLOORS[kind]) this.trickle -= weight
    if (kind === 'order' || kind === 'cancel') this.pace.spend(weight)
    this.weight -= weight
    this.spent(weight)
    this.sharing?.note(PURPOSE[kind], 'requests', weight)
    return true
  }

  /** Nobody is starved for long, as long as orders and cancels keep what is theirs. */
  private mayTrickle(weight: number, kind: Spending, after: number): boolean {
    if (kind !== 'read' && kind !== 'collect') return false
    return weight <= this.trickle && after >= LIMITS.cancelReserve + LIMITS.trickleMax
  }

  private spent(weight: number): void {
    const second = Math.floor(this.clock.monotonicMs() / 1_000)
    if (weight > 0) this.seconds.set(second, (this.seconds.get(second) ?? 0) + weight)
  }

  /** The venue counts a sliding minute; one second more is kept, for requests that are counted when they arrive. */
  private leftOfMinute(): number {
    const since = Math.floor(this.clock.monotonicMs() / 1_000) - 61
    let sum = 0
    for (const [second, weight] of this.seconds) {
      if (second < since) this.seconds.delete(second)
      else sum += weight
    }
    return this.perMinute - sum
  }

  charge(weight: number, kind: Spending): void {
    this.refill()
    this.weight -= weight
    this.spent(weight)
    if (weight > 0) this.sharing?.note(PURPOSE[kind], 'requests', weight)
  }

  async take(weight: number, kind: Spending, waitMsMax: number): Promise<boolean> {
    const line = this.waiting.get(kind) ?? []
    this.waiting.set(kind, line)
    if (line.length === 0 && this.tryTake(weight, kind)) return true
    const until = this.clock.monotonicMs() + waitMsMax
    const own = {}
    line.push(own)
    try {
      while (line[0] !== own || !this.tryTake(weight, kind)) {
        const waitMs = line[0] === own ? this.msUntil(weight, kind) : BEHIND_MS
        if (this.clock.monotonicMs() + waitMs > until) return false
        await this.clock.sleep(waitMs)
      }
      return true
    } finally {
      line.splice(line.indexOf(own), 1)
    }
  }

  private msUntil(weight: number, kind: Spending): number {
    const wanted = FLOORS[kind] + weight
    return Math.max(5, Math.ceil((wanted - this.weight) / this.perMs), this.leftOfMinute() < wanted ? 200 : 0)
  }

  exhausted(retryAfterMs: number | null, kind: Spending = 'read'): void {
    this.refill()
    this.weight = Math.min(this.weight, retryAfterMs === null ? 0 : -retryAfterMs * this.perMs)
    this.sharing?.note(PURPOSE[kind], 'throttled', 0)
    if (!this.now || !this.sharing) return
    this.exhaustedTs = this.now() + (retryAfterMs ?? 0)
    this.sharing.tellExhausted(this.exhaustedTs)
  }

  left(): number {
    this.refill()
    return Math.floor(Math.min(this.weight, this.leftOfMinute()))
  }

  paceLeft(): number {
    const left = this.left()
    const { perMinute, seconds } = this
    return this.pace.left({ perMinute, left, spent: seconds, nowMs: this.clock.monotonicMs() })
  }
}

/** Weight of an /exchange call with a batch of `items`. */
export const actionWeight = (items: number): number => 1 + Math.floor(items / 40)

const LIGHT = new Set([
  'l2Book',
  'allMids',
  'clearinghouseState',
  'orderStatus',
  'spotClearinghouseState',
  'exchangeStatus',
])
/** Weight of an /info call before its answer is known. */
export const infoWeight = (type: string): number => (LIGHT.has(type) ? 2 : type === 'userRole' ? 60 : 20)

const PER_20 = new Set([
  'userFills',
  'userFillsByTime',
  'historicalOrders',
  'recentTrades',
  'fundingHistory',
  'userFunding',
  'userNonFundingLedgerUpdates',
])
/** What the number of returned items adds to it. */
export function answerWeight(type: string, items: number): number {
  if (type === 'candleSnapshot') return Math.floor(items / 60)
  return PER_20.has(type) ? Math.floor(items / 20) : 0
}

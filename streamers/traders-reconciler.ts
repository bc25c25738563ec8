/** Asks the venue about tracked traders, the least certain first, within its share, and compares each answer once the tape has caught up with it. */
// Not here: the comparison (domain/traders/reconcile.ts), the request (traders-venue.ts).
import { describeError } from '#domain/errors.ts'
import type { Clock } from '#domain/time.ts'
import type { PositionBook } from '#domain/traders/position-book.ts'
import { BLUR_MS, type Reconciliation, type VenueState } from '#domain/traders/reconcile.ts'
import type { FeedLog } from '#streamers/frame-faults.ts'
import type { ShareBudget } from '#streamers/traders-budget.ts'

export const LIMITS = {
  inFlightMax: 4,
  /** The order is made anew so often, and after every tear of the tape, milliseconds. */
  orderMs: 10_000,
  /** Nobody is asked about more often than this, unless trades blurred the last look. */
  againMs: 60_000,
  blurredAgainMs: 5_000,
  /** A tape that stands still for so long does not hold a comparison up: then nobody trades. */
  settleMsMax: 10_000,
  /** A venue whose time is so far from the tape's speaks of another market (a recording): nothing is compared, milliseconds. */
  apartMs: 10 * 60_000,
  /** Weight of one account state. */
  weight: 2,
} as const

export interface ReconcilerPorts {
  clock: Pick<Clock, 'monotonicMs'>
  /** Asked for each time: a restart brings another one. */
  readonly book: PositionBook
  budget: Pick<ShareBudget, 'left'>
  log: Pick<FeedLog, 'warn'>
  /** Best first. */
  tracked(): readonly string[]
  /** True while the tape runs: a state is worth nothing without the trades that follow it. */
  isTapeUp(): boolean
  /** Takes its weight from the budget. @throws when the venue gave no answer */
  ask(address: string): Promise<VenueState>
  onCompared(result: Reconciliation): void
}

export interface Reconciler {
  /** Asks as many as may be asked now, and compares what has settled. Call it a few times a second. */
  step(): void
  /** The tape was torn: the order is made anew. */
  disturbed(): void
  stats(): { asked: number; failed: number; compared: number; refused: number; waiting: number }
}

interface Waiting {
  address: string
  state: VenueState
  sinceMs: number
}

export function createReconciler(ports: ReconcilerPorts): Reconciler {
  const { clock } = ports
  const counts = { asked: 0, failed: 0, compared: 0, refused: 0 }
  const askedMs = new Map<string, number>()
  const inFlight = new Set<string>()
  let waiting: Waiting[] = []
  let queue: string[] = []
  let orderedMs = Number.NEGATIVE_INFINITY

  const makeOrder = (): void => {
    orderedMs = clock.monotonicMs()
    queue = ports.book.byUncertainty(ports.tracked(), ports.book.tapeTs).map(({ address }) => address)
  }
  const isDue = (address: string): boolean => {
    if (inFlight.has(address) || waiting.some((each) => each.address === address)) return false
    const sinceMs = clock.monotonicMs() - (askedMs.get(address) ?? Number.NEGATIVE_INFINITY)
    return sinceMs >= (ports.book.trader(address)?.isBlurred ? LIMITS.blurredAgainMs : LIMITS.againMs)
  }
  const ask = async (address: string): Promise<void> => {
    inFlight.add(address)
    askedMs.set(address, clock.monotonicMs())
    counts.asked++
    try {
      const state = await ports.ask(address)
      waiting.push({ address, state, sinceMs: clock.monotonicMs() })
    } catch (error) {
      counts.failed++
      ports.log.warn({ address, why: describeError(error) }, 'a trader was not read')
    } finally {
      inFlight.delete(address)
    }
  }
  const compare = (): void => {
    const { book } = ports
    const now = clock.monotonicMs()
    const isSettled = ({ state, sinceMs }: Waiting): boolean =>
      book.tapeTs >= state.ts + BLUR_MS || (ports.isTapeUp() && now - sinceMs >= LIMITS.settleMsMax)
    const settled = waiting.filter(isSettled)
    if (settled.length === 0) return
    waiting = waiting.filter((each) => !settled.includes(each))
    for (const { address, state } of settled) {
      const isApart = Math.abs(state.ts - book.tapeTs) > LIMITS.apartMs
      const result = isApart ? null : book.reconcile(address, state)
      if (result) {
        counts.compared++
        ports.onCompared(result)
      } else {
        counts.refused++
        askedMs.set(address, now - LIMITS.againMs + LIMITS.blurredAgainMs)
      }
    }
  }

  return {
    step() {
      compare()
      if (!ports.isTapeUp()) return
      if (clock.monotonicMs() - orderedMs >= LIMITS.orderMs) makeOrder()
      while (inFlight.size < LIMITS.inFlightMax && ports.budget.left() >= LIMITS.weight) {
        const at = queue.findIndex(isDue)
        if (at < 0) return
        const [address] = queue.splice(at, 1)
        if (address !== undefined) void ask(address)
      }
    },
    disturbed() {
      orderedMs = Number.NEGATIVE_INFINITY
    },
    stats: () => ({ ...counts, waiting: waiting.length }),
  }
}

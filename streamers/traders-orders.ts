/** Open orders of tracked traders: one list after another within the share, the longest unseen first; what is gone is asked about until its end is known. */
// Not here: comparing two lists (domain/traders/open-orders.ts), orders of the pinned, which come by stream (traders-pinned.ts).
import { describeError } from '#domain/errors.ts'
import type { Clock, EpochMs } from '#domain/time.ts'
import { diffOrders, type TraderOrder } from '#domain/traders/open-orders.ts'
import type { FeedLog } from '#streamers/frame-faults.ts'
import type { TraderOrderNews } from '#streamers/traders-recorder.ts'
import type { TradersVenue } from '#streamers/traders-venue.ts'

export const LIMITS = {
  /** Weight of one list, and of one question about an order. */
  listWeight: 20,
  statusWeight: 2,
  /** Endings that wait to be asked about; beyond it the oldest are given up as `vanished`. */
  endingsMax: 2_000,
  /** A trader's list is not asked for more often, milliseconds. */
  againMs: 60_000,
} as const

export interface OrderSweep {
  /** Asks as much as may be asked now. Call it about once a second. */
  step(): Promise<void>
  /** Orders known before, of an earlier process. */
  restore(orders: readonly (TraderOrder & { address: string })[]): void
  stats(): { lists: number; open: number; endings: number; resolved: number; failed: number }
}

export interface SweepParts {
  clock: Clock
  venue: Pick<TradersVenue, 'openOrders' | 'orderStatus' | 'ordersBudget'>
  log: Pick<FeedLog, 'warn'>
  /** Whom to sweep: the tracked without the pinned. */
  traders(): readonly string[]
  onNews(news: readonly TraderOrderNews[]): void
}

export const createOrderSweep = (parts: SweepParts): OrderSweep => new Sweep(parts)

interface Ending {
  address: string
  order: TraderOrder
}

class Sweep implements OrderSweep {
  readonly #parts: SweepParts
  readonly #known = new Map<string, ReadonlyMap<number, TraderOrder>>()
  readonly #lookedMs = new Map<string, number>()
  readonly #endings: Ending[] = []
  readonly #counts = { lists: 0, resolved: 0, failed: 0 }

  constructor(parts: SweepParts) {
    this.#parts = parts
  }

  async step(): Promise<void> {
    const { ordersBudget } = this.#parts.venue
    this.#forgetStrangers()
    while (this.#endings.length > 0 && ordersBudget.left() >= LIMITS.statusWeight) {
      const ending = this.#endings[0] as Ending
      if (!(await this.#tried('orderStatus', () => this.#resolve(ending)))) return
      this.#endings.shift()
    }
    const address = this.#next()
    if (address !== undefined && ordersBudget.left() >= LIMITS.listWeight)
      await this.#tried('openOrders', () => this.#list(address))
  }

  restore(orders: readonly (TraderOrder & { address: string })[]): void {
    for (const { address, ...order } of orders) {
      this.#known.set(address, new Map([...(this.#known.get(address) ?? []), [order.oid, order]]))
    }
  }

  stats(): ReturnType<OrderSweep['stats']> {
    const open = [...this.#known.values()].reduce((sum, orders) => sum + orders.size, 0)
    return { ...this.#counts, open, endings: this.#endings.length }
  }

  async #resolve({ address, order }: Ending): Promise<void> {
    const found = await this.#parts.venue.orderStatus(address, order.oid)
    // It was missing from a list and stands open all the same: the next list has it again.
    if (found?.status === 'open') return
    this.#counts.resolved++
    const { clock } = this.#parts
    const ended = found ?? { status: 'vanished', word: '', ts: clock.now(), sz: order.sz }
    this.#parts.onNews([news(address, { ...order, sz: ended.sz }, ended.status, ended.word, ended.ts)])
  }

  async #list(address: string): Promise<void> {
    const { clock, venue, onNews } = this.#parts
    this.#lookedMs.set(address, clock.monotonicMs())
    const listed = await venue.openOrders(address)
    this.#counts.lists++
    const diff = diffOrders(this.#known.get(address) ?? new Map(), listed)
    this.#known.set(address, diff.open)
    for (const order of diff.missing) this.#endings.push({ address, order })
    while (this.#endings.length > LIMITS.endingsMax) {
      const lost = this.#endings.shift()
      if (lost) onNews([news(lost.address, lost.order, 'vanished', '', clock.now())])
    }
    // Those that stand as they stood are told too: their age is that of the last look.
    onNews([...diff.open.values()].map((order) => news(address, order, 'open', 'open', order.openedTs)))
  }

  /** Whoever was not looked at for the longest time. */
  #next(): string | undefined {
    let oldest: string | undefined
    let oldestMs = this.#parts.clock.monotonicMs() - LIMITS.againMs + 1
    for (const address of this.#parts.traders()) {
      const at = this.#lookedMs.get(address) ?? Number.NEGATIVE_INFINITY
      if (at < oldestMs) [oldest, oldestMs] = [address, at]
    }
    return oldest
  }

  async #tried(what: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work()
      return true
    } catch (error) {
      this.#counts.failed++
      this.#parts.log.warn({ what, why: describeError(error) }, 'orders of a trader were not read')
      return false
    }
  }

  #forgetStrangers(): void {
    const wanted = new Set(this.#parts.traders())
    for (const address of this.#known.keys()) if (!wanted.has(address)) this.#known.delete(address)
    for (const address of this.#lookedMs.keys()) if (!wanted.has(address)) this.#lookedMs.delete(address)
  }
}

function news(
  address: string,
  order: TraderOrder,
  status: string,
  word: string,
  statusTs: EpochMs,
): TraderOrderNews {
  return { ...order, ...{ address, status, word, statusTs, source: 'sweep' } }
}

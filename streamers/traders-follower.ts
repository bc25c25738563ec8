/** Follows the traders of the leaderboard: tape → positions → rows, the venue asked about the least certain, all of it alive after a kill. */
// Not here: its concrete parts (traders-parts.ts), the arithmetic (domain/traders).
import { describeError } from '#domain/errors.ts'
import type { AccountEvent } from '#domain/events.ts'
import { OVERLAP_MS, restoreBook, takeSnapshot } from '#domain/traders/book-snapshot.ts'
import { type Moved, PositionBook } from '#domain/traders/position-book.ts'
import type { Gap, Reach } from '#streamers/continuity.ts'
import type { MarketFeed } from '#streamers/market-feed-port.ts'
import type { FollowerParts, FollowerStatus, TradersFollower } from '#streamers/traders-follower-port.ts'
import { createOrderSweep, type OrderSweep } from '#streamers/traders-orders.ts'
import { createPinnedTraders } from '#streamers/traders-pinned.ts'
import { createReconciler, type Reconciler } from '#streamers/traders-reconciler.ts'
import { readTradersState, saveTradersState, type TrackedNow } from '#streamers/traders-state.ts'

export const createTradersFollower = (parts: FollowerParts): TradersFollower => new Follower(parts)

class Follower implements TradersFollower {
  readonly #parts: FollowerParts
  readonly #pinned
  readonly #sweep: OrderSweep
  readonly #reconciler: Reconciler
  #book: PositionBook
  #feed: MarketFeed | null = null
  #tracked: readonly TrackedNow[] = []
  #pinnedNow: readonly string[] = []
  #savedMs: number

  constructor(parts: FollowerParts) {
    this.#parts = parts
    const { clock, log, recorder, venue } = parts
    this.#savedMs = clock.monotonicMs()
    this.#book = new PositionBook(this.#onMove)
    this.#pinned = createPinnedTraders((news) => recorder.orders(news))
    this.#sweep = createOrderSweep({
      ...{ clock, venue, log },
      traders: () => this.#addresses(),
      onNews: (news) => recorder.orders(news),
    })
    const book = (): PositionBook => this.#book
    this.#reconciler = createReconciler({
      ...{ clock, log },
      get book() {
        return book()
      },
      budget: venue.positionsBudget,
      tracked: () => this.#addresses(),
      isTapeUp: () => this.#isTapeUp(),
      ask: (address) => venue.state(address),
      onCompared: (result) => recorder.compared(result),
    })
  }

  get book(): PositionBook {
    return this.#book
  }

  async start(): Promise<void> {
    const { log, market, openFeed, stateFile } = this.#parts
    const state = readTradersState(stateFile, market, log)
    if (state) {
      this.#book = restoreBook(state.book, this.#onMove)
      this.#follow(state.tracked)
      await this.#catchUp()
    }
    await this.refresh()
    await this.#restoreOrders()
    this.#feed = openFeed(this.#reach(), {
      events: (events) => this.#book.take(events.filter((event) => event.kind === 'trade')),
      gap: (gap) => this.#torn(gap),
    })
    await this.#feed.start()
  }

  tick(): void {
    const { checkpointMs, clock, recorder } = this.#parts
    if (this.#pinned.check(this.#book).length > 0) this.#reconciler.disturbed()
    this.#reconciler.step()
    recorder.flush(this.#book)
    if (clock.monotonicMs() - this.#savedMs >= checkpointMs) this.save()
  }

  sweepOrders(): Promise<void> {
    return this.#sweep.step()
  }

  async refresh(): Promise<void> {
    const { log, readTracked } = this.#parts
    try {
      const tracked = await readTracked()
      // Nobody to track means that nothing was selected yet, never that everybody left.
      if (tracked.length > 0) this.#follow(tracked)
    } catch (error) {
      log.warn({ why: describeError(error) }, 'tracked traders were not read; those known stay')
    }
    await this.#pin()
  }

  pinnedEvents(events: readonly AccountEvent[], address: string): void {
    this.#pinned.take(events, address)
  }

  status(): FollowerStatus {
    const { recorder, venue } = this.#parts
    const { counts, size, tapeTs } = this.#book
    return {
      tracked: this.#tracked.length,
      seen: size,
      trades: counts.trades,
      repeated: counts.repeated,
      tape_ts: tapeTs,
      reconciler: this.#reconciler.stats(),
      orders: this.#sweep.stats(),
      pinned: { traders: this.#pinnedNow.length, ...this.#pinned.counts() },
      rows: recorder.counts(),
      weight_spent: venue.positionsBudget.spent() + venue.ordersBudget.spent(),
      feed: this.#feed?.status().text ?? 'not opened',
    }
  }

  save(): void {
    const { clock, market, stateFile } = this.#parts
    this.#savedMs = clock.monotonicMs()
    saveTradersState(stateFile, market, {
      tracked: this.#tracked,
      book: takeSnapshot(this.#book, clock.now()),
    })
  }

  async close(): Promise<void> {
    await this.#feed?.close()
    this.#parts.recorder.flush(this.#book)
    this.save()
  }

  readonly #onMove = (moved: Moved): void => this.#parts.recorder.moved(moved)

  #addresses(): string[] {
    return this.#tracked.map(({ address }) => address)
  }

  #follow(tracked: readonly TrackedNow[]): void {
    this.#tracked = tracked
    this.#book.track(this.#addresses())
  }

  async #pin(): Promise<void> {
    const { choosePinned, log, pin } = this.#parts
    const wanted = choosePinned(this.#tracked)
    if (wanted.join() === this.#pinnedNow.join()) return
    this.#pinnedNow = wanted
    try {
      await pin(wanted)
    } catch (error) {
      log.warn({ why: describeError(error) }, 'pinned traders have no streams of their own')
    }
  }

  /** Reads the tape since the file was written, as far as it is stored. What was read before counts once. */
  async #catchUp(): Promise<void> {
    const { log, readTrades } = this.#parts
    const reaches = [...this.#book.tidMemories().values()].map((memory) => memory.reach())
    if (reaches.length === 0) return
    try {
      const sinceTs = Math.max(0, Math.max(...reaches) - OVERLAP_MS)
      for await (const trades of readTrades(sinceTs)) this.#book.take(trades)
    } catch (error) {
      log.warn({ why: describeError(error) }, 'stored trades were not read again; the venue is asked instead')
    }
  }

  async #restoreOrders(): Promise<void> {
    const { log, readOpenOrders } = this.#parts
    try {
      this.#sweep.restore(await readOpenOrders())
    } catch (error) {
      log.warn(
        { why: describeError(error) },
        'open orders of traders were not read; their endings are found by and by',
      )
    }
  }

  /** How far each coin's tape is known: the feed tells by it whether something is missing. */
  #reach(): Reach[] {
    return [...this.#book.tidMemories()].flatMap(([coin, memory]) => {
      const ts = memory.reach()
      const tid = memory.since(ts).tids.at(-1)?.[0] ?? 0
      return ts === 0 ? [] : [{ channel: 'trades', coin, ts, tid }]
    })
  }

  #torn({ coin, openedTs, closedTs, status }: Gap): void {
    // A recovered gap lost nothing; an open one is counted when it closes.
    if (status !== 'closed') return
    this.#book.torn([coin], openedTs, closedTs)
    this.#reconciler.disturbed()
  }

  #isTapeUp(): boolean {
    const status = this.#feed?.status()
    return status !== undefined && status.sockets > 0 && status.connected === status.sockets
  }
}

/** The way of a simulated maker's orders to the engine and back: latency, placing, cancelling, and what came of it. */
// Not here: what is wanted (maker-desk.ts), the matching (exchange/paper/engine).
import type { Side } from '#domain/events.ts'
import { isOwnFault, rejectKind } from '#domain/session/maker-coin.ts'
import { stepRejects } from '#domain/strategies/maker/exits/rejects.ts'
import type { Quote } from '#domain/strategies/maker/quoting.ts'
import type { EpochMs } from '#domain/time.ts'
import type { Account } from '#exchange/paper/engine/account.ts'
import type { Engine } from '#exchange/paper/engine/engine.ts'
import type { OrderRequest, OrderResult } from '#exchange/paper/engine/types.ts'
import { drawLatency, type Latency } from '#exchange/paper/latency.ts'
import type { Ledger } from '#exchange/paper/simulate/ledger.ts'
import type { Seat } from '#exchange/paper/simulate/seat.ts'
import type { Timers } from '#exchange/paper/simulate/timers.ts'
import type { Random } from '#exchange/paper/sources/random.ts'

/** A slot that was refused is left alone for this long, as by the live desk. */
const REFUSED_MS = 1_000

export interface WayDeps {
  engine: Engine
  account: Account
  timers: Timers
  ledger: Ledger
  /** From what the venue shows to our action there, market milliseconds. */
  latency: Latency
  random: Random
  /** Called after the engine moved for us. */
  settle(): void
}

/** A quote for one slot. */
export interface Wanted {
  seat: Seat
  slot: number
  side: Side
  quote: Quote
}

export class OrderWay {
  readonly #deps: WayDeps

  constructor(deps: WayDeps) {
    this.#deps = deps
  }

  /** Lets something happen at the venue after one way there. @returns when */
  after(ts: EpochMs, run: (ts: EpochMs) => void): EpochMs {
    const { latency, random, timers } = this.#deps
    const waitMs = Math.round(drawLatency(latency, random))
    if (waitMs > 0) timers.at(ts + waitMs, run)
    else run(ts)
    return ts + waitMs
  }

  /** Cancels resting quotes now. @returns false when one of them was gone already: it may have been filled */
  cancel(ts: EpochMs, quotes: readonly { seat: Seat; slot: number }[]): boolean {
    const { engine, account, ledger } = this.#deps
    let all = true
    for (const { seat, slot } of quotes) {
      const order = seat.slots.get(slot)?.order
      seat.slots.delete(slot)
      if (!order) continue
      ledger.counts.cancels++
      const [fault] = engine.cancel(ts, account.address, [{ asset: order.asset, id: order.oid }])
      if (fault !== null) all = false
    }
    this.#deps.settle()
    return all
  }

  /** Marks the slots as taken, and places the quotes after one way. @returns when they arrive */
  place(ts: EpochMs, wanted: readonly Wanted[]): EpochMs {
    if (wanted.length === 0) return ts
    for (const { seat, slot, side, quote } of wanted)
      seat.slots.set(slot, { side, quote, order: null, leaving: false, sentTs: ts })
    return this.after(ts, (now) => this.#arrive(now, wanted))
  }

  #arrive(ts: EpochMs, wanted: readonly Wanted[]): void {
    const { engine, account, ledger } = this.#deps
    const orders = wanted.map(({ seat, side, quote }) => requestOf(seat, side, quote, 'Alo'))
    ledger.counts.orders += orders.length
    const results = engine.placeOrders(ts, account.address, { orders, grouping: 'na', builder: null })
    for (const [at, { seat, slot }] of wanted.entries()) {
      // A fault of the payload answers once for all.
      const result = (results[at] ?? results[0]) as OrderResult
      const open = seat.slots.get(slot)
      if (result.kind === 'resting' && open) open.order = account.open.get(result.oid) ?? null
      if (result.kind === 'resting') continue
      seat.slots.delete(slot)
      if (result.kind === 'error') this.#refused(seat, slot, ts, result.text)
    }
    this.#deps.settle()
  }

  /** Replaces resting quotes now, one action each in the count. @returns false when one of them was gone already: it may have been filled */
  modify(ts: EpochMs, swaps: readonly Wanted[], sentTs: EpochMs): boolean {
    const { engine, account, ledger } = this.#deps
    let all = true
    for (const { seat, slot, side, quote } of swaps) {
      const old = seat.slots.get(slot)?.order
      if (!old) continue
      ledger.counts.cancels++
      ledger.counts.orders++
      const order = requestOf(seat, side, quote, 'Alo')
      const result = engine.modify(ts, account.address, { id: old.oid, order, alwaysPlace: false })
      seat.slots.delete(slot)
      if (result.kind === 'resting') {
        const placed = account.open.get(result.oid) ?? null
        seat.slots.set(slot, { side, quote, order: placed, leaving: false, sentTs })
      } else if (result.kind === 'error' && result.text.startsWith('Cannot modify')) all = false
      else if (result.kind === 'error') {
        this.#refused(seat, slot, ts, result.text)
        // A fault of the payload leaves the old one where it is.
        if (old.place !== 'closed') engine.cancel(ts, account.address, [{ asset: old.asset, id: old.oid }])
      }
    }
    this.#deps.settle()
    return all
  }

  #refused(seat: Seat, slot: number, ts: EpochMs, text: string): void {
    this.#deps.ledger.counts.rejected++
    seat.resting.set(slot, ts + REFUSED_MS)
    if (isOwnFault(text)) seat.rejects = stepRejects(seat.rejects, ts, 1)
  }

  /** Withdraws the resting exit order of a coin after one way. */
  withdrawExit(ts: EpochMs, seat: Seat): void {
    const { order } = seat.exit
    if (!order) return
    this.after(ts, (now) => {
      const { engine, account, ledger } = this.#deps
      if (order.place === 'closed') return
      ledger.counts.cancels++
      engine.cancel(now, account.address, [{ asset: order.asset, id: order.oid }])
      this.#deps.settle()
    })
  }

  /** Sends a reduce-only exit. */
  exit(ts: EpochMs, seat: Seat, wanted: { side: Side; quote: Quote; tif: 'ioc' | 'alo' }): void {
    seat.exit = { order: null, phase: 'working', reject: null }
    this.after(ts, (now) => {
      const { engine, account, ledger } = this.#deps
      const request = requestOf(seat, wanted.side, wanted.quote, wanted.tif === 'ioc' ? 'Ioc' : 'Alo')
      ledger.counts.orders++
      const [result] = engine.placeOrders(now, account.address, {
        ...{ orders: [request], grouping: 'na' as const, builder: null },
      })
      if (result?.kind === 'resting') seat.exit.order = account.open.get(result.oid) ?? null
      else {
        const reject = result?.kind === 'error' ? rejectKind(result.text) : null
        if (reject !== null) ledger.counts.rejected++
        seat.exit = { order: null, phase: 'done', reject }
      }
      this.#deps.settle()
    })
  }
}

function requestOf({ spec, scale }: Seat, side: Side, quote: Quote, tif: 'Alo' | 'Ioc'): OrderRequest {
  return {
    asset: spec.asset,
    isBuy: side === 'buy',
    px: Number(quote.pxE8 / scale.px),
    sz: Number(quote.szE8 / scale.sz),
    reduceOnly: quote.reduceOnly,
    tif,
    trigger: null,
    cloid: null,
  }
}

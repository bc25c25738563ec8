/** A trading host: one process with a market view, an account stream, a journal, and the inboxes of the segments it runs. */
// Not here: what reaches a segment (host-inbox.ts), its client of the venue (host-venue.ts).
import type { AccountEvent } from '#domain/events.ts'
import type { EventSource, Journal, MarketView, Venue } from '#domain/session/ports.ts'
import { createInbox, createSource, type Inbox, type Source } from './host-inbox.ts'
import { venueClient } from './host-venue.ts'
import { priceText, SIZE_DECIMALS } from './market.ts'
import { createProcess, type SimProcess } from './process.ts'
import type { World } from './world.ts'

const SNAPSHOT_FILLS = 30
/** A slow disk: nearly as long as the core waits for a durable intent. */
const SLOW_WRITE_MS = 900

export interface Host {
  readonly process: SimProcess
  readonly index: 0 | 1
  readonly inboxes: Set<Inbox>
  readonly market: MarketView
  /** Monotonic time of the first kill that this process has taken in; no order may leave it later. */
  killedMs: number | null
  /** Cut off from the control plane until then. */
  partitionedUntilMs: number
  streamDownUntilMs: number
  feedStaleUntilMs: number
  openInbox(): Inbox
  openEvents(): EventSource & { close(): void }
  venue(): Venue
  journal(epoch: number): Journal
  onTick(): void
  onAccountEvent(event: AccountEvent): void
  streamCameBack(): void
  shutdown: AbortController
}

export function createHost(world: World, index: 0 | 1): Host {
  const { scheduler } = world
  const process = createProcess(scheduler, `host-${index}`, index === 0 ? -20 : 25)
  const seen = { bid: world.market.bid, ask: world.market.ask, atMs: scheduler.nowMs }
  const sources = new Set<Source>()
  let lastArrivalMs = 0

  const host: Host = {
    process,
    index,
    inboxes: new Set(),
    killedMs: null,
    partitionedUntilMs: 0,
    streamDownUntilMs: 0,
    feedStaleUntilMs: 0,
    shutdown: new AbortController(),
    market: marketView(world, process, seen),
    openInbox: () => createInbox(world, host),
    openEvents() {
      const source = createSource(process, () => scheduler.nowMs >= host.streamDownUntilMs)
      sources.add(source)
      return { ...source, close: () => sources.delete(source) }
    },
    venue: () => venueClient(world, host),
    journal: (epoch) => journal(world, process, epoch),
    onTick() {
      if (scheduler.nowMs < host.feedStaleUntilMs) return
      process.deliver(() => {
        seen.bid = world.market.bid
        seen.ask = world.market.ask
        seen.atMs = scheduler.nowMs
        for (const source of sources) source.wake('market')
      })
    },
    onAccountEvent(event) {
      if (scheduler.nowMs < host.streamDownUntilMs) {
        if (event.kind === 'fill' && host.inboxes.size > 0) world.meter.unheardFill()
        return
      }
      // One connection: events arrive in order, however late.
      const delayMs = world.network.trip().delayMs ?? 50
      lastArrivalMs = Math.max(lastArrivalMs, scheduler.nowMs + delayMs)
      process.after(lastArrivalMs - scheduler.nowMs, () => {
        for (const source of sources) source.push(event)
      })
    },
    streamCameBack() {
      if (scheduler.nowMs < host.streamDownUntilMs) return
      const fills = world.venue.fills.slice(-SNAPSHOT_FILLS).map((fill) => ({ ...fill, snapshot: true }))
      process.deliver(() => {
        for (const source of sources) for (const fill of fills) source.push(fill)
      })
    },
  }
  return host
}

function marketView(
  world: World,
  process: SimProcess,
  seen: { bid: number; ask: number; atMs: number },
): MarketView {
  const level = (cents: number) => ({ px: priceText(cents), sz: '100', n: 1 })
  return {
    bbo: (coin) => ({
      kind: 'bbo',
      coin,
      ts: seen.atMs,
      bid: level(seen.bid),
      ask: level(seen.ask),
      receivedTs: seen.atMs,
    }),
    book: () => null,
    lastTrade: () => null,
    markPx: () => priceText((seen.bid + seen.ask) / 2),
    ageMs: () => process.clock.monotonicMs() - seen.atMs,
    candle: () => null,
    closedCandles: (coin, _interval, after) =>
      world.market.candles
        .filter(({ openTs }) => openTs > after)
        .slice(-10)
        .map((candle) => ({ ...candle, coin })),
    sizeDecimals: () => SIZE_DECIMALS,
  }
}

function journal(world: World, process: SimProcess, epoch: number): Journal {
  const { scheduler } = world
  return {
    decision(decision) {
      world.onDecision(decision)
    },
    intent: (order) =>
      new Promise((resolve) => {
        const stallMs = Math.max(world.journalDownUntilMs - scheduler.nowMs, 0)
        const writeMs = Math.min(world.network.trip().delayMs ?? SLOW_WRITE_MS, SLOW_WRITE_MS)
        process.after(writeMs + stallMs, () => {
          world.onIntent(order)
          resolve()
        })
      }),
    answer: () => undefined,
    event(kind, details) {
      world.onJournalEvent(kind)
      world.log(`${process.name} e${epoch} ${kind} ${JSON.stringify(details).slice(0, 140)}`)
    },
    quotes: () => undefined,
    equity: () => undefined,
  }
}

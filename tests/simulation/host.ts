/** A trading host: one process with a market view, an account stream, and the inboxes of the segments it runs. */

import { HoldfastError } from '#domain/errors.ts'
import type { AccountEvent } from '#domain/events.ts'
import { killSeverity } from '#domain/session/kill-order.ts'
import type {
  CommandInbox,
  EventSource,
  Journal,
  MarketView,
  OrderAnswer,
  Venue,
} from '#domain/session/ports.ts'
import type { KillMode, OrderIntent } from '#domain/session/types.ts'
import { priceText, SIZE_DECIMALS } from './market.ts'
import { createProcess, type SimProcess } from './process.ts'
import type { World } from './world.ts'

/** What the real client waits for an answer before it says `unknown`. */
const CLIENT_TIMEOUT_MS = 2_500
const SNAPSHOT_FILLS = 30
/** A slow disk: nearly as long as the core waits for a durable intent. */
const SLOW_WRITE_MS = 900
const SLOW_MS_MAX = 6_000
const RESET_MS_MAX = 800

export interface Inbox extends CommandInbox {
  command(mode: KillMode, by: 'direct' | 'control', reason: string): void
  rotate(why: 'params' | 'pause' | 'command'): void
  wake(): void
}

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

function createInbox(world: World, host: Host): Inbox {
  let command: { mode: KillMode; by: 'direct' | 'control'; reason: string } | null = null
  let rotate: 'params' | 'pause' | 'command' | null = null
  let wake = new AbortController()
  const inbox: Inbox = {
    kill() {
      const file = world.killFile
      if (!file) return command
      if (command && killSeverity(command.mode) >= killSeverity(file.mode)) return command
      return { mode: file.mode, by: 'kill_switch', reason: file.reason }
    },
    takeRotate() {
      const taken = rotate
      rotate = null
      return taken
    },
    changed: () => wake.signal,
    command(mode, by, reason) {
      if (!command || killSeverity(mode) > killSeverity(command.mode)) command = { mode, by, reason }
      inbox.wake()
    },
    rotate(why) {
      rotate = why
      inbox.wake()
    },
    wake() {
      const fired = wake
      wake = new AbortController()
      fired.abort()
    },
  }
  host.inboxes.add(inbox)
  return inbox
}

interface Source extends EventSource {
  push(event: AccountEvent): void
  wake(why: 'market' | 'account'): void
}

function createSource(process: SimProcess, up: () => boolean): Source {
  let events: AccountEvent[] = []
  let waiting: ((why: 'market' | 'account' | 'timeout' | 'aborted') => void) | null = null
  return {
    push(event) {
      events.push(event)
      waiting?.('account')
    },
    wake(why) {
      waiting?.(why)
    },
    accountStreamUp: up,
    takeAccountEvents() {
      const taken = events
      events = []
      return taken
    },
    next(timeoutMs, signal) {
      if (events.length > 0) return Promise.resolve('account')
      if (signal.aborted) return Promise.resolve('aborted')
      return new Promise((resolve) => {
        const onAbort = (): void => waiting?.('aborted')
        const takeBack = process.after(timeoutMs, () => waiting?.('timeout'))
        waiting = (why) => {
          waiting = null
          takeBack()
          signal.removeEventListener('abort', onAbort)
          resolve(why)
        }
        signal.addEventListener('abort', onAbort, { once: true })
      })
    },
  }
}

const noAnswer = (why: string): HoldfastError =>
  new HoldfastError(why, { code: 'NO_ANSWER', retryable: true, hint: 'wait' })

/** Asks the venue over the network. Rejects when no answer came in time. */
function request<T>(world: World, process: SimProcess, execute: () => T, label = ''): Promise<T> {
  const { scheduler, network } = world
  return new Promise((resolve, reject) => {
    const takeBack = process.after(CLIENT_TIMEOUT_MS, () => reject(noAnswer('timeout')))
    // A connection that breaks under way: the caller hears at once, the request may arrive all the same.
    if (network.trip().delayMs === null) {
      process.after(world.random.int(5, RESET_MS_MAX), () => {
        takeBack()
        reject(noAnswer('connection reset'))
      })
    }
    const slow = scheduler.nowMs < world.venueSlowUntilMs
    const send = slow
      ? (job: () => void) => scheduler.after(world.random.int(100, SLOW_MS_MAX), job)
      : network.send
    send(() => {
      if (scheduler.nowMs < world.venueDownUntilMs) return
      world.venue.nowMs = scheduler.nowMs
      const value = execute()
      if (label) world.log(`venue  ${label} → ${JSON.stringify(value).slice(0, 160)}`)
      if (scheduler.nowMs < world.answersLostUntilMs) return
      network.send(() =>
        process.deliver(() => {
          takeBack()
          resolve(value)
        }),
      )
    })
  })
}

function venueClient(world: World, host: Host): Venue {
  const { process } = host
  const { venue } = world
  const send = async (
    orders: readonly OrderIntent[],
    options: Parameters<Venue['placeOrders']>[1],
    execute: () => OrderAnswer[],
    label: string,
  ): Promise<OrderAnswer[]> => {
    // Signing: the process may be frozen or killed between the call and the bytes.
    await new Promise<void>((resolve) => process.after(1, resolve))
    const no = options.stillAllowed?.()
    if (no) return orders.map(({ cloid }) => ({ cloid, status: 'rejected', message: no }))
    world.onSent(host, orders)
    try {
      const answers = await request(world, process, execute, label)
      world.meter.answered(answers)
      return answers
    } catch {
      world.meter.unanswered(orders.map(({ cloid }) => cloid))
      return orders.map(({ cloid }): OrderAnswer => ({ cloid, status: 'unknown', message: 'no answer' }))
    }
  }
  return {
    placeOrders: (orders, options) =>
      send(orders, options, () => venue.place(orders, options.expiresAfter), describe(host, orders)),
    async modifyOrders(modifies, options) {
      const orders = modifies.map(({ order }) => order)
      const olds = modifies.map(({ cloid }) => shortCloid(cloid)).join(' ')
      const label = `${describe(host, orders)} for ${olds}`
      const execute = () => venue.modify(modifies, options.expiresAfter)
      const answers = await send(orders, options, execute, label)
      if (answers.some(({ status }) => status === 'unknown')) world.unansweredModifies += 1
      return answers
    },
    async cancelOrders(orders, { expiresAfter }) {
      const cloids = orders.map(({ cloid }) => cloid)
      const label = `${host.process.name} cancels ${cloids.map(shortCloid).join(' ')}`
      try {
        return await request(world, process, () => venue.cancel(cloids, expiresAfter), label)
      } catch {
        return cloids.map((cloid) => ({ cloid, status: 'unknown', message: 'no answer' }))
      }
    },
    cancelByOid: () => Promise.resolve(),
    openOrders: () => request(world, process, () => venue.openOrders()),
    account: () => request(world, process, () => venue.account()),
    fillsSince: (ts) => request(world, process, () => venue.fillsSince(ts)),
    orderStatus: (cloid) =>
      request(world, process, () => venue.statusOf(cloid), `${host.process.name} asks ${shortCloid(cloid)}`),
    touch: () =>
      request(world, process, () => ({
        bid: priceText(world.market.bid),
        ask: priceText(world.market.ask),
      })),
  }
}

/** epoch.seq.leg of a client order id. */
export function shortCloid(cloid: string): string {
  const hex = (from: number, length: number): number =>
    Number.parseInt(cloid.slice(2 + from, 2 + from + length), 16)
  return `${hex(8, 4)}.${hex(12, 8)}.${hex(28, 4)}`
}

const describe = (host: Host, orders: readonly OrderIntent[]): string =>
  `${host.process.name} places ${orders
    .map(({ cloid, side, sz, px, purpose }) => `${purpose} ${side} ${sz}@${px} [${shortCloid(cloid)}]`)
    .join(', ')}`

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

/** The session core's ports as small fakes over virtual time: what a unit test of domain/session needs, and nothing that decides by itself. */
// Not here: the world with faults, drops and restarts (tests/simulation).
import type { AccountEvent, FillEvent, Side } from '#domain/events.ts'
import { formatFixed, parseFixed } from '#domain/fixed-point.ts'
import { buildCloid, hash32 } from '#domain/ids.ts'
import type {
  CommandInbox,
  ControlPlane,
  EventSource,
  HeartbeatAnswer,
  Journal,
  MarketView,
  OpenOrder,
  OrderAnswer,
  SegmentPorts,
  Venue,
  VenuePosition,
} from '#domain/session/ports.ts'
import type { Checkpoint, ClosedCandle, Decision, OrderIntent } from '#domain/session/types.ts'
import type { Clock } from '#domain/time.ts'
import { createScheduler } from '../simulation/scheduler.ts'

export const SESSION = 'session/paper/unit'
export const RUN = hash32('run-1')
export const START_TS = 1_700_000_000_000

/** Client order id of the unit session. */
export const cloidOf = (parts: { epoch?: number; seq?: number; run?: number; leg?: number } = {}): string =>
  buildCloid({ tag: hash32(SESSION), epoch: 1, seq: 0, run: RUN, leg: 0, ...parts })

/** A promise that never settles: a peer that is silent. */
export const silence = <T>(): Promise<T> => new Promise<T>(() => undefined)

/** Two clocks over one virtual time: `jumpWall` sets the wall clock alone, as a machine's sleep or an administrator does. */
export function virtualClock() {
  const scheduler = createScheduler(0)
  let wallOffset = START_TS
  const clock: Clock = {
    now: () => wallOffset + scheduler.nowMs,
    monotonicMs: () => scheduler.nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve()
        const take = scheduler.after(ms, resolve)
        signal?.addEventListener('abort', () => resolve(take()), { once: true })
      }),
  }
  const advance = async (ms: number): Promise<void> => {
    let there = false
    scheduler.after(ms, () => {
      there = true
    })
    await scheduler.run(Number.POSITIVE_INFINITY, () => there)
  }
  /** Runs virtual time until the promise has settled. Fails a test whose promise waits for nothing, or longer than a virtual day. */
  const drive = async <T>(work: Promise<T>): Promise<T> => {
    let settled = false
    const mark = (): void => {
      settled = true
    }
    work.then(mark, mark)
    await scheduler.run(scheduler.nowMs + 86_400_000, () => settled)
    if (!settled) throw new TypeError('virtual time ran out while the call under test still waits')
    return work
  }
  return {
    clock,
    advance,
    drive,
    jumpWall: (ms: number): void => {
      wallOffset += ms
    },
  }
}

export type Call = { call: string; ts: number } & Record<string, unknown>

/** A venue of one account: places, fills IOC orders whole, cancels, lists. Every method may be replaced by a test. */
export function fakeVenue(clock: Clock) {
  const state = {
    open: [] as OpenOrder[],
    positions: [] as VenuePosition[],
    fills: [] as FillEvent[],
    equityUsd: '10000',
    calls: [] as Call[],
    placed: [] as OrderIntent[],
    canceled: [] as string[],
  }
  const note = (call: string, facts: Record<string, unknown> = {}): void => {
    state.calls.push({ call, ts: clock.now(), ...facts })
  }
  const hold = (coin: string, side: Side, sz: string): string => {
    const was = state.positions.find((each) => each.coin === coin)
    const before = parseFixed(was?.sz ?? '0')
    const after = before + (side === 'buy' ? 1n : -1n) * parseFixed(sz)
    const others = state.positions.filter((each) => each.coin !== coin)
    state.positions = after === 0n ? others : [...others, { coin, sz: formatFixed(after), entryPx: '100' }]
    return formatFixed(before)
  }
  const place = (intent: OrderIntent): OrderAnswer => {
    const { cloid, coin, side, px, sz } = intent
    const oid = state.placed.push(intent)
    if (intent.tif === 'ioc' && !intent.trigger) {
      const startPosition = hold(coin, side, sz)
      state.fills.push(fillOf({ coin, side, px, sz, cloid, startPosition, ts: clock.now(), tid: oid }))
      return { cloid, status: 'filled', oid, sz, avgPx: px }
    }
    state.open.push(openOf({ coin, oid, cloid, side, px, sz, reduceOnly: intent.reduce_only }))
    for (const order of state.open) {
      if (order.cloid === cloid && intent.trigger)
        Object.assign(order, { trigger: true, px: intent.trigger.px })
    }
    return { cloid, status: 'resting', oid }
  }
  const venue: Venue = {
    async placeOrders(orders, options) {
      note('placeOrders', { orders, expiresAfter: options.expiresAfter })
      const refused = options.stillAllowed?.() ?? null
      if (refused !== null)
        return orders.map(({ cloid }) => ({ cloid, status: 'rejected', message: refused }))
      return orders.map(place)
    },
    async modifyOrders(modifies, options) {
      note('modifyOrders', { modifies, expiresAfter: options.expiresAfter })
      const refused = options.stillAllowed?.() ?? null
      return modifies.map(({ cloid: old, order }): OrderAnswer => {
        const { cloid } = order
        if (refused !== null) return { cloid, status: 'rejected', message: refused }
        const rests = state.open.some((each) => each.cloid === old)
        const message = 'Cannot modify canceled or filled order'
        if (!rests) return { cloid, status: 'rejected', message, code: 'GONE' }
        state.open = state.open.filter((each) => each.cloid !== old)
        state.canceled.push(old)
        return place(order)
      })
    },
    async cancelOrders(orders, options) {
      note('cancelOrders', { cloids: orders.map(({ cloid }) => cloid), expiresAfter: options.expiresAfter })
      return orders.map(({ cloid }) => {
        const rests = state.open.some((each) => each.cloid === cloid)
        state.open = state.open.filter((each) => each.cloid !== cloid)
        if (rests) state.canceled.push(cloid)
        return { cloid, status: rests ? 'canceled' : 'gone' }
      })
    },
    cancelByOid: async () => undefined,
    async openOrders() {
      note('openOrders')
      return state.open.map((each) => ({ ...each }))
    },
    async account() {
      note('account')
      return { equityUsd: state.equityUsd, positions: state.positions.map((each) => ({ ...each })) }
    },
    async fillsSince(ts) {
      note('fillsSince', { from: ts })
      return state.fills.filter((each) => each.ts >= ts)
    },
    async orderStatus(cloid) {
      note('orderStatus', { cloid })
      if (state.open.some((each) => each.cloid === cloid)) return { status: 'open', word: 'open' }
      const known = state.placed.some((each) => each.cloid === cloid)
      return known ? { status: 'filled', word: 'filled' } : { status: 'unknown', word: 'unknownOid' }
    },
    touch: async () => ({ bid: '99', ask: '101' }),
  }
  return { venue, state, called: (call: string) => state.calls.filter((each) => each.call === call) }
}

export const openOf = (order: Partial<OpenOrder> = {}): OpenOrder => ({
  coin: 'BTC',
  oid: 1,
  cloid: cloidOf(),
  side: 'buy',
  px: '100',
  sz: '1',
  reduceOnly: false,
  trigger: false,
  ts: START_TS,
  ...order,
})

/** A protective sell stop as the venue lists it. */
export const stopOf = (order: Partial<OpenOrder> = {}): OpenOrder =>
  openOf({ side: 'sell', px: '90', reduceOnly: true, trigger: true, cloid: cloidOf({ leg: 100 }), ...order })

export const fillOf = (fill: Partial<FillEvent> = {}): FillEvent => ({
  kind: 'fill',
  account: 'unit',
  coin: 'BTC',
  ts: START_TS,
  tid: 1,
  oid: 1,
  cloid: cloidOf(),
  side: 'buy',
  px: '100',
  sz: '1',
  startPosition: '0',
  direction: '',
  closedPnl: '0',
  fee: '0',
  crossed: true,
  hash: '',
  snapshot: false,
  receivedTs: START_TS,
  ...fill,
})

export const intentOf = (intent: Partial<OrderIntent> = {}): OrderIntent => ({
  cloid: cloidOf(),
  coin: 'BTC',
  side: 'buy',
  px: '100',
  sz: '1',
  tif: 'alo',
  reduce_only: false,
  purpose: 'quote',
  ...intent,
})

/** Market 99/101 around mark 100, fresh for ever; fields may be changed by the test. */
export function fakeMarket() {
  const state = {
    bid: '99' as string | null,
    ask: '101' as string | null,
    mark: '100' as string | null,
    ageMs: 0,
    sizeDecimals: 3,
    candles: [] as ClosedCandle[],
  }
  const level = (px: string | null) => (px === null ? null : { px, sz: '10', n: 1 })
  const market: MarketView = {
    bbo: (coin) => {
      const { bid, ask } = state
      if (bid === null && ask === null) return null
      return { kind: 'bbo', coin, ts: START_TS, bid: level(bid), ask: level(ask), receivedTs: START_TS }
    },
    book: () => null,
    lastTrade: () => null,
    markPx: () => state.mark,
    ageMs: () => state.ageMs,
    candle: () => null,
    closedCandles: (coin, interval, after) =>
      state.candles.filter((each) => each.coin === coin && each.interval === interval && each.openTs > after),
    sizeDecimals: () => state.sizeDecimals,
  }
  return { market, state }
}

export function fakeJournal() {
  const rows = {
    decisions: [] as Decision[],
    intents: [] as string[],
    answers: [] as { cloid: string; status: string; message?: string }[],
    events: [] as { kind: string; details: Readonly<Record<string, unknown>> }[],
    quotes: [] as Parameters<Journal['quotes']>[0][],
    equity: [] as Parameters<Journal['equity']>[0][],
  }
  const journal: Journal = {
    decision: (decision) => void rows.decisions.push(decision),
    intent: async (order) => void rows.intents.push(order.cloid),
    answer: (answer) => void rows.answers.push(answer),
    event: (kind, details) => void rows.events.push({ kind, details }),
    quotes: (row) => void rows.quotes.push(row),
    equity: (row) => void rows.equity.push(row),
  }
  return { journal, rows, gates: () => rows.decisions.map(({ gate }) => gate) }
}

/** Commands from outside: `say` sets the kill and wakes whoever listens. */
export function fakeInbox() {
  const state = {
    kill: null as ReturnType<CommandInbox['kill']>,
    rotate: null as ReturnType<CommandInbox['takeRotate']>,
    reads: 0,
  }
  let changed = new AbortController()
  const commands: CommandInbox = {
    kill: () => {
      state.reads += 1
      return state.kill
    },
    takeRotate: () => {
      const taken = state.rotate
      state.rotate = null
      return taken
    },
    changed: () => changed.signal,
  }
  const wake = (): void => {
    const was = changed
    changed = new AbortController()
    was.abort()
  }
  return { commands, state, wake }
}

/** The control plane: every heartbeat is acknowledged until `answer` says otherwise. */
export function fakeControl(clock: Clock, attempt = 1) {
  const aborter = new AbortController()
  const state = {
    reason: null as ReturnType<ControlPlane['reason']>,
    beats: [] as { ts: number; checkpoint: Checkpoint }[],
    answer: async (): Promise<HeartbeatAnswer> => ({ kind: 'acknowledged' }),
  }
  const control: ControlPlane = {
    attempt,
    heartbeat: (checkpoint) => {
      state.beats.push({ ts: clock.monotonicMs(), checkpoint })
      return state.answer()
    },
    signal: aborter.signal,
    reason: () => state.reason,
  }
  const abort = (reason: ReturnType<ControlPlane['reason']>): void => {
    state.reason = reason
    aborter.abort()
  }
  return { control, state, abort }
}

export function fakeEvents(clock: Clock) {
  const state = { queue: [] as AccountEvent[], up: true }
  const events: EventSource = {
    async next(timeoutMs, signal) {
      await clock.sleep(timeoutMs, signal)
      return signal.aborted ? 'aborted' : 'timeout'
    },
    takeAccountEvents: () => state.queue.splice(0),
    accountStreamUp: () => state.up,
  }
  return { events, state }
}

/** Everything a segment touches. */
export function fakePorts(attempt = 1) {
  const time = virtualClock()
  const { clock } = time
  const venue = fakeVenue(clock)
  const market = fakeMarket()
  const journal = fakeJournal()
  const inbox = fakeInbox()
  const control = fakeControl(clock, attempt)
  const events = fakeEvents(clock)
  const ports: SegmentPorts = {
    clock,
    market: market.market,
    events: events.events,
    venue: venue.venue,
    journal: journal.journal,
    control: control.control,
    commands: inbox.commands,
  }
  return { ports, time, clock, venue, market, journal, inbox, control, events }
}

/** What a unit test of domain/session needs and nothing that decides by itself: ids, orders and fills by default values, small fakes of the ports. */
// Not here: the venue (fake-venue.ts), the clock (virtual-clock.ts), all ports at once (fake-ports.ts).
import type { AccountEvent, FillEvent } from '#domain/events.ts'
import { buildCloid, hash32 } from '#domain/ids.ts'
import type {
  CommandInbox,
  ControlPlane,
  EventSource,
  HeartbeatAnswer,
  Journal,
  MarketView,
  OpenOrder,
} from '#domain/session/ports.ts'
import type { Checkpoint, ClosedCandle, Decision, OrderIntent } from '#domain/session/types.ts'
import type { Clock } from '#domain/time.ts'

export const SESSION = 'session/paper/unit'
export const RUN = hash32('run-1')
export const START_TS = 1_700_000_000_000

/** Client order id of the unit session. */
export const cloidOf = (parts: { epoch?: number; seq?: number; run?: number; leg?: number } = {}): string =>
  buildCloid({ tag: hash32(SESSION), epoch: 1, seq: 0, run: RUN, leg: 0, ...parts })

/** A promise that never settles: a peer that is silent. */
export const silence = <T>(): Promise<T> => new Promise<T>(() => undefined)

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

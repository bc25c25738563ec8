/** A stage for unit tests of the session core: virtual time, the simulator's exchange, and every port with a knob. */
// Not here: its ports (stage-ports.ts), faults of several processes (tests/simulation).
import type { AccountEvent } from '#domain/events.ts'
import type {
  CancelAnswer,
  HeartbeatAnswer,
  OrderAnswer,
  SegmentPorts,
  Venue,
} from '#domain/session/ports.ts'
import type { CandleSegmentInput, MakerSegmentInput } from '#domain/session/segment-input.ts'
import type { ClosedCandle, Decision, KillMode, OrderIntent } from '#domain/session/types.ts'
import { firstCheckpoint } from '#domain/trading/checkpoint.ts'
import { COIN, createMarket, type Market } from '#tests/simulation/market.ts'
import { createProcess, type SimProcess } from '#tests/simulation/process.ts'
import { createRandom } from '#tests/simulation/random.ts'
import { createScheduler, type Scheduler } from '#tests/simulation/scheduler.ts'
import { createVenue, type SimVenue } from '#tests/simulation/venue.ts'
import { createInbox, journal, marketView, venueClient } from './stage-ports.ts'

export const START_TS = 1_700_000_000_000

export interface Knobs {
  heartbeat: HeartbeatAnswer['kind']
  attempt: number
  kill: { mode: KillMode; by: 'direct' | 'control' | 'kill_switch'; reason: string } | null
  streamUp: boolean
  /** Milliseconds each way. */
  venueMs: number
  /** Calls of these names never answer. */
  silent: Set<keyof Venue>
  /** Calls of these names reach the venue and their answer is lost. */
  answersLost: Set<keyof Venue>
  journalDown: boolean
  ageMs: number
  candles: ClosedCandle[]
  noTouch: boolean
}

export interface Stage {
  scheduler: Scheduler
  process: SimProcess
  market: Market
  venue: SimVenue
  ports: SegmentPorts
  knobs: Knobs
  decisions: Decision[]
  intents: OrderIntent[]
  answers: (OrderAnswer | CancelAnswer)[]
  events: { kind: string; details: Readonly<Record<string, unknown>> }[]
  /** Calls of the venue, in order. */
  calls: string[]
  /** Lets the inbox's listeners look. */
  wake(): void
  rotate(why: 'params' | 'pause' | 'command'): void
  cancel(why: 'cancel' | 'shutdown'): void
  advance(ms: number): Promise<void>
  /** Sets the touch in cents, lets the venue match, and wakes the loop. */
  trade(bid: number, ask: number): void
}

export function createStage(knobs: Partial<Knobs> = {}): Stage {
  const scheduler = createScheduler(START_TS)
  const process = createProcess(scheduler, 'test', 0)
  const market = createMarket(createRandom(1, 'market'), START_TS)
  Object.assign(market, { bid: 9_999, ask: 10_001 })
  const venue = createVenue(market, { ...createRandom(1, 'venue'), chance: () => false })
  const set: Knobs = {
    heartbeat: 'acknowledged',
    attempt: 1,
    kill: null,
    streamUp: true,
    venueMs: 1,
    silent: new Set(),
    answersLost: new Set(),
    journalDown: false,
    ageMs: 0,
    candles: [],
    noTouch: false,
    ...knobs,
  }
  const inbox = createInbox(set)
  const control = new AbortController()
  let why: 'cancel' | 'shutdown' | null = null
  const account: AccountEvent[] = []
  let wakeLoop: ((reason: 'market' | 'account') => void) | null = null
  venue.nowMs = scheduler.nowMs
  venue.onEvent = (event) => {
    if (!set.streamUp) return
    scheduler.after(1, () => {
      account.push(event)
      wakeLoop?.('account')
    })
  }
  const stage: Stage = {
    scheduler,
    process,
    market,
    venue,
    knobs: set,
    decisions: [],
    intents: [],
    answers: [],
    events: [],
    calls: [],
    wake: () => inbox.wake(),
    rotate: (reason) => inbox.rotate(reason),
    cancel(reason) {
      why = reason
      control.abort()
    },
    async advance(ms) {
      const until = scheduler.nowMs + ms
      scheduler.after(ms, () => undefined)
      await scheduler.run(until, () => false)
    },
    trade(bid, ask) {
      Object.assign(market, { bid, ask })
      venue.nowMs = scheduler.nowMs
      venue.match()
      wakeLoop?.('market')
    },
    ports: {
      clock: process.clock,
      market: marketView(market, set),
      venue: venueClient(() => stage, set),
      journal: journal(() => stage, set),
      events: {
        takeAccountEvents: () => account.splice(0),
        accountStreamUp: () => set.streamUp,
        next: (timeoutMs, signal) =>
          new Promise((resolve) => {
            if (account.length > 0) return resolve('account')
            const end = (reason: 'market' | 'account' | 'timeout' | 'aborted'): void => {
              wakeLoop = null
              takeBack()
              resolve(reason)
            }
            const takeBack = process.after(timeoutMs, () => end('timeout'))
            wakeLoop = end
            signal.addEventListener('abort', () => end('aborted'), { once: true })
          }),
      },
      control: {
        get attempt() {
          return set.attempt
        },
        signal: control.signal,
        reason: () => why,
        heartbeat: (_checkpoint, deadlineMs) =>
          new Promise((resolve) => {
            const silent = set.heartbeat === 'unreachable'
            scheduler.after(silent ? deadlineMs : 2, () => resolve({ kind: set.heartbeat }))
          }),
      },
      commands: inbox,
    },
  }
  return stage
}

export const SESSION_ID = 'session/paper/test'
export const LIMITS = {
  order_usd_max: 2_000,
  position_usd_max: 5_000,
  open_orders_max: 10,
  loss_usd_max: 500,
}

const common = {
  session_id: SESSION_ID,
  run: 7,
  epoch: 3,
  mode: 'paper' as const,
  account: 'sim',
  coins: [COIN],
  limits: LIMITS,
  on_control_loss: 'cancel_quotes' as const,
  close_only: false,
  decisions: [],
  rotate_after_ms: 3_600_000,
}

export const makerInput = (over: Partial<MakerSegmentInput> = {}): MakerSegmentInput => ({
  ...common,
  engine: 'maker',
  checkpoint: firstCheckpoint(3, START_TS),
  params: {
    strategy: 'touch',
    half_spread_bps: 5,
    quote_usd: 500,
    skew_bps: 4,
    cycle_ms: 400,
    replace_bps: 0.5,
    stale_ms: 3_000,
  },
  ...over,
})

export const candleInput = (over: Partial<CandleSegmentInput> = {}): CandleSegmentInput => ({
  ...common,
  engine: 'candles',
  checkpoint: firstCheckpoint(3, START_TS),
  params: {
    strategy: 'ema_cross',
    interval: '1m',
    fast_bars: 2,
    slow_bars: 4,
    atr_bars: 4,
    stop_atr: 2,
    order_usd: 1_000,
    slippage_bps_max: 20,
    cooldown_bars: 1,
  },
  intents: [],
  stops: [],
  ...over,
})

export const candle = (index: number, close: number, spread = 1): ClosedCandle => ({
  coin: COIN,
  interval: '1m',
  openTs: index * 60_000,
  open: close,
  high: close + spread,
  low: close - spread,
  close,
  volume: 1,
})

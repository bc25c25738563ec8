/** The synthetic market: seeded coins that step in real time, with a past that lies ready when the exchange starts. */
// Not here: one coin's behaviour (synthetic-market.ts).
import { type Clock, type EpochMs, HOUR_MS, MINUTE_MS } from '#domain/time.ts'
import { hashOf, tidOf } from '#exchange/paper/engine/state.ts'
import type { CoinSpec, ExternalLevel } from '#exchange/paper/engine/types.ts'
import { formatUnits } from '#exchange/paper/engine/units.ts'
import { coinSpec, knownCoin } from '#exchange/paper/market/known-coins.ts'
import { hashUniform } from '#exchange/paper/sources/random.ts'
import type {
  HistoryCandle,
  MarketSource,
  SourceEvent,
  SourceSink,
  WireLevel,
  WireTrade,
} from '#exchange/paper/sources/source.ts'
import {
  BOOK_EVERY_STEPS,
  createSyntheticCoin,
  moveMid,
  resumeSyntheticCoin,
  STEP_MS,
  type SyntheticCoin,
  type SyntheticCoinState,
  stepSyntheticCoin,
  stepTs,
  syntheticBook,
} from '#exchange/paper/sources/synthetic-market.ts'
import { walkPast } from '#exchange/paper/sources/synthetic-past.ts'

export interface SyntheticOptions {
  seed: number
  coins: readonly string[]
  /** Market milliseconds per millisecond. */
  speed: number
  clock: Clock
  checkpoint?: SyntheticCheckpoint | null
}

export interface SyntheticCheckpoint {
  seed: number
  coins: readonly string[]
  /** Time of step 0: end of the prepared past. */
  startTs: EpochMs
  /** Market time that the states stand at. */
  step: number
  states: readonly SyntheticCoinState[]
}

/** More than so much to catch up is taken in one-minute strides first. */
const CATCH_UP_STEPS_MAX = 6 * (HOUR_MS / STEP_MS)
/** Steps done in one turn of the event loop while catching up. */
const TURN_STEPS = 500
const TRADERS = 400

/** Weight of a coin in traded volume: the first listed are the biggest. */
const weightOf = (asset: number): number => 1 / (1 + asset * 0.6)

function traderAddress(seed: number, index: number): string {
  let hex = ''
  for (let part = 0; part < 5; part++) {
    hex += Math.floor(hashUniform(seed, index, 100 + part) * 4_294_967_296)
      .toString(16)
      .padStart(8, '0')
  }
  return `0x${hex}`
}

export function createSyntheticSource(options: SyntheticOptions): MarketSource {
  const { seed, clock, speed } = options
  const stored =
    options.checkpoint?.seed === seed && sameCoins(options.checkpoint.coins, options.coins)
      ? options.checkpoint
      : null
  const specs: CoinSpec[] = options.coins.map((name, asset) => coinSpec(name, asset))
  // Whole minutes, so that the past's candles close where the live ones open.
  const startTs = stored?.startTs ?? Math.floor(clock.now() / MINUTE_MS) * MINUTE_MS
  const coins = specs.map((spec) => {
    const known = knownCoin(spec.name)
    return createSyntheticCoin(spec, seed, {
      px: known.startPx,
      volatility: known.volatility,
      weight: weightOf(spec.asset),
    })
  })
  const traders = Array.from({ length: TRADERS }, (_, index) => traderAddress(seed, index))
  const abort = new AbortController()
  let step = 0
  let events = 0
  let state: 'held' | 'running' = 'held'
  let running: Promise<void> = Promise.resolve()
  /** Stands at the last whole minute: a restart repeats the minute it fell in, trade by trade. */
  let boundary: SyntheticCheckpoint | null = stored

  const wireLevels = (spec: CoinSpec, levels: readonly ExternalLevel[]): WireLevel[] =>
    levels.map(({ px, sz, n }) => ({
      px: formatUnits(px, spec.pxDecimals),
      sz: formatUnits(sz, spec.szDecimals),
      n,
    }))

  /** Walks the past forward and leaves every coin at step 0; a stored position then takes over. */
  function* history(): Generator<HistoryCandle> {
    for (const coin of coins) yield* walkPast(coin, startTs)
    if (!stored) return
    for (const [index, coin] of coins.entries()) {
      const at = stored.states[index]
      if (at) resumeSyntheticCoin(coin, at)
    }
    step = stored.step
  }

  function stepAll(sink: SourceSink): void {
    step++
    const ts = stepTs(startTs, step)
    for (const coin of coins) {
      const { trades, touchChanged } = stepSyntheticCoin(coin)
      if (trades.length > 0)
        emit(sink, { kind: 'trades', trades: trades.map((trade, at) => wireTrade(coin, trade, at, ts)) })
      // Coins take their snapshots in turn, so that frames do not come in bursts.
      const snapshot = (step + coin.spec.asset) % BOOK_EVERY_STEPS === 0
      if (!touchChanged && !snapshot) continue
      const book = syntheticBook(coin)
      const bids = wireLevels(coin.spec, book.bids)
      const asks = wireLevels(coin.spec, book.asks)
      if (touchChanged || step === 1)
        emit(sink, { kind: 'bbo', coin: coin.spec.name, ts, bid: bids[0] ?? null, ask: asks[0] ?? null })
      if (snapshot || step <= BOOK_EVERY_STEPS)
        emit(sink, { kind: 'book', coin: coin.spec.name, ts, bids, asks })
    }
    if (ts % MINUTE_MS === 0) boundary = standing()
  }

  const standing = (): SyntheticCheckpoint => ({
    seed,
    coins: options.coins,
    startTs,
    step,
    states: coins.map((coin) => ({ ...coin.state })),
  })

  function emit(sink: SourceSink, event: SourceEvent): void {
    events++
    sink.event(event)
  }

  function wireTrade(
    coin: SyntheticCoin,
    trade: { isBuy: boolean; px: number; sz: number },
    at: number,
    ts: EpochMs,
  ): WireTrade {
    const sequence = (step * 64 + at) * 64 + coin.spec.asset
    const pick = (role: number) =>
      traders[Math.floor(hashUniform(seed, sequence, role) ** 2 * TRADERS)] as string
    const buyer = pick(1)
    const seller = pick(2) === buyer ? (traders[0] as string) : pick(2)
    return {
      coin: coin.spec.name,
      side: trade.isBuy ? 'B' : 'A',
      px: formatUnits(trade.px, coin.spec.pxDecimals),
      sz: formatUnits(trade.sz, coin.spec.szDecimals),
      time: ts,
      // Trades of one sweep are one transaction.
      hash: hashOf(seed ^ 0x51a7, step * 64 + coin.spec.asset),
      tid: tidOf(seed ^ 0x7ead, sequence),
      users: [buyer, seller],
    }
  }

  async function run(sink: SourceSink): Promise<void> {
    const startWall = clock.now()
    const target = () => Math.floor((startWall - startTs + (clock.now() - startWall) * speed) / STEP_MS)
    if (target() - step > 20) await catchUp(sink, target)
    while (!abort.signal.aborted) {
      for (let due = target(), turn = 0; step < due && turn < 50; turn++) stepAll(sink)
      await sink.ready()
      const nextWall = startWall + ((step + 1) * STEP_MS - (startWall - startTs)) / speed
      await clock.sleep(Math.max(1, nextWall - clock.now()), abort.signal)
    }
  }

  /** The market went on while nobody was there: its trades and candles are made up for, its orders are not. */
  async function catchUp(sink: SourceSink, target: () => number): Promise<void> {
    sink.catchUp(true)
    // A very long absence is crossed in strides of a minute; candles of that stretch stay flat.
    const far = target() - CATCH_UP_STEPS_MAX
    if (step < far) {
      for (const coin of coins) while (coin.state.step < far) moveMid(coin, MINUTE_MS / STEP_MS)
      step = far
    }
    while (step < target() && !abort.signal.aborted) {
      for (let at = 0; at < TURN_STEPS && step < target(); at++) stepAll(sink)
      await sink.ready()
    }
    sink.catchUp(false)
  }

  return {
    coins: specs,
    isForeign: false,
    history,
    start: (sink) => {
      state = 'running'
      running = run(sink)
    },
    status: () => ({
      source: 'synthetic',
      state,
      market_ts: stepTs(startTs, step),
      events,
      events_total: null,
    }),
    checkpoint: () => boundary,
    minutesUntil: () => (boundary ? stepTs(startTs, boundary.step) : 0),
    close: async () => {
      abort.abort()
      await running.catch(() => {})
    },
  }
}

const sameCoins = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((coin, at) => coin === b[at])

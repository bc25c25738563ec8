/** The synthetic market: seeded coins that step in real time, with a past that lies ready when the exchange starts. */
// Not here: one coin's behaviour (synthetic-market.ts).
import { type Clock, DAY_MS, type EpochMs, HOUR_MS, MINUTE_MS } from '#domain/time.ts'
import { hashOf, tidOf } from '#exchange/paper/engine/state.ts'
import type { CoinSpec, ExternalLevel } from '#exchange/paper/engine/types.ts'
import { formatUnits } from '#exchange/paper/engine/units.ts'
import { coinSpec, knownCoin } from '#exchange/paper/market/known-coins.ts'
import { hashUniform } from '#exchange/paper/sources/random.ts'
import type { HistoryCandle, MarketSource, SourceEvent, SourceSink, WireLevel, WireTrade } from '#exchange/paper/sources/source.ts'
import {
  BOOK_EVERY_STEPS,
  createSyntheticCoin,
  moveMid,
  resumeSyntheticCoin,
  STEP_MS,
  stepSyntheticCoin,
  stepTs,
  type SyntheticCoin,
  type SyntheticCoinState,
  syntheticBook,
} from '#exchange/paper/sources/synthetic-market.ts'

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
  /** Prices at the start of the prepared past, so that it can be prepared again. */
  pastStartTs: EpochMs
}

/** The past, from coarse to fine; every tier ends where the next begins, the last at step 0. */
const PAST: readonly { lengthMs: number; count: number }[] = [
  { lengthMs: DAY_MS, count: 600 },
  { lengthMs: HOUR_MS, count: 4_000 },
  { lengthMs: 15 * MINUTE_MS, count: 5_000 },
  { lengthMs: MINUTE_MS, count: 6_000 },
]
/** Strides per candle of the past. */
const PAST_STRIDES = 6
/** More than so much to catch up is taken in one-minute strides first. */
const CATCH_UP_STEPS_MAX = 6 * (HOUR_MS / STEP_MS)
/** Steps done in one turn of the event loop while catching up. */
const TURN_STEPS = 500
const TRADERS = 400

const pastMs = PAST.reduce((sum, tier) => sum + tier.lengthMs * tier.count, 0)

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
  const stored = options.checkpoint?.seed === seed && sameCoins(options.checkpoint.coins, options.coins) ? options.checkpoint : null
  const specs: CoinSpec[] = options.coins.map((name, asset) => coinSpec(name, asset))
  // Whole minutes, so that the past's candles close where the live ones open.
  const startTs = stored?.startTs ?? Math.floor(clock.now() / MINUTE_MS) * MINUTE_MS
  const coins = specs.map((spec) => {
    const known = knownCoin(spec.name)
    return createSyntheticCoin(spec, seed, { px: known.startPx, volatility: known.volatility, weight: weightOf(spec.asset) })
  })
  const traders = Array.from({ length: TRADERS }, (_, index) => traderAddress(seed, index))
  const abort = new AbortController()
  let step = 0
  let events = 0
  let state: 'held' | 'running' = 'held'
  let running: Promise<void> = Promise.resolve()

  const wireLevels = (spec: CoinSpec, levels: readonly ExternalLevel[]): WireLevel[] =>
    levels.map(({ px, sz, n }) => ({ px: formatUnits(px, spec.pxDecimals), sz: formatUnits(sz, spec.szDecimals), n }))

  /** Walks the past forward and folds it into candles; leaves every coin at step 0. */
  function* history(): Generator<HistoryCandle> {
    for (const coin of coins) {
      // The state before step 0 is not stored: the walk starts anew from the seed.
      coin.state.step = 0
      coin.state.regimeEndsStep = 0
      let openTs = startTs - pastMs
      for (const { lengthMs, count } of PAST) {
        const scale = lengthMs / STEP_MS / PAST_STRIDES
        for (let at = 0; at < count; at++, openTs += lengthMs) yield pastCandle(coin, openTs, lengthMs, scale)
      }
      coin.state.step = 0
      coin.state.regimeEndsStep = 1_200
      coin.state.random = coin.random.state
    }
    if (!stored) return
    for (const [index, coin] of coins.entries()) {
      const at = stored.states[index]
      if (at) resumeSyntheticCoin(coin, at)
    }
    step = stored.step
  }

  function pastCandle(coin: SyntheticCoin, openTs: EpochMs, lengthMs: number, scale: number): HistoryCandle {
    const px = () => Math.max(1, Math.round(coin.state.mid))
    const open = px()
    let high = open
    let low = open
    let trades = 0
    for (let stride = 0; stride < PAST_STRIDES; stride++) {
      // Long strides cross many regimes: their drift averages out, so only the noise is kept.
      if (lengthMs > MINUTE_MS) coin.state.regime = 'calm'
      if (lengthMs > MINUTE_MS) coin.state.regimeEndsStep = Number.MAX_SAFE_INTEGER
      else if (coin.state.regimeEndsStep === Number.MAX_SAFE_INTEGER) coin.state.regimeEndsStep = coin.state.step
      moveMid(coin, scale)
      high = Math.max(high, px())
      low = Math.min(low, px())
      trades += 1
    }
    const volume = Math.max(1, Math.round(coin.tradeLots * coin.tradeChance * (lengthMs / STEP_MS) * 1.5))
    const count = Math.max(trades, Math.round((lengthMs / STEP_MS) * coin.tradeChance))
    return { asset: coin.spec.asset, lengthMs, openTs, open, high, low, close: px(), volume, trades: count }
  }

  function stepAll(sink: SourceSink): void {
    step++
    const ts = stepTs(startTs, step)
    for (const coin of coins) {
      const { trades, touchChanged } = stepSyntheticCoin(coin)
      if (trades.length > 0) emit(sink, { kind: 'trades', trades: trades.map((trade, at) => wireTrade(coin, trade, at, ts)) })
      // Coins take their snapshots in turn, so that frames do not come in bursts.
      const snapshot = (step + coin.spec.asset) % BOOK_EVERY_STEPS === 0
      if (!touchChanged && !snapshot) continue
      const book = syntheticBook(coin)
      const bids = wireLevels(coin.spec, book.bids)
      const asks = wireLevels(coin.spec, book.asks)
      if (touchChanged || step === 1) emit(sink, { kind: 'bbo', coin: coin.spec.name, ts, bid: bids[0] ?? null, ask: asks[0] ?? null })
      if (snapshot || step <= BOOK_EVERY_STEPS) emit(sink, { kind: 'book', coin: coin.spec.name, ts, bids, asks })
    }
  }

  function emit(sink: SourceSink, event: SourceEvent): void {
    events++
    sink.event(event)
  }

  function wireTrade(coin: SyntheticCoin, trade: { isBuy: boolean; px: number; sz: number }, at: number, ts: EpochMs): WireTrade {
    const sequence = (step * 64 + at) * 64 + coin.spec.asset
    const pick = (role: number) => traders[Math.floor(hashUniform(seed, sequence, role) ** 2 * TRADERS)] as string
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
    status: () => ({ source: 'synthetic', state, market_ts: stepTs(startTs, step), events, events_total: null }),
    checkpoint: (): SyntheticCheckpoint => ({
      seed,
      coins: options.coins,
      startTs,
      step,
      states: coins.map((coin) => ({ ...coin.state })),
      pastStartTs: startTs - pastMs,
    }),
    close: async () => {
      abort.abort()
      await running.catch(() => {})
    },
  }
}

const sameCoins = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((coin, at) => coin === b[at])

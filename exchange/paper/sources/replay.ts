/** A recorded market, frame by frame in recorded order, at a chosen speed; at the end it stands still. */
// Not here: the file's shapes (replay-file.ts).
import type { Clock } from '#domain/time.ts'
import type { CoinSpec } from '#exchange/paper/engine/types.ts'
import { coinSpec, isKnownCoin, knownCoin } from '#exchange/paper/market/known-coins.ts'
import { readRecording } from '#exchange/paper/sources/replay-file.ts'
import type { MarketSource, SourceEvent, SourceSink, WireLevel } from '#exchange/paper/sources/source.ts'

export interface ReplayOptions {
  file: string
  /** Recorded milliseconds per millisecond. */
  speed: number
  clock: Clock
  /** Events already delivered by an earlier run. */
  checkpoint?: { delivered: number } | null
  onFault?: (line: number, error: unknown) => void
}

/** Longest pause between two frames, wall milliseconds: a hole in the recording is not waited out at speed. */
const PAUSE_MS_MAX = 30_000
/** Frames between two looks at the subscribers' backlog. */
const READY_EVERY = 64

interface Survey {
  events: number
  coins: Map<string, { szDecimals: number }>
  /** Coins whose bbo the recording holds. */
  withBbo: Set<string>
}

const decimalsOf = (text: string): number =>
  text.includes('.') ? (text.replace(/0+$/, '').split('.')[1]?.length ?? 0) : 0

/** One pass over the file: which coins, with how many decimals, how many events. @throws HoldfastError when it cannot be read */
async function survey(options: Pick<ReplayOptions, 'file' | 'onFault'>): Promise<Survey> {
  const found: Survey = { events: 0, coins: new Map(), withBbo: new Set() }
  const note = (coin: string, sizes: readonly string[]) => {
    const entry = found.coins.get(coin) ?? { szDecimals: 0 }
    for (const size of sizes) entry.szDecimals = Math.max(entry.szDecimals, decimalsOf(size))
    found.coins.set(coin, entry)
  }
  for await (const { event } of readRecording(options.file, options.onFault ?? (() => {}))) {
    found.events++
    if (event.kind === 'trades')
      note(
        event.trades[0]?.coin ?? '',
        event.trades.map((trade) => trade.sz),
      )
    else if (event.kind === 'book')
      note(
        event.coin,
        [...event.bids, ...event.asks].map((level) => level.sz),
      )
    else if (event.kind === 'bbo') {
      found.withBbo.add(event.coin)
      note(event.coin, [])
    }
  }
  return found
}

/** Coins in order of first appearance; a coin known by name has its venue's decimals unless the recording is finer. */
function universe(found: Survey): CoinSpec[] {
  return [...found.coins.entries()].map(([name, { szDecimals }], asset) => {
    const least = isKnownCoin(name) ? knownCoin(name).szDecimals : 0
    return coinSpec(name, asset, Math.min(6, Math.max(least, szDecimals)))
  })
}

const sameLevel = (a: WireLevel | null, b: WireLevel | null): boolean =>
  a === b || (a !== null && b !== null && a.px === b.px && a.sz === b.sz)

/** Coins of a recording, in order of first appearance. @throws HoldfastError when it cannot be read */
export const recordedUniverse = async (file: string): Promise<CoinSpec[]> => universe(await survey({ file }))

export async function createReplaySource(options: ReplayOptions): Promise<MarketSource> {
  const found = await survey(options)
  const { clock } = options
  const abort = new AbortController()
  const alreadyDelivered = options.checkpoint?.delivered ?? 0
  const lastBbo = new Map<string, { bid: WireLevel | null; ask: WireLevel | null }>()
  let delivered = 0
  let marketTs = 0
  let state: 'held' | 'running' | 'done' = 'held'
  let running: Promise<void> = Promise.resolve()

  /** A recording without bbo frames of a coin gets them from its books. */
  function derivedBbo(event: SourceEvent): SourceEvent | null {
    if (event.kind !== 'book' || found.withBbo.has(event.coin)) return null
    const bid = event.bids[0] ?? null
    const ask = event.asks[0] ?? null
    const last = lastBbo.get(event.coin)
    if (last && sameLevel(last.bid, bid) && sameLevel(last.ask, ask)) return null
    lastBbo.set(event.coin, { bid, ask })
    return { kind: 'bbo', coin: event.coin, ts: event.ts, bid, ask }
  }

  async function run(sink: SourceSink): Promise<void> {
    let firstMs = 0
    let startedMs = 0
    let seen = 0
    if (alreadyDelivered > 0) sink.catchUp(true)
    for await (const { receivedMs, event } of readRecording(options.file, () => {})) {
      if (abort.signal.aborted) return
      seen++
      if (seen === alreadyDelivered + 1) {
        if (alreadyDelivered > 0) sink.catchUp(false)
        firstMs = receivedMs
        startedMs = clock.monotonicMs()
      }
      if (seen > alreadyDelivered) {
        const dueMs = startedMs + (receivedMs - firstMs) / options.speed
        const waitMs = dueMs - clock.monotonicMs()
        if (waitMs > 1) await clock.sleep(Math.min(waitMs, PAUSE_MS_MAX), abort.signal)
        if (seen % READY_EVERY === 0) await sink.ready()
        if (abort.signal.aborted) return
      }
      marketTs = Math.max(marketTs, event.kind === 'trades' ? (event.trades.at(-1)?.time ?? 0) : event.ts)
      sink.event(event)
      const bbo = derivedBbo(event)
      if (bbo) sink.event(bbo)
      delivered = seen
    }
    if (seen <= alreadyDelivered) sink.catchUp(false)
    state = 'done'
  }

  return {
    coins: universe(found),
    isForeign: true,
    history: () => [],
    start: (sink) => {
      state = 'running'
      running = run(sink)
    },
    status: () => ({
      source: `replay:${options.file}`,
      state,
      market_ts: marketTs,
      events: delivered,
      events_total: found.events,
    }),
    checkpoint: () => ({ delivered }),
    close: async () => {
      abort.abort()
      await running.catch(() => {})
    },
  }
}

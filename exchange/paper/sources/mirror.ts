/** Mirrors another endpoint's market, read only: its universe, books, trades and contexts. No key, no order ever goes there. */
// Not here: trading. The other endpoint may be mainnet, testnet or another paper exchange.
import { WebSocket } from 'ws'
import { HoldfastError } from '#domain/errors.ts'
import type { Clock } from '#domain/time.ts'
import type { CoinSpec } from '#exchange/paper/engine/types.ts'
import { every } from '#exchange/paper/every.ts'
import { ask, loadHistory, type RemoteMeta, specsOf } from '#exchange/paper/sources/mirror-info.ts'
import type {
  HistoryCandle,
  MarketSource,
  SourceContext,
  SourceEvent,
  SourceSink,
  SourceStatus,
  WireLevel,
  WireTrade,
} from '#exchange/paper/sources/source.ts'

export interface MirrorOptions {
  /** Base URL, e.g. https://api.hyperliquid.xyz */
  url: string
  /** Coins to mirror; those the other side does not know are left out. */
  coins: readonly string[]
  clock: Clock
  onFault(error: unknown): void
}

const FEEDS = ['l2Book', 'bbo', 'trades', 'activeAssetCtx'] as const
const PING_MS = 20_000
/** Without a frame for so long the line counts as dead. */
const STALE_MS = 30_000
const RETRY_MS_MIN = 500
const RETRY_MS_MAX = 15_000
/** Trades that are remembered to tell old from new after a reconnect. */
const SEEN_MAX = 50_000

interface BookData {
  coin: string
  time: number
  levels: [WireLevel[], WireLevel[]]
}
interface BboData {
  coin: string
  time: number
  bbo: [WireLevel | null, WireLevel | null]
}

/** @throws HoldfastError when the other side cannot be reached or trades none of the coins */
export async function createMirrorSource(options: MirrorOptions): Promise<MarketSource> {
  const url = options.url.replace(/\/+$/, '')
  const specs = specsOf((await ask(url, { type: 'meta' })) as RemoteMeta, options.coins)
  if (specs.length === 0) {
    throw new HoldfastError(`${url} trades none of ${options.coins.join(', ')}`, {
      code: 'MIRROR_NO_COINS',
      retryable: false,
      hint: 'set exchange.coins to coins of the mirrored market',
    })
  }
  const past = await loadHistory(url, options.clock.now(), specs)
  return new MirrorSource({ ...options, url }, specs, past)
}

class MirrorSource implements MarketSource {
  readonly coins: readonly CoinSpec[]
  readonly isForeign = true
  readonly #options: MirrorOptions
  readonly #past: readonly HistoryCandle[]
  readonly #abort = new AbortController()
  /** Trades seen, so that the snapshot after a reconnect brings only what is new. */
  readonly #seen = new Set<string>()
  #state: SourceStatus['state'] = 'held'
  #marketTs = 0
  #events = 0
  #socket: WebSocket | null = null
  #running: Promise<void> = Promise.resolve()

  constructor(options: MirrorOptions, specs: readonly CoinSpec[], past: readonly HistoryCandle[]) {
    this.#options = options
    this.coins = specs
    this.#past = past
  }

  history(): Iterable<HistoryCandle> {
    return this.#past
  }

  start(sink: SourceSink): void {
    this.#state = 'reconnecting'
    this.#running = this.#run(sink)
  }

  status(): SourceStatus {
    const { url } = this.#options
    return {
      source: `mirror:${url}`,
      state: this.#state,
      market_ts: this.#marketTs,
      events: this.#events,
      events_total: null,
    }
  }

  checkpoint(): null {
    return null // the other side knows where the market stands
  }

  async close(): Promise<void> {
    this.#abort.abort()
    this.#socket?.terminate()
    await this.#running
  }

  async #run(sink: SourceSink): Promise<void> {
    const { signal } = this.#abort
    for (let waitMs = RETRY_MS_MIN; !signal.aborted; waitMs = Math.min(RETRY_MS_MAX, waitMs * 2)) {
      const before = this.#events
      await this.#connect(sink)
      if (signal.aborted) return
      this.#state = 'reconnecting'
      if (this.#events > before) waitMs = RETRY_MS_MIN
      await this.#options.clock.sleep(waitMs, signal)
    }
  }

  /** One connection: resolves when it ended. */
  #connect(sink: SourceSink): Promise<void> {
    const { url, clock, onFault } = this.#options
    return new Promise((resolve) => {
      const line = new WebSocket(`${url.replace(/^http/, 'ws')}/ws`)
      this.#socket = line
      let lastFrameMs = clock.monotonicMs()
      const ended = new AbortController()
      void every(clock, PING_MS, ended.signal, () => {
        if (clock.monotonicMs() - lastFrameMs > STALE_MS) line.terminate()
        else if (line.readyState === line.OPEN) line.send('{"method":"ping"}')
      })
      line.on('open', () => {
        this.#state = 'running'
        for (const { name: coin } of this.coins) {
          for (const type of FEEDS)
            line.send(JSON.stringify({ method: 'subscribe', subscription: { type, coin } }))
        }
      })
      line.on('message', (raw) => {
        lastFrameMs = clock.monotonicMs()
        try {
          this.#onFrame(sink, String(raw))
        } catch (error) {
          onFault(error)
        }
      })
      line.on('error', onFault)
      line.on('close', () => {
        ended.abort()
        resolve()
      })
    })
  }

  #onFrame(sink: SourceSink, raw: string): void {
    const { channel, data } = JSON.parse(raw) as { channel: string; data: unknown }
    if (channel === 'l2Book') {
      const { coin, time, levels } = data as BookData
      this.#deliver(sink, time, { kind: 'book', coin, ts: time, bids: levels[0], asks: levels[1] })
    } else if (channel === 'bbo') {
      const { coin, time, bbo } = data as BboData
      this.#deliver(sink, time, { kind: 'bbo', coin, ts: time, bid: bbo[0], ask: bbo[1] })
    } else if (channel === 'trades') {
      const trades = this.#unseen(data as WireTrade[])
      if (trades.length > 0) this.#deliver(sink, trades.at(-1)?.time ?? 0, { kind: 'trades', trades })
    } else if (channel === 'activeAssetCtx') {
      const { coin, ctx } = data as { coin: string; ctx: Required<SourceContext> }
      const { markPx, oraclePx, funding, openInterest } = ctx
      const context = { markPx, oraclePx, funding, openInterest }
      this.#deliver(sink, 0, { kind: 'context', coin, ts: this.#options.clock.now(), context })
    }
  }

  #unseen(trades: readonly WireTrade[]): WireTrade[] {
    const fresh = trades.filter(({ coin, tid }) => !this.#seen.has(`${coin}:${tid}`))
    for (const { coin, tid } of fresh) this.#seen.add(`${coin}:${tid}`)
    if (this.#seen.size > SEEN_MAX)
      for (const key of [...this.#seen].slice(0, SEEN_MAX / 2)) this.#seen.delete(key)
    return fresh
  }

  #deliver(sink: SourceSink, ts: number, event: SourceEvent): void {
    this.#marketTs = Math.max(this.#marketTs, ts)
    this.#events++
    sink.event(event)
  }
}

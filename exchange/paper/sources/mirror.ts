/** Mirrors another endpoint's market, read only: its universe, books, trades and contexts. No key, no order ever goes there. */
// Not here: trading. The other endpoint may be mainnet, testnet or another paper exchange.
import { WebSocket } from 'ws'
import { HoldfastError } from '#domain/errors.ts'
import { type Clock, INTERVAL_MS } from '#domain/time.ts'
import type { CoinSpec, MarginTier } from '#exchange/paper/engine/types.ts'
import { parseUnitsCut } from '#exchange/paper/engine/units.ts'
import type {
  HistoryCandle,
  MarketSource,
  SourceSink,
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

const PING_MS = 20_000
/** Without a frame for so long the line counts as dead. */
const STALE_MS = 30_000
const RETRY_MS_MIN = 500
const RETRY_MS_MAX = 15_000
const HISTORY_INTERVALS = ['1d', '1h', '15m', '1m'] as const

type Json = Record<string, unknown>

async function ask(url: string, body: unknown): Promise<unknown> {
  try {
    const response = await fetch(`${url}/info`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    })
    if (response.ok) return await response.json()
    throw new HoldfastError(`${url}/info answered ${response.status}`, {
      code: 'MIRROR_REFUSED',
      retryable: true,
      hint: 'check the URL after mirror:',
    })
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause
    throw new HoldfastError(`${url} cannot be reached`, {
      code: 'MIRROR_UNREACHABLE',
      retryable: true,
      hint: 'check the URL after mirror: and the network',
      cause,
    })
  }
}

interface RemoteMeta {
  universe: { name: string; szDecimals: number; maxLeverage: number; marginTableId: number }[]
  marginTables: [number, { marginTiers: { lowerBound: string; maxLeverage: number }[] }][]
}

function specsOf(meta: RemoteMeta, coins: readonly string[]): CoinSpec[] {
  const tables = new Map(meta.marginTables)
  const wanted = meta.universe.filter(({ name }) => coins.includes(name))
  return wanted.map(({ name, szDecimals, maxLeverage, marginTableId }, asset) => {
    const tiers: MarginTier[] | undefined = tables
      .get(marginTableId)
      ?.marginTiers.map((tier) => ({ lowerBoundUsd: Number(tier.lowerBound), maxLeverage: tier.maxLeverage }))
    return {
      name,
      asset,
      szDecimals,
      pxDecimals: 6 - szDecimals,
      maxLeverage,
      marginTableId,
      tiers: tiers ?? [{ lowerBoundUsd: 0, maxLeverage }],
    }
  })
}

async function loadHistory(options: MirrorOptions, specs: readonly CoinSpec[]): Promise<HistoryCandle[]> {
  const candles: HistoryCandle[] = []
  const now = options.clock.now()
  for (const spec of specs) {
    let until = now
    const tiers: HistoryCandle[][] = []
    // Finest first: each coarser interval only fills what lies before it.
    for (const interval of [...HISTORY_INTERVALS].reverse()) {
      const lengthMs = INTERVAL_MS[interval]
      const req = { coin: spec.name, interval, startTime: now - 5_000 * lengthMs, endTime: now }
      const rows = (await ask(options.url, { type: 'candleSnapshot', req })) as Json[]
      const px = (text: unknown) => parseUnitsCut(String(text), spec.pxDecimals)
      const tier = rows
        .map((row) => ({
          asset: spec.asset,
          lengthMs,
          openTs: Number(row.t),
          open: px(row.o),
          high: px(row.h),
          low: px(row.l),
          close: px(row.c),
          volume: parseUnitsCut(String(row.v), spec.szDecimals),
          trades: Number(row.n),
        }))
        .filter((candle) => candle.openTs + lengthMs <= until)
      until = tier[0]?.openTs ?? until
      tiers.unshift(tier)
    }
    candles.push(...tiers.flat())
  }
  return candles
}

export async function createMirrorSource(options: MirrorOptions): Promise<MarketSource> {
  const { clock } = options
  const url = options.url.replace(/\/+$/, '')
  const specs = specsOf((await ask(url, { type: 'meta' })) as RemoteMeta, options.coins)
  if (specs.length === 0) {
    throw new HoldfastError(`${url} trades none of ${options.coins.join(', ')}`, {
      code: 'MIRROR_NO_COINS',
      retryable: false,
      hint: 'set exchange.coins to coins of the mirrored market',
    })
  }
  const history = await loadHistory({ ...options, url }, specs)
  const abort = new AbortController()
  /** Trades seen, so that the snapshot after a reconnect brings only what is new. */
  const seenTids = new Set<string>()
  let state: 'held' | 'running' | 'reconnecting' = 'held'
  let marketTs = 0
  let events = 0
  let socket: WebSocket | null = null
  let running: Promise<void> = Promise.resolve()

  function onFrame(sink: SourceSink, raw: string): void {
    const { channel, data } = JSON.parse(raw) as { channel: string; data: Json & Json[] }
    if (channel === 'l2Book') {
      const [bids, asks] = data.levels as unknown as [WireLevel[], WireLevel[]]
      deliver(sink, Number(data.time), {
        kind: 'book',
        coin: String(data.coin),
        ts: Number(data.time),
        bids,
        asks,
      })
    } else if (channel === 'bbo') {
      const [bid, ask] = data.bbo as unknown as [WireLevel | null, WireLevel | null]
      deliver(sink, Number(data.time), {
        kind: 'bbo',
        coin: String(data.coin),
        ts: Number(data.time),
        bid,
        ask,
      })
    } else if (channel === 'trades') {
      const trades = (data as unknown as WireTrade[]).filter(
        ({ coin, tid }) => !seenTids.has(`${coin}:${tid}`),
      )
      for (const { coin, tid } of trades) seenTids.add(`${coin}:${tid}`)
      if (seenTids.size > 50_000) for (const key of [...seenTids].slice(0, 25_000)) seenTids.delete(key)
      if (trades.length > 0) deliver(sink, trades.at(-1)?.time ?? 0, { kind: 'trades', trades })
    } else if (channel === 'activeAssetCtx') {
      const { markPx, oraclePx, funding, openInterest } = data.ctx as unknown as Record<
        'markPx' | 'oraclePx' | 'funding' | 'openInterest',
        string
      >
      deliver(sink, 0, {
        kind: 'context',
        coin: String(data.coin),
        ts: clock.now(),
        context: { markPx, oraclePx, funding, openInterest },
      })
    }
  }

  function deliver(sink: SourceSink, ts: number, event: Parameters<SourceSink['event']>[0]): void {
    marketTs = Math.max(marketTs, ts)
    events++
    sink.event(event)
  }

  /** One connection: resolves when it ended. */
  function connect(sink: SourceSink): Promise<void> {
    return new Promise((resolve) => {
      const line = new WebSocket(`${url.replace(/^http/, 'ws')}/ws`)
      socket = line
      let lastFrameMs = clock.monotonicMs()
      const timer = setInterval(() => {
        if (clock.monotonicMs() - lastFrameMs > STALE_MS) line.terminate()
        else if (line.readyState === line.OPEN) line.send('{"method":"ping"}')
      }, PING_MS)
      line.on('open', () => {
        state = 'running'
        for (const { name } of specs) {
          for (const type of ['l2Book', 'bbo', 'trades', 'activeAssetCtx'])
            line.send(JSON.stringify({ method: 'subscribe', subscription: { type, coin: name } }))
        }
      })
      line.on('message', (raw) => {
        lastFrameMs = clock.monotonicMs()
        try {
          onFrame(sink, String(raw))
        } catch (error) {
          options.onFault(error)
        }
      })
      line.on('error', (error) => options.onFault(error))
      line.on('close', () => {
        clearInterval(timer)
        resolve()
      })
    })
  }

  async function run(sink: SourceSink): Promise<void> {
    for (let waitMs = RETRY_MS_MIN; !abort.signal.aborted; waitMs = Math.min(RETRY_MS_MAX, waitMs * 2)) {
      const before = events
      await connect(sink)
      if (abort.signal.aborted) return
      state = 'reconnecting'
      if (events > before) waitMs = RETRY_MS_MIN
      await clock.sleep(waitMs, abort.signal)
    }
  }

  return {
    coins: specs,
    isForeign: true,
    history: () => history,
    start: (sink) => {
      state = 'reconnecting'
      running = run(sink)
    },
    status: () => ({ source: `mirror:${url}`, state, market_ts: marketTs, events, events_total: null }),
    checkpoint: () => null,
    close: async () => {
      abort.abort()
      socket?.terminate()
      await running.catch(() => {})
    },
  }
}

/** Records another endpoint's market frames as they come, one JSON line each, for `replay:FILE` and the simulator. */
// Not here: reading them (replay-file.ts). Only public channels: no key, no order ever goes there.
import { createWriteStream } from 'node:fs'
import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { WebSocket } from 'ws'
import type { Clock } from '#domain/time.ts'
import { every } from '#exchange/paper/every.ts'
import type { WireTrade } from '#exchange/paper/sources/source.ts'

export const RECORDED_FEEDS = ['l2Book', 'bbo', 'trades'] as const
const PING_MS = 20_000
/** Without a frame for so long the line counts as dead. */
const STALE_MS = 30_000
const RETRY_MS = 1_000
/** Trades that are remembered, so that the snapshot after a reconnect brings only what is new. */
const SEEN_MAX = 50_000

export interface RecordOptions {
  /** Base URL, e.g. https://api.hyperliquid.xyz */
  url: string
  coins: readonly string[]
  /** Ends in .gz: compressed. */
  file: string
  clock: Clock
  onFault(error: unknown): void
}

export interface Recording {
  frames(): number
  /** Frames that no longer came while the line was away show as a gap between two `recv_ms`; how often that was. */
  reconnects(): number
  /** Ends the file. @returns when it is whole on disk */
  stop(): Promise<void>
}

/** Starts at once and connects again for ever; the file is whole after `stop`. */
export function recordFrames(options: RecordOptions): Recording {
  return new Recorder(options)
}

class Recorder implements Recording {
  readonly #options: RecordOptions
  readonly #abort = new AbortController()
  readonly #lines = new PassThrough()
  readonly #written: Promise<void>
  readonly #running: Promise<void>
  readonly #seen = new Set<string>()
  #socket: WebSocket | null = null
  #frames = 0
  #connects = 0

  constructor(options: RecordOptions) {
    this.#options = options
    const file = createWriteStream(options.file)
    this.#written = options.file.endsWith('.gz')
      ? pipeline(this.#lines, createGzip(), file)
      : pipeline(this.#lines, file)
    this.#written.catch(options.onFault)
    this.#running = this.#run()
  }

  frames(): number {
    return this.#frames
  }

  reconnects(): number {
    return Math.max(0, this.#connects - 1)
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    this.#socket?.terminate()
    await this.#running
    this.#lines.end()
    await this.#written
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort
    while (!signal.aborted) {
      await this.#connect()
      if (!signal.aborted) await this.#options.clock.sleep(RETRY_MS, signal)
    }
  }

  /** One connection: resolves when it ended. */
  #connect(): Promise<void> {
    const { url, coins, clock, onFault } = this.#options
    return new Promise((resolve) => {
      const line = new WebSocket(`${url.replace(/\/+$/, '').replace(/^http/, 'ws')}/ws`)
      this.#socket = line
      let lastMs = clock.monotonicMs()
      const ended = new AbortController()
      void every(clock, PING_MS, ended.signal, () => {
        if (clock.monotonicMs() - lastMs > STALE_MS) line.terminate()
        else if (line.readyState === line.OPEN) line.send('{"method":"ping"}')
      })
      line.on('open', () => {
        this.#connects++
        for (const coin of coins)
          for (const type of RECORDED_FEEDS)
            line.send(JSON.stringify({ method: 'subscribe', subscription: { type, coin } }))
      })
      line.on('message', (raw) => {
        lastMs = clock.monotonicMs()
        this.#take(String(raw))
      })
      line.on('error', onFault)
      line.on('close', () => {
        ended.abort()
        resolve()
      })
    })
  }

  #take(raw: string): void {
    const { channel, data } = JSON.parse(raw) as { channel: string; data: unknown }
    if (!(RECORDED_FEEDS as readonly string[]).includes(channel)) return
    const kept = channel === 'trades' ? this.#unseen(data as WireTrade[]) : data
    if (Array.isArray(kept) && kept.length === 0) return
    this.#frames++
    this.#lines.write(`${JSON.stringify({ recv_ms: this.#options.clock.now(), channel, data: kept })}\n`)
  }

  #unseen(trades: readonly WireTrade[]): WireTrade[] {
    const fresh = trades.filter(({ coin, time, tid }) => !this.#seen.has(`${coin}:${time}:${tid}`))
    for (const { coin, time, tid } of fresh) this.#seen.add(`${coin}:${time}:${tid}`)
    if (this.#seen.size > SEEN_MAX)
      for (const key of [...this.#seen].slice(0, SEEN_MAX / 2)) this.#seen.delete(key)
    return fresh
  }
}

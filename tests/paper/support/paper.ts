/** Starts paper exchanges for tests: in memory or in a folder of their own, on a free port, with a market that can be scripted. */

import * as hl from '@nktkas/hyperliquid'
import { privateKeyToAccount } from 'viem/accounts'
import { systemClock } from '#config/clock.ts'
import { coinSpec } from '#exchange/paper/market/known-coins.ts'
import { createPaperExchange, type PaperExchange } from '#exchange/paper/paper-exchange.ts'
import type { PaperExchangeOptions } from '#exchange/paper/paper-options.ts'
import type { MarketSource, SourceEvent, SourceSink } from '#exchange/paper/sources/source.ts'
import { createSyntheticSource } from '#exchange/paper/sources/synthetic.ts'

export const TOKEN = 'test-token'

/** A market that stands still until the test moves it. */
export interface ScriptedMarket {
  source: MarketSource
  emit(...events: SourceEvent[]): void
  /** A book of one coin around two prices, five levels a side, with the same size on each. */
  book(coin: string, bid: number, ask: number, sz?: number): void
  trade(coin: string, side: 'A' | 'B', px: number, sz: number): void
}

/** As the venue writes decimals: never without a point. */
const wire = (value: number): string => (Number.isInteger(value) ? `${value}.0` : String(value))

export function scriptedMarket(coins: readonly string[] = ['BTC', 'ETH']): ScriptedMarket {
  const specs = coins.map((coin, asset) => coinSpec(coin, asset))
  let sink: SourceSink | null = null
  let ts = Date.now()
  let tid = 1
  const emit = (...events: SourceEvent[]) => {
    for (const event of events) sink?.event(event)
  }
  const levels = (px: number, step: number, sz: number) =>
    Array.from({ length: 5 }, (_, at) => ({ px: wire(px + at * step), sz: wire(sz), n: 1 }))
  return {
    emit,
    book: (coin, bid, ask, sz = 1) => {
      ts += 4_000 // far enough that the mark follows
      emit({ kind: 'book', coin, ts, bids: levels(bid, -1, sz), asks: levels(ask, 1, sz) })
    },
    trade: (coin, side, px, sz) => {
      ts += 10
      const users: [string, string] = [`0x${'1'.repeat(40)}`, `0x${'2'.repeat(40)}`]
      emit({
        kind: 'trades',
        trades: [
          {
            coin,
            side,
            px: wire(px),
            sz: wire(sz),
            time: ts,
            hash: `0x${'0'.repeat(64)}`,
            tid: tid++,
            users,
          },
        ],
      })
    },
    source: {
      coins: specs,
      isForeign: true,
      history: () => [],
      start: (given) => {
        sink = given
      },
      status: () => ({ source: 'scripted', state: 'running', market_ts: ts, events: 0, events_total: null }),
      checkpoint: () => null,
      close: async () => {},
    },
  }
}

export async function startPaper(
  options: Partial<PaperExchangeOptions> & { source: PaperExchangeOptions['source'] },
): Promise<PaperExchange> {
  return createPaperExchange({
    sourceName: 'test',
    folder: null,
    host: '127.0.0.1',
    port: 0,
    token: TOKEN,
    clock: systemClock,
    onFault: (error) => {
      throw error
    },
    ...options,
  })
}

export const syntheticSource = (coins: readonly string[] = ['BTC', 'ETH', 'SOL'], seed = 7) =>
  createSyntheticSource({ seed, coins, speed: 1, clock: systemClock })

/** Keys that mean nothing anywhere else. */
export const key = (digit: string): `0x${string}` => `0x${digit.repeat(64)}`
export const wallet = (digit: string) => privateKeyToAccount(key(digit))

/** The clients of @nktkas/hyperliquid against a paper exchange. */
export function nktkas(url: string, digit = '1', isTestnet = false) {
  const http = new hl.HttpTransport({ apiUrl: url, isTestnet })
  const socket = new hl.WebSocketTransport({ url: `${url.replace('http', 'ws')}/ws`, isTestnet })
  return {
    address: wallet(digit).address,
    info: new hl.InfoClient({ transport: http }),
    exchange: new hl.ExchangeClient({ transport: http, wallet: wallet(digit) }),
    subscriptions: new hl.SubscriptionClient({ transport: socket }),
    wsInfo: new hl.InfoClient({ transport: socket }),
    wsExchange: new hl.ExchangeClient({ transport: socket, wallet: wallet(digit) }),
    close: async () => {
      await socket.close()
    },
  }
}

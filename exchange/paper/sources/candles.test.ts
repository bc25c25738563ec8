/** A market of candle files: what is past, half bars by step, bars by time, where it goes on after a restart, and files that do not fit. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { type Clock, HOUR_MS } from '#domain/time.ts'
import { createCandleSource } from '#exchange/paper/sources/candles.ts'
import type { SourceEvent, SourceSink } from '#exchange/paper/sources/source.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-candles-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const START = Date.UTC(2025, 0, 1)
const write = (name: string, bars: number, startTs = START): string => {
  const rows = Array.from({ length: bars }, (_, at) => {
    const px = 50_000 + at * 10
    return `${startTs + at * HOUR_MS},${px},${px + 8},${px - 5},${px + 3},1.5`
  })
  const path = join(folder, name)
  writeFileSync(path, `t,open,high,low,close,volume\n${rows.join('\n')}\n`)
  return path
}
const btc = write('BTC-1h.csv', 12)
const eth = write('ETH_USDC_USDC-1h-futures.csv', 10, START + 2 * HOUR_MS)
const FROM = '2025-01-01T06:00Z'

/** A clock that runs as soon as somebody waits for it. */
function quickClock(): Clock & { nowMs: number } {
  const clock = {
    nowMs: 0,
    now: () => clock.nowMs,
    monotonicMs: () => clock.nowMs,
    sleep: async (ms: number, signal?: AbortSignal) => {
      await new Promise((resolve) => setImmediate(resolve))
      if (!signal?.aborted && ms < 500) clock.nowMs += ms
    },
  }
  return clock
}
const listener = (): SourceSink & { events: SourceEvent[] } => {
  const events: SourceEvent[] = []
  return {
    events,
    event: (event) => void events.push(event),
    ready: async () => {},
    traderFills: () => {},
    catchUp: () => {},
  }
}
const open = (files: string, more: { checkpoint?: { halves: number }; speed?: number } = {}) =>
  createCandleSource({ files, speed: 1, clock: quickClock(), ...more })
const closes = (events: readonly SourceEvent[]): string[] =>
  events.flatMap((event) => (event.kind === 'trades' ? event.trades.slice(-1).map(({ px }) => px) : []))

test('candles before its beginning are the past, of all coins up to the same moment', async () => {
  const source = open(`${btc},${eth}@${FROM}`)
  expect(source.coins.map(({ name }) => name)).toEqual(['BTC', 'ETH'])
  const past = [...source.history()]
  const last = (asset: number) =>
    Math.max(...past.filter((each) => each.asset === asset).map((each) => each.openTs))
  expect([last(0), last(1)]).toEqual([START + 5 * HOUR_MS, START + 5 * HOUR_MS])
  expect(Math.min(...past.map(({ openTs }) => openTs))).toBe(START + 2 * HOUR_MS) // where the later file begins
  await source.close()
})

test('steps first show the close that stands, then by turns pass a bar and close it, and end', async () => {
  const source = open(`${btc}@${FROM}`)
  const sink = listener()
  const step = () => source.step?.(sink)
  expect(step()).toEqual({ market_ts: START + 6 * HOUR_MS, is_closed: true, bars_left: 6 })
  expect(sink.events.map(({ kind }) => kind)).toEqual(['context', 'bbo', 'book'])
  expect(step()).toEqual({ market_ts: START + 6 * HOUR_MS, is_closed: false, bars_left: 6 })
  expect(closes(sink.events)).toEqual(['50060.0', '50055.0', '50068.0', '50063.0'])
  expect(step()).toEqual({ market_ts: START + 7 * HOUR_MS, is_closed: true, bars_left: 5 })
  for (let at = 0; at < 20; at++) step()
  expect(step()).toMatchObject({ market_ts: START + 12 * HOUR_MS, is_closed: true, bars_left: 0 })
  expect(source.status()).toMatchObject({ state: 'done', events: 6, events_total: 6 })
  await source.close()
})

test('started it runs to its end, and goes on after a restart with the bar that it was in', async () => {
  const first = open(`${btc}@${FROM}`)
  const sink = listener()
  for (let at = 0; at < 4; at++) first.step?.(sink) // two bars shown, of the second only its prices
  const checkpoint = first.checkpoint() as { halves: number }
  await first.close()
  const second = open(`${btc}@${FROM}`, { checkpoint, speed: HOUR_MS })
  expect(Math.max(...[...second.history()].map(({ openTs }) => openTs))).toBe(START + 6 * HOUR_MS)
  const rest = listener()
  second.start(rest)
  while (second.status().state !== 'done') await new Promise((resolve) => setImmediate(resolve))
  await second.close()
  expect(closes(rest.events).filter((_, at) => at % 4 === 3)).toEqual(
    [7, 8, 9, 10, 11].map((at) => `${50_003 + at * 10}.0`),
  )
})

test.each([
  ['an absent file', () => join(folder, 'SOL-1h.csv')],
  ['a name without interval', () => write('BTC.csv', 3)],
  ['two intervals', () => `${btc},${write('ETH-5m.csv', 12)}`],
  ['other times', () => `${btc},${write('SOL-1h.csv', 12, START + HOUR_MS / 2)}`],
  ['a beginning before all candles', () => `${btc}@2024-01-01`],
  ['a beginning behind all candles', () => `${btc}@2026-01-01`],
  ['a beginning that is no time', () => `${btc}@soon`],
])('%s is refused', (_, files) => {
  expect(() => open(files())).toThrow(/market source: candles/)
})

/** The candle grid check against a venue and a table in memory: holes are found, fetched, told; wrong roll-ups are named. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type CandleCheckDeps, createCandleCheckActivities } from '#activities/candle-check.ts'
import type { CandleCheckRow } from '#clickhouse/tables/market-derived.ts'
import { HoldfastError } from '#domain/errors.ts'
import type { CandleEvent } from '#domain/events.ts'
import { type CandleFigures, rolledUp } from '#domain/market/candle-grid.ts'
import { type CandleInterval, candleOpen, HOUR_MS, MINUTE_MS, nextCandleOpen } from '#domain/time.ts'

const T0 = Date.UTC(2026, 10, 20)
const NOW = T0 + 3 * HOUR_MS + 30_000

const candle = (
  openTs: number,
  interval: CandleInterval,
  figures: Partial<CandleFigures> = {},
): CandleEvent => ({
  kind: 'candle',
  coin: 'BTC',
  interval,
  openTs,
  closeTs: nextCandleOpen(openTs, interval) - 1,
  open: '10',
  high: '11',
  low: '9',
  close: '10.5',
  volume: '1',
  trades: 2,
  receivedTs: NOW,
  ...figures,
})
const minutes = Array.from({ length: 180 }, (_, at) => candle(T0 + at * MINUTE_MS, '1m'))
const fives = [...Map.groupBy(minutes, ({ openTs }) => candleOpen(openTs, '5m'))].map(([openTs, parts]) =>
  candle(openTs, '5m', rolledUp(parts, '5m') ?? {}),
)

/** A table and a venue; the venue has what `venue` says. */
function world(stored: readonly CandleEvent[], venue: readonly CandleEvent[], deaf: readonly string[] = []) {
  const table = new Map(stored.map((each) => [`${each.interval} ${each.openTs}`, each]))
  const rows: CandleCheckRow[] = []
  const questions: string[] = []
  const of = (list: Iterable<CandleEvent>, interval: string, fromTs: number, untilTs: number) =>
    [...list]
      .filter((each) => each.interval === interval && each.openTs >= fromTs && each.openTs < untilTs)
      .sort((a, b) => a.openTs - b.openTs)
  const deps: CandleCheckDeps = {
    clock: { now: () => NOW },
    recordedSeries: async () => [
      ...(['1m', '5m'] as const).map((interval) => {
        const opens = of(table.values(), interval, 0, NOW).map(({ openTs }) => openTs)
        return { coin: 'BTC', interval, first_ms: opens[0] ?? 0, last_ms: opens.at(-1) ?? 0 }
      }),
      ...deaf.map((coin) => ({ coin, interval: '1m', first_ms: T0, last_ms: T0 })),
    ],
    marketNow: async (coin) => {
      if (deaf.includes(coin)) throw new HoldfastError('no', { code: 'X', retryable: true, hint: '' })
      return NOW
    },
    storedCandles: async (_coin, interval, fromTs, untilTs) => of(table.values(), interval, fromTs, untilTs),
    venueCandles: async (_coin, interval, fromTs, untilTs) => {
      questions.push(`${interval} ${fromTs}`)
      return of(venue, interval, fromTs, untilTs)
    },
    writeCandles: async (candles) => {
      for (const each of candles) table.set(`${each.interval} ${each.openTs}`, each)
    },
    writeChecks: async (checks) => void rows.push(...checks),
    warn: () => {},
    stillRunning: () => {},
  }
  return { table, rows, questions, check: createCandleCheckActivities(deps).checkCandles }
}
const whole = [...minutes, ...fives]

test('a whole table needs no question and agrees with itself rolled up', async () => {
  const { rows, questions, check } = world(whole, whole)
  expect(await check()).toEqual({
    ...{
      series: 2,
      expected: 180 + 36,
      missing: 0,
      healed: 0,
      empty: 0,
      remaining: 0,
      differing: 0,
      failed: 0,
    },
  })
  expect(questions).toEqual([])
  expect(rows.find(({ interval }) => interval === '5m')).toMatchObject({ compared: 36, differing: 0 })
})

test('property: whatever is missing inside is fetched, and the table is whole afterwards', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: 179 }), { maxLength: 60 }), async (holes) => {
      const lost = new Set(holes.map((at) => T0 + at * MINUTE_MS))
      const { table, check } = world(
        whole.filter(({ interval, openTs }) => interval !== '1m' || !lost.has(openTs)),
        whole,
      )
      expect(await check()).toMatchObject({
        missing: lost.size,
        healed: lost.size,
        remaining: 0,
        differing: 0,
      })
      expect(table.size).toBe(whole.length)
    }),
  )
})

test('a minute in which nobody traded is told apart from one that nobody can get', async () => {
  const quiet = T0 + 7 * MINUTE_MS
  const without = whole.filter(({ interval, openTs }) => interval !== '1m' || openTs !== quiet)
  expect(await world(without, without).check()).toMatchObject({ missing: 1, empty: 1, remaining: 0 })
})

test('the tail that no stream brought is expected up to the last closed candle', async () => {
  const early = whole.filter(({ openTs }) => openTs < T0 + HOUR_MS)
  const { check } = world(early, whole)
  expect(await check()).toMatchObject({ missing: 120 + 24, healed: 120 + 24, remaining: 0 })
})

test('a venue that has nothing leaves the tail as it is: after the last stored candle nobody knows of a trade', async () => {
  const early = whole.filter(({ openTs }) => openTs < T0 + HOUR_MS)
  const { rows, check } = world(early, [])
  expect(await check()).toMatchObject({ missing: 144, healed: 0, empty: 144 })
  expect(rows.every(({ details }) => (JSON.parse(details) as { missing: string[] }).missing.length > 0)).toBe(
    true,
  )
})

test('a longer candle that its minutes contradict is named with its figures', async () => {
  const wrong = whole.map((each) =>
    each.interval === '5m' && each.openTs === T0 ? { ...each, high: '99', trades: 3 } : each,
  )
  const { rows, check } = world(wrong, wrong)
  expect(await check()).toMatchObject({ differing: 1 })
  const details = JSON.parse(rows.find(({ interval }) => interval === '5m')?.details ?? '{}')
  expect(details.differences).toEqual([{ at: new Date(T0).toISOString(), figures: ['high', 'trades'] }])
})

test('a coin that cannot be asked is counted, and the others are checked', async () => {
  const { check } = world(whole.slice(1), whole, ['DEAF'])
  expect(await check()).toMatchObject({ series: 3, failed: 1, remaining: 0 })
  expect(await check({ coins: ['ETH'] })).toMatchObject({ series: 0, expected: 0 })
})

/** Candles and funding rates of the database as columns, for backtests over what the streamers recorded. */
// Not here: files (files.ts).
import { z } from 'zod'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { defineQuery, runQuery, wholeNumber } from '#clickhouse/query.ts'
import { type CandleSeries, seriesOf } from '#domain/backtest/series.ts'
import { guessSizeDecimals } from '#domain/backtest/venue-guess.ts'
import { InvalidInputError } from '#domain/errors.ts'
import type { FixedInterval } from '#domain/time.ts'

const span = z.object({ coin: z.string(), from_ts: z.int(), to_ts: z.int() })

const storedCandles = defineQuery({
  name: 'stored candles',
  sql: `SELECT toUnixTimestamp64Milli(open_ts) AS openTs, toFloat64(open) AS open, toFloat64(high) AS high,
  toFloat64(low) AS low, toFloat64(close) AS close, toFloat64(volume) AS volume
FROM candles FINAL
WHERE coin = {coin:String} AND interval = {interval:String} AND close_ts < now64(3)
  AND open_ts >= fromUnixTimestamp64Milli({from_ts:Int64}) AND open_ts < fromUnixTimestamp64Milli({to_ts:Int64})
ORDER BY candles.open_ts`,
  params: span.extend({ interval: z.string() }),
  row: z.object({
    openTs: wholeNumber,
    open: z.number(),
    high: z.number(),
    low: z.number(),
    close: z.number(),
    volume: z.number(),
  }),
})

const storedFunding = defineQuery({
  name: 'stored funding rates',
  sql: `SELECT toUnixTimestamp64Milli(ts) AS at, toFloat64(rate) AS rate FROM funding_rates FINAL
WHERE coin = {coin:String} AND ts >= fromUnixTimestamp64Milli({from_ts:Int64})
  AND ts < fromUnixTimestamp64Milli({to_ts:Int64})
ORDER BY funding_rates.ts`,
  params: span,
  row: z.object({ at: wholeNumber, rate: z.number() }),
})

/** Year 2200: an end for those who want all there is. */
const FAR_TS = Date.UTC(2200, 0, 1)

/** @throws InvalidInputError for a coin without candles */
export async function readStoredCandles(
  client: ClickHouseClient,
  {
    coins,
    interval,
    fromTs = 0,
    toTs = FAR_TS,
  }: {
    coins: readonly string[]
    interval: FixedInterval
    fromTs?: number
    toTs?: number
  },
): Promise<CandleSeries[]> {
  const series: CandleSeries[] = []
  for (const coin of [...coins].sort()) {
    const span = { coin, from_ts: fromTs, to_ts: toTs }
    const rows = await runQuery(client, storedCandles, { ...span, interval })
    const last = rows.at(-1)
    if (!last) {
      throw new InvalidInputError({
        source: 'table candles',
        path: coin,
        found: `no ${interval} candles`,
        expected: 'some; the streamers record the coins of the settings, `holdfast backfill` gets older ones',
      })
    }
    const funding = await runQuery(client, storedFunding, span)
    series.push(
      seriesOf(
        { coin, interval, sizeDecimals: guessSizeDecimals(coin, last.close), leverageMax: null },
        rows,
        {
          ts: Float64Array.from(funding, ({ at }) => at),
          rate: Float64Array.from(funding, ({ rate }) => rate),
        },
      ),
    )
  }
  return series
}

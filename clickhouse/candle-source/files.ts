/** Candles from files: CSV, plain or gzipped, and Parquet; coin and interval from the name, funding from the file beside it. */
// Not here: candles of the database (table.ts), what a backtest does with them (domain/backtest).
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { readParquetCandles } from '#clickhouse/candle-source/parquet.ts'
import { parseCandles, parseFunding } from '#domain/backtest/csv.ts'
import { type CandleSeries, type FundingSeries, NO_FUNDING, seriesOf } from '#domain/backtest/series.ts'
import { guessSizeDecimals } from '#domain/backtest/venue-guess.ts'
import { InvalidInputError } from '#domain/errors.ts'
import { type FixedInterval, INTERVAL_MS } from '#domain/time.ts'

/** `BTC_USDC_USDC-1h-futures.csv.gz`, `kPEPE-5m.csv`, `ETH-1h.parquet`. */
const NAME =
  /^(?<coin>[^_-]+)(?:_[^-]*)?-(?<interval>\d+[mhdw])(?:-(?<kind>[a-z_]+))?\.(?<format>csv|csv\.gz|parquet)$/

export interface FileChoice {
  /** Only these; empty for all that the folder holds. */
  coins: readonly string[]
  /** Needed where a folder holds several. */
  interval: FixedInterval | null
}

interface Found {
  path: string
  coin: string
  interval: FixedInterval
}

/** Reads a file, or the files of a folder. @throws InvalidInputError naming what was expected */
export async function readCandleFiles(path: string, choice: FileChoice): Promise<CandleSeries[]> {
  const found = findFiles(path, choice)
  const intervals = [...new Set(found.map(({ interval }) => interval))]
  if (found.length === 0 || intervals.length > 1) {
    throw new InvalidInputError({
      source: '--data',
      path,
      found: found.length === 0 ? 'no candle file that fits' : `candles of ${intervals.join(', ')}`,
      expected:
        'COIN-INTERVAL.csv, .csv.gz or .parquet of one interval (--interval), for the coins asked for (--coins)',
    })
  }
  return Promise.all(found.map(readSeries))
}

function findFiles(path: string, { coins, interval }: FileChoice): Found[] {
  if (!existsSync(path)) {
    throw new InvalidInputError({
      source: '--data',
      path,
      found: 'nothing there',
      expected: 'a file or a folder',
    })
  }
  const files = statSync(path).isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [path]
  return files
    .flatMap((file): Found[] => {
      const groups = NAME.exec(basename(file))?.groups
      if (!groups || groups.kind === 'funding_rate') return []
      const length = groups.interval as FixedInterval
      if (!(length in INTERVAL_MS) || (interval !== null && length !== interval)) return []
      const coin = groups.coin ?? ''
      return coins.length === 0 || coins.includes(coin) ? [{ path: file, coin, interval: length }] : []
    })
    .sort((a, b) => (a.coin < b.coin ? -1 : 1))
}

async function readSeries({ path, coin, interval }: Found): Promise<CandleSeries> {
  const rows = path.endsWith('.parquet') ? await readParquetCandles(path) : parseCandles(readText(path), path)
  const px = rows.at(-1)?.close ?? 1
  const meta = { coin, interval, sizeDecimals: guessSizeDecimals(coin, px), leverageMax: null }
  return seriesOf(meta, rows, fundingBeside(path, coin))
}

const readText = (path: string): string => {
  const bytes = readFileSync(path)
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
}

/** `BTC_…-1h-funding_rate.csv.gz` in the same folder. */
function fundingBeside(path: string, coin: string): FundingSeries {
  const folder = dirname(path)
  const name = readdirSync(folder).find((file) => {
    const groups = NAME.exec(file)?.groups
    return groups?.kind === 'funding_rate' && groups.coin === coin
  })
  return name === undefined ? NO_FUNDING : parseFunding(readText(join(folder, name)), join(folder, name))
}

/** Files of recorded candles, as the bars of a market: one interval, the same times for all coins, and where the market begins. */
// Not here: what is made of them (candles.ts).
import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parseCandles } from '#domain/backtest/csv.ts'
import { guessSizeDecimals } from '#domain/backtest/venue-guess.ts'
import { InvalidInputError } from '#domain/errors.ts'
import { type EpochMs, type FixedInterval, INTERVAL_MS } from '#domain/time.ts'
import { pow10 } from '#exchange/paper/engine/units.ts'
import { coinSpec } from '#exchange/paper/market/known-coins.ts'
import type { Bar, BarCoin } from '#exchange/paper/sources/candle-bars.ts'

export interface CoinBars extends BarCoin {
  bars: Bar[]
}

const NAME = /^(?<coin>[^_-]+)(?:_[^-]*)?-(?<interval>\d+[mhdw])(?:-[a-z_]+)?\.csv(?:\.gz)?$/
/** Bars that are past where no time is given. */
const PAST_BARS = 200

const refused = (found: string, expected: string): InvalidInputError =>
  new InvalidInputError({ source: 'market source', path: 'candles', found, expected })

/** `FILE[,FILE…][@TIME]` → files and time; null where none is given. @throws InvalidInputError for a time that is none */
export function candleFiles(text: string): { files: string[]; fromTs: EpochMs | null } {
  const [, list = '', time] = /^(.*?)(?:@([^@/\\]*))?$/.exec(text) ?? []
  const fromTs = time === undefined ? null : Date.parse(time)
  if (Number.isNaN(fromTs)) throw refused(JSON.stringify(time), 'a time such as 2025-03-01 behind the @')
  return { files: list.split(','), fromTs }
}

/**
 * Bars of all files, and the index of the first that is not past.
 * @throws InvalidInputError for a file that is absent, or is not named or filled as candles of the same interval and times
 */
export function readBars(text: string, spreadBps: number): { series: CoinBars[]; first: number } {
  const { files, fromTs } = candleFiles(text)
  const series = files.map((file, asset) => readFile(file, asset, spreadBps))
  const [head, ...others] = series
  const starts = (each: CoinBars): EpochMs => each.bars[0]?.openTs ?? 0
  if (!head || others.some((each) => each.lengthMs !== head.lengthMs))
    throw refused(files.join(', '), 'candles of one interval')
  // The same bar has the same place in all of them.
  const from = Math.max(...series.map(starts))
  for (const each of series) each.bars = each.bars.filter(({ openTs }) => openTs >= from)
  const length = Math.min(...series.map(({ bars }) => bars.length))
  const isApart = others.some(({ bars }) =>
    bars.slice(0, length).some(({ openTs }, at) => openTs !== head.bars[at]?.openTs),
  )
  if (isApart) throw refused(files.join(', '), 'candles of the same times')
  const found = head.bars.findIndex(({ openTs }) => openTs >= (fromTs ?? 0))
  const first = fromTs === null ? Math.min(PAST_BARS, length - 1) : found
  if (first < 1 || first >= length)
    throw refused(`${files.join(', ')} of ${length} bars`, 'candles before and after the beginning')
  return { series, first }
}

function readFile(file: string, asset: number, spreadBps: number): CoinBars {
  const { coin = '', interval = '' } = NAME.exec(basename(file))?.groups ?? {}
  const lengthMs = INTERVAL_MS[interval as FixedInterval]
  if (!existsSync(file) || lengthMs === undefined)
    throw refused(JSON.stringify(file), 'a file that exists, named as COIN-INTERVAL.csv or .csv.gz')
  const bytes = readFileSync(file)
  const rows = parseCandles((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8'), file)
  const spec = coinSpec(coin, asset, guessSizeDecimals(coin, rows.at(-1)?.close ?? 1))
  const ticks = (px: number): number => Math.round(px * pow10(spec.pxDecimals))
  const bars = rows.map(({ openTs, open, high, low, close, volume }) => ({
    ...{ openTs, open: ticks(open), high: ticks(high), low: ticks(low), close: ticks(close) },
    lots: Math.round(volume * pow10(spec.szDecimals)),
  }))
  return { spec, lengthMs, spreadBps, bars }
}

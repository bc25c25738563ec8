/** The venue's public statistics documents → one figure per metric, coin and day; rows that cannot be read are counted, not fatal. */
// Not here: fetching them (exchange/client/public-stats.ts). Both known shapes are read: a list of rows, and a map from coin to rows.
import { type Decimal, formatFixed, fromNumber } from '#domain/fixed-point.ts'
import { DAY_MS, type EpochMs } from '#domain/time.ts'
import { MalformedAnswerError } from '#exchange/wire/errors.ts'

/** One published figure. */
export interface PublicFigure {
  metric: string
  coin: string
  /** First millisecond of its day. */
  dayTs: EpochMs
  value: Decimal
}

/** What the documents call a figure → what `daily_stats` calls it. Others keep their name. */
const METRICS: Readonly<Record<string, string>> = {
  open_interest: 'open_interest_usd',
  daily_notional_liquidated: 'notional_liquidated_usd',
  mid_price: 'mid_px',
  median_liquidity: 'liquidity_median_usd',
  median_slippage_1000: 'slippage_1k_bps',
  median_slippage_10000: 'slippage_10k_bps',
  median_slippage_100000: 'slippage_100k_bps',
}
/** Slippage is published as a fraction. */
const FACTOR: Readonly<Record<string, number>> = {
  median_slippage_1000: 10_000,
  median_slippage_10000: 10_000,
  median_slippage_100000: 10_000,
}

type Fields = Readonly<Record<string, unknown>>
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** @throws MalformedAnswerError when the document as a whole has no `chart_data` of a known shape */
export function parsePublicStats(document: string, answer: unknown): PublicFigure[] {
  const chart = isFields(answer) ? answer.chart_data : undefined
  if (Array.isArray(chart)) return chart.flatMap((row) => figuresOf(row, ''))
  if (isFields(chart))
    return Object.entries(chart).flatMap(([coin, rows]) =>
      Array.isArray(rows) ? rows.flatMap((row) => figuresOf(row, coin)) : [],
    )
  throw new MalformedAnswerError({
    request: document,
    path: 'chart_data',
    found: JSON.stringify(chart)?.slice(0, 60) ?? 'nothing',
    expected: 'a list of rows, or a map from coin to rows',
  })
}

function figuresOf(row: unknown, coinOfMap: string): PublicFigure[] {
  if (!isFields(row)) return []
  const coin = typeof row.coin === 'string' ? row.coin : coinOfMap
  const dayTs = dayOf(row.time ?? row.date)
  if (coin === '' || dayTs === null) return []
  return Object.entries(row).flatMap(([name, value]) => {
    if (name === 'time' || name === 'date' || name === 'coin') return []
    // Figures that are not known for a day are null there.
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    if (typeof number !== 'number' || !Number.isFinite(number) || Math.abs(number) > 1e18) return []
    const scaled = number * (FACTOR[name] ?? 1)
    return [{ metric: METRICS[name] ?? name, coin, dayTs, value: formatFixed(fromNumber(scaled)) }]
  })
}

/** A date, or a time within a day; without a zone it is UTC. */
function dayOf(value: unknown): EpochMs | null {
  if (typeof value === 'number') return Math.floor(value / DAY_MS) * DAY_MS
  if (typeof value !== 'string') return null
  const match = /^(\d{4}-\d{2}-\d{2})/.exec(value)
  const ts = match ? Date.parse(`${match[1]}T00:00:00Z`) : Number.NaN
  return Number.isFinite(ts) ? ts : null
}

/** Rows of a session as aligned series for the charts. */
import type { EquityPoint, FillView, MidView, QuoteView } from '#dashboard/model.ts'

export interface Aligned {
  times: number[]
  columns: (number | null)[][]
}

const byTs = (a: { ts: number }, b: { ts: number }): number => a.ts - b.ts

/** Net PnL over time. */
export function equitySeries(points: readonly EquityPoint[]): Aligned {
  const rows = [...points].sort(byTs)
  return { times: rows.map((row) => row.ts), columns: [rows.map((row) => row.net_pnl_usd)] }
}

/**
 * Mid, own bid, own ask, buys and sells on one time axis. A side without quote (price 0) is a gap.
 * @returns columns in that order
 */
export function priceSeries(rows: {
  quotes: readonly QuoteView[]
  mids: readonly MidView[]
  fills: readonly FillView[]
}): Aligned {
  const { quotes, mids } = rows
  const drawn = [...quotes, ...mids]
  const first = drawn.reduce((least, { ts }) => Math.min(least, ts), Number.POSITIVE_INFINITY)
  const shown = drawn.length > 0 ? rows.fills.filter((fill) => fill.ts >= first) : rows.fills
  const times = [...new Set([...drawn, ...shown].map((row) => row.ts))].sort((a, b) => a - b)
  const at = new Map(times.map((ts, index) => [ts, index]))
  const columns = Array.from({ length: 5 }, () => times.map((): number | null => null))
  const put = (column: number, ts: number, value: number): void => {
    const index = at.get(ts)
    const target = columns[column]
    if (target && index !== undefined && value > 0) target[index] = value
  }
  for (const { ts, mid } of mids) put(0, ts, mid)
  for (const quote of quotes) {
    put(0, quote.ts, Number(quote.mid))
    put(1, quote.ts, Number(quote.bid_px))
    put(2, quote.ts, Number(quote.ask_px))
  }
  for (const fill of shown) put(fill.side === 'buy' ? 3 : 4, fill.ts, Number(fill.px))
  return { times, columns }
}

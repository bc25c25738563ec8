/** Seeded markets as columns of candles: walks with trends, calm and jumps, the same for the same seed. */
// Not here: recorded candles (shared-data.ts, cli/support/candle-sources.ts).
import { type CandleRow, type CandleSeries, NO_FUNDING, seriesOf } from '#domain/backtest/series.ts'

/** Numbers in [0, 1) from a seed: a linear congruence of 32 bits, mixed. */
export function seeded(seed: number): () => number {
  let state = (seed * 2_654_435_761 + 1) >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const to5Figures = (px: number): number => Number(px.toPrecision(5))

/** `bars` candles of an hour from `start` USD: drift that turns now and then, noise in every bar. */
export function walkSeries(
  seed: number,
  bars: number,
  {
    coin = 'BTC',
    start = 20_000,
    sizeDecimals = 4,
  }: { coin?: string; start?: number; sizeDecimals?: number } = {},
): CandleSeries {
  const random = seeded(seed)
  const rows: CandleRow[] = []
  let close = start
  let drift = 0
  for (let at = 0; at < bars; at += 1) {
    if (random() < 0.03) drift = (random() - 0.5) * 0.008
    const noise = 0.002 + 0.004 * random()
    const open = to5Figures(close * (1 + (random() - 0.5) * 0.0005))
    close = to5Figures(Math.max(open * (1 + drift + (random() - 0.5) * 2 * noise), start / 1_000))
    const high = to5Figures(Math.max(open, close) * (1 + noise * random()))
    const low = to5Figures(Math.min(open, close) * (1 - noise * random()))
    rows.push({
      openTs: Date.UTC(2024, 0, 1) + at * 3_600_000,
      open,
      close,
      high: Math.max(high, open, close),
      low: Math.min(low, open, close),
      volume: 100 * (0.5 + random()) * (random() < 0.05 ? 4 : 1),
    })
  }
  return seriesOf({ coin, interval: '1h', sizeDecimals, leverageMax: null }, rows, NO_FUNDING)
}

/** The reference series S(n) of the candle engine's worked examples: a slow drift with two waves, rounded to four decimals. */
// Not here: the numbers expected of it (the tests of domain/market/indicators and domain/strategies/mei-alpha).
import type { ClosedCandle } from '#domain/session/types.ts'

const round4 = (value: number): number => Math.round(value * 10_000) / 10_000

/** Bars 0…count − 1 of one hour. */
export function referenceSeries(count: number, coin = 'LINK'): ClosedCandle[] {
  const closeOf = (bar: number): number =>
    round4(50 + 0.02 * bar + 1.5 * Math.sin(bar / 9) + 0.6 * Math.sin(bar / 2.3))
  return Array.from({ length: count }, (_, bar) => {
    const close = closeOf(bar)
    const open = bar === 0 ? 50 : closeOf(bar - 1)
    return {
      coin,
      interval: '1h',
      openTs: bar * 3_600_000,
      open,
      high: round4(Math.max(open, close) + 0.12 + 0.03 * (bar % 5)),
      low: round4(Math.min(open, close) - 0.1 - 0.02 * (bar % 4)),
      close,
      volume: 900 + 40 * (bar % 7) + 25 * (bar % 11),
    }
  })
}

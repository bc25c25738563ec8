/** Target weights from what others hold: from the signals of all tracked traders, or from one trader or a basket. */
// Not here: bounding and trading them (domain/strategies/follow-targets.ts).
import type { Recommendation } from '#domain/traders/signal.ts'

/**
 * A signal's weight is its direction times its confidence, shared among the coins so that all of them at full confidence fill
 * `gross`. NEUTRAL, and a coin without a signal, is 0.
 */
export function signalWeights(
  signals: readonly { coin: string; recommendation: Recommendation; confidence: number }[],
  coins: readonly string[],
  gross: number,
): Record<string, number> {
  const share = coins.length === 0 ? 0 : gross / coins.length
  return Object.fromEntries(
    coins.map((coin) => {
      const signal = signals.find((each) => each.coin === coin)
      const sign = signal?.recommendation === 'LONG' ? 1 : signal?.recommendation === 'SHORT' ? -1 : 0
      return [coin, sign === 0 ? 0 : sign * share * (signal?.confidence ?? 0)]
    }),
  )
}

/** A trader as a basket sees him. */
export interface BasketTrader {
  address: string
  /** USD; what his positions are fractions of. */
  accountValue: number
  /** Signed coins; null where it is not known. A coin that is not named is 0. */
  sizes: Readonly<Record<string, number | null>>
}

/**
 * Mean of the traders' own weights. Null when a position or an account value of any of them is not known: half a basket is another
 * basket.
 */
export function basketWeights(
  traders: readonly BasketTrader[],
  marks: Readonly<Record<string, number>>,
  coins: readonly string[],
): Record<string, number> | null {
  if (traders.length === 0) return null
  const sums: Record<string, number> = Object.fromEntries(coins.map((coin) => [coin, 0]))
  for (const { accountValue, sizes } of traders) {
    if (!(accountValue > 0)) return null
    for (const coin of coins) {
      const size = sizes[coin] ?? (sizes[coin] === null ? null : 0)
      if (size === null) return null
      const mark = marks[coin]
      if (size !== 0 && mark === undefined) return null
      sums[coin] = (sums[coin] ?? 0) + (size * (mark ?? 0)) / accountValue / traders.length
    }
  }
  return sums
}

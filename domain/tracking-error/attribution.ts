/** Why a day's return differed from the model's: fees, funding, slippage, timing, sizing, missing and extra positions. It adds up. */
// Not here: which coins are compared and where prices come from (clickhouse/pnl/tracking-store.ts), the difference itself (daily.ts).
import { SMALLEST_USD } from '#domain/performance-returns.ts'
import { classify } from '#domain/tracking-error/weights.ts'

/** One coin over one day. Floats: fractions of equity, not money of the ledger. */
export interface CoinDay {
  coin: string
  /** Weight that should have been held, leverage included; 0 when the model did not want it. */
  target: number
  /** Signed coins at the start and at the end of the day. */
  startSz: number
  endSz: number
  /** Close of the day before and of the day; null without a candle. */
  closeBefore: number | null
  close: number | null
  /** USD received for coins sold less USD paid for coins bought, fees apart. */
  tradedUsd: number
  /** Σ signed size × (middle price at the fill − price of the fill), USD: negative is a cost. 0 where no middle is known. */
  slippageUsd: number
}

export interface AttributionInput {
  /** Equity that the day began with, USD. */
  equity: number
  live: number
  paper: number
  coins: readonly CoinDay[]
  /** Paid, USD. */
  feesUsd: number
  /** Received, USD. */
  fundingUsd: number
}

/** Fractions of equity; they add up to live − paper. */
export interface Attribution {
  fees: number
  funding: number
  /** Prices of fills against the middle at their moment. */
  slippage: number
  /** Trades inside the day instead of at its boundary. */
  timing: number
  /** Right coin, right side, other size. */
  sizing: number
  /** Wanted, not held. */
  missing: number
  /** Held, not wanted. */
  extra: number
  /** Held on the other side. */
  wrong_side: number
  /** What none of these explains: marks at another moment than the close, coins without candles, unexplained money. */
  rest: number
}

export const PARTS = [
  'fees',
  'funding',
  'slippage',
  'timing',
  'sizing',
  'missing',
  'extra',
  'wrong_side',
  'rest',
] as const satisfies readonly (keyof Attribution)[]

const PART_OF = {
  missing: 'missing',
  extra: 'extra',
  sign_flip: 'wrong_side',
  mis_sized: 'sizing',
  aligned: 'sizing',
} as const

/** What each coin's gap to its target made, and the weight that was held at the start. */
export interface CoinPart {
  coin: string
  actual: number
  /** (actual − target) × return of the coin; 0 without prices. */
  gap: number
}

/**
 * Splits live − paper. A coin without candles has no part of its own: whatever it did is in `rest`.
 * Null when the day began without equity.
 */
export function attribute(input: AttributionInput): { parts: Attribution; coins: CoinPart[] } | null {
  const { equity, coins } = input
  if (!(equity > 0)) return null
  const parts: Attribution = {
    ...{ fees: -input.feesUsd / equity, funding: input.fundingUsd / equity, slippage: 0, timing: 0 },
    ...{ sizing: 0, missing: 0, extra: 0, wrong_side: 0, rest: 0 },
  }
  const perCoin = coins.map((coin): CoinPart => {
    const { closeBefore, close, target } = coin
    if (closeBefore === null || close === null || closeBefore < SMALLEST_USD)
      return { coin: coin.coin, actual: 0, gap: 0 }
    const actual = (coin.startSz * closeBefore) / equity
    const gap = (actual - target) * (close / closeBefore - 1)
    parts[PART_OF[classify(target, actual)]] += gap
    const traded = (coin.tradedUsd + (coin.endSz - coin.startSz) * close) / equity
    const slippage = coin.slippageUsd / equity
    parts.slippage += slippage
    parts.timing += traded - slippage
    return { coin: coin.coin, actual, gap }
  })
  const explained = PARTS.reduce((total, part) => total + parts[part], 0)
  parts.rest = input.live - input.paper - explained
  return { parts, coins: perCoin }
}

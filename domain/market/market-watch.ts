/** The market in a few flags: how far and how wildly BTC moved, how many coins rise, who moved most. */
// Source: the behaviour described for the market watch of the candle engine: returns over 15 and 60 minutes, volatility of an hour, breadth.

export type MarketRegime = 'HIGH_VOL' | 'TRENDING' | 'CHOPPY'

/** Closes of one minute each, oldest first, without gaps. */
export interface MinuteCloses {
  coin: string
  closes: readonly number[]
}

export const WATCH = {
  moveFlag15mPct: 0.8,
  volFlagPct: 1.2,
  breadthFlagPct: 35,
  trendPct: 1,
  movers: 5,
} as const

export interface MarketWatch {
  regime: MarketRegime
  /** Per cent; null while too few minutes are known. */
  btc_return_15m_pct: number | null
  btc_return_60m_pct: number | null
  /** Population deviation of one-minute returns × √60, per cent. */
  btc_vol_60m_pct: number | null
  /** Share of coins that rose over the last hour, per cent. */
  breadth_pct: number | null
  movers: { coin: string; return_60m_pct: number }[]
  flags: string[]
}

/** @param btc the guide's closes; the last one is now */
export function watchMarket(btc: readonly number[], coins: readonly MinuteCloses[]): MarketWatch {
  const return15 = returnPct(btc, 15)
  const return60 = returnPct(btc, 60)
  const vol = volatilityPct(btc)
  const moved = coins.flatMap(({ coin, closes }) => {
    const pct = returnPct(closes, 60)
    return pct === null ? [] : [{ coin, return_60m_pct: pct }]
  })
  const breadth =
    moved.length === 0
      ? null
      : (100 * moved.filter(({ return_60m_pct }) => return_60m_pct > 0).length) / moved.length
  const isWild = vol !== null && vol >= WATCH.volFlagPct
  const flags = [
    ...(return15 !== null && Math.abs(return15) >= WATCH.moveFlag15mPct ? ['BTC_MOVE_15M'] : []),
    ...(isWild ? ['HIGH_VOLATILITY'] : []),
    ...(isWild && breadth !== null && breadth <= WATCH.breadthFlagPct ? ['BROAD_SELLING'] : []),
  ]
  const isTrend = return60 !== null && Math.abs(return60) >= WATCH.trendPct
  return {
    regime: isWild ? 'HIGH_VOL' : isTrend ? 'TRENDING' : 'CHOPPY',
    btc_return_15m_pct: return15,
    btc_return_60m_pct: return60,
    btc_vol_60m_pct: vol,
    breadth_pct: breadth,
    movers: moved
      .sort((a, b) => Math.abs(b.return_60m_pct) - Math.abs(a.return_60m_pct) || (a.coin < b.coin ? -1 : 1))
      .slice(0, WATCH.movers),
    flags,
  }
}

function returnPct(closes: readonly number[], minutes: number): number | null {
  const now = closes.at(-1)
  const before = closes.at(-1 - minutes)
  return now === undefined || before === undefined || before <= 0 ? null : (now / before - 1) * 100
}

function volatilityPct(closes: readonly number[]): number | null {
  const last = closes.slice(-61)
  if (last.length < 61) return null
  const returns = last.slice(1).map((close, at) => (close / (last[at] ?? close) - 1) * 100)
  const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length
  const variance = returns.reduce((sum, value) => sum + (value - mean) ** 2, 0) / returns.length
  return Math.sqrt(variance) * Math.sqrt(60)
}

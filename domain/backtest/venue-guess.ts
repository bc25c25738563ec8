/** Lots of coins for candles that come without the venue's metadata: known ones, else a lot worth about a dollar. */
// Not here: rounding to lots (domain/market).

/** Size decimals of the venue. Source: recorded metadata. */
const KNOWN: Readonly<Record<string, number>> = {
  BTC: 5,
  ETH: 4,
  SOL: 2,
  HYPE: 2,
  LINK: 1,
  AVAX: 2,
  BNB: 3,
  AAVE: 2,
  LTC: 2,
  XRP: 0,
  DOGE: 0,
  SUI: 1,
  kPEPE: 0,
  WIF: 0,
}

/** @param px USD per coin. @returns 0–5 */
export function guessSizeDecimals(coin: string, px: number): number {
  return KNOWN[coin] ?? Math.min(Math.max(Math.ceil(Math.log10(Math.max(px, 1e-9))), 0), 5)
}

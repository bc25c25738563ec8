/** Hourly funding: what every position of a coin pays or receives. */
// Not here: the rate (funding-rate.ts).
import { fundingOf } from '#domain/trading/venue-charges.ts'
import { HISTORY, trimHistory } from '#exchange/paper/engine/account.ts'
import type { CoinMarket } from '#exchange/paper/engine/book.ts'
import type { EngineState } from '#exchange/paper/engine/state.ts'
import type { FundingPayment } from '#exchange/paper/engine/types.ts'

/** payment = szi · oracle · rate; longs pay when the rate is positive. Source: venue docs, "Funding". */
export function applyFunding(state: EngineState, market: CoinMarket, rate: number): void {
  const { asset } = market.spec
  const px = market.oraclePx || market.markPx
  if (px === 0) return
  for (const account of state.accounts.values()) {
    const coin = account.coins[asset]
    if (!coin || coin.szi === 0) continue
    const usd = fundingOf(coin.szi * px, rate)
    if (coin.isCross) account.cash += usd
    else coin.isolatedUsd += usd
    account.funded += usd
    coin.cumFunding.allTime -= usd
    coin.cumFunding.sinceOpen -= usd
    coin.cumFunding.sinceChange -= usd
    const payment: FundingPayment = { user: account.address, asset, ts: state.now, usd, szi: coin.szi, rate }
    account.funding.push(payment)
    trimHistory(account.funding, HISTORY.fundingMax)
    state.records.push({ kind: 'funding', payment })
  }
}

/** Changes of leverage, margin mode and isolated margin. */
import type { Account } from '#exchange/paper/engine/account.ts'
import type { CoinMarket } from '#exchange/paper/engine/book.ts'
import { availableMargin, positionNtl, unrealised } from '#exchange/paper/engine/margin.ts'
import { coinAccount, type EngineState, marksOf } from '#exchange/paper/engine/state.ts'
import type { CoinSpec } from '#exchange/paper/engine/types.ts'

export interface LeverageChange {
  asset: number
  leverage: number
  isCross: boolean
}

/** @returns null on success, else the venue's text */
export function changeLeverage(state: EngineState, account: Account, change: LeverageChange): string | null {
  const spec = state.specs[change.asset] as CoinSpec
  if (!Number.isInteger(change.leverage) || change.leverage < 1 || change.leverage > spec.maxLeverage)
    return 'Invalid leverage value'
  const coin = coinAccount(state, account, change.asset)
  if (coin.szi !== 0 && coin.isCross !== change.isCross)
    return 'Cannot switch leverage type with open position.'
  const before = { leverage: coin.leverage, isCross: coin.isCross }
  coin.leverage = change.leverage
  coin.isCross = change.isCross
  const less = change.leverage < before.leverage
  if (less && coin.isCross && availableMargin(account, marksOf(state)) < 0) {
    coin.leverage = before.leverage
    coin.isCross = before.isCross
    return 'Cross margin is insufficient to decrease leverage.'
  }
  if (coin.szi !== 0 && !coin.isCross && less) {
    // Lower leverage on an isolated position asks for more margin from the cross side.
    const mark = (state.markets[change.asset] as CoinMarket).markPx
    const need =
      Math.ceil(positionNtl(coin, mark) / change.leverage) - (coin.isolatedUsd + unrealised(coin, mark))
    if (need > 0) {
      if (need > availableMargin(account, marksOf(state))) {
        coin.leverage = before.leverage
        return 'Insufficient margin to decrease leverage.'
      }
      moveIsolatedMargin(state, account, change.asset, need)
    }
  }
  state.records.push({
    kind: 'leverage',
    user: account.address,
    asset: change.asset,
    leverage: change.leverage,
    isCross: change.isCross,
  })
  return null
}

/** Adds (or with a negative amount takes) margin of an isolated position, micro-dollars. @returns null or the venue's text */
export function changeIsolatedMargin(
  state: EngineState,
  account: Account,
  change: { asset: number; usd: number },
): string | null {
  const coin = coinAccount(state, account, change.asset)
  if (coin.isCross || coin.szi === 0) return 'Position does not use isolated margin.'
  const mark = (state.markets[change.asset] as CoinMarket).markPx
  if (change.usd > 0 && change.usd > availableMargin(account, marksOf(state)))
    return 'Insufficient margin for isolated margin update.'
  if (change.usd < 0) {
    const left = coin.isolatedUsd + unrealised(coin, mark) + change.usd
    const needed = Math.max(
      Math.ceil(positionNtl(coin, mark) / coin.leverage),
      Math.ceil(positionNtl(coin, mark) / 10),
    )
    if (left < needed) return 'Cannot remove more isolated margin than available.'
  }
  moveIsolatedMargin(state, account, change.asset, change.usd)
  return null
}

function moveIsolatedMargin(state: EngineState, account: Account, asset: number, usd: number): void {
  const coin = coinAccount(state, account, asset)
  coin.isolatedUsd += usd
  account.cash -= usd
  state.records.push({ kind: 'isolated', user: account.address, asset, usd })
}

/** Closes what an account can no longer carry: first into the book, then by the backstop. */
// Not here: maintenance margin itself (margin.ts).
import type { Account } from '#exchange/paper/engine/account.ts'
import type { CoinMarket } from '#exchange/paper/engine/book.ts'
import { bookFill } from '#exchange/paper/engine/book-fill.ts'
import { cancelAll } from '#exchange/paper/engine/cancel-orders.ts'
import {
  accountValue,
  crossMaintenance,
  crossValue,
  maintenanceOf,
  positionNtl,
  unrealised,
} from '#exchange/paper/engine/margin.ts'
import { matchOrder } from '#exchange/paper/engine/matching.ts'
import { closeOrder, recordStatus } from '#exchange/paper/engine/order-lifecycle.ts'
import { createOrder } from '#exchange/paper/engine/place-orders.ts'
import { enforceReduceOnly } from '#exchange/paper/engine/reduce-only.ts'
import { type EngineState, marksOf, tidOf } from '#exchange/paper/engine/state.ts'
import type { CoinAccount, CoinSpec, Fill, Order } from '#exchange/paper/engine/types.ts'
import { roundToTick, USD } from '#exchange/paper/engine/units.ts'

/** Above this notional a liquidation sells 20 % at a time; after 30 s the whole goes. Source: venue docs, "Liquidations". */
export const LIQUIDATION = {
  partialAboveUsd: 100_000,
  partialShare: 0.2,
  cooldownMs: 30_000,
  backstopShare: 2 / 3,
} as const

/** When each account's last partial liquidation was; kept beside the state, as it only paces market orders. */
const lastPartial = new WeakMap<Account, number>()

/** Looks at every account that holds the asset after its mark price moved. */
export function checkLiquidations(state: EngineState, asset: number): void {
  for (const account of state.accounts.values()) {
    const coin = account.coins[asset]
    if (!coin || coin.szi === 0) continue
    if (coin.isCross) checkCross(state, account)
    else checkIsolated(state, account, coin)
  }
}

function checkCross(state: EngineState, account: Account): void {
  const marks = marksOf(state)
  const maintenance = crossMaintenance(account, marks, state.specs)
  const value = crossValue(account, marks)
  if (value >= maintenance) return
  const coins = account.active.filter((coin) => coin.szi !== 0 && coin.isCross)
  const ntl = coins.reduce((sum, coin) => sum + positionNtl(coin, marks(coin.asset)), 0)
  announce(state, account, ntl)
  cancelAll(state, account, 'liquidatedCanceled')
  if (value < maintenance * LIQUIDATION.backstopShare) {
    for (const coin of coins) closeAtMark(state, account, coin)
    return
  }
  for (const coin of coins) sellInBook(state, account, coin)
}

function checkIsolated(state: EngineState, account: Account, coin: CoinAccount): void {
  const market = state.markets[coin.asset] as CoinMarket
  const ntl = positionNtl(coin, market.markPx)
  const maintenance = maintenanceOf(ntl, state.specs[coin.asset] as CoinSpec)
  const value = coin.isolatedUsd + unrealised(coin, market.markPx)
  if (value >= maintenance) return
  announce(state, account, ntl)
  for (const order of [...account.open.values()]) {
    if (order.asset === coin.asset && order.place !== 'closed')
      closeOrder(state, account, order, 'liquidatedCanceled')
  }
  if (value < maintenance * LIQUIDATION.backstopShare) closeAtMark(state, account, coin)
  else sellInBook(state, account, coin)
}

function announce(state: EngineState, account: Account, ntl: number): void {
  const value = accountValue(account, marksOf(state))
  state.records.push({
    kind: 'liquidation',
    user: account.address,
    ts: state.now,
    ntl,
    accountValue: value,
    lid: state.sequence++,
  })
}

const verdict = (account: Account, mark: number, method: 'market' | 'backstop'): Fill['liquidation'] => ({
  liquidatedUser: account.address,
  markPx: mark,
  method,
})

function liquidationOrder(
  state: EngineState,
  account: Account,
  coin: CoinAccount,
  at: { px: number; sz: number },
): Order {
  const request = {
    asset: coin.asset,
    isBuy: coin.szi < 0,
    px: at.px,
    sz: at.sz,
    reduceOnly: true,
    tif: 'Ioc' as const,
    trigger: null,
    cloid: null,
  }
  const order = createOrder(state, account, request, { builder: null })
  recordStatus(state, order, 'open', true)
  return order
}

function sellInBook(state: EngineState, account: Account, coin: CoinAccount): void {
  const market = state.markets[coin.asset] as CoinMarket
  const held = Math.abs(coin.szi)
  const isLarge = held * market.markPx > LIQUIDATION.partialAboveUsd * USD
  const last = lastPartial.get(account)
  const partial = isLarge && (last === undefined || state.now - last > LIQUIDATION.cooldownMs)
  if (partial) lastPartial.set(account, state.now)
  const sz = partial ? Math.max(1, Math.floor(held * LIQUIDATION.partialShare)) : held
  const isBuy = coin.szi < 0
  const px = roundToTick(Math.round(market.markPx * (isBuy ? 1.1 : 0.9)), market.spec.pxDecimals, isBuy)
  const order = liquidationOrder(state, account, coin, { px, sz })
  matchOrder(state, account, order, { liquidation: verdict(account, market.markPx, 'market') })
  closeOrder(state, account, order, order.sz === 0 ? 'filled' : 'canceled')
  enforceReduceOnly(state, account, coin.asset)
}

/** The backstop takes the position over at the mark price; on paper it has no balance sheet to protect. */
function closeAtMark(state: EngineState, account: Account, coin: CoinAccount): void {
  const market = state.markets[coin.asset] as CoinMarket
  const sz = Math.abs(coin.szi)
  const order = liquidationOrder(state, account, coin, { px: market.markPx, sz })
  order.sz = 0
  order.filledNtl = market.markPx * sz
  bookFill(state, account, {
    order,
    px: market.markPx,
    sz,
    crossed: true,
    tid: tidOf(state.seed, state.sequence++),
    liquidation: verdict(account, market.markPx, 'backstop'),
  })
  closeOrder(state, account, order, 'filled')
  enforceReduceOnly(state, account, coin.asset)
}

/** Books one side of a trade: position, PnL, fee, volume, history. */
// Not here: who trades with whom (matching.ts, queue-model.ts).

import { assert } from '#domain/errors.ts'
import { feeOf, mulDiv } from '#domain/trading/venue-charges.ts'
import { type Account, addVolume, applyTrade, HISTORY, trimHistory } from '#exchange/paper/engine/account.ts'
import { feeRates, NO_DISCOUNTS } from '#exchange/paper/engine/fees.ts'
import { callHash, coinAccount, type EngineState } from '#exchange/paper/engine/state.ts'
import type { CoinAccount, Fill, Order } from '#exchange/paper/engine/types.ts'

/** One side of a trade. */
export interface FillInput {
  order: Order
  px: number
  sz: number
  crossed: boolean
  tid: number
  liquidation?: Fill['liquidation']
  /** A fill read back from the journal: its fee and time stand, whatever the rates are now. */
  recorded?: Fill
}

/** Books one side of a trade: position, PnL, fee, volume, history. The order's own remaining size is the caller's. */
export function bookFill(state: EngineState, account: Account, input: FillInput): Fill {
  const { order, px, sz, crossed } = input
  const coin = coinAccount(state, account, order.asset)
  const startPosition = coin.szi
  const ntl = px * sz
  assert(Number.isSafeInteger(ntl), 'a fill left the exact range')
  const isolatedBefore = coin.isolatedUsd
  const effect = applyTrade(coin, order.isBuy, px, sz)
  const { fee, builderFee } = input.recorded ?? feesOf(state, account, order, { ntl, crossed })
  account.cash += effect.closedPnl - fee
  account.realised += effect.closedPnl
  account.fees += fee
  state.feesCollected += fee
  if (!coin.isCross)
    moveIsolated(account, coin, {
      isolatedBefore,
      startPosition,
      opened: effect.openedSz * px,
      closedSz: effect.closedSz,
    })
  addVolume(account, input.recorded?.ts ?? state.now, ntl, crossed)
  const fill: Fill = {
    user: account.address,
    asset: order.asset,
    px,
    sz,
    isBuy: order.isBuy,
    ts: input.recorded?.ts ?? state.now,
    startPosition,
    dir: effect.dir,
    closedPnl: effect.closedPnl,
    hash: callHash(state),
    oid: order.oid,
    cloid: order.cloid,
    crossed,
    fee,
    builderFee,
    tid: input.tid,
    twapId: order.twapId,
    liquidation: input.liquidation ?? null,
  }
  const twap = order.twapId === 0 ? undefined : account.twaps.get(order.twapId)
  if (twap) {
    twap.executedSz += sz
    twap.executedNtl += ntl
  }
  account.fills.push(fill)
  trimHistory(account.fills, HISTORY.fillsMax)
  state.records.push({ kind: 'fill', fill, order })
  return fill
}

function feesOf(
  state: EngineState,
  account: Account,
  order: Order,
  trade: { ntl: number; crossed: boolean },
): { fee: number; builderFee: number } {
  const rates = feeRates(account, state.now, state.discounts.get(account.address) ?? NO_DISCOUNTS)
  // A builder's fee comes in tenths of a basis point.
  const builderFee = order.builder ? mulDiv(trade.ntl, order.builder.fee, 100_000) : 0
  return { fee: feeOf(trade.ntl, trade.crossed ? rates.cross : rates.add) + builderFee, builderFee }
}

/** Isolated margin follows the position: opening sets notional / leverage aside, closing frees the proportional share. */
function moveIsolated(
  account: Account,
  coin: CoinAccount,
  change: { isolatedBefore: number; startPosition: number; opened: number; closedSz: number },
): void {
  const held = Math.abs(change.startPosition)
  const freed =
    change.closedSz === 0
      ? 0
      : change.closedSz >= held
        ? change.isolatedBefore
        : mulDiv(change.isolatedBefore, change.closedSz, held)
  const added = Math.floor(change.opened / coin.leverage)
  coin.isolatedUsd += added - freed
  account.cash += freed - added
}

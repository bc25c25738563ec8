/** Account states in the venue's shapes: clearinghouseState, spot balances, what can be traded. */
import { mulDiv } from '#domain/trading/venue-charges.ts'
import type { Account } from '#exchange/paper/engine/account.ts'
import {
  accountValue,
  availableMargin,
  crossMaintenance,
  crossValue,
  initialMargin,
  liquidationPx,
  type Marks,
  positionNtl,
  requiredMargin,
  unrealised,
} from '#exchange/paper/engine/margin.ts'
import { defaultLeverage, type EngineState, marksOf } from '#exchange/paper/engine/state.ts'
import type { CoinAccount, CoinSpec } from '#exchange/paper/engine/types.ts'
import { formatUnits, formatUsd } from '#exchange/paper/engine/units.ts'

/** A float with at most 10 decimals, as liquidation prices and returns are written. */
function floatText(value: number): string {
  const text = value.toFixed(10).replace(/0+$/, '')
  return text.endsWith('.') ? `${text}0` : text
}

const summary = (parts: { value: number; ntl: number; raw: number; used: number }) => ({
  accountValue: formatUsd(parts.value),
  totalNtlPos: formatUsd(parts.ntl),
  totalRawUsd: formatUsd(parts.raw),
  totalMarginUsed: formatUsd(parts.used),
})

interface Sums {
  ntl: number
  entry: number
  used: number
}

function sum(account: Account, marks: Marks, include: (coin: CoinAccount) => boolean): Sums {
  const sums = { ntl: 0, entry: 0, used: 0 }
  for (const coin of account.active) {
    if (coin.szi === 0 || !include(coin)) continue
    const mark = marks(coin.asset)
    sums.ntl += positionNtl(coin, mark)
    sums.entry += coin.entryNtl
    sums.used += initialMargin(coin, mark)
  }
  return sums
}

/** What may be withdrawn, micro-dollars: the value less what positions need (at least a tenth of them) and orders hold. */
export function withdrawable(account: Account, marks: Marks): number {
  const cross = sum(account, marks, (coin) => coin.isCross)
  const forPositions = Math.max(cross.used, Math.floor(cross.ntl / 10))
  let forOrders = 0
  for (const coin of account.active) {
    const mark = marks(coin.asset)
    forOrders += requiredMargin(coin, mark) - (coin.isCross ? initialMargin(coin, mark) : 0)
  }
  return Math.max(0, crossValue(account, marks) - forPositions - forOrders)
}

function entryPx(spec: CoinSpec, coin: CoinAccount): string {
  // Cut off at the tick, as the venue shows it.
  return formatUnits(Math.floor(Math.abs(coin.entryNtl) / Math.abs(coin.szi)), spec.pxDecimals)
}

function position(state: EngineState, account: Account, coin: CoinAccount) {
  const spec = state.specs[coin.asset] as CoinSpec
  const marks = marksOf(state)
  const mark = marks(coin.asset)
  const pnl = unrealised(coin, mark)
  const atEntry = Math.abs(coin.entryNtl) / coin.leverage
  const liquidation = liquidationPx(account, coin, marks, state.specs)
  return {
    type: 'oneWay',
    position: {
      coin: spec.name,
      szi: formatUnits(coin.szi, spec.szDecimals),
      leverage: coin.isCross
        ? { type: 'cross', value: coin.leverage }
        : { type: 'isolated', value: coin.leverage, rawUsd: formatUsd(coin.isolatedUsd - coin.entryNtl) },
      entryPx: entryPx(spec, coin),
      positionValue: formatUsd(positionNtl(coin, mark)),
      unrealizedPnl: formatUsd(pnl),
      returnOnEquity: floatText(atEntry === 0 ? 0 : pnl / atEntry),
      liquidationPx: liquidation === null ? null : floatText(liquidation),
      marginUsed: formatUsd(initialMargin(coin, mark)),
      maxLeverage: spec.maxLeverage,
      cumFunding: {
        allTime: formatUsd(coin.cumFunding.allTime),
        sinceOpen: formatUsd(coin.cumFunding.sinceOpen),
        sinceChange: formatUsd(coin.cumFunding.sinceChange),
      },
    },
  }
}

/** clearinghouseState; zeros for an unknown address. */
export function clearinghouseState(state: EngineState, account: Account | undefined, now: number) {
  if (!account) {
    const nothing = summary({ value: 0, ntl: 0, raw: 0, used: 0 })
    return {
      marginSummary: nothing,
      crossMarginSummary: nothing,
      crossMaintenanceMarginUsed: '0.0',
      withdrawable: '0.0',
      assetPositions: [],
      time: now,
    }
  }
  const marks = marksOf(state)
  const all = sum(account, marks, () => true)
  const cross = sum(account, marks, (coin) => coin.isCross)
  const isolated = account.active.reduce((total, coin) => total + coin.isolatedUsd, 0)
  return {
    marginSummary: summary({
      value: accountValue(account, marks),
      ntl: all.ntl,
      raw: account.cash + isolated - all.entry,
      used: all.used,
    }),
    crossMarginSummary: summary({
      value: crossValue(account, marks),
      ntl: cross.ntl,
      raw: account.cash - cross.entry,
      used: cross.used,
    }),
    crossMaintenanceMarginUsed: formatUsd(crossMaintenance(account, marks, state.specs)),
    withdrawable: formatUsd(withdrawable(account, marks)),
    assetPositions: account.active
      .filter((coin) => coin.szi !== 0)
      .sort((a, b) => a.asset - b.asset)
      .map((coin) => position(state, account, coin)),
    time: now,
  }
}

/** Spot wallet: USDC only. */
export function spotClearinghouseState(account: Account | undefined) {
  return {
    balances:
      account && account.spotUsd !== 0
        ? [{ coin: 'USDC', token: 0, total: formatUsd(account.spotUsd), hold: '0.0', entryNtl: '0.0' }]
        : [],
  }
}

/** activeAssetData: leverage and what can be bought and sold now. */
export function activeAssetData(
  state: EngineState,
  account: Account | undefined,
  user: string,
  spec: CoinSpec,
) {
  const marks = marksOf(state)
  const mark = marks(spec.asset)
  const coin = account?.coins[spec.asset]
  const leverage = coin?.leverage ?? defaultLeverage(spec)
  const left = account ? Math.max(0, availableMargin(account, marks)) : 0
  const held = coin ? Math.floor(positionNtl(coin, mark) / leverage) : 0
  // Turning a position around frees its own margin twice.
  const usd = (isBuy: boolean) => left + (coin && coin.szi !== 0 && coin.szi < 0 === isBuy ? 2 * held : 0)
  const lots = (isBuy: boolean) => (mark === 0 ? 0 : mulDiv(usd(isBuy), leverage, mark))
  return {
    user,
    coin: spec.name,
    leverage:
      coin && !coin.isCross
        ? { type: 'isolated', value: leverage, rawUsd: formatUsd(coin.isolatedUsd - coin.entryNtl) }
        : { type: 'cross', value: leverage },
    maxTradeSzs: [formatUnits(lots(true), spec.szDecimals), formatUnits(lots(false), spec.szDecimals)],
    availableToTrade: [formatUsd(usd(true)), formatUsd(usd(false))],
    markPx: formatUnits(mark, spec.pxDecimals),
  }
}

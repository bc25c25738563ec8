/** What an account is worth, what its positions and orders need, and where it is liquidated. */
// Not here: the liquidation itself (liquidation.ts).
import { mulDiv } from '#domain/trading/venue-charges.ts'
import type { Account } from '#exchange/paper/engine/account.ts'
import type { CoinAccount, CoinSpec } from '#exchange/paper/engine/types.ts'
import { pow10, USD } from '#exchange/paper/engine/units.ts'

/** Mark price in ticks of an asset; 0 while there is none. */
export type Marks = (asset: number) => number

const abs = (value: number): number => (value < 0 ? -value : value)

/** Micro-dollars of unrealised PnL. */
export const unrealised = (coin: CoinAccount, mark: number): number => coin.szi * mark - coin.entryNtl

export const positionNtl = (coin: CoinAccount, mark: number): number => abs(coin.szi) * mark

/** Value of the cross side: cash plus unrealised PnL of cross positions, micro-dollars. */
export function crossValue(account: Account, marks: Marks): number {
  let value = account.cash
  for (const coin of account.active) {
    if (coin.szi !== 0 && coin.isCross) value += unrealised(coin, marks(coin.asset))
  }
  return value
}

/** Value of everything in the perp account, isolated positions included. */
export function accountValue(account: Account, marks: Marks): number {
  let value = account.cash
  for (const coin of account.active) {
    if (coin.szi !== 0 || coin.isolatedUsd !== 0)
      value += unrealised(coin, marks(coin.asset)) + coin.isolatedUsd
  }
  return value
}

/** Micro-dollars that a coin's position and resting orders need at its leverage: the worse of all buys or all sells filling. */
export function requiredMargin(coin: CoinAccount, mark: number): number {
  const held = abs(coin.szi)
  const position = held * mark
  let long: number
  let short: number
  if (coin.szi >= 0) {
    long = position + coin.buyNtl
    short = coin.sellSz > held ? mulDiv(coin.sellNtl, coin.sellSz - held, coin.sellSz) : 0
  } else {
    short = position + coin.sellNtl
    long = coin.buySz > held ? mulDiv(coin.buyNtl, coin.buySz - held, coin.buySz) : 0
  }
  const worst = Math.max(position, long, short)
  // An isolated position already has its own margin set aside; only what would be added is needed.
  if (!coin.isCross) return Math.floor(Math.max(0, worst - position) / coin.leverage)
  return Math.floor(worst / coin.leverage)
}

/** What is left for new orders, micro-dollars; may be negative. */
export function availableMargin(account: Account, marks: Marks): number {
  let left = account.cash
  for (const coin of account.active) {
    const mark = marks(coin.asset)
    if (coin.szi !== 0 && coin.isCross) left += unrealised(coin, mark)
    left -= requiredMargin(coin, mark)
  }
  return left
}

/**
 * True when the account can carry its positions after a fill, other resting orders left aside: what was held for those is
 * free to be used by this one.
 */
export function affordsFill(
  account: Account,
  fill: { asset: number; signedSz: number; px: number },
  marks: Marks,
): boolean {
  let left = account.cash
  for (const coin of account.active) {
    const mark = marks(coin.asset)
    const isFilled = coin.asset === fill.asset
    if (coin.isCross) left += coin.szi === 0 ? 0 : unrealised(coin, mark)
    const szi = isFilled ? coin.szi + fill.signedSz : coin.szi
    if (coin.isCross) left -= Math.floor((abs(szi) * mark) / coin.leverage)
    else if (isFilled) left -= Math.floor((Math.max(0, abs(szi) - abs(coin.szi)) * fill.px) / coin.leverage)
  }
  return left >= 0
}

/** Initial margin of a position, micro-dollars. */
export const initialMargin = (coin: CoinAccount, mark: number): number =>
  coin.isCross
    ? Math.floor(positionNtl(coin, mark) / coin.leverage)
    : coin.isolatedUsd + unrealised(coin, mark)

/** Maintenance margin of a notional, micro-dollars: notional × rate − deduction of its tier. Source: venue docs, "Margin tiers". */
export function maintenanceOf(ntl: number, spec: CoinSpec): number {
  let rate = 0
  let deduction = 0
  for (const tier of spec.tiers) {
    const tierRate = 1 / (2 * tier.maxLeverage)
    const bound = tier.lowerBoundUsd * USD
    if (rate !== 0 && ntl <= bound) break
    deduction += bound * (tierRate - rate)
    rate = tierRate
  }
  return Math.ceil(ntl * rate - deduction)
}

export function crossMaintenance(account: Account, marks: Marks, specs: readonly CoinSpec[]): number {
  let sum = 0
  for (const coin of account.active) {
    if (coin.szi === 0 || !coin.isCross) continue
    sum += maintenanceOf(positionNtl(coin, marks(coin.asset)), specs[coin.asset] as CoinSpec)
  }
  return sum
}

/**
 * Price at which the account (isolated: the position) reaches its maintenance margin, USD per coin as a float; null if never.
 * liqPx = price − side · marginAvailable / size / (1 − l · side). Source: venue docs, "Liquidations"; wire contract §7.
 */
export function liquidationPx(
  account: Account,
  coin: CoinAccount,
  marks: Marks,
  specs: readonly CoinSpec[],
): number | null {
  if (coin.szi === 0) return null
  const spec = specs[coin.asset] as CoinSpec
  const mark = marks(coin.asset)
  const side = coin.szi > 0 ? 1 : -1
  const size = abs(coin.szi)
  const price = mark / pow10(spec.pxDecimals)
  const sizeCoins = size / pow10(spec.szDecimals)
  const value = coin.isCross ? crossValue(account, marks) : coin.isolatedUsd + unrealised(coin, mark)
  const others = coin.isCross ? crossMaintenance(account, marks, specs) - maintenanceOf(size * mark, spec) : 0
  let answer: number | null = null
  // The tier depends on the notional at the liquidation price: take the first tier whose answer falls into it.
  let deduction = 0
  let lastRate = 0
  for (const [index, tier] of spec.tiers.entries()) {
    const rate = 1 / (2 * tier.maxLeverage)
    deduction += tier.lowerBoundUsd * (rate - lastRate)
    lastRate = rate
    const available = (value - others) / USD - (price * sizeCoins * rate - deduction)
    const px = price - (side * available) / sizeCoins / (1 - rate * side)
    answer = px
    const upper = spec.tiers[index + 1]?.lowerBoundUsd ?? Number.POSITIVE_INFINITY
    if (px * sizeCoins <= upper) break
  }
  return answer !== null && answer > 0 ? answer : null
}

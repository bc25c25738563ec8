/** One account of the exchange: cash, positions, orders, history, and the exact arithmetic of a fill. */
// Not here: what it may open (margin.ts), fees (fees.ts).

import type { EpochMs } from '#domain/time.ts'
import { mulDiv } from '#domain/trading/venue-charges.ts'
import type {
  CoinAccount,
  Fill,
  FundingPayment,
  LedgerUpdate,
  Order,
  Twap,
} from '#exchange/paper/engine/types.ts'

/** Longest histories kept per account; older entries are dropped (the journal keeps them). */
export const HISTORY = {
  fillsMax: 10_000,
  closedOrdersMax: 2_000,
  fundingMax: 5_000,
  ledgerMax: 2_000,
} as const

export interface Account {
  address: string
  createdTs: EpochMs
  /** Perp balance without isolated margin: deposits + realised PnL − fees + funding, micro-dollars. */
  cash: number
  /** USDC in the spot wallet, micro-dollars. */
  spotUsd: number
  /** Sums for the ledger invariant: cash + isolated = deposited + realised − fees + funding. */
  deposited: number
  /** True once money came in from outside, other than from another account. */
  wasFunded: boolean
  realised: number
  fees: number
  funded: number
  /** Sparse by asset. */
  coins: (CoinAccount | undefined)[]
  /** The entries of `coins`, for loops. */
  active: CoinAccount[]
  open: Map<number, Order>
  /** Latest order by client order id, open or closed. */
  byCloid: Map<string, Order>
  /** Ended orders, the latest to end last. An array: ending is frequent, looking one up is rare. */
  closed: Order[]
  fills: Fill[]
  funding: FundingPayment[]
  ledger: LedgerUpdate[]
  /** By id, running and past. */
  twaps: Map<number, Twap>
  /** Traded notional by UTC day number: [taker, maker], micro-dollars. */
  volume: Map<number, [number, number]>
  /** Σ of all traded notional, micro-dollars. */
  cumVolume: number
  requests: number
  /** Fee rates of the day they were last asked for; a fill asks for them every time. */
  rates: { key: number; discounts: unknown; cross: number; add: number } | null
  scheduledCancel: EpochMs | null
  /** Firings of the scheduled cancel by UTC day number. */
  scheduledFirings: [day: number, count: number]
}

export function createAccount(address: string, ts: EpochMs): Account {
  return {
    address,
    createdTs: ts,
    cash: 0,
    spotUsd: 0,
    deposited: 0,
    wasFunded: false,
    realised: 0,
    fees: 0,
    funded: 0,
    coins: [],
    active: [],
    open: new Map(),
    byCloid: new Map(),
    closed: [],
    fills: [],
    funding: [],
    ledger: [],
    twaps: new Map(),
    volume: new Map(),
    cumVolume: 0,
    requests: 0,
    rates: null,
    scheduledCancel: null,
    scheduledFirings: [0, 0],
  }
}

/** The account's side of a coin, made with the default leverage on first use. */
export function coinOf(account: Account, asset: number, defaultLeverage: number): CoinAccount {
  const known = account.coins[asset]
  if (known) return known
  const made: CoinAccount = {
    asset,
    szi: 0,
    entryNtl: 0,
    leverage: defaultLeverage,
    isCross: true,
    isolatedUsd: 0,
    cumFunding: { allTime: 0, sinceOpen: 0, sinceChange: 0 },
    buySz: 0,
    buyNtl: 0,
    sellSz: 0,
    sellNtl: 0,
    reduceOnlyOrders: 0,
    triggerOrders: 0,
  }
  account.coins[asset] = made
  account.active.push(made)
  return made
}

/** What a fill does to a position. */
export interface FillEffect {
  /** Micro-dollars, gross of fees. */
  closedPnl: number
  dir: string
  /** Lots that opened or added. */
  openedSz: number
  /** Lots that closed. */
  closedSz: number
}

/**
 * Moves a position by one trade. Opening adds to the entry; closing takes the proportional share of the entry out, cut off at
 * a micro-dollar, so that cash + position never drifts; crossing zero closes and opens at the price. Source: wire contract §7 "Fills".
 */
export function applyTrade(coin: CoinAccount, isBuy: boolean, px: number, sz: number): FillEffect {
  const before = coin.szi
  if (before === 0 || before > 0 === isBuy) {
    coin.szi += isBuy ? sz : -sz
    coin.entryNtl += isBuy ? px * sz : -(px * sz)
    if (before === 0) coin.cumFunding.sinceOpen = 0
    coin.cumFunding.sinceChange = 0
    return { closedPnl: 0, dir: isBuy ? 'Open Long' : 'Open Short', openedSz: sz, closedSz: 0 }
  }
  const held = before < 0 ? -before : before
  const closing = Math.min(sz, held)
  const removed = closing === held ? coin.entryNtl : mulDiv(coin.entryNtl, closing, held)
  const proceeds = before > 0 ? px * closing : -(px * closing)
  const closedPnl = proceeds - removed
  coin.szi += isBuy ? sz : -sz
  coin.entryNtl -= removed
  coin.cumFunding.sinceChange = 0
  const opened = sz - closing
  if (opened > 0) {
    coin.entryNtl = isBuy ? px * opened : -(px * opened)
    coin.cumFunding.sinceOpen = 0
    return { closedPnl, dir: isBuy ? 'Short > Long' : 'Long > Short', openedSz: opened, closedSz: closing }
  }
  if (coin.szi === 0) coin.cumFunding.sinceOpen = 0
  return { closedPnl, dir: isBuy ? 'Close Short' : 'Close Long', openedSz: 0, closedSz: closing }
}

/** Adds to what resting orders hold when an order enters the book; `sign` −1 takes it out again. `sz` in lots. */
export function holdOrder(coin: CoinAccount, order: Order, sz: number, sign: 1 | -1): void {
  if (order.reduceOnly) return
  const size = sign * sz
  if (order.isBuy) {
    coin.buySz += size
    coin.buyNtl += size * order.px
  } else {
    coin.sellSz += size
    coin.sellNtl += size * order.px
  }
}

/** Keeps a history within its limit by dropping the oldest quarter at once, so that the cost is spread. */
export function trimHistory(entries: unknown[], max: number): void {
  if (entries.length > max + (max >> 2)) entries.splice(0, entries.length - max)
}

/** Files a closed order; the oldest beyond the limit are forgotten, many at once. */
export function fileClosedOrder(account: Account, order: Order): void {
  const { closed } = account
  closed.push(order)
  if (closed.length <= HISTORY.closedOrdersMax * 1.25) return
  for (const oldest of closed.splice(0, closed.length - HISTORY.closedOrdersMax)) {
    if (oldest.cloid !== null && account.byCloid.get(oldest.cloid) === oldest)
      account.byCloid.delete(oldest.cloid)
  }
}

/** An order by the venue's id, open or among the latest to end. */
export function findOrder(account: Account, oid: number): Order | undefined {
  return account.open.get(oid) ?? account.closed.findLast((order) => order.oid === oid)
}

const DAY_MS = 86_400_000

/** Notional of the last 14 UTC days, today excluded as the venue does, [taker, maker] in micro-dollars. */
export function volumeOf14Days(account: Account, now: EpochMs): [number, number] {
  const today = Math.floor(now / DAY_MS)
  let taker = 0
  let maker = 0
  for (const [day, [cross, add]] of account.volume) {
    if (day < today - 14 || day >= today) continue
    taker += cross
    maker += add
  }
  return [taker, maker]
}

export function addVolume(account: Account, now: EpochMs, ntl: number, crossed: boolean): void {
  const day = Math.floor(now / DAY_MS)
  let entry = account.volume.get(day)
  if (!entry) {
    entry = [0, 0]
    account.volume.set(day, entry)
    if (account.volume.size > 40) account.volume.delete(account.volume.keys().next().value as number)
  }
  entry[crossed ? 0 : 1] += ntl
  account.cumVolume += ntl
}

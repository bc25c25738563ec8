/** The account of a backtest: cash in whole micro-dollars, positions, fees and funding by the venue's own maths, and the trades that come of them. */
// Not here: at which price something is filled (market-model.ts), statistics (report.ts).

import type { BacktestOptions } from '#domain/backtest/options.ts'
import type { Side } from '#domain/events.ts'
import { fromNumber, toNumber } from '#domain/fixed-point.ts'
import { feeOf, feeTier, fundingOf, RATE_ONE } from '#domain/trading/venue-charges.ts'

const MICRO = 1_000_000

/** One execution. */
export interface BacktestFill {
  ts: number
  coin: string
  side: Side
  px: number
  sz: number
  purpose: string
  reason: string
  fee_usd: number
}

/** A position, or a part of it, from entry to exit. */
export interface BacktestTrade {
  coin: string
  side: 'long' | 'short'
  sz: number
  entry_ts: number
  entry_px: number
  entry_reason: string
  exit_ts: number
  exit_px: number
  exit_reason: string
  /** Gross of fees and funding. */
  pnl_usd: number
  /** Of the entry's share and of the exit. */
  fees_usd: number
  funding_usd: number
}

/** One coin of the account. */
export interface Holding {
  /** Signed coins. */
  sz: number
  entryPx: number
  entryTs: number
  entryReason: string
  /** Fees and funding since it was opened, not yet told to a trade, micro-dollars. */
  openFees: number
  openFunding: number
}

export interface Account {
  /** Micro-dollars: start − what positions cost + what they brought − fees + funding. */
  cash: number
  takerRate: number
  fees: number
  funding: number
  volume: number
  fills: BacktestFill[]
  trades: BacktestTrade[]
  /** Keep fills; a sweep does without. */
  keepFills: boolean
}

export function openAccount(options: BacktestOptions, keepFills: boolean): Account {
  const { cross } = feeTier(options.volume_14d_usd)
  return {
    cash: Math.round(options.equity_usd * MICRO),
    takerRate: Math.round(cross * (1 - options.fee_discount_pct / 100)),
    fees: 0,
    funding: 0,
    volume: 0,
    fills: [],
    trades: [],
    keepFills,
  }
}

export const flat = (): Holding => ({
  sz: 0,
  entryPx: 0,
  entryTs: 0,
  entryReason: '',
  openFees: 0,
  openFunding: 0,
})

const micro = (usd: number): number => Math.round(usd * MICRO)

/** What everything is worth at a price per coin, USD. */
export const equityOf = ({ cash }: Account, holdingsUsd: number): number => cash / MICRO + holdingsUsd

/** Books one execution. A closing one ends a trade, one beyond the position ends it and opens the other side. */
export function execute(
  account: Account,
  holding: Holding,
  order: { ts: number; coin: string; side: Side; px: number; sz: number; purpose: string; reason: string },
): void {
  const { px, sz, side, coin, ts, purpose, reason } = order
  const sign = side === 'buy' ? 1 : -1
  const notional = micro(px * sz)
  const fee = feeOf(notional, account.takerRate)
  account.cash -= sign * notional + fee
  account.fees += fee
  account.volume += notional
  if (account.keepFills) account.fills.push({ ts, coin, side, px, sz, purpose, reason, fee_usd: fee / MICRO })
  if (holding.sz !== 0 && Math.sign(holding.sz) !== sign) closePart(account, holding, order, fee)
  else openPart(holding, order, fee, sign)
}

function openPart(
  holding: Holding,
  { ts, px, sz, reason }: { ts: number; px: number; sz: number; reason: string },
  fee: number,
  sign: number,
): void {
  if (holding.sz === 0) {
    holding.entryPx = px
    holding.entryTs = ts
    holding.entryReason = reason
    holding.openFees = 0
    holding.openFunding = 0
  } else holding.entryPx = averagePx(Math.abs(holding.sz), holding.entryPx, sz, px)
  holding.sz = exactSum(holding.sz, sign * sz)
  holding.openFees += fee
}

/** Size-weighted, cut off at 8 places, as the ledger of fills does it. */
function averagePx(heldSz: number, heldPx: number, sz: number, px: number): number {
  const [held, added] = [fromNumber(heldSz), fromNumber(sz)]
  return toNumber((held * fromNumber(heldPx) + added * fromNumber(px)) / (held + added))
}

/** A sum of sizes without the dust of floats. */
const exactSum = (a: number, b: number): number => Math.round((a + b) * 1e8) / 1e8

function closePart(
  account: Account,
  holding: Holding,
  order: { ts: number; coin: string; px: number; sz: number; reason: string },
  fee: number,
): void {
  const held = Math.abs(holding.sz)
  const closed = Math.min(held, order.sz)
  const sign = Math.sign(holding.sz)
  const share = closed / held
  const fees = Math.round(holding.openFees * share)
  const funding = Math.round(holding.openFunding * share)
  account.trades.push({
    coin: order.coin,
    side: sign > 0 ? 'long' : 'short',
    sz: closed,
    entry_ts: holding.entryTs,
    entry_px: holding.entryPx,
    entry_reason: holding.entryReason,
    exit_ts: order.ts,
    exit_px: order.px,
    exit_reason: order.reason,
    pnl_usd: sign * (order.px - holding.entryPx) * closed,
    fees_usd: (fees + fee) / MICRO,
    funding_usd: funding / MICRO,
  })
  holding.openFees -= fees
  holding.openFunding -= funding
  holding.sz = exactSum(holding.sz, -sign * closed)
  if (holding.sz === 0) Object.assign(holding, FLAT)
}

const FLAT = flat()

/** Pays or receives one funding on what is held. @param rate hourly fraction @param px oracle price */
export function payFunding(account: Account, holding: Holding, px: number, rate: number): void {
  const got = fundingOf(micro(holding.sz * px), Math.round(rate * RATE_ONE))
  account.cash += got
  account.funding += got
  holding.openFunding += got
}

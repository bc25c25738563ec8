/** The past as the venue still tells it, over POST /info: recent trades, candles, funding, and an account's fills, orders and money movements. */
// Not here: one question and its retries (info.ts), reading answers (exchange/wire).
import type {
  CandleEvent,
  FillEvent,
  FundingEvent,
  LedgerEvent,
  OrderEvent,
  TradeEvent,
} from '#domain/events.ts'
import type { CandleInterval, EpochMs } from '#domain/time.ts'
import type { Info } from '#exchange/client/info.ts'
import { type AccountState, parseFullAccountState } from '#exchange/wire/account-state.ts'
import { type CoinContext, parseCoinContexts } from '#exchange/wire/coin-contexts.ts'
import {
  type FundingRate,
  parseFundingHistory,
  parseFundings,
  parseHistoricalOrders,
  parseRecentTrades,
} from '#exchange/wire/info.ts'
import { readLedgerUpdates } from '#exchange/wire/ledger.ts'

export const LIMITS = {
  /** Rows of one page of funding. Source: wire contract. */
  fundingPage: 500,
  /** Pages in one call. */
  pagesMax: 50,
  /** The venue answers with at most so many of the newest orders. */
  ordersMax: 2_000,
} as const

export interface VenueHistory {
  /** Oldest first. At most the newest 5,000 of an interval exist. */
  candles(coin: string, interval: CandleInterval, fromTs: EpochMs, untilTs: EpochMs): Promise<CandleEvent[]>
  /** The newest trades that the venue still tells, oldest first. */
  recentTrades(coin: string): Promise<TradeEvent[]>
  /** Hourly rates at or after `fromTs`, oldest first, all pages. */
  fundingRates(coin: string, fromTs: EpochMs): Promise<FundingRate[]>
  /** Every listed coin with its context, in one question. */
  contexts(): Promise<CoinContext[]>
  /** Fills, oldest first, all pages. `account` names them, `user` is the address. */
  fills(user: string, account: string, fromTs: EpochMs): Promise<FillEvent[]>
  /** Funding payments, oldest first, all pages. */
  fundings(user: string, account: string, fromTs: EpochMs): Promise<FundingEvent[]>
  /** The last state of each of the newest 2,000 orders, oldest change first. */
  orders(user: string, account: string): Promise<OrderEvent[]>
  ledger(user: string, account: string, fromTs: EpochMs): Promise<LedgerEvent[]>
  accountState(user: string): Promise<AccountState>
}

export function createHistory(info: Info, now: () => EpochMs): VenueHistory {
  return {
    candles: (coin, interval, fromTs, untilTs) => info.candles(coin, interval, fromTs, untilTs),
    recentTrades: async (coin) =>
      parseRecentTrades(await info.ask('recentTrades', { coin }), now()).sort(
        (a, b) => a.ts - b.ts || a.tid - b.tid,
      ),
    fundingRates: (coin, fromTs) =>
      pages(
        fromTs,
        async (startTime) => parseFundingHistory(await info.ask('fundingHistory', { coin, startTime })),
        ({ ts }) => String(ts),
      ),
    contexts: async () => parseCoinContexts(await info.ask('metaAndAssetCtxs')),
    fills: (user, account, fromTs) => info.fillsSince(user, account, fromTs),
    fundings: (user, account, fromTs) =>
      pages(
        fromTs,
        async (startTime) =>
          parseFundings(await info.ask('userFunding', { user, startTime }), account, now()),
        ({ ts, coin }) => `${ts} ${coin}`,
      ),
    orders: async (user, account) =>
      parseHistoricalOrders(await info.ask('historicalOrders', { user }), account, now()).sort(
        (a, b) => a.ts - b.ts,
      ),
    ledger: async (user, account, fromTs) =>
      readLedgerUpdates(await info.ask('userNonFundingLedgerUpdates', { user, startTime: fromTs }), {
        path: '',
        user: user.toLowerCase(),
        account,
        receivedTs: now(),
      }),
    accountState: async (user) =>
      parseFullAccountState(await info.ask('clearinghouseState', { user }), now()),
  }
}

/** Asks from the last row's time on until a page is short; rows of the border come twice and are dropped by identity. */
export async function pages<Item extends { ts: EpochMs }>(
  fromTs: EpochMs,
  page: (startTs: EpochMs) => Promise<Item[]>,
  identity: (item: Item) => string,
): Promise<Item[]> {
  const found = new Map<string, Item>()
  let from = fromTs
  for (let count = 0; count < LIMITS.pagesMax; count++) {
    const items = await page(from)
    for (const item of items) found.set(identity(item), item)
    const last = items.at(-1)
    if (last === undefined || items.length < LIMITS.fundingPage) break
    // A page that holds one single millisecond cannot be paged on by time: step over it rather than loop.
    from = last.ts > from ? last.ts : from + 1
  }
  return [...found.values()]
}

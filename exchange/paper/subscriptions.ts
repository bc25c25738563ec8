/** The feeds that can be subscribed to: reading a subscription, its acknowledgement, and its first message. */
// Not here: live updates of markets (market/market-data.ts) and accounts (account-feeds.ts). Source: wire contract §4.
import { CANDLE_INTERVALS } from '#domain/time.ts'
import { type AccountFeeds, USER_FEEDS } from '#exchange/paper/account-feeds.ts'
import { type CoinMarketData, RECENT_TRADES } from '#exchange/paper/market/coin-market-data.ts'
import type { MarketData } from '#exchange/paper/market/market-data.ts'
import {
  bboFrame,
  bookFeedKey,
  bookFrame,
  candleFrame,
  contextFrame,
  midsFrame,
  tradesFrame,
} from '#exchange/paper/market/market-frames.ts'
import { readAggregation } from '#exchange/paper/market-info.ts'
import { address, type Fields, fieldsOf, oneOf, text } from '#exchange/paper/read-json.ts'

/** A subscription that can be served. */
export interface Feed {
  /** Names the feed; two subscriptions to the same feed are the same. */
  key: string
  /** What the acknowledgement repeats: every field sent, and defaults. */
  echo: Fields
  /** Set on user feeds, for the limit of users per connection. */
  user: string | null
  /** Frames to send at once, after the acknowledgement. */
  first(): string[]
}

/** `unreadable`: no such type or a wrong field. `invalid`: readable, but there is no such coin. */
export type ReadFeed = { feed: Feed } | { fault: 'unreadable' | 'invalid' }

export interface FeedDeps {
  market: MarketData
  accounts: AccountFeeds
}

function bookFeed(data: CoinMarketData, fields: Fields): Feed {
  const view = { ...readAggregation(fields), fast: fields.fast === true }
  const first = () => {
    const frame = bookFrame(data, view)
    return frame === null ? [] : [frame]
  }
  return {
    key: bookFeedKey(data.spec.name, view),
    echo: { nSigFigs: null, mantissa: null, ...fields },
    user: null,
    first,
  }
}

function coinFeed(data: CoinMarketData, fields: Fields, { market }: FeedDeps): Feed {
  const { name, asset } = data.spec
  const made = (key: string, first: () => string[]): Feed => ({ key, echo: fields, user: null, first })
  switch (fields.type) {
    case 'l2Book':
      return bookFeed(data, fields)
    case 'bbo':
      return made(`bbo:${name}`, () => (data.bbo ? [bboFrame(data)] : []))
    case 'trades':
      return made(`trades:${name}`, () =>
        data.trades.length > 0 ? [tradesFrame(data.trades.slice(-RECENT_TRADES))] : [],
      )
    case 'candle': {
      const interval = oneOf(fields.interval, CANDLE_INTERVALS)
      return made(`candle:${name}:${interval}`, () =>
        data.candles.last(interval) ? [candleFrame(data, interval)] : [],
      )
    }
    default:
      return made(`activeAssetCtx:${name}`, () =>
        data.ts === 0 ? [] : [contextFrame(name, market.context(asset))],
      )
  }
}

/** Coins that have a spot market elsewhere: acknowledged, silent here. */
const isSpot = (coin: string): boolean => coin === 'PURR/USDC' || /^@\d+$/.test(coin)

const COIN_FEEDS: ReadonlySet<string> = new Set(['l2Book', 'bbo', 'trades', 'candle', 'activeAssetCtx'])

/** Every subscription type that is served. */
export const FEED_TYPES: readonly string[] = ['allMids', ...COIN_FEEDS, ...USER_FEEDS]

/** Reads a subscription. Throws RequestError where a field is of the wrong type. */
export function readFeed(raw: unknown, deps: FeedDeps): ReadFeed {
  const fields = fieldsOf(raw)
  const type = text(fields.type)
  if (fields.dex !== undefined && fields.dex !== '' && fields.dex !== null) return { fault: 'invalid' }
  if (type === 'allMids') {
    return { feed: { key: type, echo: fields, user: null, first: () => [midsFrame(deps.market.allMids())] } }
  }
  if (COIN_FEEDS.has(type)) {
    const coin = text(fields.coin)
    const data = deps.market.byName(coin)
    if (data) return { feed: coinFeed(data, fields, deps) }
    const silent: Feed = { key: `silent:${type}:${coin}`, echo: fields, user: null, first: () => [] }
    return isSpot(coin) ? { feed: silent } : { fault: 'invalid' }
  }
  return deps.accounts.serves(type) ? userFeed(type, fields, deps) : { fault: 'unreadable' }
}

function userFeed(type: string, fields: Fields, { market, accounts }: FeedDeps): ReadFeed {
  const user = address(fields.user)
  if (type !== 'activeAssetData') {
    return {
      feed: { key: `${type}:${user}`, echo: fields, user, first: () => accounts.first(type, user, '') },
    }
  }
  const coin = text(fields.coin)
  if (!market.byName(coin)) return { fault: 'invalid' }
  return {
    feed: {
      key: `${type}:${user}:${coin}`,
      echo: fields,
      user,
      first: () => accounts.first(type, user, coin),
    },
  }
}

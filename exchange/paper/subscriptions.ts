/** The feeds that can be subscribed to: reading a subscription, its acknowledgement, and its first message. */
// Not here: live updates of markets (market/market-data.ts) and accounts (account-feeds.ts). Source: wire contract §4.
import { CANDLE_INTERVALS } from '#domain/time.ts'
import type { AccountFeeds } from '#exchange/paper/account-feeds.ts'
import { viewBook } from '#exchange/paper/market/book-view.ts'
import { wireCandle } from '#exchange/paper/market/candles.ts'
import { type CoinMarketData, RECENT_TRADES } from '#exchange/paper/market/coin-market-data.ts'
import type { MarketData } from '#exchange/paper/market/market-data.ts'
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

const frame = (channel: string, data: unknown): string => JSON.stringify({ channel, data })

function marketFeed(data: CoinMarketData, deps: FeedDeps, fields: Fields): Omit<Feed, 'user'> | null {
  const { spec } = data
  switch (fields.type) {
    case 'l2Book': {
      const aggregation = readAggregation(fields)
      const fast = fields.fast === true
      const { nSigFigs, mantissa } = aggregation
      const key = fast
        ? `l2Book:${spec.name}:fast`
        : nSigFigs === null
          ? `l2Book:${spec.name}`
          : `l2Book:${spec.name}:${nSigFigs}:${mantissa}`
      const first = () => {
        if (!data.book) return []
        const view = viewBook(spec, data.book, aggregation)
        return [
          frame(
            'l2Book',
            fast ? { ...view, levels: view.levels.map((side) => side.slice(0, 5)), fast: true } : view,
          ),
        ]
      }
      return { key, echo: { nSigFigs: null, mantissa: null, ...fields }, first }
    }
    case 'bbo': {
      const first = () =>
        data.bbo
          ? [frame('bbo', { coin: spec.name, time: data.bbo.ts, bbo: [data.bbo.bid, data.bbo.ask] })]
          : []
      return { key: `bbo:${spec.name}`, echo: fields, first }
    }
    case 'trades': {
      const first = () => (data.trades.length > 0 ? [frame('trades', data.trades.slice(-RECENT_TRADES))] : [])
      return { key: `trades:${spec.name}`, echo: fields, first }
    }
    case 'candle': {
      const interval = oneOf(fields.interval, CANDLE_INTERVALS)
      const first = () => {
        const candle = data.candles.last(interval)
        return candle ? [frame('candle', wireCandle(spec, interval, candle))] : []
      }
      return { key: `candle:${spec.name}:${interval}`, echo: fields, first }
    }
    case 'activeAssetCtx': {
      const first = () =>
        data.ts === 0
          ? []
          : [frame('activeAssetCtx', { coin: spec.name, ctx: deps.market.context(spec.asset) })]
      return { key: `activeAssetCtx:${spec.name}`, echo: fields, first }
    }
    default:
      return null
  }
}

/** Coins that have a spot market elsewhere: acknowledged, silent here. */
const isSpot = (coin: string): boolean => coin === 'PURR/USDC' || /^@\d+$/.test(coin)

const COIN_FEEDS = new Set(['l2Book', 'bbo', 'trades', 'candle', 'activeAssetCtx'])

/** Reads a subscription. Throws RequestError where a field is of the wrong type. */
export function readFeed(raw: unknown, deps: FeedDeps): ReadFeed {
  const fields = fieldsOf(raw)
  const type = text(fields.type)
  if (fields.dex !== undefined && fields.dex !== '' && fields.dex !== null) return { fault: 'invalid' }
  if (type === 'allMids') {
    return {
      feed: {
        key: 'allMids',
        echo: fields,
        user: null,
        first: () => [frame('allMids', { mids: deps.market.allMids() })],
      },
    }
  }
  if (COIN_FEEDS.has(type)) {
    const coin = text(fields.coin)
    const data = deps.market.byName(coin)
    if (!data)
      return isSpot(coin)
        ? { feed: { key: `silent:${type}:${coin}`, echo: fields, user: null, first: () => [] } }
        : { fault: 'invalid' }
    const feed = marketFeed(data, deps, fields)
    return feed ? { feed: { ...feed, user: null } } : { fault: 'unreadable' }
  }
  if (!deps.accounts.serves(type)) return { fault: 'unreadable' }
  const user = address(fields.user)
  if (type === 'activeAssetData') {
    const data = deps.market.byName(text(fields.coin))
    if (!data) return { fault: 'invalid' }
    const { name } = data.spec
    return {
      feed: {
        key: `activeAssetData:${user}:${name}`,
        echo: fields,
        user,
        first: () => deps.accounts.first(type, user, name),
      },
    }
  }
  return {
    feed: { key: `${type}:${user}`, echo: fields, user, first: () => deps.accounts.first(type, user, '') },
  }
}

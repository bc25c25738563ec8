/** Shapes of the venue's WebSocket: subscriptions, the frames that answer them, and what a parsed frame is. */
// Not here: reading a frame (parse-frame.ts), answers of POST /info (info.ts). Source: the venue's docs, "Websocket/Subscriptions".
import type { AccountEvent, MarketEvent } from '#domain/events.ts'
import type { CandleInterval } from '#domain/time.ts'

/** One subscription of public market data, exactly as it goes over the wire. */
export type MarketSubscription =
  | { type: 'trades' | 'bbo' | 'l2Book' | 'activeAssetCtx'; coin: string }
  | { type: 'candle'; coin: string; interval: CandleInterval }
  | { type: 'allMids' }

/** One subscription of a user's own data. `orderUpdates` frames do not name their user: at most one user of it per socket. */
export interface AccountSubscription {
  type: 'userFills' | 'orderUpdates' | 'userFundings' | 'userNonFundingLedgerUpdates' | 'userEvents'
  /** Address, lower-case. */
  user: string
}

export type Subscription = MarketSubscription | AccountSubscription
export type MarketChannel = MarketSubscription['type']

/** Channels whose frames become market events. */
export const MARKET_CHANNELS = ['trades', 'l2Book', 'bbo', 'candle', 'allMids', 'activeAssetCtx'] as const
/** Channels whose frames become account events. `user` carries userEvents. */
export const ACCOUNT_CHANNELS = [
  'userFills',
  'orderUpdates',
  'userFundings',
  'userNonFundingLedgerUpdates',
  'user',
] as const
export type AccountChannel = (typeof ACCOUNT_CHANNELS)[number]

/** Channels of the venue that Holdfast knows and does not use; their data is not looked at. */
export const UNUSED_CHANNELS: ReadonlySet<string> = new Set([
  'activeSpotAssetCtx',
  'activeAssetData',
  'notification',
  'openOrders',
  'clearinghouseState',
  'allDexsClearinghouseState',
  'spotState',
  'twapStates',
  'webData2',
  'webData3',
  'userHistoricalOrders',
  'userTwapSliceFills',
  'userTwapHistory',
])

/** One frame, read. Fields that the contract does not name are ignored and listed in `unknownFields`. */
export type ParsedFrame =
  | {
      kind: 'market'
      channel: MarketChannel
      events: readonly MarketEvent[]
      unknownFields?: readonly string[]
    }
  | {
      kind: 'account'
      channel: AccountChannel
      /** Lower-case address, or '' where the frame does not name it (orderUpdates, user). Events carry it as `account`. */
      user: string
      /** True when the venue repeats the past after a subscription. */
      snapshot: boolean
      events: readonly AccountEvent[]
    }
  | {
      kind: 'acknowledged'
      method: 'subscribe' | 'unsubscribe'
      subscription: Readonly<Record<string, unknown>>
    }
  | { kind: 'pong' }
  | {
      kind: 'refused'
      /** The venue's own text. */
      message: string
      /** The subscription that the text repeats, or null. */
      subscription: Readonly<Record<string, unknown>> | null
    }
  | { kind: 'post'; id: number; response: unknown }
  | { kind: 'unused'; channel: string }

/**
 * What makes two subscriptions the same: type, coin, interval and user. Extra fields that the venue echoes (nSigFigs null …)
 * and the case of addresses do not count.
 */
export function subscriptionKey(subscription: Readonly<Record<string, unknown>> | Subscription): string {
  const fields = subscription as Readonly<Record<string, unknown>>
  const part = (name: string): string => (typeof fields[name] === 'string' ? (fields[name] as string) : '')
  return [part('type'), part('coin'), part('interval'), part('user').toLowerCase()].join('|')
}

/** Channels that send on a schedule, change or no change: silence on one means a dead feed. `bbo`, trades and candles come only with news. */
const STEADY: ReadonlySet<string> = new Set(['l2Book', 'allMids', 'activeAssetCtx'])

export const isSteady = (subscription: Subscription): boolean => STEADY.has(subscription.type)

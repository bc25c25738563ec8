/** Which socket carries which subscription: coins × channels packed within the venue's limits. */
// Not here: opening the sockets (feed-socket.ts).
import { HoldfastError } from '#domain/errors.ts'
import type { CandleInterval } from '#domain/time.ts'
import { type AccountSubscription, type MarketSubscription, subscriptionKey } from '#exchange/wire/frames.ts'

/** Per IP address. Source: venue docs, "Rate limits and user limits", 2026-08. */
export const VENUE_LIMITS = {
  connectionsMax: 10,
  connectsPerMinuteMax: 30,
  subscriptionsMax: 1_000,
  usersMax: 10,
  messagesPerMinuteMax: 2_000,
} as const

/** More was asked for than the venue gives one address. */
export class SubscriptionLimitError extends HoldfastError {
  constructor(what: string, wanted: number, max: number) {
    super(`${wanted} ${what}, the venue allows ${max}`, {
      code: 'SUBSCRIPTION_LIMIT',
      retryable: false,
      hint: 'record fewer coins, candle intervals or accounts (streamers.* in the settings)',
      details: { what, wanted, max },
    })
  }
}

/** The subscriptions of these coins, without duplicates. `allMids` is one for all. */
export function marketSubscriptions(options: {
  coins: readonly string[]
  channels: readonly MarketSubscription['type'][]
  candleIntervals: readonly CandleInterval[]
}): MarketSubscription[] {
  const all = options.channels.flatMap((type): MarketSubscription[] => {
    if (type === 'allMids') return [{ type }]
    if (type === 'candle') {
      return options.coins.flatMap((coin) =>
        options.candleIntervals.map((interval) => ({ type, coin, interval }) as const),
      )
    }
    return options.coins.map((coin) => ({ type, coin }))
  })
  return [...new Map(all.map((each) => [subscriptionKey(each), each])).values()]
}

/** Subscriptions that one socket carries without strain: a cut then costs a tenth, and resubscribing is quick. */
const PER_SOCKET = 120

/** Of the address's ten connections the streamers' market feed gets four: two are the trading host's, the rest is for accounts. */
const MARKET_SOCKETS_MAX = VENUE_LIMITS.connectionsMax - 6

/**
 * Spreads subscriptions over as few sockets as `PER_SOCKET` allows, never more than `socketsMax`. All channels of one coin share a
 * socket, so that their order is the venue's.
 * @param held what open sockets carry already; it stays where it is
 * @returns what each socket gets in addition; entries beyond `held` are new sockets
 * @throws SubscriptionLimitError
 */
export function planMarketSockets(
  more: readonly MarketSubscription[],
  held: readonly (readonly MarketSubscription[])[] = [],
  socketsMax: number = MARKET_SOCKETS_MAX,
): MarketSubscription[][] {
  const total = more.length + held.flat().length
  if (total > VENUE_LIMITS.subscriptionsMax)
    throw new SubscriptionLimitError('subscriptions', total, VENUE_LIMITS.subscriptionsMax)
  const wanted = Math.min(Math.ceil(total / PER_SOCKET), socketsMax)
  const sockets = Array.from({ length: Math.max(wanted, held.length) }, (_, index) => ({
    added: [] as MarketSubscription[],
    coins: new Set(held[index]?.map(coinOf)),
    size: held[index]?.length ?? 0,
  }))
  for (const [coin, group] of Map.groupBy(more, coinOf)) {
    const home = sockets.find(({ coins }) => coins.has(coin))
    const socket = home ?? sockets.reduce((least, each) => (each.size < least.size ? each : least))
    socket.added.push(...group)
    socket.size += group.length
  }
  return sockets.map(({ added }) => added)
}

const coinOf = (subscription: MarketSubscription): string => ('coin' in subscription ? subscription.coin : '')

/** Channels that an own account is followed on. */
const ACCOUNT_CHANNELS = ['userFills', 'orderUpdates', 'userFundings', 'userNonFundingLedgerUpdates'] as const

/**
 * One socket an account, because `orderUpdates` frames do not say whose they are.
 * @throws SubscriptionLimitError
 */
export function planAccountSockets(
  addresses: readonly string[],
): { address: string; subscriptions: AccountSubscription[] }[] {
  const unique = [...new Set(addresses.map((address) => address.toLowerCase()))]
  if (unique.length > VENUE_LIMITS.usersMax)
    throw new SubscriptionLimitError('accounts', unique.length, VENUE_LIMITS.usersMax)
  return unique.map((address) => ({
    address,
    subscriptions: ACCOUNT_CHANNELS.map((type) => ({ type, user: address })),
  }))
}

/** What this process records: coins, channels and the identity of the market, from settings and the exchange. */
import type { Environment } from '#config/environment.ts'
import type { Settings } from '#config/schema.ts'
import { parseInterval } from '#domain/time.ts'
import type { MarketSubscription } from '#exchange/wire/frames.ts'
import type { PerpMeta } from '#exchange/wire/info.ts'
import { marketSubscriptions } from '#streamers/subscription-plan.ts'

const CHANNELS = ['trades', 'l2Book', 'bbo', 'candle', 'allMids', 'activeAssetCtx'] as const

type Market = Pick<Environment, 'HOLDFAST_MARKET' | 'HOLDFAST_MARKET_SEED'>

/** Names the market whose times the reach belongs to: another source has another past. */
export function marketIdentity(settings: Settings, environment: Market): string {
  const { network, market, seed } = settings.exchange
  if (network !== 'paper') return network
  return `paper ${environment.HOLDFAST_MARKET ?? market} seed ${environment.HOLDFAST_MARKET_SEED ?? seed}`
}

/**
 * Coins to record: `streamers.coins`; else, on a paper exchange that runs its own market, everything it lists (a recording knows its
 * coins better than the settings); else `exchange.coins`.
 */
export function recordedCoins(
  settings: Settings,
  environment: Market,
  listed: readonly PerpMeta[],
): string[] {
  const { network, market, coins } = settings.exchange
  const isOwnMarket = network === 'paper' && !(environment.HOLDFAST_MARKET ?? market).startsWith('mirror:')
  return (
    settings.streamers.coins ??
    (isOwnMarket ? listed.filter(({ delisted }) => !delisted).map(({ coin }) => coin) : coins)
  )
}

/** @throws HoldfastError INVALID_INTERVAL */
export function recordingPlan(settings: Settings, coins: readonly string[]): MarketSubscription[] {
  return marketSubscriptions({
    coins,
    channels: CHANNELS,
    candleIntervals: settings.streamers.candle_intervals.map(parseInterval),
  })
}

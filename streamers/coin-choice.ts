/** Which coins are recorded: those of the settings, and the busiest listed ones, looked up again from time to time. */
// Not here: subscriptions made of them (recording-plan.ts).
import type { Environment } from '#config/environment.ts'
import type { Settings } from '#config/schema.ts'
import { type CoinContext, topByVolume } from '#exchange/wire/coin-contexts.ts'
import type { PerpMeta } from '#exchange/wire/info.ts'
import { recordedCoins } from '#streamers/recording-plan.ts'

export interface ListingVenue {
  meta(): Promise<readonly PerpMeta[]>
  contexts(): Promise<readonly CoinContext[]>
}

/**
 * A coin that fell out of the busiest stays for as long as the settings name it, else it is recorded no more.
 * @throws when the exchange does not answer and its listing is needed
 */
export async function chooseCoins(
  settings: Settings,
  environment: Pick<Environment, 'HOLDFAST_MARKET' | 'HOLDFAST_MARKET_SEED'>,
  venue: ListingVenue,
): Promise<string[]> {
  const { coins, top_by_volume } = settings.streamers
  const named = coins ?? recordedCoins(settings, environment, await venue.meta())
  if (top_by_volume === 0) return named
  const busiest = topByVolume([...(await venue.contexts())], top_by_volume)
  return [...new Set([...named, ...busiest])]
}

/** Follows the settings while the streamers run: other policies and other coins apply at once, and the busiest coins are looked up again. */
// Not here: the file (config/settings-watch.ts), which coins (coin-choice.ts). Addresses, accounts and times need a restart.
import type { Environment } from '#config/environment.ts'
import type { Settings } from '#config/schema.ts'
import { watchSettings } from '#config/settings-watch.ts'
import { describeError } from '#domain/errors.ts'
import { policiesOf } from '#domain/market/recording-policy.ts'
import { chooseCoins, type ListingVenue } from '#streamers/coin-choice.ts'
import type { FeedLog } from '#streamers/frame-faults.ts'
import type { Recording } from '#streamers/recording.ts'
import { recordingPlan } from '#streamers/recording-plan.ts'

export interface SettingsFollower {
  settings(): Settings
  coins(): readonly string[]
  /** Looks up again which coins are to be recorded, and follows exactly these. */
  refresh(): Promise<void>
  close(): Promise<void>
}

export async function followSettings(options: {
  settings: Settings
  environment: Environment
  venue: ListingVenue
  coins: readonly string[]
  recording: Pick<Recording, 'follow' | 'setPolicies'>
  log: FeedLog
}): Promise<SettingsFollower> {
  const { environment, venue, recording, log } = options
  let { settings, coins } = options
  const refresh = async (): Promise<void> => {
    const chosen = await chooseCoins(settings, environment, venue)
    await recording.follow(recordingPlan(settings, chosen))
    if (chosen.join() !== coins.join()) log.info({ coins: chosen }, 'other coins are recorded')
    coins = chosen
  }
  const watching = await watchSettings({
    file: environment.HOLDFAST_CONFIG,
    current: settings,
    onChange(changed) {
      settings = changed
      recording.setPolicies(policiesOf(changed.streamers))
      log.info({ preset: changed.streamers.preset }, 'settings changed: policies and coins follow')
      refresh().catch((error: unknown) => log.error({ why: describeError(error) }, 'coins did not change'))
    },
    onBroken: (why) => log.error({ why }, 'the changed settings cannot be used; the former ones stay'),
  })
  return { settings: () => settings, coins: () => coins, refresh, close: () => watching.close() }
}

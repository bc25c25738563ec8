/** The follower of traders as a part of the streamers' process: it starts beside the recording, and its troubles are its own. */
// Not here: its parts (traders-parts.ts).
import type { Environment } from '#config/environment.ts'
import { readAccounts } from '#config/run-files.ts'
import { describeError } from '#domain/errors.ts'
import type { PerpMeta } from '#exchange/wire/info.ts'
import { createConnectGate } from '#streamers/back-off.ts'
import { runLoops } from '#streamers/loops.ts'
import { marketIdentity } from '#streamers/recording-plan.ts'
import type { FollowerStatus } from '#streamers/traders-follower-port.ts'
import { createTraders, type RunningTraders, type TradersParts } from '#streamers/traders-parts.ts'

/** Between two attempts to start, milliseconds. */
const RETRY_MS = 5_000
/** Of the venue's connections a minute: the recording has the larger part. */
const CONNECTS_PER_MINUTE = 10

export interface TradersProcess {
  /** Null until it runs. */
  status(): FollowerStatus | null
  close(): Promise<void>
}

/** @param given what the process has at hand; nothing is followed where the settings say so */
export function startTraders(
  given: Pick<
    TradersParts,
    'settings' | 'url' | 'sendGate' | 'store' | 'openInfo' | 'writer' | 'clock' | 'log'
  > & {
    environment: Environment
    listed(): Promise<readonly PerpMeta[]>
  },
): TradersProcess {
  const { environment, settings } = given
  if (!settings.traders.enabled) return { status: () => null, close: async () => {} }
  const { home } = environment
  return beginFollowing({
    ...given,
    home,
    market: marketIdentity(settings, environment),
    ownAccounts: () => readAccounts(home),
    seed: process.pid + 1,
  })
}

function beginFollowing(
  parts: Omit<TradersParts, 'coins' | 'gate'> & { listed(): Promise<readonly PerpMeta[]> },
): TradersProcess {
  const { clock, log } = parts
  const gate = createConnectGate({ clock, perMinute: CONNECTS_PER_MINUTE })
  const stopping = new AbortController()
  const now: { running: RunningTraders | null } = { running: null }
  let loops: { stop(): Promise<void> } | null = null

  const begin = async (): Promise<void> => {
    const coins = (await parts.listed()).filter(({ delisted }) => !delisted).map(({ coin }) => coin)
    const started = createTraders({ ...parts, gate, coins })
    now.running = started
    await Promise.race([started.follower.start(), aborted(stopping.signal)])
    if (stopping.signal.aborted) return
    loops = runLoops(clock, started.loops, log)
    log.info({ ...started.follower.status() }, 'traders are followed')
  }
  const starting = (async () => {
    while (!stopping.signal.aborted) {
      try {
        return await begin()
      } catch (error) {
        log.error({ why: describeError(error) }, 'following traders did not start; trying again')
        await now.running?.close()
        now.running = null
        await clock.sleep(RETRY_MS, stopping.signal)
      }
    }
  })()

  return {
    status: () => now.running?.follower.status() ?? null,
    async close() {
      stopping.abort()
      await starting
      await loops?.stop()
      await now.running?.close()
    },
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

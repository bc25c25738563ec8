/** Builds the follower of traders from the process's concrete parts: settings, database, exchange. */
// Not here: what it does (traders-follower.ts). Called by the process entry alone.
import { join } from 'node:path'
import type { TradersStore } from '#clickhouse/tables/traders-store.ts'
import type { Writer } from '#clickhouse/writer/ports.ts'
import type { Home } from '#config/home.ts'
import type { Settings } from '#config/schema.ts'
import type { TradeEvent } from '#domain/events.ts'
import type { Clock, EpochMs } from '#domain/time.ts'
import { type AccountFeed, createAccountFeed, type FollowedAccount } from '#streamers/account-feed.ts'
import type { ConnectGate, SendGate } from '#streamers/back-off.ts'
import type { FeedLog } from '#streamers/frame-faults.ts'
import type { Loop } from '#streamers/loops.ts'
import { createMarketFeed } from '#streamers/market-feed.ts'
import { marketSubscriptions, VENUE_LIMITS } from '#streamers/subscription-plan.ts'
import { createTradersFollower } from '#streamers/traders-follower.ts'
import type { TradersFollower } from '#streamers/traders-follower-port.ts'
import { createTradersRecorder } from '#streamers/traders-recorder.ts'
import type { TrackedNow } from '#streamers/traders-state.ts'
import { createTradersVenue, type OpenInfo } from '#streamers/traders-venue.ts'

export interface TradersParts {
  settings: Settings
  home: Home
  /** Base URL of the exchange, and how it is asked. */
  url: string
  openInfo: OpenInfo
  store: TradersStore
  writer: Pick<Writer, 'write' | 'drain'>
  clock: Clock
  log: FeedLog
  /** Every coin that the exchange lists: the tape of all of them is followed. */
  coins: readonly string[]
  market: string
  ownAccounts(): readonly FollowedAccount[]
  gate: ConnectGate
  /** Paces and counts what the sockets send. */
  sendGate?: SendGate
  seed: number
}

export interface RunningTraders {
  follower: TradersFollower
  loops: readonly Loop[]
  close(): Promise<void>
}

/** Longest wait for rows of an earlier process that lie in the spool. */
const DRAIN_MS_MAX = 5_000

export function createTraders(parts: TradersParts): RunningTraders {
  const { clock, coins, home, log, market, settings, store, url } = parts
  const { traders } = settings
  const scores = new Map<string, number>()
  let pinned: AccountFeed | null = null
  const { seed, gate, sendGate } = parts
  const shared = {
    url,
    clock,
    log,
    staleMs: settings.streamers.stale_ms,
    seed,
    gate,
    ...(sendGate ? { sendGate } : {}),
  }
  const follower: TradersFollower = createTradersFollower({
    ...{ clock, log, market },
    stateFile: join(home.run, 'traders-state.json'),
    checkpointMs: traders.checkpoint_ms,
    venue: createTradersVenue(parts.openInfo, clock),
    recorder: createTradersRecorder({
      ...{ writer: parts.writer, tables: store.tables, clock },
      threshold: traders.change_min,
      scoreOf: (address) => scores.get(address) ?? 0,
    }),
    openFeed: (from, on) =>
      createMarketFeed({
        ...shared,
        from,
        subscriptions: marketSubscriptions({ coins, channels: ['trades'], candleIntervals: [] }),
        onEvents: on.events,
        onGap: on.gap,
      }),
    async readTracked() {
      const tracked = await store.tracked(traders.tracked_max)
      for (const { address, score } of tracked) scores.set(address, score)
      return tracked
    },
    readTrades: (sinceTs) => storedTrades(parts, sinceTs),
    readOpenOrders: () => store.openOrders(),
    choosePinned: (tracked) => choosePinned(traders, tracked, parts.ownAccounts()),
    async pin(addresses) {
      const accounts = addresses.map((address) => ({ name: address, address }))
      pinned ??= createAccountFeed({
        ...shared,
        accounts: [],
        onEvents: (events, address) => follower.pinnedEvents(events, address),
      })
      await pinned.setAccounts(accounts)
    },
  })
  return {
    follower,
    loops: [
      { everyMs: 250, run: async () => follower.tick() },
      { everyMs: 1_000, run: () => follower.sweepOrders() },
      { everyMs: 15_000, run: () => follower.refresh() },
    ],
    async close() {
      await Promise.all([follower.close(), pinned?.close()])
    },
  }
}

/** Those named in the settings first, then the best scored, as far as the venue's users per address reach. */
export function choosePinned(
  { pinned, pinned_max }: Pick<Settings['traders'], 'pinned' | 'pinned_max'>,
  tracked: readonly TrackedNow[],
  own: readonly FollowedAccount[],
): string[] {
  const room = Math.max(0, Math.min(pinned_max, VENUE_LIMITS.usersMax - own.length))
  const ours = new Set(own.map(({ address }) => address.toLowerCase()))
  const wanted = [...pinned.map((address) => address.toLowerCase()), ...tracked.map(({ address }) => address)]
  return [...new Set(wanted)].filter((address) => !ours.has(address)).slice(0, room)
}

async function* storedTrades(
  { store, writer }: TradersParts,
  sinceTs: EpochMs,
): AsyncGenerator<readonly TradeEvent[]> {
  // What the process before had not sent yet belongs to the tape as well.
  await writer.drain(AbortSignal.timeout(DRAIN_MS_MAX))
  yield* store.tape(sinceTs)
}

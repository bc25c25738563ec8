/** Builds the follower of traders from the process's concrete parts: settings, database, exchange. */
// Not here: what it does (traders-follower.ts). Called by the process entry alone.
import { join } from 'node:path'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { runQuery } from '#clickhouse/query.ts'
import * as tables from '#clickhouse/tables/traders.ts'
import { openOrdersOfTraders, tapeSince, trackedNow } from '#clickhouse/tables/traders-queries.ts'
import type { Writer } from '#clickhouse/writer/ports.ts'
import type { Home } from '#config/home.ts'
import type { Settings } from '#config/schema.ts'
import type { TradeEvent } from '#domain/events.ts'
import type { Clock, EpochMs } from '#domain/time.ts'
import type { Transport } from '#exchange/client/http.ts'
import { type AccountFeed, createAccountFeed, type FollowedAccount } from '#streamers/account-feed.ts'
import type { ConnectGate } from '#streamers/back-off.ts'
import type { FeedLog } from '#streamers/frame-faults.ts'
import type { Loop } from '#streamers/loops.ts'
import { createMarketFeed } from '#streamers/market-feed.ts'
import { marketSubscriptions, VENUE_LIMITS } from '#streamers/subscription-plan.ts'
import { createTradersFollower, type TradersFollower } from '#streamers/traders-follower.ts'
import { createTradersRecorder } from '#streamers/traders-recorder.ts'
import type { TrackedNow } from '#streamers/traders-state.ts'
import { createTradersVenue } from '#streamers/traders-venue.ts'

export interface TradersParts {
  settings: Settings
  home: Home
  /** Base URL of the exchange, and a transport to it. */
  url: string
  transport: Transport
  client: ClickHouseClient
  writer: Pick<Writer, 'write' | 'drain'>
  clock: Clock
  log: FeedLog
  /** Every coin that the exchange lists: the tape of all of them is followed. */
  coins: readonly string[]
  market: string
  ownAccounts(): readonly FollowedAccount[]
  gate: ConnectGate
  seed: number
}

export interface RunningTraders {
  follower: TradersFollower
  loops: readonly Loop[]
  close(): Promise<void>
}

/** Trades read at once when an earlier tape is read again. */
const PAGE = 50_000
/** Longest wait for rows of an earlier process that lie in the spool. */
const DRAIN_MS_MAX = 5_000

export function createTraders(parts: TradersParts): RunningTraders {
  const { client, clock, coins, home, log, market, settings, transport, url } = parts
  const { traders } = settings
  const scores = new Map<string, number>()
  let pinned: AccountFeed | null = null
  const shared = { url, clock, log, staleMs: settings.streamers.stale_ms, seed: parts.seed, gate: parts.gate }
  const follower: TradersFollower = createTradersFollower({
    ...{ clock, log, market },
    stateFile: join(home.run, 'traders-state.json'),
    checkpointMs: traders.checkpoint_ms,
    venue: createTradersVenue(transport, clock),
    recorder: createTradersRecorder({
      ...{ writer: parts.writer, tables, clock },
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
      const tracked = await runQuery(client, trackedNow, { limit: traders.tracked_max })
      for (const { address, score } of tracked) scores.set(address, score)
      return tracked.map(({ address, score }) => ({ address, score }))
    },
    readTrades: (sinceTs) => storedTrades(parts, sinceTs),
    readOpenOrders: async () =>
      (await runQuery(client, openOrdersOfTraders, { address: '', limit: 100_000 })).map((order) => ({
        address: order.address,
        oid: order.oid,
        coin: order.coin,
        side: order.side,
        px: order.px,
        sz: order.sz,
        originalSz: order.original_sz,
        reduceOnly: order.reduce_only,
        openedTs: order.opened_at,
      })),
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
  { client, writer }: TradersParts,
  sinceTs: EpochMs,
): AsyncGenerator<readonly TradeEvent[]> {
  // What the process before had not sent yet belongs to the tape as well.
  await writer.drain(AbortSignal.timeout(DRAIN_MS_MAX))
  let from = { ts: sinceTs, tid: 0 }
  for (;;) {
    const rows = await runQuery(client, tapeSince, { since: from.ts, tid: from.tid, limit: PAGE })
    yield rows.map(
      ({ coin, at: ts, tid, side, px, sz, buyer, seller }): TradeEvent => ({
        ...{ kind: 'trade', coin, ts, tid, side, px, sz, buyer, seller },
        hash: '',
        receivedTs: ts,
      }),
    )
    const last = rows.at(-1)
    if (!last || rows.length < PAGE) return
    from = { ts: last.at, tid: last.tid }
  }
}

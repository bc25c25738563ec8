/** Feeds, recorders and gap log of one process, wired to one writer: what is read is stored, what is missing is known. */
// Not here: what to record (recording-plan.ts), the process around it (main.ts).
import type { health, ingestGaps, rejectedFrames } from '#clickhouse/tables/operations.ts'
import type { Writer } from '#clickhouse/writer/ports.ts'
import type { AccountEvent, MarketEvent } from '#domain/events.ts'
import type { RecordingPolicies } from '#domain/market/recording-policy.ts'
import type { Clock } from '#domain/time.ts'
import { type MarketSubscription, subscriptionKey } from '#exchange/wire/frames.ts'
import { createAccountContinuity, isAccountReach } from '#streamers/account-continuity.ts'
import { type AccountFeed, createAccountFeed, type FollowedAccount } from '#streamers/account-feed.ts'
import { type AccountTables, createAccountRecorder } from '#streamers/account-recorder.ts'
import { createConnectGate, type SendGate } from '#streamers/back-off.ts'
import type { FeedLog, RejectedFrame } from '#streamers/frame-faults.ts'
import { createGapLog, type GapLog } from '#streamers/gap-log.ts'
import { readIngestState } from '#streamers/ingest-state.ts'
import { createIntake, type Intake } from '#streamers/intake.ts'
import { createMarketFeed } from '#streamers/market-feed.ts'
import type { MarketFeed } from '#streamers/market-feed-port.ts'
import {
  createMarketRecorder,
  type KeptCounts,
  type MarketRecorder,
  type MarketTables,
} from '#streamers/market-recorder.ts'
import { createRestFallback, type FallbackVenue, type RestFallback } from '#streamers/rest-fallback.ts'
import { VENUE_LIMITS } from '#streamers/subscription-plan.ts'

export interface RecordingParts {
  writer: Writer
  tables: MarketTables &
    AccountTables & {
      ingestGaps: typeof ingestGaps
      health: typeof health
      rejectedFrames: typeof rejectedFrames
    }
  /** Base URL of the exchange. */
  url: string
  /** Paces and counts what the sockets send. */
  sendGate?: SendGate
  subscriptions: readonly MarketSubscription[]
  accounts: readonly FollowedAccount[]
  sessionOf(tag: number): string
  /** Lower-case address of a followed account. */
  addressOf?(account: string): string
  /** How much of each stream is kept. */
  policies: RecordingPolicies
  /** Vaults whose trades are liquidations, lower-case addresses. */
  liquidators: readonly string[]
  /** What can be asked for while a stream is down, and after how long. */
  fallback: { venue: FallbackVenue; afterMs: number }
  /** Which market, and which boot of the machine; see ingest-state.ts. */
  identity: { market: string; boot: string }
  /** Where the reach is kept. */
  stateFile: string
  staleMs: number
  /** Seed of the jitter in waits. */
  seed: number
  clock: Clock
  log: FeedLog
}

export interface Recording {
  market: MarketFeed
  accounts: AccountFeed
  gaps: GapLog
  /** Writes forming candles that are due. */
  tick(): void
  /** Stores gaps and reach. */
  persist(): Promise<void>
  /** Asks for what streams that are down do not bring. */
  fallBack(): Promise<void>
  /** Follows exactly these from now on. */
  follow(subscriptions: readonly MarketSubscription[]): Promise<void>
  setPolicies(policies: RecordingPolicies): void
  counts(): KeptCounts
  /** Questions that stood in for streams that were down. */
  fallbacks(): number
  /** Writes what was held back on purpose; after the feeds are closed. */
  finish(): void
}

/** Builds everything; nothing is opened before the feeds are started. */
export function createRecording(parts: RecordingParts): Recording {
  const { writer, tables, identity, stateFile, clock, log } = parts
  const before = readIngestState(stateFile, identity, log)
  const marketRecorder = createMarketRecorder({
    ...{ writer, tables, clock, policies: parts.policies },
    liquidators: new Set(parts.liquidators),
  })
  const accountRecorder = createAccountRecorder({
    writer,
    tables,
    sessionOf: parts.sessionOf,
    addressOf: (name) => parts.addressOf?.(name) ?? '',
    from: before.fills,
  })
  const gaps = createGapLog({
    ...{ writer, table: tables.ingestGaps, file: stateFile, clock },
    ...identity,
    state: () => ({
      reach: [...market.reach(), ...accountContinuity.reach()],
      fills: accountRecorder.reach(),
    }),
  })
  const accountContinuity = createAccountContinuity({
    clock,
    from: before.reach.filter(isAccountReach),
    onGap: (gap) => gaps.note(gap),
  })
  const room = (): Promise<void> => writer.room()
  const marketIntake = createIntake<readonly MarketEvent[]>({
    take: (events) => marketRecorder.take(events),
    room,
    pause: () => market.pause(),
    resume: () => market.resume(),
    log,
  })
  const accountIntake = createIntake<readonly AccountEvent[]>({
    take: (events) => accountRecorder.take(events),
    room,
    pause: () => {}, // few enough to be kept in memory
    resume: () => {},
    log,
  })
  const shared = sharedByFeeds(parts)
  const noteHealth = healthNotes(parts)
  const market = createMarketFeed({
    ...shared,
    subscriptions: parts.subscriptions,
    from: before.reach,
    onEvents: (events) => marketIntake.push(events),
    onGap: (gap) => gaps.note(gap),
    onFirst: () => gaps.soon(),
    onStatus: ({ text, connects }) => noteHealth('market_feed', { text, connects }),
  })
  const accounts = createAccountFeed({
    ...shared,
    accounts: parts.accounts,
    onEvents: (events) => accountIntake.push(events),
    onStream(account, up, reason) {
      accountContinuity.stream(account, up, reason)
      noteHealth('account_feed', { account, up, reason })
    },
  })
  const fallback = createRestFallback({
    ...parts.fallback,
    ...{ clock, log },
    down: () => market.gaps(),
    onEvents: (events) => marketIntake.push(events),
  })
  return recordingOf({ market, accounts, gaps, marketRecorder, marketIntake, accountIntake, fallback }, parts)
}

interface Core extends Pick<Recording, 'market' | 'accounts' | 'gaps'> {
  marketRecorder: MarketRecorder
  marketIntake: Pick<Intake<unknown>, 'isHolding'>
  accountIntake: Pick<Intake<unknown>, 'isHolding'>
  fallback: RestFallback
}

function recordingOf(core: Core, parts: RecordingParts): Recording {
  const { market, accounts, gaps, marketRecorder, marketIntake, accountIntake, fallback } = core
  let followed = parts.subscriptions
  return {
    market,
    accounts,
    gaps,
    fallBack: () => fallback.run(),
    fallbacks: () => fallback.answered(),
    async follow(subscriptions) {
      const keysOf = (list: readonly MarketSubscription[]) => new Set(list.map(subscriptionKey))
      const [now, then] = [keysOf(subscriptions), keysOf(followed)]
      market.remove(followed.filter((each) => !now.has(subscriptionKey(each))))
      const fresh = subscriptions.filter((each) => !then.has(subscriptionKey(each)))
      followed = subscriptions
      if (fresh.length > 0) await market.add(fresh)
    },
    setPolicies: (policies) => marketRecorder.setPolicies(policies),
    counts: () => marketRecorder.counts(),
    tick: () => marketRecorder.tick(),
    // While events wait for room, the reach is ahead of the disk and must not be stored.
    persist: async () => {
      if (!marketIntake.isHolding() && !accountIntake.isHolding()) await gaps.persist()
    },
    finish: () => marketRecorder.finish(),
  }
}

const sharedByFeeds = ({ url, sendGate, clock, log, staleMs, seed, writer, tables }: RecordingParts) => ({
  ...{ url, clock, log, staleMs, seed },
  ...(sendGate ? { sendGate } : {}),
  gate: createConnectGate({ clock, perMinute: VENUE_LIMITS.connectsPerMinuteMax }),
  // A full spool must not stop a feed: then only the log has it.
  onRejected(frame: RejectedFrame) {
    if (!writer.stats().full)
      writer.write(tables.rejectedFrames, [{ service: 'streamers', ts: clock.now(), ...frame }])
  },
})

/** What happened to the feeds, for whoever looks later. A full spool must not stop a feed: then only the log has it. */
const healthNotes =
  ({ writer, tables, clock, log }: RecordingParts) =>
  (kind: string, details: Readonly<Record<string, unknown>>): void => {
    log.info(details, kind)
    if (writer.stats().full) return
    writer.write(tables.health, [
      { service: 'streamers', ts: clock.now(), kind, details: JSON.stringify(details) },
    ])
  }

/** A trading host inside a test: the product's activities, registry and kill store over an exchange in memory. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { createAdmitActivities } from '#activities/trading-session/admit.ts'
import { createControlActivities } from '#activities/trading-session/control.ts'
import type { HistoryActivities } from '#activities/trading-session/history.ts'
import { createJournal, type JournalFacts, type JournalSink } from '#activities/trading-session/journal.ts'
import { createRunSegmentActivities } from '#activities/trading-session/run-segment.ts'
import { createSettleActivities } from '#activities/trading-session/settle.ts'
import { systemClock as clock } from '#config/clock.ts'
import { createHome, homeAt } from '#config/home.ts'
import { createKillStore, type KillStore } from '#config/kill-store.ts'
import { readLeases, removeLease, writeLease } from '#config/run-files.ts'
import type { MarketView } from '#domain/session/ports.ts'
import { createEventWindow } from '#streamers/event-window.ts'
import { createBeat } from '#workers/support/heartbeat.ts'
import { createSessionRegistry, type SessionRegistry } from '#workers/support/session-registry.ts'
import { hostQueue, TASK_QUEUES } from '#workflows/names.ts'
import { segmentProgress, segmentStarted } from '#workflows/trading-session/messages.ts'
import { createQuietVenue, type QuietVenue, quietMarket } from './quiet-venue.ts'
import { type StartedWorker, type TemporalWorld, testLog } from './temporal-world.ts'

export const ACCOUNT = 'paper-maker'

export interface TestHost {
  registry: SessionRegistry
  killStore: KillStore
  /** What the journal was told, kinds only. */
  events: string[]
  leases(): ReturnType<typeof readLeases>
  /** Stops the workers as a shutdown of the process would. */
  stop(): Promise<void>
  close(): Promise<void>
}

/** Serves the trading queue and the host's own. @param venue shared by hosts of one test */
export async function startTestHost(
  world: TemporalWorld,
  hostId: string,
  venue: QuietVenue,
  more: { market?: MarketView; candleHistory?: HistoryActivities['candleHistory'] } = {},
): Promise<TestHost> {
  const home = homeAt(mkdtempSync(`${tmpdir()}/holdfast-host-`))
  createHome(home)
  const killStore = createKillStore(home.kills)
  const registry = createSessionRegistry({ killStore, clock })
  const events: string[] = []
  const sink: JournalSink = {
    orders: () => {},
    decisions: () => {},
    events: ({ kind }) => void events.push(kind),
    quotes: () => {},
    equity: () => {},
    flush: async () => {},
  }
  const { client } = world
  const shared = {
    clock,
    openParts: async () => {
      const window = createEventWindow({ clock })
      window.setAccountStream(true)
      return { market: more.market ?? quietMarket, venue, events: window, close: () => {} }
    },
    openJournal: (facts: JournalFacts) => createJournal(facts, sink, clock),
    removeLease: (sessionId: string) => removeLease(home, sessionId),
    killOf: (session: { session_id: string; account: string }) => killStore.effectiveKill(session),
  }
  const trading = {
    ...(more.candleHistory ? { candleHistory: more.candleHistory } : {}),
    ...createAdmitActivities({
      network: 'paper',
      accounts: { [ACCOUNT]: { key: 'generated' } },
      live: { enable: undefined, confirm: undefined },
      venueCoins: async () => new Map([['ETH', 4]]),
      killOf: shared.killOf,
      switchKillOf: async () => null,
      rivals: async () => [],
      links: () => ({ dashboard: 'http://127.0.0.1:1/', temporal_ui: '' }),
    }),
    ...createSettleActivities(shared),
    ...createRunSegmentActivities({
      ...shared,
      hostId,
      openSegment: (facts) => registry.open(facts),
      beat: createBeat(client, testLog),
      announce: ({ id, runId }, started) =>
        client.workflow.getHandle(id, runId).signal(segmentStarted, started),
      reportProgress: ({ id, runId }, progress) =>
        client.workflow.getHandle(id, runId).signal(segmentProgress, progress),
      writeLease: ({ engine: _engine, mode: _mode, coins, ...facts }, leaseUntilTs) =>
        writeLease(home, {
          ...facts,
          coins: [...coins],
          lease_until_ts: leaseUntilTs,
          pid: process.pid,
          host_id: hostId,
        }),
    }),
  }
  let workers: StartedWorker[] = await Promise.all([
    world.serve(TASK_QUEUES.trading, trading),
    world.serve(hostQueue(hostId), createControlActivities({ hostId, registry })),
  ])
  const stop = async (): Promise<void> => {
    await Promise.all(workers.map((worker) => worker.stop()))
    workers = []
  }
  return {
    registry,
    killStore,
    events,
    leases: () => readLeases(home),
    stop,
    async close() {
      await stop()
      registry.close()
      killStore.close()
      rmSync(home.root, { recursive: true, force: true })
    },
  }
}

/** What the session's workflow wants of the data queue. */
export const dataDoubles = (venue: QuietVenue, rows: unknown[] = []) => ({
  cancelSessionOrders: async () => {
    const open = await venue.openOrders()
    await venue.cancelByOid(open, { expiresAfter: clock.now() + 1_000 })
    return { canceled: open.length }
  },
  recordSession: async (row: unknown) => void rows.push(row),
})

export const newVenue = (): QuietVenue => createQuietVenue(ACCOUNT)

/** A valid maker session on paper. */
export const makerInput = (session_key: string, change: Record<string, unknown> = {}) => ({
  session_key,
  engine: 'maker',
  mode: 'paper',
  account: ACCOUNT,
  coins: ['ETH'],
  params: { strategy: 'touch', quote_usd: 100, cycle_ms: 100 },
  limits: { order_usd_max: 1_000, position_usd_max: 5_000 },
  ...change,
})

/** The activities of a trading host, bound to the parts of its process. */
// Not here: building those parts (workers/trading.ts), the commands of the control queue (activities/trading-session/control.ts).
import type { Client } from '@temporalio/client'
import { createAdmitActivities } from '#activities/trading-session/admit.ts'
import { createHistoryActivities } from '#activities/trading-session/history.ts'
import { createJournal, type JournalFacts, type JournalSink } from '#activities/trading-session/journal.ts'
import { createRunSegmentActivities, type TradingNeeds } from '#activities/trading-session/run-segment.ts'
import { createSettleActivities } from '#activities/trading-session/settle.ts'
import type { Environment } from '#config/environment.ts'
import type { KillStore } from '#config/kill-store.ts'
import type { Logger } from '#config/logger.ts'
import type { Settings } from '#config/schema.ts'
import { liveGate } from '#domain/risk/live-gates.ts'
import type { Clock } from '#domain/time.ts'
import type { Exchange } from '#exchange/client/connect.ts'
import { parseCoinContexts } from '#exchange/wire/coin-contexts.ts'
import { createBeat } from '#workers/support/heartbeat.ts'
import type { LeaseFiles } from '#workers/support/lease-files.ts'
import { type ModeDeps, openForMode } from '#workers/support/mode-parts.ts'
import type { SessionRegistry } from '#workers/support/session-registry.ts'
import { sessionLinks, switchKillOf, tradingRivals } from '#workers/support/sessions.ts'
import type { TradingHub } from '#workers/support/trading-hub.ts'
import { segmentProgress, segmentStarted } from '#workflows/trading-session/messages.ts'

export interface TradingActivityParts {
  environment: Environment
  settings: Settings
  exchange: Exchange
  client: Client
  registry: SessionRegistry
  killStore: KillStore
  hub: TradingHub
  leases: LeaseFiles
  rows: JournalSink
  clock: Clock
  log: Logger
}

export function tradingActivities(parts: TradingActivityParts) {
  const { environment, settings, exchange, client, registry, killStore, hub, leases, rows, clock, log } =
    parts
  const { HOLDFAST_HOST_ID: hostId } = environment
  const liveFacts = (account: string) => ({
    network: settings.exchange.network,
    enable: environment.HOLDFAST_LIVE_ENABLE,
    confirm: environment.HOLDFAST_LIVE_CONFIRM,
    key: settings.accounts[account]?.key,
    caps: settings.live,
  })
  const modes: ModeDeps = {
    clock,
    openParts: hub.openParts,
    // Kills are the running segment's own business: it looks at them before every order.
    liveGate: (account, limits) => liveGate({ ...liveFacts(account), limits, kill: 'off' })?.gate ?? null,
    paperGate: () => (settings.exchange.network === 'paper' ? null : 'PAPER_NETWORK'),
  }
  const shared = {
    clock,
    openParts: (needs: TradingNeeds) => openForMode(modes, needs),
    openJournal: (facts: JournalFacts) => createJournal(facts, rows, clock),
    removeLease: (sessionId: string) => leases.remove(sessionId),
    killOf: (session: { session_id: string; account: string }) => killStore.effectiveKill(session),
  }
  return {
    ...createAdmitActivities({
      network: settings.exchange.network,
      accounts: settings.accounts,
      live: {
        enable: environment.HOLDFAST_LIVE_ENABLE,
        confirm: environment.HOLDFAST_LIVE_CONFIRM,
        caps: settings.live,
      },
      leverageMax: async () =>
        new Map([...exchange.meta.values()].map(({ coin, maxLeverage }) => [coin, maxLeverage])),
      dayVolumes: async () => parseCoinContexts(await exchange.info.ask('metaAndAssetCtxs')),
      held: async (account) => (await exchange.info.account(exchange.address(account))).positions,
      venueCoins: async () =>
        new Map([...exchange.meta.values()].map(({ coin, sizeDecimals }) => [coin, sizeDecimals])),
      killOf: shared.killOf,
      switchKillOf: (session) => switchKillOf(client, session),
      rivals: (session) => tradingRivals(client, session),
      links: (sessionId) => sessionLinks(environment, sessionId),
    }),
    ...createHistoryActivities({
      marketTime: async (coin) => (await exchange.info.book(coin))?.ts ?? clock.now(),
      candles: ({ coin, interval, startTs, endTs }) => exchange.info.candles(coin, interval, startTs, endTs),
    }),
    ...createSettleActivities(shared),
    ...createRunSegmentActivities({
      ...shared,
      hostId,
      openSegment: (facts) => registry.open(facts),
      beat: createBeat(client, log),
      announce: ({ id, runId }, started) =>
        client.workflow.getHandle(id, runId).signal(segmentStarted, started),
      reportProgress: ({ id, runId }, progress) =>
        client.workflow.getHandle(id, runId).signal(segmentProgress, progress),
      writeLease: ({ session_id, epoch, run, account, coins, on_control_loss }, leaseUntilTs) =>
        leases.write({
          session_id,
          epoch,
          run,
          account,
          coins: [...coins],
          lease_until_ts: leaseUntilTs,
          pid: process.pid,
          host_id: hostId,
          on_control_loss,
        }),
    }),
  }
}

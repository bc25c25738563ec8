/** Process entry of the streamers: market and own accounts → rows in ClickHouse, gaps included. Everything concrete is built here. */
import { join } from 'node:path'
import { createClickHouse } from '#clickhouse/client.ts'
import * as marketTables from '#clickhouse/tables/market.ts'
import { ingestGaps } from '#clickhouse/tables/operations.ts'
import * as tradingTables from '#clickhouse/tables/trading.ts'
import type { Writer } from '#clickhouse/writer/ports.ts'
import { createWriter } from '#clickhouse/writer/writer.ts'
import { systemClock } from '#config/clock.ts'
import { type Environment, loadEnvironment } from '#config/environment.ts'
import { controlToken } from '#config/home.ts'
import { loadSettings } from '#config/load.ts'
import type { Logger } from '#config/logger.ts'
import { NETWORK_URL } from '#config/networks.ts'
import { type Running, runProcess } from '#config/process.ts'
import { parseAllowedHosts } from '#config/request-guard.ts'
import { readAccounts } from '#config/run-files.ts'
import type { Settings } from '#config/schema.ts'
import type { AccountEvent, MarketEvent } from '#domain/events.ts'
import { createTransport } from '#exchange/client/http.ts'
import { createInfo } from '#exchange/client/info.ts'
import { createWeightBudget } from '#exchange/client/weight-budget.ts'
import { createAccountContinuity, isAccountReach } from '#streamers/account-continuity.ts'
import { type AccountFeed, createAccountFeed } from '#streamers/account-feed.ts'
import { createAccountRecorder } from '#streamers/account-recorder.ts'
import { createConnectGate } from '#streamers/back-off.ts'
import { createGapLog, type GapLog } from '#streamers/gap-log.ts'
import { bootIdentity, readIngestState } from '#streamers/ingest-state.ts'
import { createIntake } from '#streamers/intake.ts'
import { runLoops } from '#streamers/loops.ts'
import { createMarketFeed, type MarketFeed } from '#streamers/market-feed.ts'
import { createMarketRecorder } from '#streamers/market-recorder.ts'
import { createRate } from '#streamers/rate.ts'
import { marketIdentity, recordedCoins, recordingPlan } from '#streamers/recording-plan.ts'
import { createSessionNames } from '#streamers/session-names.ts'
import { startStatusServer } from '#streamers/status-server.ts'
import { VENUE_LIMITS } from '#streamers/subscription-plan.ts'

const clock = systemClock
const environment = loadEnvironment()
await runProcess('streamers', environment, (log) => start(environment, log))

async function start(environment: Environment, log: Logger): Promise<Running> {
  const settings = loadSettings(environment.HOLDFAST_CONFIG)
  const { home } = environment
  const client = createClickHouse(environment)
  const writer = createWriter({ client, spoolDir: join(home.spool, 'streamers'), clock, log })
  const url = environment.HOLDFAST_EXCHANGE_URL ?? NETWORK_URL[settings.exchange.network]
  const coins = await coinsToRecord(url, settings, environment)
  const recording = record({ environment, settings, writer, url, coins, log })
  const { market, accounts, gaps } = recording

  const rate = createRate({ clock })
  const loops = runLoops(
    clock,
    [
      { everyMs: 250, run: () => recording.tick() },
      { everyMs: 500, run: () => recording.persist() },
      { everyMs: 1_000, run: () => accounts.setAccounts(readAccounts(home)) },
      { everyMs: 1_000, run: async () => rate.note(writer.stats().rowsWritten) },
    ],
    log,
  )
  await Promise.all([market.start(), accounts.start()])

  const server = await startStatusServer({
    bind: environment.HOLDFAST_BIND,
    port: 0,
    token: controlToken(home),
    allowedHosts: parseAllowedHosts(environment.HOLDFAST_ALLOWED_HOSTS),
    status: () => ({
      rows_per_s: rate.perSecond(),
      coins,
      market: market.status(),
      accounts: accounts.status(),
      gaps_open: gaps.open(),
      writer: writer.stats(),
    }),
  })
  return {
    url: server.url,
    facts: { market: market.status().text, accounts: accounts.status().text, coins: coins.length },
    async close() {
      await Promise.all([market.close(), accounts.close(), server.close(), loops.stop()])
      recording.finish()
      await recording.persist()
      await writer.close()
      await client.close()
    },
  }
}

/** Asks the exchange what it lists. @throws when it does not answer: the supervisor starts the process again */
async function coinsToRecord(url: string, settings: Settings, environment: Environment): Promise<string[]> {
  if (settings.streamers.coins) return settings.streamers.coins
  const transport = createTransport(url)
  try {
    const info = createInfo({ transport, clock, budget: createWeightBudget(clock) })
    return recordedCoins(settings, environment, [...(await info.meta()).values()])
  } finally {
    transport.close()
  }
}

interface Recording {
  market: MarketFeed
  accounts: AccountFeed
  gaps: GapLog
  tick(): Promise<void>
  persist(): Promise<void>
  finish(): void
}

/** Feeds, recorders and gap log of one process, wired to one writer. */
function record(parts: {
  environment: Environment
  settings: Settings
  writer: Writer
  url: string
  coins: readonly string[]
  log: Logger
}): Recording {
  const { environment, settings, writer, url, coins, log } = parts
  const { home } = environment
  const identity = { market: marketIdentity(settings, environment), boot: bootIdentity() }
  const file = join(home.run, 'streamers-state.json')
  const before = readIngestState(file, identity, log)
  const subscriptions = recordingPlan(settings, coins)
  const shared = {
    url,
    clock,
    log,
    staleMs: settings.streamers.stale_ms,
    seed: process.pid,
    gate: createConnectGate({ clock, perMinute: VENUE_LIMITS.connectsPerMinuteMax }),
  }

  const marketRecorder = createMarketRecorder({ writer, tables: marketTables, clock })
  const accountRecorder = createAccountRecorder({
    writer,
    tables: tradingTables,
    sessionOf: createSessionNames({ home, clock, file: join(home.run, 'session-names.json') }),
    from: before.fills,
  })
  const marketIntake = createIntake<readonly MarketEvent[]>({
    take: (events) => marketRecorder.take(events),
    room: () => writer.room(),
    pause: () => market.pause(),
    resume: () => market.resume(),
    log,
  })
  const accountIntake = createIntake<readonly AccountEvent[]>({
    take: (events) => accountRecorder.take(events),
    room: () => writer.room(),
    pause: () => {}, // few enough to be kept in memory
    resume: () => {},
    log,
  })
  const gaps = createGapLog({
    writer,
    table: ingestGaps,
    file,
    ...identity,
    clock,
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
  const market = createMarketFeed({
    ...shared,
    subscriptions,
    from: before.reach,
    onEvents: (events) => marketIntake.push(events),
    onGap: (gap) => gaps.note(gap),
    onFirst: () => gaps.soon(),
  })
  const accounts = createAccountFeed({
    ...shared,
    accounts: readAccounts(home),
    onEvents: (events) => accountIntake.push(events),
    onStream: (account, up, reason) => accountContinuity.stream(account, up, reason),
  })
  return {
    market,
    accounts,
    gaps,
    tick: async () => marketRecorder.tick(),
    // While events wait for room, the reach is ahead of the disk and must not be stored.
    persist: async () => {
      if (!marketIntake.isHolding() && !accountIntake.isHolding()) await gaps.persist()
    },
    finish: () => marketRecorder.finish(),
  }
}

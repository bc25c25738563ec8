/** Process entry of the streamers: market and own accounts → rows in ClickHouse, gaps included. Everything concrete is built here. */
// Not here: how the parts work together (recording.ts).
import { join } from 'node:path'
import { createClickHouse } from '#clickhouse/client.ts'
import { ledgerUpdates } from '#clickhouse/tables/accounts.ts'
import * as marketTables from '#clickhouse/tables/market.ts'
import * as derived from '#clickhouse/tables/market-derived.ts'
import { health, ingestGaps, rejectedFrames } from '#clickhouse/tables/operations.ts'
import { createTradersStore } from '#clickhouse/tables/traders-store.ts'
import * as tradingTables from '#clickhouse/tables/trading.ts'
import type { Writer } from '#clickhouse/writer/ports.ts'
import { createWriter } from '#clickhouse/writer/writer.ts'
import { systemClock } from '#config/clock.ts'
import { type Environment, loadEnvironment } from '#config/environment.ts'
import { controlToken, type Home } from '#config/home.ts'
import { loadSettings } from '#config/load.ts'
import type { Logger } from '#config/logger.ts'
import { NETWORK_URL } from '#config/networks.ts'
import { type Running, runProcess } from '#config/process.ts'
import { parseAllowedHosts } from '#config/request-guard.ts'
import { readAccounts } from '#config/run-files.ts'
import { policiesOf } from '#domain/market/recording-policy.ts'
import { budgetFolder, openBudget } from '#exchange/client/connect.ts'
import { createHistory } from '#exchange/client/history.ts'
import { createTransport } from '#exchange/client/http.ts'
import { createInfo } from '#exchange/client/info.ts'
import { readUsage } from '#exchange/client/shared-budget.ts'
import { chooseCoins } from '#streamers/coin-choice.ts'
import { bootIdentity } from '#streamers/ingest-state.ts'
import { type Loop, runLoops } from '#streamers/loops.ts'
import { createMetrics, type Figures } from '#streamers/metrics.ts'
import { createRate } from '#streamers/rate.ts'
import { createRecording, type Recording } from '#streamers/recording.ts'
import { marketIdentity, recordingPlan } from '#streamers/recording-plan.ts'
import { createSessionNames } from '#streamers/session-names.ts'
import { followSettings } from '#streamers/settings-follower.ts'
import { startStatusServer } from '#streamers/status-server.ts'
import { startTraders } from '#streamers/traders-process.ts'

const clock = systemClock
const TABLES = {
  ...{ ...marketTables, ...derived, ...tradingTables },
  ...{ ledgerUpdates, ingestGaps, health, rejectedFrames },
}
const environment = loadEnvironment()
await runProcess('streamers', environment, (log) => start(environment, log))

async function start(environment: Environment, log: Logger): Promise<Running> {
  const settings = loadSettings(environment.HOLDFAST_CONFIG)
  const { home } = environment
  const url = environment.HOLDFAST_EXCHANGE_URL ?? NETWORK_URL[settings.exchange.network]
  const venue = openVenue(url, home)
  const coins = await chooseCoins(settings, environment, venue)
  const client = createClickHouse(environment)
  const writer = createWriter({ client, spoolDir: join(home.spool, 'streamers'), clock, log })
  const recording = createRecording({
    ...{ writer, url, clock, log, sendGate: venue.messages },
    tables: TABLES,
    subscriptions: recordingPlan(settings, coins),
    accounts: readAccounts(home),
    addressOf: (name) => readAccounts(home).find((each) => each.name === name)?.address ?? '',
    sessionOf: createSessionNames({ home, clock, file: join(home.run, 'session-names.json') }),
    identity: { market: marketIdentity(settings, environment), boot: bootIdentity() },
    stateFile: join(home.run, 'streamers-state.json'),
    staleMs: settings.streamers.stale_ms,
    policies: policiesOf(settings.streamers),
    liquidators: settings.streamers.liquidators,
    fallback: { venue, afterMs: settings.streamers.fallback_after_ms },
    seed: process.pid,
  })
  const follower = await followSettings({
    ...{ settings, environment, venue, coins, recording, log },
  })
  const { market, accounts } = recording
  const rate = createRate({ clock })
  const loops = runLoops(
    clock,
    [
      ...recordingLoops(recording),
      { everyMs: 1_000, run: () => accounts.setAccounts(readAccounts(home)) },
      { everyMs: 1_000, run: async () => rate.note(writer.stats().rowsWritten) },
      { everyMs: settings.streamers.top_refresh_s * 1_000, run: () => follower.refresh() },
    ],
    log,
  )
  await Promise.all([market.start(), accounts.start()])
  const traders = startTraders({
    ...{ settings, environment, url, writer, clock, log },
    store: createTradersStore(client),
    openInfo: venue.openInfo,
    sendGate: venue.messages,
    listed: venue.meta,
  })
  const figures = (): Figures => figuresOf(recording, writer, home)
  const server = await startStatusServer({
    bind: environment.HOLDFAST_BIND,
    port: 0,
    token: controlToken(home),
    allowedHosts: parseAllowedHosts(environment.HOLDFAST_ALLOWED_HOSTS),
    status: () => ({
      rows_per_s: rate.perSecond(),
      coins: follower.coins(),
      policies: policiesOf(follower.settings().streamers),
      traders: traders.status(),
      ...figures(),
    }),
    metrics: createMetrics(figures),
  })
  return {
    url: server.url,
    facts: { market: market.status().text, accounts: accounts.status().text, coins: coins.length },
    async close() {
      await Promise.all([market.close(), accounts.close(), server.close(), traders.close(), follower.close()])
      venue.close()
      await loops.stop()
      recording.finish()
      await recording.persist()
      await writer.close()
      await client.close()
    },
  }
}

function figuresOf(recording: Recording, writer: Writer, home: Home): Figures {
  return {
    market: recording.market.status(),
    accounts: recording.accounts.status(),
    gaps_open: recording.gaps.open(),
    writer: writer.stats(),
    kept: recording.counts(),
    usage: readUsage(budgetFolder(home)),
    fallbacks: recording.fallbacks(),
  }
}

function recordingLoops(recording: Recording): Loop[] {
  return [
    { everyMs: 250, run: async () => recording.tick() },
    { everyMs: 500, run: () => recording.persist() },
    { everyMs: 1_000, run: () => recording.fallBack() },
  ]
}

/** What is asked of the exchange beside the streams; its weight is shared with the other processes of the machine. */
function openVenue(url: string, home: Home) {
  const transport = createTransport(url)
  const { budget, messages, closeBudget } = openBudget({ home, clock, process: 'streamers' }, transport.url)
  const info = createInfo({ transport, clock, budget, purpose: 'collect' })
  const history = createHistory(info, () => clock.now())
  return {
    messages,
    meta: async () => [...(await info.meta()).values()],
    contexts: () => history.contexts(),
    book: (coin: string) => info.book(coin),
    recentTrades: (coin: string) => history.recentTrades(coin),
    candles: history.candles,
    openInfo: (limit: (machine: typeof budget) => typeof budget) =>
      createInfo({ transport, clock, budget: limit(budget), purpose: 'collect' }),
    mids: async () => ({ kind: 'mids', mids: await info.mids(), receivedTs: clock.now() }) as const,
    close() {
      transport.close()
      closeBudget()
    },
  }
}

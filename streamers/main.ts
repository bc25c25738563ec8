/** Process entry of the streamers: market and own accounts → rows in ClickHouse, gaps included. Everything concrete is built here. */
// Not here: how the parts work together (recording.ts).
import { join } from 'node:path'
import { createClickHouse } from '#clickhouse/client.ts'
import { ledgerUpdates } from '#clickhouse/tables/accounts.ts'
import * as marketTables from '#clickhouse/tables/market.ts'
import { health, ingestGaps } from '#clickhouse/tables/operations.ts'
import * as tradingTables from '#clickhouse/tables/trading.ts'
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
import { createTransport } from '#exchange/client/http.ts'
import { createInfo } from '#exchange/client/info.ts'
import { createWeightBudget } from '#exchange/client/weight-budget.ts'
import { bootIdentity } from '#streamers/ingest-state.ts'
import { runLoops } from '#streamers/loops.ts'
import { createRate } from '#streamers/rate.ts'
import { createRecording } from '#streamers/recording.ts'
import { marketIdentity, recordedCoins, recordingPlan } from '#streamers/recording-plan.ts'
import { createSessionNames } from '#streamers/session-names.ts'
import { startStatusServer } from '#streamers/status-server.ts'
import { startTraders } from '#streamers/traders-process.ts'

const clock = systemClock
const environment = loadEnvironment()
await runProcess('streamers', environment, (log) => start(environment, log))

async function start(environment: Environment, log: Logger): Promise<Running> {
  const settings = loadSettings(environment.HOLDFAST_CONFIG)
  const { home } = environment
  const url = environment.HOLDFAST_EXCHANGE_URL ?? NETWORK_URL[settings.exchange.network]
  const coins = await coinsToRecord(url, settings, environment)
  const client = createClickHouse(environment)
  const writer = createWriter({ client, spoolDir: join(home.spool, 'streamers'), clock, log })
  const recording = createRecording({
    ...{ writer, url, clock, log },
    tables: { ...marketTables, ...tradingTables, ledgerUpdates, ingestGaps, health },
    subscriptions: recordingPlan(settings, coins),
    accounts: readAccounts(home),
    sessionOf: createSessionNames({ home, clock, file: join(home.run, 'session-names.json') }),
    identity: { market: marketIdentity(settings, environment), boot: bootIdentity() },
    stateFile: join(home.run, 'streamers-state.json'),
    staleMs: settings.streamers.stale_ms,
    seed: process.pid,
  })
  const { market, accounts, gaps } = recording
  const rate = createRate({ clock })
  const loops = runLoops(
    clock,
    [
      { everyMs: 250, run: async () => recording.tick() },
      { everyMs: 500, run: () => recording.persist() },
      { everyMs: 1_000, run: () => accounts.setAccounts(readAccounts(home)) },
      { everyMs: 1_000, run: async () => rate.note(writer.stats().rowsWritten) },
    ],
    log,
  )
  await Promise.all([market.start(), accounts.start()])
  const traders = settings.traders.enabled
    ? startTraders({
        ...{ settings, home, url, client, writer, clock, log },
        market: marketIdentity(settings, environment),
        ownAccounts: () => readAccounts(home),
        seed: process.pid + 1,
      })
    : null
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
      traders: traders?.status() ?? null,
      writer: writer.stats(),
    }),
  })
  return {
    url: server.url,
    facts: { market: market.status().text, accounts: accounts.status().text, coins: coins.length },
    async close() {
      await Promise.all([market.close(), accounts.close(), server.close(), loops.stop(), traders?.close()])
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

/** Process: the dashboard. Everything concrete is built in this file; below it only the interfaces of services.ts travel. */
import type { Operator } from '#cli/support/operator.ts'
import { createClickHouse } from '#clickhouse/client.ts'
import { systemClock } from '#config/clock.ts'
import { loadEnvironment, PROJECT_ROOT } from '#config/environment.ts'
import { controlToken, createHome } from '#config/home.ts'
import { createKillStore } from '#config/kill-store.ts'
import { loadSettings } from '#config/load.ts'
import { runProcess } from '#config/process.ts'
import { parseAllowedHosts } from '#config/request-guard.ts'
import { loadAssets } from '#dashboard/assets.ts'
import { serveDashboard } from '#dashboard/serve.ts'
import { createFacts } from '#dashboard/sources/clickhouse-facts.ts'
import { createExchangeReader } from '#dashboard/sources/exchange-reader.ts'
import { createKillService } from '#dashboard/sources/kill-service.ts'
import { createRuntimeReader } from '#dashboard/sources/runtime-reader.ts'
import { createTemporalControl } from '#dashboard/sources/temporal-control.ts'
import { exchangeUrl } from '#exchange/client/connect.ts'

const DEFAULT_PORT = 4000
/** The paper exchange counts no requests; a real venue does, and all processes of a machine share its budget. */
const EXCHANGE_TTL_MS = { paper: 900, testnet: 5_000, mainnet: 10_000 } as const

const environment = loadEnvironment()
await runProcess('dashboard', environment, async (log) => {
  const { home } = environment
  createHome(home)
  const settings = loadSettings(environment.HOLDFAST_CONFIG)
  const operator: Operator = { environment, settings, name: 'dashboard' }
  const url = exchangeUrl(settings, environment)
  const clickhouse = createClickHouse(environment)
  const control = createTemporalControl(environment)
  const exchange = createExchangeReader(url, home, systemClock)
  const store = createKillStore(home.kills, {
    onBroken: (file, why) =>
      log.error({ file, why }, 'kill file cannot be read: everything is halted until it is repaired'),
  })
  const served = await serveDashboard({
    services: {
      facts: createFacts(clickhouse),
      reports: { clickhouse, settings, clock: systemClock },
      control,
      exchange,
      runtime: createRuntimeReader(home, systemClock),
      kills: createKillService({ operator, store, clock: systemClock }),
    },
    assets: await loadAssets({ projectRoot: PROJECT_ROOT, cacheFolder: home.cache }),
    system: {
      network: settings.exchange.network,
      market: environment.HOLDFAST_MARKET ?? settings.exchange.market,
      exchange_url: url,
      temporal_ui_url: environment.HOLDFAST_TEMPORAL_UI_URL ?? '',
      temporal_namespace: environment.TEMPORAL_NAMESPACE,
      home: home.root,
    },
    token: controlToken(home),
    allowedHosts: parseAllowedHosts(environment.HOLDFAST_ALLOWED_HOSTS),
    bind: environment.HOLDFAST_BIND,
    port: environment.HOLDFAST_PORT_DASHBOARD ?? DEFAULT_PORT,
    clock: systemClock,
    log,
    exchangeTtlMs: EXCHANGE_TTL_MS[settings.exchange.network],
  })
  return {
    url: served.url,
    close: async () => {
      await served.close()
      store.close()
      exchange.close()
      await Promise.all([control.close(), clickhouse.close()])
    },
  }
})

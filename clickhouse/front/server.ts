/** Process entry of the embedded ClickHouse: takes the data folder, opens the engine, answers HTTP until it is told to stop. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DEFAULT_CLICKHOUSE_PORT } from '#clickhouse/client.ts'
import { strangerHolding, takeDataFolder } from '#clickhouse/front/data-folder.ts'
import { type Engine, openEngine } from '#clickhouse/front/engine.ts'
import { engineConfigXml } from '#clickhouse/front/engine-config.ts'
import { LIMITS, startFront } from '#clickhouse/front/front.ts'
import { createUploadArea } from '#clickhouse/front/upload.ts'
import { systemClock } from '#config/clock.ts'
import { type Environment, loadEnvironment } from '#config/environment.ts'
import type { Logger } from '#config/logger.ts'
import { liveInUtc, widenThreadPool } from '#config/native-process.ts'
import { type Running, runProcess } from '#config/process.ts'
import { parseAllowedHosts } from '#config/request-guard.ts'

/** Threads beside those of running statements: the kill of one, and files. */
const SPARE_THREADS = 6
liveInUtc()
widenThreadPool(LIMITS.readsMax + LIMITS.writesMax + SPARE_THREADS)

const environment = loadEnvironment()
await runProcess('clickhouse', environment, (log) => start(environment, log))

async function start(environment: Environment, log: Logger): Promise<Running> {
  const { home } = environment
  const startedMs = systemClock.monotonicMs()
  const giveBack = takeDataFolder(home.clickhouse, systemClock.now())
  const configFile = join(home.cache, 'clickhouse-config.xml')
  mkdirSync(home.cache, { recursive: true })
  writeFileSync(configFile, engineConfigXml(environment.HOLDFAST_CLICKHOUSE_MEMORY_MB))
  const engine = openOrExplain(home.clickhouse, configFile)
  const uploads = createUploadArea(home.clickhouse)
  const front = await startFront({
    engine,
    uploads,
    clock: systemClock,
    log,
    user: environment.CLICKHOUSE_USER,
    password: environment.CLICKHOUSE_PASSWORD,
    allowedHosts: parseAllowedHosts(environment.HOLDFAST_ALLOWED_HOSTS),
    bind: environment.HOLDFAST_BIND,
    port: environment.HOLDFAST_PORT_CLICKHOUSE ?? DEFAULT_CLICKHOUSE_PORT,
  })
  return {
    url: front.url,
    facts: { engine: engine.version, start_ms: Math.round(systemClock.monotonicMs() - startedMs) },
    close: async () => {
      const idle = await front.close()
      uploads.clear()
      giveBack()
      if (idle) engine.close()
      else leaveAtOnce(log)
    },
  }
}

function openOrExplain(dataDir: string, configFile: string): Engine {
  try {
    return openEngine(dataDir, configFile)
  } catch (error) {
    // The engine prints its reason to stderr and says only that it failed.
    throw strangerHolding(dataDir) ?? error
  }
}

/** A statement that does not end would hold up the exit for minutes; the engine survives a kill -9 (tests/clickhouse/crash.test.ts). */
function leaveAtOnce(log: Logger): void {
  log.warn('a statement did not end in time; leaving without closing the engine')
  process.kill(process.pid, 'SIGKILL')
}

/** Process: the watchdog. Needs neither Temporal nor ClickHouse nor the trading hosts; acts at the exchange with its own agent key. */
// Everything concrete is built in this file; what it decides is in workers/support/watchdog-rounds.ts.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { writeJsonAtomic } from '#config/atomic-file.ts'
import { systemClock } from '#config/clock.ts'
import { type Environment, loadEnvironment } from '#config/environment.ts'
import { controlToken, createHome } from '#config/home.ts'
import { engageEnvironmentKill } from '#config/kill-environment.ts'
import { createKillStore } from '#config/kill-store.ts'
import { loadSettings } from '#config/load.ts'
import type { Logger } from '#config/logger.ts'
import { runProcess } from '#config/process.ts'
import { judgeRequest, parseAllowedHosts } from '#config/request-guard.ts'
import { exchangeUrl } from '#exchange/client/connect.ts'
import { keptExchange } from '#workers/support/kept-exchange.ts'
import { createWatchdog, type Watchdog } from '#workers/support/watchdog-rounds.ts'

const ROUND_MS = 500
const HEALTH_EVERY_MS = 5_000
/** A round that began longer ago than this is hung: /health says so and the log too. */
const ROUND_MS_MAX = 60_000

const environment = loadEnvironment()
await runProcess('watchdog', environment, async (log) => {
  const { home } = environment
  createHome(home)
  const settings = loadSettings(environment.HOLDFAST_CONFIG)
  const killStore = createKillStore(home.kills, {
    onBroken: (file, why) =>
      log.error({ file, why }, 'kill file cannot be read: everything is halted until it is repaired'),
  })
  const asked = engageEnvironmentKill(killStore, environment.HOLDFAST_KILL, systemClock.now())
  if (asked) log.warn({ kill: asked.kill, warning: asked.warning }, 'HOLDFAST_KILL stops everything')
  const url = exchangeUrl(settings, environment)
  const exchange = keptExchange({
    ...{ settings, home, url, role: 'watchdog', clock: systemClock },
    process: 'watchdog',
  })
  const watchdog = createWatchdog({
    home,
    killStore,
    exchange,
    accounts: () => Object.keys(settings.accounts),
    clock: systemClock,
    log,
  })
  const stop = new AbortController()
  const wake = { fire: () => {} }
  const stopListening = killStore.onChange(() => wake.fire())
  const tell = healthFile(join(home.run, 'watchdog.json'), watchdog)
  const loop = runLoop(watchdog, stop.signal, wake, tell)
  const server = await serveStatus(watchdog, environment, log)
  return {
    url: `http://${environment.HOLDFAST_BIND}:${(server.address() as AddressInfo).port}`,
    facts: { exchange: url },
    close: async () => {
      stop.abort()
      stopListening()
      wake.fire()
      server.closeAllConnections()
      server.close()
      await loop
      killStore.close()
      await exchange.close()
    },
  }
})

/** A round every half second, and one at once when a kill changes. */
async function runLoop(
  watchdog: Watchdog,
  signal: AbortSignal,
  wake: { fire: () => void },
  tell: () => void,
): Promise<void> {
  while (!signal.aborted) {
    const nap = new AbortController()
    wake.fire = () => nap.abort()
    await watchdog.round()
    tell()
    if (!signal.aborted) await systemClock.sleep(ROUND_MS, nap.signal)
  }
}

/** Its state as a file, for whoever looks when no port answers: at once when something changed, else every few seconds. */
function healthFile(path: string, watchdog: Watchdog): () => void {
  let told = ''
  let toldMs = Number.NEGATIVE_INFINITY
  return () => {
    const { rounds: _rounds, last_round_ts: _ts, ...news } = watchdog.status()
    const now = systemClock.monotonicMs()
    const text = JSON.stringify(news)
    if (text === told && now - toldMs < HEALTH_EVERY_MS) return
    told = text
    toldMs = now
    writeJsonAtomic(path, watchdog.status())
  }
}

async function serveStatus(watchdog: Watchdog, environment: Environment, log: Logger): Promise<Server> {
  const guard = {
    allowedHosts: parseAllowedHosts(environment.HOLDFAST_ALLOWED_HOSTS),
    token: controlToken(environment.home),
  }
  const server = createServer((request, response) => {
    const refusal = judgeRequest(request.headers, guard)
    const status = watchdog.status()
    const hung = systemClock.now() - status.last_round_ts > ROUND_MS_MAX
    const known = request.method === 'GET' && ['/status', '/health'].includes(request.url ?? '')
    const code = refusal?.status ?? (!known ? 404 : hung ? 503 : 200)
    const body = refusal
      ? { error: refusal.reason }
      : known
        ? { ok: !hung, ...status }
        : { error: 'GET /status or /health' }
    response.writeHead(code, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, environment.HOLDFAST_BIND, resolve)
  })
  log.debug('status port is open')
  return server
}

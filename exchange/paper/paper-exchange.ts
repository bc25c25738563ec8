/** The paper exchange as one object: engine, market, accounts, HTTP and sockets, wired together. */
// Not here: environment and process life (server.ts, cli/paper.ts). Everything concrete comes in as an option.
import type { Clock } from '#domain/time.ts'
import { setBuilder } from '#exchange/paper/account-actions.ts'
import { createAccountFeeds } from '#exchange/paper/account-feeds.ts'
import { createActions } from '#exchange/paper/actions.ts'
import { createAdmin, fundAccount } from '#exchange/paper/admin.ts'
import { type Agent, createAgents } from '#exchange/paper/agents.ts'
import { createEngine, type Engine } from '#exchange/paper/engine/engine.ts'
import { createFanOut } from '#exchange/paper/fan-out.ts'
import { startHttp } from '#exchange/paper/http.ts'
import { answerInfo } from '#exchange/paper/info-requests.ts'
import { type JournalLine, memoryJournal, openJournal, recoverJournal } from '#exchange/paper/journal.ts'
import { createRestorer, journalLines } from '#exchange/paper/journal-records.ts'
import { createMarketData } from '#exchange/paper/market/market-data.ts'
import { createMarketDriver } from '#exchange/paper/market/market-driver.ts'
import { createMarketStore } from '#exchange/paper/market-store.ts'
import { createNonces } from '#exchange/paper/nonces.ts'
import { ownTrades } from '#exchange/paper/own-trades.ts'
import { RequestError } from '#exchange/paper/request-errors.ts'
import { type Connection, IDLE_MS_MAX, serveSocket } from '#exchange/paper/sockets.ts'
import type { MarketSource } from '#exchange/paper/sources/source.ts'
import { actionWeight, createVenueLimits, infoWeight } from '#exchange/paper/venue-limits.ts'

export interface PaperExchangeOptions {
  /** Builds the source from its stored position, null at the first start. */
  source: (checkpoint: unknown) => Promise<MarketSource> | MarketSource
  /** Names the source in stored positions. */
  sourceName: string
  /** Folder of journal and market position; null keeps everything in memory. */
  folder: string | null
  host: string
  port: number
  /** Guards the admin paths. */
  token: string
  clock: Clock
  /** True keeps the market still until POST /admin/market/start. */
  hold?: boolean
  /** Accounts credited at the first start, USD. */
  fund?: readonly { address: string; usdc: number }[]
  /** Enforce the venue's rate and connection limits. */
  enforceLimits?: boolean
  /** Extra names that Host headers of admin requests may have. */
  hosts?: readonly string[]
  seed?: number
  onFault?: (error: unknown) => void
}

export interface PaperExchange {
  url: string
  port: number
  engine: Engine
  startMarket(): boolean
  status(): Record<string, unknown>
  fund(address: string, usdc: number): void
  close(): Promise<void>
}

const FLUSH_MS = 100
const STATES_EVERY_MS = 5_000
const CHECKPOINT_MS = 1_000

export async function createPaperExchange(options: PaperExchangeOptions): Promise<PaperExchange> {
  const { clock, folder, sourceName } = options
  const onFault = options.onFault ?? (() => {})
  const store = folder === null ? null : createMarketStore(folder)
  const stored = store?.checkpoint(sourceName) ?? null
  const source = await options.source(stored)
  const engine = createEngine({ specs: source.coins, seed: options.seed ?? 1 })
  const agents = createAgents()
  const nonces = createNonces()
  const builders = new Map<string, Map<string, string>>()
  const recovered = folder === null ? { lines: 0, cutBytes: 0 } : restore(folder)
  const journal = folder === null ? memoryJournal : openJournal(folder)
  const fanOut = createFanOut()
  const now = () => clock.now()
  const accounts = createAccountFeeds({ engine, fanOut, agents, now })

  function restore(from: string) {
    const restorer = createRestorer(engine.state)
    const found = recoverJournal(from, (line) => {
      if (restorer.apply(line)) return
      if (line.kind === 'action') nonces.use(String(line.signer), Number(line.nonce))
      else if (line.kind === 'agent') agents.apply(line as unknown as Agent)
      else if (line.kind === 'builder')
        setBuilder(builders, String(line.user), String(line.builder), String(line.rate))
    })
    restorer.finish()
    return found
  }

  /** What just happened becomes durable, then known. */
  function settle(extra: readonly JournalLine[] = []): void {
    const records = engine.drain()
    if (records.length === 0 && extra.length === 0) return
    journal.append([...journalLines(engine.state, records), ...extra])
    accounts.tell(records)
    if (!source.isForeign) for (const trade of ownTrades(engine.state, records)) market.addOwnTrade(trade)
  }

  const market = createMarketData(source.coins, { engine, publish: fanOut.publish, now, settle })
  const driver = createMarketDriver({
    source,
    sourceName,
    market,
    store,
    backlog: fanOut.backlog,
    clock,
    isFresh: stored === null,
  })
  const actions = createActions({ engine, agents, nonces, builders, masterOfSub: () => null, now, settle })
  const limits = createVenueLimits({
    enforced: options.enforceLimits ?? false,
    monotonicMs: () => clock.monotonicMs(),
  })
  const info = (body: unknown) => answerInfo(body, { engine, market, agents, builders, now })
  const connections = new Set<Connection>()
  const startedMs = clock.monotonicMs()

  const status = () => ({
    ...source.status(),
    accounts: engine.state.accounts.size,
    open_orders: [...engine.state.accounts.values()].reduce((sum, account) => sum + account.open.size, 0),
    connections: connections.size,
    feeds: fanOut.feeds(),
    journal: journal.stats(),
    recovered_lines: recovered.lines,
    cut_bytes: recovered.cutBytes,
    uptime_ms: Math.round(clock.monotonicMs() - startedMs),
  })
  const admin = createAdmin({
    engine,
    token: options.token,
    hosts: options.hosts ?? [],
    now,
    settle: () => settle(),
    startMarket: driver.start,
    status,
  })

  for (const { address, usdc } of options.fund ?? []) {
    fundAccount({ engine, now, settle: () => settle() }, { user: address.toLowerCase(), usdc, once: true })
  }

  const http = await startHttp(
    {
      info: (body, ip) => {
        const answer = info(body)
        if (limits.request(ip, infoWeight((body as { type?: unknown }).type, answer)))
          throw new RequestError(429, 'Too many requests')
        return answer
      },
      action: async (body, ip) => {
        if (limits.request(ip, actionWeight((body as { action?: unknown } | null)?.action)))
          throw new RequestError(429, 'Too many requests')
        return actions.execute(body)
      },
      admin,
      health: () => ({ ok: true, market: source.status().state }),
      socket: (socket, ip) => {
        const limiter = limits.connect(ip)
        if (!limiter) return false
        const connection = serveSocket(socket, {
          fanOut,
          feeds: { market, accounts },
          info,
          action: async (payload) => actions.execute(payload),
          limiter,
          onFault,
          monotonicMs: () => clock.monotonicMs(),
        })
        connections.add(connection)
        socket.on('close', () => connections.delete(connection))
        return true
      },
      onFault,
    },
    { host: options.host, port: options.port },
  )

  const timers = [
    setInterval(() => {
      engine.tick(now())
      settle()
      market.flush()
      accounts.flush(false)
    }, FLUSH_MS),
    setInterval(() => accounts.flush(true), STATES_EVERY_MS),
    setInterval(() => driver.save(), CHECKPOINT_MS),
    setInterval(() => {
      for (const connection of connections)
        if (connection.idleMs() > IDLE_MS_MAX) connection.close(1000, 'Inactive')
    }, 5_000),
  ]
  if (!options.hold) driver.start()

  return {
    url: http.url,
    port: http.port,
    engine,
    startMarket: driver.start,
    status,
    fund: (address, usdc) => {
      fundAccount({ engine, now, settle: () => settle() }, { user: address.toLowerCase(), usdc, once: false })
    },
    close: async () => {
      for (const timer of timers) clearInterval(timer)
      await source.close()
      driver.save()
      await http.close()
      journal.close()
    },
  }
}

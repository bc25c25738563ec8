/** The paper exchange as one object: books, market, HTTP and sockets, wired together. */
// Not here: environment and process life (server.ts, cli/paper.ts). Everything concrete comes in as an option.
import type { WebSocket } from 'ws'
import { AccountFeeds } from '#exchange/paper/account-feeds.ts'
import type { ActionAnswer } from '#exchange/paper/action-context.ts'
import { Actions } from '#exchange/paper/actions.ts'
import { createAdmin, fundAccount } from '#exchange/paper/admin.ts'
import type { Engine } from '#exchange/paper/engine/engine.ts'
import type { EngineRecord } from '#exchange/paper/engine/types.ts'
import { every } from '#exchange/paper/every.ts'
import { ExchangeCore } from '#exchange/paper/exchange-core.ts'
import { createFanOut, type FanOut } from '#exchange/paper/fan-out.ts'
import { type HttpServer, startHttp } from '#exchange/paper/http.ts'
import { answerInfo } from '#exchange/paper/info-requests.ts'
import { MarketData } from '#exchange/paper/market/market-data.ts'
import { MarketDriver } from '#exchange/paper/market/market-driver.ts'
import { createMarketStore } from '#exchange/paper/market-store.ts'
import { ownTrades } from '#exchange/paper/own-trades.ts'
import type { PaperExchangeOptions } from '#exchange/paper/paper-options.ts'
import { RequestError } from '#exchange/paper/request-errors.ts'
import { IDLE_MS_MAX, SocketSession } from '#exchange/paper/sockets.ts'
import type { MarketSource } from '#exchange/paper/sources/source.ts'
import {
  actionWeight,
  createVenueLimits,
  infoWeight,
  type VenueLimits,
} from '#exchange/paper/venue-limits.ts'

/** A running exchange, in its owner's hands. */
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
const IDLE_CHECK_MS = 5_000

export async function createPaperExchange(options: PaperExchangeOptions): Promise<PaperExchange> {
  const store = options.folder === null ? null : createMarketStore(options.folder)
  const checkpoint = store?.checkpoint(options.sourceName) ?? null
  const source = await options.source(checkpoint)
  const exchange = new Exchange(options, source)
  const { clock, sourceName } = options
  const backlog = () => exchange.fanOut.backlog()
  const isFresh = checkpoint === null
  exchange.driver = new MarketDriver({
    source,
    sourceName,
    market: exchange.market,
    store,
    backlog,
    clock,
    isFresh,
  })
  await exchange.open()
  return exchange
}

class Exchange implements PaperExchange {
  readonly fanOut: FanOut = createFanOut()
  readonly market: MarketData
  driver: MarketDriver | null = null
  readonly #options: PaperExchangeOptions
  readonly #source: MarketSource
  readonly #core: ExchangeCore
  readonly #accounts: AccountFeeds
  readonly #actions: Actions
  readonly #limits: VenueLimits
  readonly #sessions = new Set<SocketSession>()
  readonly #now: () => number
  readonly #startedMs: number
  readonly #closing = new AbortController()
  #http: HttpServer | null = null

  constructor(options: PaperExchangeOptions, source: MarketSource) {
    const { clock, folder, seed = 1 } = options
    this.#options = options
    this.#source = source
    this.#now = () => clock.now()
    this.#startedMs = clock.monotonicMs()
    const core = new ExchangeCore(source.coins, seed, folder)
    const { engine, agents, nonces, builders, subs } = core
    this.#core = core
    this.#accounts = new AccountFeeds({ engine, agents, now: this.#now }, this.fanOut)
    this.market = new MarketData(source.coins, {
      engine,
      publish: this.fanOut.publish,
      now: this.#now,
      settle: () => core.settle(),
    })
    const settle = core.settle.bind(core)
    this.#actions = new Actions({
      engine,
      agents,
      nonces,
      builders,
      subs,
      now: this.#now,
      settle,
    })
    this.#limits = createVenueLimits({
      enforced: options.enforceLimits ?? false,
      monotonicMs: () => clock.monotonicMs(),
    })
    core.onSettled((records) => this.#tell(records))
  }

  get engine(): Engine {
    return this.#core.engine
  }

  get url(): string {
    return this.#http?.url ?? ''
  }

  get port(): number {
    return this.#http?.port ?? 0
  }

  async open(): Promise<void> {
    const { host, port, token, hosts = [], fund = [], hold = false, onFault = () => {} } = this.#options
    for (const { address, usdc } of fund) this.#fund(address, usdc, true)
    const admin = createAdmin({
      engine: this.engine,
      token,
      hosts,
      now: this.#now,
      settle: () => this.#core.settle(),
      startMarket: () => this.startMarket(),
      status: () => this.status(),
    })
    this.#http = await startHttp(
      {
        info: (body, ip) => this.#info(body, ip),
        action: (body, ip) => this.#action(body, ip),
        admin,
        health: () => ({ ok: true, market: this.#source.status().state }),
        socket: (socket, ip) => this.#connect(socket, ip),
        onFault,
      },
      { host, port },
    )
    this.#repeatTasks()
    if (!hold) this.startMarket()
  }

  startMarket(): boolean {
    return this.driver?.start() ?? false
  }

  status(): Record<string, unknown> {
    const accounts = [...this.engine.state.accounts.values()]
    return {
      ...this.#source.status(),
      accounts: accounts.length,
      open_orders: accounts.reduce((sum, account) => sum + account.open.size, 0),
      connections: this.#sessions.size,
      feeds: this.fanOut.feeds(),
      journal: this.#core.journal.stats(),
      recovered_lines: this.#core.recovered.lines,
      cut_bytes: this.#core.recovered.cutBytes,
      cpu_ms: Math.round((({ user, system }) => user + system)(process.cpuUsage()) / 1_000),
      uptime_ms: Math.round(this.#options.clock.monotonicMs() - this.#startedMs),
    }
  }

  fund(address: string, usdc: number): void {
    this.#fund(address, usdc, false)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#source.close()
    this.driver?.save()
    await this.#http?.close()
    this.#core.journal.close()
  }

  #fund(address: string, usdc: number, once: boolean): void {
    const deps = { engine: this.engine, now: this.#now, settle: () => this.#core.settle() }
    fundAccount(deps, { user: address.toLowerCase(), usdc, once })
  }

  #tell(records: readonly EngineRecord[]): void {
    this.#accounts.tell(records)
    if (this.#source.isForeign) return
    for (const trade of ownTrades(this.engine.state, records)) this.market.addOwnTrade(trade)
  }

  #info(body: unknown, ip: string): unknown {
    const { engine, agents, builders, subs } = this.#core
    const answer = answerInfo(body, { engine, market: this.market, agents, builders, subs, now: this.#now })
    this.#count(ip, infoWeight((body as { type: unknown }).type, answer))
    return answer
  }

  async #action(body: unknown, ip: string): Promise<ActionAnswer> {
    this.#count(ip, actionWeight((body as { action?: unknown } | null)?.action))
    return this.#actions.execute(body)
  }

  #count(ip: string, weight: number): void {
    if (this.#limits.request(ip, weight)) throw new RequestError(429, 'Too many requests')
  }

  #connect(socket: WebSocket, ip: string): boolean {
    const limiter = this.#limits.connect(ip)
    if (!limiter) return false
    const session = new SocketSession(socket, {
      fanOut: this.fanOut,
      feeds: { market: this.market, accounts: this.#accounts },
      info: (payload) => this.#info(payload, ip),
      action: (payload) => this.#action(payload, ip),
      limiter,
      onFault: this.#options.onFault ?? (() => {}),
      monotonicMs: () => this.#options.clock.monotonicMs(),
    })
    this.#sessions.add(session)
    socket.on('close', () => this.#sessions.delete(session))
    return true
  }

  #repeatTasks(): void {
    const repeat = (ms: number, task: () => void) =>
      void every(this.#options.clock, ms, this.#closing.signal, task)
    repeat(FLUSH_MS, () => {
      this.engine.tick(this.#now())
      this.#core.settle()
      this.market.flush()
      this.#accounts.flush(false)
    })
    repeat(STATES_EVERY_MS, () => this.#accounts.flush(true))
    repeat(CHECKPOINT_MS, () => this.driver?.save())
    repeat(IDLE_CHECK_MS, () => {
      for (const session of this.#sessions)
        if (session.idleMs() > IDLE_MS_MAX) session.close(1000, 'Inactive')
    })
  }
}

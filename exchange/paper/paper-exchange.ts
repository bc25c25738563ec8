/** The paper exchange as one object: books, market, ports, wired together and kept going. */
// Not here: environment and process life (server.ts, cli/paper.ts). Everything concrete comes in as an option.
import { AccountFeeds } from '#exchange/paper/account-feeds.ts'
import { fundAccount } from '#exchange/paper/admin.ts'
import type { Engine } from '#exchange/paper/engine/engine.ts'
import type { EngineRecord, Fill } from '#exchange/paper/engine/types.ts'
import { every } from '#exchange/paper/every.ts'
import { ExchangeCore } from '#exchange/paper/exchange-core.ts'
import { createFanOut } from '#exchange/paper/fan-out.ts'
import { Faults } from '#exchange/paper/faults.ts'
import { NO_LATENCY } from '#exchange/paper/latency.ts'
import { MarketData } from '#exchange/paper/market/market-data.ts'
import { MarketDriver } from '#exchange/paper/market/market-driver.ts'
import { createMarketStore } from '#exchange/paper/market-store.ts'
import { openPorts, type Ports } from '#exchange/paper/open-ports.ts'
import { ownTrades } from '#exchange/paper/own-trades.ts'
import type { PaperExchangeOptions } from '#exchange/paper/paper-options.ts'
import { RequestGate } from '#exchange/paper/request-gate.ts'
import type { MarketSource } from '#exchange/paper/sources/source.ts'

/** A running exchange, in its owner's hands. */
export interface PaperExchange {
  url: string
  port: number
  /** 0 while faults are off. */
  faultsPort: number
  engine: Engine
  startMarket(): boolean
  status(): Record<string, unknown>
  fund(address: string, usdc: number): void
  close(): Promise<void>
}

const FLUSH_MS = 100
const STATES_EVERY_MS = 5_000
const CHECKPOINT_MS = 1_000
const INVARIANTS_MS = 1_000
const IDLE_CHECK_MS = 5_000

/** @throws HoldfastError when the source, the folder or a port cannot be used */
export async function createPaperExchange(options: PaperExchangeOptions): Promise<PaperExchange> {
  const store = options.folder === null ? null : createMarketStore(options.folder)
  const checkpoint = store?.checkpoint(options.sourceName) ?? null
  const source = await options.source(checkpoint)
  const exchange = new Exchange(options, source)
  const { clock, sourceName } = options
  const backlog = () => exchange.fanOut.backlog()
  const isFresh = checkpoint === null
  const onTraderFills = (fills: readonly Fill[]) => exchange.tellTraders(fills)
  const driver = new MarketDriver({
    onTraderFills,
    source,
    sourceName,
    market: exchange.market,
    store,
    backlog,
    clock,
    isFresh,
  })
  await exchange.open(driver)
  return exchange
}

class Exchange implements PaperExchange {
  readonly fanOut = createFanOut()
  readonly market: MarketData
  readonly #options: PaperExchangeOptions
  readonly #source: MarketSource
  readonly #core: ExchangeCore
  readonly #accounts: AccountFeeds
  readonly #gate: RequestGate
  readonly #faults = new Faults()
  readonly #now: () => number
  readonly #startedMs: number
  readonly #closing = new AbortController()
  #driver: MarketDriver | null = null
  #ports: Ports | null = null

  constructor(options: PaperExchangeOptions, source: MarketSource) {
    const {
      clock,
      folder,
      seed = 1,
      latency = NO_LATENCY,
      enforceLimits = false,
      onFault = () => {},
    } = options
    this.#options = options
    this.#source = source
    this.#now = () => clock.now() + this.#faults.clockSkewMs
    this.#startedMs = clock.monotonicMs()
    const core = new ExchangeCore(source.coins, seed, folder)
    const { engine, agents } = core
    const { fanOut } = this
    const now = this.#now
    this.#core = core
    const account = (user: string) => engine.account(user) ?? source.traders?.account(user)
    this.#accounts = new AccountFeeds({ engine, agents, now, account }, fanOut)
    this.market = new MarketData(source.coins, {
      engine,
      isForeign: source.isForeign,
      interest: (asset) => source.traders?.interest(asset) ?? 0,
      publish: fanOut.publish,
      now,
      settle: () => core.settle(),
    })
    const { market } = this
    const accounts = this.#accounts
    const faults = this.#faults
    this.#gate = new RequestGate({
      core,
      market,
      accounts,
      fanOut,
      faults,
      clock,
      latency,
      seed,
      enforceLimits,
      account,
      now,
      onFault,
    })
    core.onSettled((records) => this.#tell(records))
  }

  get engine(): Engine {
    return this.#core.engine
  }

  get url(): string {
    return this.#ports?.http.url ?? ''
  }

  get port(): number {
    return this.#ports?.http.port ?? 0
  }

  /** 0 while faults are off. */
  get faultsPort(): number {
    return this.#ports?.faults?.port ?? 0
  }

  async open(driver: MarketDriver): Promise<void> {
    this.#driver = driver
    const { fund = [], hold = false } = this.#options
    for (const { address, usdc } of fund) this.fund(address, usdc, true)
    this.#ports = await openPorts(this.#options, {
      core: this.#core,
      gate: this.#gate,
      faults: this.#faults,
      source: this.#source,
      now: this.#now,
      status: () => this.status(),
      startMarket: () => this.startMarket(),
      stepMarket: () => this.#driver?.step() ?? null,
    })
    this.#repeatTasks()
    if (!hold) this.startMarket()
  }

  tellTraders(fills: readonly Fill[]): void {
    this.#accounts.tellTraders(fills)
  }

  startMarket(): boolean {
    return this.#driver?.start() ?? false
  }

  status(): Record<string, unknown> {
    const { user, system } = process.cpuUsage()
    return {
      ...this.#source.status(),
      ...this.#core.status(),
      connections: this.#gate.connections,
      feeds: this.fanOut.feeds(),
      cpu_ms: Math.round((user + system) / 1_000),
      uptime_ms: Math.round(this.#options.clock.monotonicMs() - this.#startedMs),
    }
  }

  fund(address: string, usdc: number, once = false): void {
    const deps = { engine: this.engine, now: this.#now, settle: () => this.#core.settle() }
    fundAccount(deps, { user: address.toLowerCase(), usdc, once })
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#ports?.faults?.close()
    await this.#source.close()
    this.#driver?.save()
    await this.#ports?.http.close()
    this.#core.journal.close()
  }

  #tell(records: readonly EngineRecord[]): void {
    this.#accounts.tell(records)
    if (this.#source.isForeign) return
    for (const trade of ownTrades(this.engine.state, records)) this.market.addOwnTrade(trade)
    this.market.onOwnOrders(
      new Set(records.flatMap((record) => (record.kind === 'order' ? [record.order.asset] : []))),
    )
  }

  #repeatTasks(): void {
    const { clock, onFault = () => {} } = this.#options
    const tasks: [ms: number, task: () => void][] = [
      [FLUSH_MS, () => this.#flush()],
      [STATES_EVERY_MS, () => this.#accounts.flush(true)],
      [CHECKPOINT_MS, () => this.#driver?.save()],
      [INVARIANTS_MS, () => this.#core.checkInvariants(onFault)],
      [IDLE_CHECK_MS, () => this.#gate.closeIdle()],
    ]
    for (const [ms, task] of tasks) void every(clock, ms, this.#closing.signal, task)
  }

  /** What time alone brings about, and what is told only a few times a second. */
  #flush(): void {
    this.engine.tick(this.#now())
    this.#core.settle()
    this.market.flush()
    this.#accounts.flush(false)
  }
}

/** Many makers on different coins against one paper exchange with faults on, and what must hold at the end, read at the exchange. */
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MakerLimitsRecord } from '#clickhouse/tables/maker.ts'
import { systemClock as clock } from '#config/clock.ts'
import { PROJECT_ROOT } from '#config/environment.ts'
import { controlToken, createHome, homeAt } from '#config/home.ts'
import { createKillStore } from '#config/kill-store.ts'
import { Settings } from '#config/schema.ts'
import type { FillEvent } from '#domain/events.ts'
import { parseFixed, toNumber } from '#domain/fixed-point.ts'
import { parseSessionInput, type SessionInput } from '#domain/session/input.ts'
import { quantile } from '#domain/strategies/maker/gates.ts'
import { connectExchange, type Exchange } from '#exchange/client/connect.ts'
import { provisionPaperAccounts } from '#exchange/client/provision.ts'
import { createSessionRegistry } from '#workers/support/session-registry.ts'
import { createTradingHub } from '#workers/support/trading-hub.ts'
import { type RunningMaker, startMaker } from './session.ts'

export const COINS = [
  ...['BTC', 'ETH', 'SOL', 'HYPE', 'XRP', 'DOGE', 'AVAX', 'LINK', 'SUI', 'WIF', 'WLFI'],
  ...Array.from({ length: 29 }, (_, at) => `COIN${at + 1}`),
]
const ACCOUNT = 'paper-maker'
const CAP_USD = 300
export const LOOP_MS = 250
const START_EVERY_MS = 4_000

type Limits = Pick<MakerLimitsRecord, 'tier' | 'weight_left' | 'actions_left'>

export interface MakerRunOptions {
  sessions: number
  ms: number
  seed: number
  /** Rules of the exchange's fault port. */
  faults: Record<string, number>
  say(text: string): void
}

export interface MakerRun {
  sessions: number
  fills: number
  orders: number
  /** Quotes that took the place of another in one action. */
  modified: number
  /** Largest position value after a fill that made it larger, at that fill's price, USD. */
  worst_position_usd: number
  cap_usd: number
  strays: number
  held: number
  rate_limited: number
  clean: number
  /** Coins whose session PnL differs from the exchange's by a cent or more. */
  pnl_differs: string[]
  loop_ms: number
  loop_p50_ms: number
  loop_p99_ms: number
  passes: number
  /** Share of the seconds of all sessions in which a quote rested. */
  shown: number
  tiers: Record<string, number>
  /** How often each event was journaled. */
  events: Record<string, number>
}

export async function runMakers(options: MakerRunOptions): Promise<MakerRun> {
  const home = homeAt(mkdtempSync(join(tmpdir(), 'holdfast-makers-')))
  createHome(home)
  const coins = COINS.slice(0, options.sessions)
  const venue = await startExchange({ home: home.root, coins, seed: options.seed })
  try {
    const settings = Settings.parse({ accounts: { [ACCOUNT]: { key: 'generated', paper_usdc: 1_000_000 } } })
    await provisionPaperAccounts(settings, { home }, venue.url)
    const exchange = await connectExchange({
      settings,
      home,
      url: venue.url,
      role: 'trading',
      clock,
      waitMsMax: 10_000,
    })
    const token = controlToken(home)
    const setFaults = (rules: Record<string, number>): Promise<void> =>
      postFaults(`http://127.0.0.1:${venue.faultsPort}/faults`, token, { ...rules, seed: options.seed })
    await setFaults(options.faults)
    try {
      return await trade(options, exchange, coins, {
        killStore: createKillStore(home.kills),
        refused: venue.refused,
        calm: () => setFaults(Object.fromEntries(Object.keys(options.faults).map((name) => [name, 0]))),
      })
    } finally {
      exchange.close()
    }
  } finally {
    venue.stop()
    rmSync(home.root, { recursive: true, force: true })
  }
}

async function startExchange(
  argument: object,
): Promise<{ url: string; faultsPort: number; refused(): number; stop(): void }> {
  const child = fork(join(PROJECT_ROOT, 'tests/maker/exchange-process.ts'), [JSON.stringify(argument)])
  let refused = 0
  const ready = await new Promise<{ url: string; faultsPort: number }>((resolve, reject) => {
    child.on('message', (told: { url?: string; faultsPort?: number; refused?: number }) => {
      if (told.url) resolve({ url: told.url, faultsPort: told.faultsPort ?? 0 })
      if (told.refused) refused = told.refused
    })
    child.on('exit', (code) => reject(new TypeError(`the exchange ended with ${code}`)))
  })
  return { ...ready, refused: () => refused, stop: () => void child.kill('SIGTERM') }
}

async function postFaults(url: string, token: string, rules: Record<string, number>): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(rules) })
  if (!answer.ok) throw new TypeError(`faults: HTTP ${answer.status} ${await answer.text()}`)
}

async function trade(
  { ms, say, seed }: MakerRunOptions,
  exchange: Exchange,
  coins: readonly string[],
  parts: { killStore: ReturnType<typeof createKillStore>; refused(): number; calm(): Promise<void> },
): Promise<MakerRun> {
  const registry = createSessionRegistry({ killStore: parts.killStore, clock })
  const log = { info() {}, warn() {}, error() {}, debug() {} } as never
  const hub = createTradingHub({ exchange, clock, log, staleMs: 10_000, seed })
  const tiers: Record<string, number> = {}
  const events: Record<string, number> = {}
  let orders = 0
  let rows = 0
  let shown = 0
  let left = 'nothing known of the budgets'
  const sink = {
    orders({ status }: { status: string }) {
      if (status === 'resting') orders += 1
    },
    makerLimits({ tier, weight_left, actions_left }: Limits) {
      tiers[tier] = (tiers[tier] ?? 0) + 1
      left = `weight left ${weight_left}, actions left ${actions_left}`
    },
    events({ kind }: { kind: string }) {
      events[kind] = (events[kind] ?? 0) + 1
    },
    quotes({ bid_px, ask_px }: { bid_px: string; ask_px: string }) {
      rows += 1
      if (Number(bid_px) > 0 || Number(ask_px) > 0) shown += 1
    },
    ...{ decisions() {}, equity() {}, flush: async () => undefined },
  }
  const makers: RunningMaker[] = []
  for (const coin of coins) {
    makers.push(startMaker({ exchange, hub, registry, sink }, inputFor(coin)))
    // A start asks much of the request budget: one after the other, as a folder of sessions is started.
    await clock.sleep(START_EVERY_MS)
  }
  const until = clock.monotonicMs() + ms
  while (clock.monotonicMs() < until) {
    await clock.sleep(Math.min(10_000, until - clock.monotonicMs()))
    say(`${orders} orders, ${parts.refused()} refused for their rate, ${left}`)
  }
  await parts.calm() // the last look at the exchange is ours, not a test of our patience
  for (const { wishes } of makers) wishes.askStop({ reason: 'the run is over' })
  for (const { input, ended } of makers) void ended.then(({ state }) => say(`${input.session_key} ${state}`))
  const reports = await Promise.all(makers.map(({ ended }) => ended))
  const found = await judge(exchange, makers)
  await hub.close()
  registry.close()
  parts.killStore.close()
  const periods = makers.flatMap((maker) => maker.periods)
  return {
    sessions: makers.length,
    orders,
    modified: makers.reduce((total, maker) => total + maker.modified(), 0),
    ...found,
    cap_usd: CAP_USD,
    rate_limited: parts.refused(),
    clean: reports.filter(({ state }) => state === 'CLOSED').length,
    pnl_differs: reports.flatMap((report, at) => {
      const coin = coins[at] ?? ''
      const theirs = found.ledger.get(coin) ?? 0
      const ours = Number(report.realized_pnl_usd) - Number(report.fees_usd)
      return Math.abs(ours - theirs) < 0.01 ? [] : [`${coin}: ${ours} here, ${theirs} at the exchange`]
    }),
    loop_ms: LOOP_MS,
    loop_p50_ms: quantile(periods, 0.5),
    loop_p99_ms: quantile(periods, 0.99),
    passes: periods.length,
    shown: rows === 0 ? 0 : shown / rows,
    tiers,
    events,
  }
}

const inputFor = (coin: string): SessionInput =>
  parseSessionInput({
    session_key: `run-${coin.toLowerCase()}`,
    engine: 'maker',
    mode: 'paper',
    account: ACCOUNT,
    coins: [coin],
    params: {
      ...{
        strategy: 'spread',
        loop_ms: LOOP_MS,
        min_spread_guard_enabled: false,
        dynamic_min_spread_enabled: false,
      },
      ...{
        size_notional_usd: 100,
        max_per_coin_notional: CAP_USD,
        move_threshold_ticks: 2,
        min_replace_ms: 2_000,
      },
      ...{
        bailout_full_max_s: 20,
        bailout_partial_min_s: 10,
        take_profit_min_usd: 0.2,
        take_profit_min_bps: 3,
      },
      mode_cycle_s: 300,
    },
    limits: { order_usd_max: 200, position_usd_max: 400, loss_usd_max: 100_000 },
  })

async function judge(
  exchange: Exchange,
  makers: readonly RunningMaker[],
): Promise<
  Pick<MakerRun, 'fills' | 'worst_position_usd' | 'strays' | 'held'> & { ledger: Map<string, number> }
> {
  const venue = exchange.venue(ACCOUNT)
  const [open, account, fills] = [await venue.openOrders(), await venue.account(), await venue.fillsSince(0)]
  const ledger = new Map<string, number>()
  let worst = 0
  for (const fill of fills) {
    ledger.set(fill.coin, (ledger.get(fill.coin) ?? 0) + Number(fill.closedPnl) - Number(fill.fee))
    worst = Math.max(worst, grownTo(fill))
  }
  return {
    fills: fills.length,
    worst_position_usd: worst,
    strays: open.length,
    held: account.positions.filter(({ sz }) => parseFixed(sz) !== 0n).length,
    ledger: makers.length > 0 ? ledger : new Map(),
  }
}

/** Value of the position after a fill that made it larger; 0 after one that made it smaller. */
function grownTo({ side, sz, px, startPosition }: FillEvent): number {
  const before = toNumber(parseFixed(startPosition))
  const after = before + (side === 'buy' ? 1 : -1) * Number(sz)
  return Math.abs(after) > Math.abs(before) ? Math.abs(after) * Number(px) : 0
}

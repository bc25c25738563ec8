/** The topics a page can follow: how the state of each is put together from the sources, degraded ones included. */
// Not here: waiting and failure of a source (dashboard/source-monitor.ts), ticks (dashboard/live-hub.ts).
import type { KillJobs } from '#dashboard/kill-jobs.ts'
import type { TakeState } from '#dashboard/live-hub.ts'
import type { ExposureView, SystemView } from '#dashboard/model.ts'
import type {
  DashboardServices,
  ExchangeAccount,
  ListedSession,
  RuntimeFacts,
  SessionRun,
  StoredSession,
} from '#dashboard/services.ts'
import type { SourceMonitor } from '#dashboard/source-monitor.ts'
import type { DataState, OverviewState, SessionDetailState } from '#dashboard/topic-states.ts'
import { readObject, sessionRows } from '#dashboard/topics/session-rows.ts'
import { isOwnCloid } from '#domain/ids.ts'

export interface TopicDeps {
  services: DashboardServices
  monitor: SourceMonitor
  jobs: KillJobs
  system: SystemView
  /** How long an answer of the exchange is good, milliseconds: a real venue counts requests. */
  exchangeTtlMs: number
}

/** Ids as `sessionId` of domain/ids.ts builds them; everything else is no topic. */
export const SESSION_ID = /^session\/(?:paper|dry_live|live)\/[a-z0-9][a-z0-9-]{0,40}$/

const LIST_TTL_MS = 1_500
const STATUS_TTL_MS = 1_500
const DATA_TTL_MS = 4_000

/** Name → how to take its state; null for a name that is no topic. */
export function createTopics(deps: TopicDeps): (name: string) => TakeState | null {
  return (name) => {
    if (name === 'overview') return () => overview(deps)
    if (name === 'data') return () => data(deps)
    return SESSION_ID.test(name) ? () => sessionDetail(deps, name) : null
  }
}

async function overview(deps: TopicDeps): Promise<OverviewState> {
  const { services, monitor, jobs, system } = deps
  const [runtime, sessions] = await Promise.all([askRuntime(deps), askSessions(deps)])
  return {
    values: {
      system: { ...system, market: runtime?.market || system.market },
      exposure: exposureOf(services.exchange.accounts(), sessions.accounts),
    },
    lists: {
      sources: monitor
        .views()
        .filter(({ key, state }) => key !== 'supervisor' || runtime || state === 'down'),
      services: runtime?.services ?? [],
      sessions: sessions.rows,
      kills: services.kills.engaged(),
      kill_jobs: jobs.list(),
    },
  }
}

function exposureOf(
  names: readonly string[],
  accounts: ReadonlyMap<string, ExchangeAccount>,
): ExposureView | null {
  if (names.length === 0 || accounts.size < names.length) return null
  const positions: Record<string, string> = {}
  let orders = 0
  for (const [name, account] of accounts) {
    orders += account.orders.length
    for (const { coin, sz } of account.positions) {
      if (Number(sz) !== 0) positions[`${coin} (${name})`] = sz
    }
  }
  return { accounts: accounts.size, open_orders: orders, positions }
}

const askRuntime = ({ services, monitor }: TopicDeps): Promise<RuntimeFacts | null> =>
  monitor.ask<RuntimeFacts | null>({
    source: 'supervisor',
    key: 'runtime',
    ask: () => services.runtime.read(),
    initial: null,
  })

async function askSessions(deps: TopicDeps) {
  const { services, monitor } = deps
  const names = services.exchange.accounts()
  const [stored, listed, ...answers] = await Promise.all([
    monitor.ask<StoredSession[]>({
      source: 'clickhouse',
      key: 'sessions',
      ask: () => services.facts.sessions(),
      initial: [],
    }),
    monitor.ask<ListedSession[] | null>({
      source: 'temporal',
      key: 'listed',
      ask: () => services.control.list(),
      initial: null,
      ttlMs: LIST_TTL_MS,
    }),
    ...names.map((name) => askAccount(deps, name)),
  ])
  const accounts = new Map(
    answers.flatMap((answer, at) => (answer ? [[names[at] ?? '', answer] as const] : [])),
  )
  const rows = sessionRows({
    stored,
    listed,
    accounts,
    kills: services.kills.engaged(),
    leases: services.runtime.leases(),
  })
  return { rows, stored, accounts }
}

const askAccount = (deps: TopicDeps, name: string): Promise<ExchangeAccount | null> =>
  deps.monitor.ask<ExchangeAccount | null>({
    source: 'exchange',
    key: `account ${name}`,
    ask: () => deps.services.exchange.account(name),
    initial: null,
    ttlMs: deps.exchangeTtlMs,
  })

async function sessionDetail(deps: TopicDeps, id: string): Promise<SessionDetailState> {
  const { rows, stored, accounts } = await askSessions(deps)
  const session = rows.find((row) => row.session_id === id) ?? null
  const facts = stored.find((row) => row.session_id === id)
  const account = session?.running ? accounts.get(session.account) : undefined
  const [status, lists] = await Promise.all([
    session?.running ? askStatus(deps, id) : null,
    facts ? askLists(deps, facts) : NO_LISTS,
  ])
  const report = readObject(facts?.report)
  return {
    values: {
      session,
      status,
      report: Object.keys(report).length > 0 ? report : null,
      exchange_ts: account?.ts ?? 0,
    },
    lists: {
      positions: (account?.positions ?? [])
        .filter((held) => session?.coins.includes(held.coin))
        .map((held) => ({ key: held.coin, ...held })),
      orders: (account?.orders ?? []).filter((order) => isOwnCloid(order.cloid, id)),
      ...lists,
    },
  }
}

const askStatus = ({ services, monitor }: TopicDeps, id: string) =>
  monitor.ask<Readonly<Record<string, unknown>> | null>({
    source: 'temporal',
    key: `status ${id}`,
    ask: () => services.control.status(id),
    initial: null,
    ttlMs: STATUS_TTL_MS,
  })

const NO_LISTS = { equity: [], fills: [], quotes: [], mids: [], decisions: [], events: [] }

async function askLists({ services: { facts }, monitor }: TopicDeps, of: SessionRun) {
  const ask = <Row>(name: string, take: (of: SessionRun) => Promise<Row[]>): Promise<Row[]> =>
    monitor.ask<Row[]>({
      source: 'clickhouse',
      key: `${name} ${of.session_id} ${of.run}`,
      ask: () => take(of),
      initial: [],
    })
  const [equity, fills, quotes, mids, decisions, events] = await Promise.all([
    ask('equity', (run) => facts.equity(run)),
    ask('fills', (run) => facts.fills(run)),
    ask('quotes', (run) => facts.quotes(run)),
    // The quotes of a maker carry the market already.
    of.engine === 'maker' ? [] : ask('mids', (run) => facts.mids(run)),
    ask('decisions', (run) => facts.decisions(run)),
    ask('events', (run) => facts.events(run)),
  ])
  return { equity, fills, quotes, mids, decisions, events }
}

async function data({ services: { facts }, monitor }: TopicDeps): Promise<DataState> {
  const [streams, gaps] = await Promise.all([
    monitor.ask({
      source: 'clickhouse',
      key: 'streams',
      ask: () => facts.streams(),
      initial: [],
      ttlMs: DATA_TTL_MS,
    }),
    monitor.ask({
      source: 'clickhouse',
      key: 'gaps',
      ask: () => facts.gaps(),
      initial: [],
      ttlMs: DATA_TTL_MS,
    }),
  ])
  return { values: { as_of_ts: monitor.answeredTs('streams') }, lists: { streams, gaps } }
}

/** A seeded stack that never was: fake services with a few minutes of trading, each of which a test can break or change. */
// Not here: the rows that they tell at first (fake-rows.ts).
import pino from 'pino'
import { systemClock } from '#config/clock.ts'
import { PROJECT_ROOT } from '#config/environment.ts'
import { loadAssets } from '#dashboard/assets.ts'
import type { DecisionView, EquityPoint, FillView, KillView, SystemView } from '#dashboard/model.ts'
import { type ServedDashboard, serveDashboard } from '#dashboard/serve.ts'
import type { DashboardServices, ExchangeAccount, KillRequest, StoredSession } from '#dashboard/services.ts'
import { HoldfastError, InvalidInputError } from '#domain/errors.ts'
import { formatScope } from '#domain/session/kill-order.ts'
import {
  CANDLES,
  decisionRows,
  ENDED,
  equityPoints,
  exchangeAccounts,
  fillRows,
  MAKER,
  quoteRows,
  serviceRows,
  storedSessions,
  streamRows,
} from './fake-rows.ts'

export const TOKEN = 'test-token-0123456789'

export interface FakeWorld {
  services: DashboardServices
  /** Sources that fail while they are in here. */
  down: Set<'facts' | 'control' | 'exchange' | 'runtime'>
  stored: StoredSession[]
  fills: FillView[]
  decisions: DecisionView[]
  equity: EquityPoint[]
  kills: KillView[]
  accounts: Map<string, ExchangeAccount>
  actions: string[]
  killRequests: KillRequest[]
  /** Lets a running kill go on to its end. */
  finishKill(): void
  killVerified: boolean
}

export function fakeWorld(now = Date.now()): FakeWorld {
  const world: FakeWorld = {
    down: new Set(),
    stored: storedSessions(now),
    fills: fillRows(now),
    decisions: decisionRows(now),
    equity: equityPoints(now),
    kills: [],
    accounts: exchangeAccounts(now),
    actions: [],
    killRequests: [],
    finishKill: () => {},
    killVerified: true,
    services: null as unknown as DashboardServices,
  }
  world.services = fakeServices(world, now)
  return world
}

function fakeServices(world: FakeWorld, now: number): DashboardServices {
  const up =
    <T>(source: 'facts' | 'control' | 'exchange' | 'runtime', value: () => T) =>
    async (): Promise<T> => {
      if (!world.down.has(source)) return value()
      throw new HoldfastError(`connect ECONNREFUSED (${source})`, {
        code: 'DOWN',
        retryable: true,
        hint: 'wait',
      })
    }
  const only =
    <T>(id: string, rows: () => T[]) =>
    (of: { session_id: string }) =>
      up('facts', () => (of.session_id === id ? rows() : []))()
  return {
    facts: {
      sessions: up('facts', () => world.stored.map((row) => ({ ...row }))),
      equity: ({ session_id }) => up('facts', () => (session_id === ENDED ? [] : world.equity))(),
      fills: only(MAKER, () => [...world.fills]),
      quotes: only(MAKER, () => quoteRows(now)),
      decisions: only(CANDLES, () => [...world.decisions]),
      mids: only(CANDLES, () =>
        quoteRows(now).map(({ key, ts, mid }) => ({ key, ts, mid: Number(mid) * 20.6 })),
      ),
      events: ({ session_id }) =>
        up('facts', () => [
          {
            key: '1',
            ts: now - 600_000,
            kind: 'segment_started',
            details: { epoch: 1, host: 'box-1', session_id },
          },
          { key: '2', ts: now - 599_000, kind: 'reconciled', details: { open_orders: 0, adopted_fills: 0 } },
        ])(),
      streams: up('facts', () => streamRows(now)),
      gaps: up('facts', () => [
        {
          key: 'g1',
          channel: 'trades',
          coin: 'ETH',
          opened_ts: now - 300_000,
          closed_ts: now - 292_500,
          reason: 'socket closed (1006)',
          rows_recovered: 41,
          status: 'repaired',
        },
        {
          key: 'g2',
          channel: 'l2Book',
          coin: 'BTC',
          opened_ts: now - 9_000,
          closed_ts: 0,
          reason: 'no frame for 15 s',
          rows_recovered: 0,
          status: 'open',
        },
      ]),
    },
    control: {
      list: up('control', () =>
        world.stored
          .filter((row) => row.state !== 'CLOSED')
          .map((row) => ({
            session_id: row.session_id,
            state: row.state,
            engine: row.engine,
            mode: row.mode,
            account: row.account,
            coin: row.coins[0] ?? '',
            host: row.host,
            started_ts: row.started_ts,
          })),
      ),
      status: (id) =>
        up('control', () => ({
          session_id: id,
          state: 'RUNNING',
          epoch: 2,
          decisions: 14,
          orders: 5,
          segment: 'open',
        }))(),
      command: (id, command, body) =>
        up('control', () => {
          if (body.coin === 'NOPE') {
            throw new HoldfastError('force_entry: coin: "NOPE", expected a coin of the session', {
              code: 'SESSION_REFUSED',
              retryable: false,
              hint: 'correct what the message names',
            })
          }
          world.actions.push(`${command} ${id} ${JSON.stringify(body)}`)
          const orders = [{ coin: 'BTC', side: 'sell', sz: '0.0077', filled: '0.0077', gate: '' }]
          return { result: { id: 1, status: 'done', orders, gate: '' }, session: {} }
        })(),
      act: (id, action) =>
        up('control', () => {
          world.actions.push(`${action} ${id}`)
          const row = world.stored.find((one) => one.session_id === id)
          if (row && action !== 'stop') row.state = action === 'pause' ? 'PAUSED' : 'RUNNING'
        })(),
    },
    exchange: {
      accounts: () => [...world.accounts.keys()],
      account: (name) =>
        up('exchange', () => ({ ...(world.accounts.get(name) as ExchangeAccount), ts: Date.now() }))(),
    },
    runtime: {
      read: up('runtime', () => ({ market: 'synthetic, seed 7, ×1', services: serviceRows() })),
      leases: () => [],
    },
    kills: fakeKills(world),
  }
}

function fakeKills(world: FakeWorld): DashboardServices['kills'] {
  return {
    engaged: () => world.kills,
    check: (scope) => {
      if (scope.kind !== 'account' || world.accounts.has(scope.account)) return
      throw new InvalidInputError({
        source: 'scope',
        path: 'account',
        found: scope.account,
        expected: 'a known one',
      })
    },
    release: async (scope) => {
      world.kills = world.kills.filter((kill) => formatScope(kill.scope) !== formatScope(scope))
    },
    kill: async (request, progress) => {
      world.killRequests.push(request)
      const step = (name: string, detail: string, ok = true) => progress({ ts: Date.now(), name, ok, detail })
      const { requested_by, ...order } = request
      world.kills = [{ key: formatScope(request.scope), ...order, requested_by, requested_ts: Date.now() }]
      step('written', 'kill file of the scope, durable')
      step('direct', 'host box-1 aborted 2 sessions in 2.1 ms')
      await new Promise<void>((resolve) => {
        world.finishKill = resolve
      })
      step('exchange', world.killVerified ? 'no open orders, flat' : '1 open order left', world.killVerified)
      if (world.killVerified) for (const account of world.accounts.values()) Object.assign(account, FLAT)
      return {
        verified: world.killVerified,
        residual: { open_orders: world.killVerified ? 0 : 1, positions: {} },
      }
    },
  }
}

const FLAT = { positions: [], orders: [] }

const SYSTEM: SystemView = {
  network: 'paper',
  market: 'synthetic',
  exchange_url: 'http://127.0.0.1:4001',
  temporal_ui_url: 'http://127.0.0.1:8233',
  temporal_namespace: 'default',
  home: '.holdfast',
}

/** Serves the page over a fake world on a free port. */
export async function serveFake(
  world: FakeWorld,
  options: { cacheFolder: string; tickMs?: number; liveClientsMax?: number; port?: number },
): Promise<ServedDashboard> {
  const { cacheFolder, ...rest } = options
  return serveDashboard({
    services: world.services,
    assets: await loadAssets({ projectRoot: PROJECT_ROOT, cacheFolder }),
    token: TOKEN,
    allowedHosts: [],
    bind: '127.0.0.1',
    port: 0,
    system: SYSTEM,
    clock: systemClock,
    log: pino({ level: 'silent' }),
    exchangeTtlMs: 0,
    ...rest,
  })
}

/** Opens what the exchange listens on: the venue's port with its admin paths, and the fault port when it is asked for. */
// Not here: what stands behind the ports (request-gate.ts, exchange-core.ts).
import type { EpochMs } from '#domain/time.ts'
import { createAdmin } from '#exchange/paper/admin.ts'
import { marksOf } from '#exchange/paper/engine/state.ts'
import type { ExchangeCore } from '#exchange/paper/exchange-core.ts'
import { startFaultServer } from '#exchange/paper/fault-server.ts'
import type { Faults } from '#exchange/paper/faults.ts'
import { type HttpServer, startHttp } from '#exchange/paper/http.ts'
import type { PaperExchangeOptions } from '#exchange/paper/paper-options.ts'
import type { RequestGate } from '#exchange/paper/request-gate.ts'
import type { MarketSource } from '#exchange/paper/sources/source.ts'

export interface PortParts {
  core: ExchangeCore
  gate: RequestGate
  faults: Faults
  source: MarketSource
  now(): EpochMs
  status(): unknown
  startMarket(): boolean
  stepMarket(): unknown
}

export interface Ports {
  http: HttpServer
  /** Null while faults are off. */
  faults: { port: number; close(): void } | null
}

function adminOf({ token, hosts = [] }: PaperExchangeOptions, parts: PortParts) {
  const { core, source, now, status, startMarket, stepMarket } = parts
  return createAdmin({
    engine: core.engine,
    token,
    hosts,
    now,
    settle: () => core.settle(),
    startMarket,
    stepMarket,
    status,
    setDiscounts: (user, discounts) => core.setDiscounts(user, discounts, now()),
    traders: () => source.traders?.truth() ?? [],
    positions: () => ({
      market_ts: source.status().market_ts,
      positions: source.traders?.positions() ?? [],
    }),
  })
}

/** @throws HoldfastError PORT_TAKEN or LISTEN_FAILED */
export async function openPorts(options: PaperExchangeOptions, parts: PortParts): Promise<Ports> {
  const { host, port, token, hosts = [], clock, faultsPort, onFault = () => {} } = options
  const { core, gate, faults, source } = parts
  const http = await startHttp(
    {
      info: (body, ip) => gate.info(body, ip),
      action: (body, ip, connection) => gate.action(body, ip, connection),
      admin: adminOf(options, parts),
      leaderboard: () => source.traders?.leaderboard(marksOf(core.engine.state)) ?? { leaderboardRows: [] },
      health: () => ({ ok: true, market: source.status().state }),
      socket: (socket, ip) => gate.connect(socket, ip),
      onFault,
      fate: () => faults.request(),
      slowLane: gate.slowLane,
      delay: (ms) => clock.sleep(ms),
    },
    { host, port },
  )
  if (faultsPort === undefined) return { http, faults: null }
  const disconnectAll = () => gate.disconnectAll()
  const deps = { faults, token, hosts, monotonicMs: () => clock.monotonicMs(), disconnectAll }
  return { http, faults: await startFaultServer(deps, { host, port: faultsPort }) }
}

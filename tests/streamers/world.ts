/** Paper exchange on the recording, embedded ClickHouse and streamers as real processes, each of which a test may kill. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ClickHouseClient, createClickHouse } from '#clickhouse/client.ts'
import { migrate } from '#clickhouse/migrate.ts'
import { type Environment, loadEnvironment } from '#config/environment.ts'
import { controlToken } from '#config/home.ts'
import { createLogger } from '#config/logger.ts'
import { waitUntil } from '#tests/support/wait-until.ts'
import { type Service, startService } from './processes.ts'
import { type RoughNetwork, startRoughNetwork } from './rough-network.ts'

export interface World {
  environment: Environment
  client: ClickHouseClient
  clickhouse: Service
  paper: Service
  streamers: Service
  /** Between streamers and exchange. */
  network: RoughNetwork
  /** Starts a service again under the same address and state, after a kill. */
  restart(name: 'clickhouse' | 'streamers'): Promise<void>
  /** Lets the held market run. */
  release(): Promise<void>
  rows<Row>(query: string): Promise<Row[]>
  /** GET /status of the streamers. */
  status(): Promise<StreamersStatus>
  /** Resolves when the exchange sends no more and all that was read is in ClickHouse. */
  settled(timeoutMs: number): Promise<void>
  stop(): Promise<void>
}

export interface StreamersStatus {
  rows_per_s: number
  gaps_open: number
  accounts: { text: string }
  market: { text: string; frames: number; events: number; faults: number; connects: number }
  writer: {
    rowsWritten: number
    rowsInserted: number
    rowsQuarantined: number
    batchesPending: number
    retries: number
  }
}

const FILES = { clickhouse: 'clickhouse/front/server.ts', streamers: 'streamers/main.ts' } as const

/** @param speed recorded seconds per second  @param staleMs silence that the streamers call dead */
export async function startWorld(options: {
  market: string
  speed: number
  staleMs?: number
  /** Section `exchange` of the settings. */
  exchange?: Readonly<Record<string, unknown>>
  /** Further keys of section `streamers`. */
  streamers?: Readonly<Record<string, unknown>>
}): Promise<World> {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-streamers-'))
  const base = {
    HOLDFAST_HOME: root,
    HOLDFAST_MARKET: options.market,
    HOLDFAST_MARKET_SPEED: String(options.speed),
    HOLDFAST_MARKET_HOLD: '1',
    HOLDFAST_CONFIG: join(root, 'holdfast.yaml'),
  }
  const { exchange = {}, streamers: more = {} } = options
  writeFileSync(
    base.HOLDFAST_CONFIG, // JSON is YAML
    JSON.stringify({ exchange, streamers: { stale_ms: options.staleMs ?? 15_000, ...more } }),
  )
  const clickhouse = await startService('clickhouse', FILES.clickhouse, {
    ...base,
    HOLDFAST_PORT_CLICKHOUSE: '0',
  })
  const paper = await startService('paper', 'exchange/paper/server.ts', { ...base, HOLDFAST_PORT_PAPER: '0' })
  const network = await startRoughNetwork(paper.url)
  const env = { ...base, CLICKHOUSE_URL: clickhouse.url, HOLDFAST_EXCHANGE_URL: network.url }
  const environment = loadEnvironment(env)
  const client = createClickHouse(environment)
  await migrate(client, createLogger('test', 'error'))
  const streamers = await startService('streamers', FILES.streamers, env)

  const rows = async <Row>(query: string): Promise<Row[]> => {
    const answer = await client.query({ query, format: 'JSONEachRow' })
    return answer.json<Row>()
  }
  const admin = async (url: string, method: 'GET' | 'POST'): Promise<Response> =>
    fetch(url, { method, headers: { authorization: `Bearer ${controlToken(environment.home)}` } })
  const status = async (): Promise<StreamersStatus> =>
    (await (await admin(`${world.streamers.url}/status`, 'GET')).json()) as StreamersStatus

  const world: World = {
    environment,
    client,
    clickhouse,
    paper,
    streamers,
    network,
    async restart(name) {
      const port = new URL(world.clickhouse.url).port
      const more = name === 'clickhouse' ? { HOLDFAST_PORT_CLICKHOUSE: port } : {}
      world[name] = await startService(name, FILES[name], { ...env, ...more })
    },
    async release() {
      const answer = await admin(`${paper.url}/admin/market/start`, 'POST')
      if (!answer.ok) throw new TypeError(`the market was not released: HTTP ${answer.status}`)
    },
    rows,
    status,
    async settled(timeoutMs) {
      let last = -1
      let quiet = 0
      await waitUntil(
        'the market to end and all rows to be in ClickHouse',
        async () => {
          const { market, writer } = await status()
          quiet = market.events === last ? quiet + 1 : 0
          last = market.events
          const isStored = writer.rowsInserted + writer.rowsQuarantined >= writer.rowsWritten
          const { state } = (await (await admin(`${paper.url}/admin/status`, 'GET')).json()) as {
            state: string
          }
          return state === 'done' && quiet >= 30 && isStored && writer.batchesPending === 0
        },
        timeoutMs,
      )
    },
    async stop() {
      await client.close()
      await network.close()
      await Promise.all([world.streamers.kill9(), world.paper.kill9(), world.clickhouse.kill9()])
      rmSync(root, { recursive: true, force: true })
    },
  }
  return world
}

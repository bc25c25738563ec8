/** The services of one stack: command, memory and variables of each, and the order in which they stop. */
// Not here: the order in which they start and what happens between (run.ts).
import { join } from 'node:path'
import { COMPILE_CACHE } from '#cli/compile-cache.ts'
import type { ServiceSpec } from '#cli/supervisor/child.ts'
import { temporalServes } from '#cli/supervisor/grpc-health.ts'
import type { StopPhase } from '#cli/supervisor/supervisor.ts'
import { PROJECT_ROOT } from '#config/environment.ts'
import type { Home } from '#config/home.ts'
import { devServerArguments } from '#workers/support/temporal-flags.ts'

/**
 * Our own processes, in the order they are shown. `heapMb` bounds the JavaScript heap, not what native parts use; `youngMb` is the
 * young generation per half space: small, because nine processes pay for it, and larger where messages pass in masses.
 */
const PROCESSES = {
  clickhouse: { file: 'clickhouse/front/server.ts', heapMb: 256, youngMb: 1 },
  'clickhouse-remote': { file: 'clickhouse/front/server.ts', heapMb: 256, youngMb: 1 },
  'paper-exchange': { file: 'exchange/paper/server.ts', heapMb: 512, youngMb: 2 },
  streamers: { file: 'streamers/main.ts', heapMb: 384, youngMb: 2 },
  'worker-orchestrator': { file: 'workers/orchestrator.ts', heapMb: 512, youngMb: 1 },
  'worker-trading': { file: 'workers/trading.ts', heapMb: 512, youngMb: 2 },
  'worker-data': { file: 'workers/data.ts', heapMb: 512, youngMb: 1 },
  watchdog: { file: 'workers/watchdog.ts', heapMb: 192, youngMb: 1 },
  dashboard: { file: 'dashboard/server.ts', heapMb: 256, youngMb: 1 },
} as const
export type ProcessName = keyof typeof PROCESSES

/** Order in which services are shown; whatever is not named comes last. */
export const SHOWN_ORDER: readonly string[] = ['temporal', ...Object.keys(PROCESSES)]

/**
 * glibc gives every native thread an arena of its own, and the Temporal SDK and ClickHouse have many threads: measured over the
 * whole stack, two arenas take 40 MB less and change nothing else.
 */
const MALLOC = { MALLOC_ARENA_MAX: '2' }

/** The Temporal server collects at half the default growth: 12 MB less, below one percent of a core more. */
const GO = { GOGC: '50' }

/**
 * Traders first, so that a segment hands its checkpoint over while everything it needs still answers; then what records and
 * decides; last the exchange, the database and the workflow engine. The sum stays below the ten seconds that Ctrl-C may take.
 */
export const STOP_ORDER: readonly StopPhase[] = [
  { services: ['dashboard', 'watchdog', 'worker-trading'], msMax: 3_200 },
  { services: ['streamers', 'worker-data', 'worker-orchestrator'], msMax: 2_300 },
  { services: ['paper-exchange', 'clickhouse', 'clickhouse-remote'], msMax: 1_600 },
  { services: ['temporal'], msMax: 1_600 },
]

/** What all services of one stack are told. */
export interface StackFacts {
  home: Home
  configFile: string
  bind: string
  exchangeUrl: string
  clickhouseUrl: string
  /** Database that rows are copied to; '' when nothing is copied. */
  remoteUrl: string
  temporalAddress: string
  temporalUiUrl: string
  /** Temporal namespace: an embedded server makes it when it is another than `default`. */
  namespace: string
  ports: {
    temporal: number
    temporalUi: number
    clickhouse: number
    clickhouseRemote: number
    paper: number
    dashboard: number
  }
  /** HOLDFAST_MARKET…: which market the paper exchange runs. */
  market: Readonly<Record<string, string>>
  /** While true a starting paper exchange keeps its market still, so that nobody misses its first frames. */
  isMarketHeld: () => boolean
  /** Everything else is inherited. */
  inherited: Readonly<Record<string, string>>
}

/** Variables of every process of ours: the same names as in docker-compose.yml. */
export function stackVariables(facts: StackFacts): Record<string, string> {
  return {
    ...MALLOC,
    ...facts.inherited,
    HOLDFAST_HOME: facts.home.root,
    HOLDFAST_CONFIG: facts.configFile,
    HOLDFAST_BIND: facts.bind,
    HOLDFAST_EXCHANGE_URL: facts.exchangeUrl,
    CLICKHOUSE_URL: facts.clickhouseUrl,
    ...(facts.remoteUrl === '' ? {} : { HOLDFAST_REMOTE_CLICKHOUSE_URL: facts.remoteUrl }),
    TEMPORAL_ADDRESS: facts.temporalAddress,
    HOLDFAST_TEMPORAL_UI_URL: facts.temporalUiUrl,
    HOLDFAST_PORT_CLICKHOUSE: String(facts.ports.clickhouse),
    HOLDFAST_PORT_PAPER: String(facts.ports.paper),
    HOLDFAST_PORT_DASHBOARD: String(facts.ports.dashboard),
    ...facts.market,
    HOLDFAST_MARKET_HOLD: facts.isMarketHeld() ? '1' : '',
    NODE_COMPILE_CACHE: COMPILE_CACHE,
  }
}

/** One process of ours. */
export function processSpec(name: ProcessName, facts: StackFacts): ServiceSpec {
  const { file, heapMb, youngMb } = PROCESSES[name]
  return {
    name,
    command: process.execPath,
    args: [`--max-old-space-size=${heapMb}`, `--max-semi-space-size=${youngMb}`, join(PROJECT_ROOT, file)],
    env: () => ({
      ...stackVariables(facts),
      ...(name === 'clickhouse-remote' ? remoteVariables(facts) : {}),
    }),
    ready: 'message',
  }
}

/** The second embedded ClickHouse is the first one's program in a state folder of its own. */
const remoteVariables = ({ home, ports, inherited }: StackFacts): Record<string, string> => ({
  HOLDFAST_HOME: home.remote,
  HOLDFAST_PORT_CLICKHOUSE: String(ports.clickhouseRemote),
  CLICKHOUSE_USER: inherited.HOLDFAST_REMOTE_CLICKHOUSE_USER ?? '',
  CLICKHOUSE_PASSWORD: inherited.HOLDFAST_REMOTE_CLICKHOUSE_PASSWORD ?? '',
})

/** The embedded Temporal server; it says by its health check that it is ready. */
export function temporalSpec(binary: string, facts: StackFacts): ServiceSpec {
  return {
    name: 'temporal',
    command: binary,
    args: [
      ...devServerArguments({
        port: facts.ports.temporal,
        uiPort: facts.ports.temporalUi,
        dbFile: facts.home.temporalDb,
        bind: facts.bind,
      }),
      ...['--log-format', 'json', '--ui-disable-news-fetch'],
      ...(facts.namespace === 'default' ? [] : ['--namespace', facts.namespace]),
    ],
    // Its own settings come from the flags alone: a TEMPORAL_* meant for clients must not reach it.
    env: () => ({
      ...GO,
      ...Object.fromEntries(
        Object.entries(facts.inherited).filter(([name]) => !name.startsWith('TEMPORAL_')),
      ),
    }),
    ready: async () =>
      (await temporalServes(facts.temporalAddress))
        ? { kind: 'ready', url: facts.temporalUiUrl, facts: { grpc: facts.temporalAddress } }
        : null,
  }
}

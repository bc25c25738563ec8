/** Flags of the embedded Temporal server: the one list that the supervisor, the tests and the benches start it with. */
// Not here: where the binary comes from (cli/temporal-server.ts). config/temporal-dynamic-config.yaml holds the same settings for a real cluster.
import { SEARCH_ATTRIBUTES } from '#workflows/names.ts'

export interface DevServerOptions {
  port: number
  /** Null starts no UI. */
  uiPort: number | null
  /** SQLite file; its folder must exist. */
  dbFile: string
  /** Address to listen on. */
  bind?: string
  /** `OFF` only where losing the last seconds on a power cut does not matter: tests. */
  synchronous?: 'NORMAL' | 'OFF'
  metricsPort?: number
  /** Events after which continue-as-new is suggested; tests set it low. */
  suggestContinueAsNewEvents?: number
}

/** Events after which the server suggests continue-as-new: a replay of 2,000 events stays well below half a second. */
export const SUGGEST_CONTINUE_AS_NEW_EVENTS = 2_000

/** How often one shard reads its task queue; the dev server has one shard, and the default of 20/s alone costs a kill 60 ms. */
const POLLS_PER_SECOND_MAX = 500

const WORKFLOW_TASK_TIMEOUT = '2s'

/** Retention of closed workflows. The dev server's default is one day. */
export const RETENTION_HOURS = 720

const dynamicConfig = (options: DevServerOptions): Readonly<Record<string, string | number | boolean>> => ({
  'history.transferProcessorMaxPollRPS': POLLS_PER_SECOND_MAX,
  'history.timerProcessorMaxPollRPS': POLLS_PER_SECOND_MAX,
  // Both together push a cancellation to the worker at once, instead of with the next heartbeat.
  'frontend.WorkerCommandsEnabled': true,
  'system.enableCancelActivityWorkerCommand': true,
  'frontend.WorkerHeartbeatsEnabled': true,
  'frontend.ListWorkersEnabled': true,
  // A workflow task that an orchestrator took to its grave holds every signal, a kill too, for this long; the default is 10 s.
  // A replay must fit in it: sessions continue as new after some hundred events (workflows/trading-session/effects.ts).
  'history.defaultWorkflowTaskTimeout': WORKFLOW_TASK_TIMEOUT,
  'limit.historyCount.suggestContinueAsNew':
    options.suggestContinueAsNewEvents ?? SUGGEST_CONTINUE_AS_NEW_EVENTS,
})

/** Arguments after the binary's name. */
export function devServerArguments(options: DevServerOptions): string[] {
  return [
    'server',
    'start-dev',
    ...['--ip', options.bind ?? '127.0.0.1', '--port', String(options.port)],
    ...(options.uiPort === null ? ['--headless'] : ['--ui-port', String(options.uiPort)]),
    ...(options.metricsPort === undefined ? [] : ['--metrics-port', String(options.metricsPort)]),
    ...['--namespace', 'default', '--db-filename', options.dbFile],
    ...['--sqlite-pragma', 'journal_mode=WAL'],
    ...['--sqlite-pragma', `synchronous=${options.synchronous ?? 'NORMAL'}`],
    ...Object.values(SEARCH_ATTRIBUTES).flatMap(({ name }) => ['--search-attribute', `${name}=Keyword`]),
    ...Object.entries(dynamicConfig(options)).flatMap(([key, value]) => [
      '--dynamic-config-value',
      `${key}=${JSON.stringify(value)}`,
    ]),
    ...['--log-level', 'warn'],
  ]
}

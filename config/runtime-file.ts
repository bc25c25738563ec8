/** HOME/run/runtime.json: what the supervisor says about the stack it runs, for `holdfast status`, `down`, the dashboard and tests. */
// Not here: who writes it when (cli/supervisor), registry files of the services themselves (config/run-files.ts).
import { join } from 'node:path'
import { z } from 'zod'
import { readJson, writeJsonAtomic } from '#config/atomic-file.ts'
import type { Home } from '#config/home.ts'

/**
 * `external` runs elsewhere and is only used; `waiting` has not been started yet; `starting` has not said that it is ready;
 * `restarting` ended on its own and waits for its next start; `failed` will not be started again.
 */
export const ServiceState = z.enum([
  'external',
  'waiting',
  'starting',
  'ready',
  'restarting',
  'stopping',
  'stopped',
  'failed',
])
export type ServiceState = z.infer<typeof ServiceState>

export const RuntimeService = z.object({
  name: z.string().min(1),
  state: ServiceState,
  /** Where it answers; '' when it has no port. */
  url: z.string(),
  /** Null while no process runs. */
  pid: z.int().nullable(),
  /** Start time of that process as the system tells it: with the pid it names one process for ever. */
  process_started: z.string().nullable(),
  /** Starts after the first one that succeeded. */
  restarts: z.int(),
  /** Resident memory when the file was written, bytes. */
  rss_bytes: z.number(),
  /** What the service said about itself when it became ready. */
  facts: z.record(z.string(), z.union([z.string(), z.number()])),
  /** Why it ended last time, or ''. */
  last_exit: z.string(),
})
export type RuntimeService = z.infer<typeof RuntimeService>

export const RuntimeFile = z.object({
  /** True while every service is ready or external and all steps of the start are done. */
  ready: z.boolean(),
  /** Milliseconds from the command to the first time ready; 0 before. */
  ready_ms: z.number(),
  started_ts: z.number(),
  updated_ts: z.number(),
  supervisor: z.object({ pid: z.int(), process_started: z.string(), rss_bytes: z.number() }),
  home: z.string(),
  network: z.string(),
  /** `synthetic`, `replay:FILE`, `mirror:URL`, or the network when no paper exchange runs. */
  market: z.string(),
  exchange_url: z.string(),
  clickhouse_url: z.string(),
  temporal_address: z.string(),
  temporal_ui_url: z.string(),
  /** Without its token; '' when there is no dashboard. */
  dashboard_url: z.string(),
  services: z.array(RuntimeService),
})
export type RuntimeFile = z.infer<typeof RuntimeFile>

export const runtimePath = (home: Home): string => join(home.run, 'runtime.json')

export const writeRuntime = (home: Home, runtime: RuntimeFile): void =>
  writeJsonAtomic(runtimePath(home), runtime)

/** Null when nothing was ever started here, or when the file of another version cannot be read. */
export function readRuntime(home: Home): RuntimeFile | null {
  const read = readJson(runtimePath(home), RuntimeFile)
  return read.kind === 'value' ? read.value : null
}

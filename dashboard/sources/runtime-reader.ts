/** What the supervisor has written about this stack: services with their states, and the market that runs. */
import type { Home } from '#config/home.ts'
import { readLeases } from '#config/run-files.ts'
import { type RuntimeFile, readRuntime } from '#config/runtime-file.ts'
import type { RuntimeReader } from '#dashboard/services.ts'
import { HoldfastError } from '#domain/errors.ts'
import type { Clock } from '#domain/time.ts'

/** The supervisor writes every 5 s; after so long it is gone. */
const SILENT_AFTER_MS = 15_000

export const createRuntimeReader = (home: Home, clock: Clock): RuntimeReader => ({
  leases: () => readLeases(home),
  async read() {
    const runtime = readRuntime(home)
    if (!runtime) return null
    const age = clock.now() - runtime.updated_ts
    if (age <= SILENT_AFTER_MS) return viewOf(runtime)
    throw new HoldfastError(
      `the supervisor (process ${runtime.supervisor.pid}) has written nothing for ${Math.round(age / 1_000)} s`,
      {
        code: 'SUPERVISOR_SILENT',
        retryable: true,
        hint: 'run `holdfast status`; nothing restarts services while it is gone',
      },
    )
  },
})

const viewOf = (runtime: RuntimeFile) => ({
  market: runtime.market,
  services: [
    {
      key: 'supervisor',
      state: runtime.ready ? 'ready' : 'starting',
      url: '',
      pid: runtime.supervisor.pid,
      restarts: 0,
      rss_bytes: runtime.supervisor.rss_bytes,
    },
    ...runtime.services.map(({ name, state, url, pid, restarts, rss_bytes }) => ({
      key: name,
      state,
      url,
      pid: pid ?? 0,
      restarts,
      rss_bytes,
    })),
  ],
})

/** Asks the parts of the system whether they answer, and stores what they said: one row a check and minute. */
// Not here: alerts on these rows, process memory and restarts (cli/supervisor).
import type { HealthRow } from '#clickhouse/tables/operations.ts'
import { describeError } from '#domain/errors.ts'
import type { Clock } from '#domain/time.ts'

export interface HealthDeps {
  clock: Clock
  /** Each resolves with facts to store, or rejects with what is wrong. */
  checks: Readonly<Record<string, () => Promise<Record<string, unknown>>>>
  writeHealth(rows: HealthRow[]): Promise<void>
}

export interface HealthReport {
  ok: string[]
  /** Name → what is wrong. */
  failed: Record<string, string>
}

export const createHealthActivities = (deps: HealthDeps) => ({
  checkHealth: async (): Promise<HealthReport> => {
    const report: HealthReport = { ok: [], failed: {} }
    const rows = await Promise.all(
      Object.entries(deps.checks).map(async ([name, check]): Promise<HealthRow> => {
        const began = deps.clock.monotonicMs()
        const took = () => Math.round(deps.clock.monotonicMs() - began)
        try {
          const facts = await check()
          report.ok.push(name)
          return row(name, 'ok', { ...facts, took_ms: took() }, deps.clock)
        } catch (error) {
          const why = describeError(error)
          report.failed[name] = why
          return row(name, 'failed', { why, took_ms: took() }, deps.clock)
        }
      }),
    )
    await deps.writeHealth(rows)
    return report
  },
})

const row = (name: string, kind: string, details: Record<string, unknown>, clock: Clock): HealthRow => ({
  service: `check:${name}`,
  ts: clock.now(),
  kind,
  details: JSON.stringify(details),
})

export type HealthActivities = ReturnType<typeof createHealthActivities>

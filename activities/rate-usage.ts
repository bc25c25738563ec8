/** Stores what each process of the machine spent of the venue's request weight since the last time. */
// Not here: counting and sharing the budget (exchange/client/shared-budget.ts).
import type { RateLimitUsageRow } from '#clickhouse/tables/operations.ts'
import type { Usage } from '#exchange/client/shared-budget.ts'

export interface RateUsageDeps {
  /** What every process spent since it started. */
  readUsage(): readonly Usage[]
  writeUsage(rows: RateLimitUsageRow[]): Promise<void>
}

const PURPOSES = ['kill', 'orders', 'reconcile', 'collect'] as const

/** The last look is kept in memory: after a restart of this process the first minute is only looked at. */
export const createRateUsageActivities = (deps: RateUsageDeps) => {
  let before: ReadonlyMap<string, Usage> | null = null
  return {
    storeRateUsage: async (): Promise<{ rows: number }> => {
      const usages = deps.readUsage()
      const last = before
      before = new Map(usages.map((usage) => [usage.process, structuredClone(usage)]))
      if (last === null) return { rows: 0 }
      const rows = usages.flatMap((usage) => usageRows(usage, last.get(usage.process)))
      if (rows.length > 0) await deps.writeUsage(rows)
      return { rows: rows.length }
    },
  }
}

/** One row per purpose that did something; counts of an earlier life of the process do not count. */
function usageRows(usage: Usage, last: Usage | undefined): RateLimitUsageRow[] {
  const known = last?.started_ts === usage.started_ts ? last : undefined
  const span = {
    process: usage.process,
    ts: usage.ts,
    span_ms: Math.min(usage.ts - (known?.ts ?? usage.started_ts), 2 ** 32 - 1),
  }
  const messages = usage.messages - (known?.messages ?? 0)
  const sockets: RateLimitUsageRow = {
    ...{ ...span, purpose: 'sockets', requests: messages, weight: 0, refused: 0, throttled: 0 },
    left: Math.max(0, usage.messages_left),
  }
  const weights = PURPOSES.flatMap((purpose): RateLimitUsageRow[] => {
    const now = usage.purposes[purpose]
    const was = known?.purposes[purpose] ?? { requests: 0, weight: 0, refused: 0, throttled: 0 }
    const requests = now.requests - was.requests
    const refused = now.refused - was.refused
    const throttled = now.throttled - was.throttled
    if (requests + refused + throttled === 0) return []
    return [
      {
        ...{ ...span, purpose, requests },
        weight: now.weight - was.weight,
        refused,
        throttled,
        left: Math.max(0, Math.floor(usage.left)),
      },
    ]
  })
  return messages > 0 ? [...weights, sockets] : weights
}

export type RateUsageActivities = ReturnType<typeof createRateUsageActivities>

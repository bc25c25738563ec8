/** The market data jobs of the data worker over a world of real processes, without Temporal between. */
import { join } from 'node:path'
import { candles } from '#clickhouse/tables/market.ts'
import { createWriter } from '#clickhouse/writer/writer.ts'
import { systemClock as clock } from '#config/clock.ts'
import { loadSettings } from '#config/load.ts'
import { createLogger } from '#config/logger.ts'
import type { CandleEvent } from '#domain/events.ts'
import { LIMITS } from '#exchange/client/weight-budget.ts'
import { candleRow } from '#streamers/market-rows.ts'
import { waitUntil } from '#tests/support/wait-until.ts'
import { keptExchange } from '#workers/support/kept-exchange.ts'
import { marketDataActivities } from '#workers/support/market-data.ts'
import { type GapRow, gapRows } from './stored-facts.ts'
import type { World } from './world.ts'

export interface Jobs {
  run: ReturnType<typeof marketDataActivities>
  /** Puts candles into the table, as a stream would. */
  writeCandles(candles: readonly CandleEvent[]): Promise<void>
  /** Settles when every row written by the jobs is in ClickHouse. */
  stored(): Promise<void>
  /** Heals until no gap that ended waits for it; resolves with all gaps. */
  healed(timeoutMs: number): Promise<GapRow[]>
  close(): Promise<void>
}

/** @param speed recorded seconds per second: a recorded minute may cost what a minute of life may */
export function startJobs(world: World, { speed }: { speed?: number } = {}): Jobs {
  const { home, HOLDFAST_CONFIG } = world.environment
  const settings = loadSettings(HOLDFAST_CONFIG)
  const log = createLogger('test', 'error')
  // The exchange itself: the rough network lies between it and the streamers alone.
  const exchange = keptExchange({
    ...{ settings, home, url: world.paper.url, role: 'operator', clock },
    ...(speed === undefined
      ? { process: 'worker-data' }
      : { weightPerMinute: speed * LIMITS.weightPerMinuteMax }),
  })
  const writer = createWriter({ client: world.client, spoolDir: join(home.spool, 'worker-data'), clock, log })
  const run = marketDataActivities({
    ...{ exchange, clickhouse: world.client, writer, home, settings, clock, log },
    stillRunning: () => {},
  })
  return {
    run,
    async writeCandles(events) {
      writer.write(candles, events.map(candleRow))
      await writer.drain()
    },
    stored: () => writer.drain(),
    async healed(timeoutMs) {
      await waitUntil(
        'every gap that ended to be healed',
        async () => {
          await run.healGaps()
          await writer.drain()
          return (await gapRows(world)).every(({ status }) => status !== 'closed')
        },
        timeoutMs,
      )
      return gapRows(world)
    },
    async close() {
      await writer.close()
      await exchange.close()
    },
  }
}

/** A synthetic market of many coins lives through hours in minutes, is recorded by the streamers, and its candle grid is checked. */
// `npm run day` is 24 hours of 50 coins; day.test.ts a short one.
import { parseArgs } from 'node:util'
import { systemClock } from '#config/clock.ts'
import { isoDay, MINUTE_MS } from '#domain/time.ts'
import { waitUntil } from '#tests/support/wait-until.ts'
import { startJobs } from './jobs.ts'
import { gapRows } from './stored-facts.ts'
import { startWorld } from './world.ts'

export interface DayOptions {
  coins: number
  hours: number
  /** Market seconds per second. */
  speed: number
  /** Market milliseconds from step to step. */
  stepMs: number
  timeoutMs: number
  say(line: string): void
}

export interface DayResult {
  coins: number
  seconds: number
  rows: Record<string, number>
  /** Gap rows by channel and cause. */
  gaps: Record<string, number>
  /** Candles of the grid, of these not stored, told by the venue afterwards, without a trade, and not to be had. */
  grid: {
    expected: number
    missing: number
    healed: number
    empty: number
    remaining: number
    differing: number
  }
  firstDay: string
  refusedFrames: number
}

/** BTC, ETH, SOL and as many invented ones as are wanted. */
const coinNames = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => ['BTC', 'ETH', 'SOL'][at] ?? `SYN${at}`)

export async function runDay(options: DayOptions): Promise<DayResult> {
  const { coins, hours, speed, stepMs, timeoutMs, say } = options
  const world = await startWorld({
    ...{ market: 'synthetic', speed },
    // Once it has caught up, the market sends as rarely as it was told to: that is no stall.
    staleMs: 10 * MINUTE_MS,
    exchange: {
      coins: coinNames(coins),
      synthetic: {
        traders: 100,
        step_ms: stepMs,
        book_ms: Math.max(stepMs, MINUTE_MS / 2),
        past_hours: hours,
      },
    },
  })
  const jobs = startJobs(world)
  const from = performance.now()
  const startTs = systemClock.now() - hours * 60 * MINUTE_MS
  try {
    await world.release()
    let told = 0
    await waitUntil(
      'the market to reach the present',
      async () => {
        const [newest] = await world.rows<{ at: string; coins: string }>(
          "SELECT toUnixTimestamp64Milli(min(newest)) AS at, count() AS coins FROM (SELECT coin, max(open_ts) AS newest FROM candles WHERE interval = '1m' GROUP BY coin)",
        )
        const reached = Number(newest?.at ?? 0)
        if (performance.now() - told > 10_000) {
          told = performance.now()
          const { market, writer } = await world.status()
          say(
            `${new Date(reached).toISOString()}, ${newest?.coins} coins, ${market.events} events, ${writer.rowsInserted} rows`,
          )
        }
        return Number(newest?.coins) === coins && reached >= systemClock.now() - 2 * MINUTE_MS
      },
      timeoutMs,
    )
    const seconds = (performance.now() - from) / 1_000
    const grid = await jobs.run.checkCandles({ lookback_hours: hours })
    const counted = await world.rows<{ name: string; rows: string }>(
      ['trades', 'bbo', 'l2_snapshots', 'candles', 'liquidity']
        .map((table) => `SELECT '${table}' AS name, count() AS rows FROM ${table} FINAL`)
        .join(' UNION ALL '),
    )
    const gaps: Record<string, number> = {}
    for (const { channel, reason } of await gapRows(world)) {
      const key = `${channel} ${reason}`
      gaps[key] = (gaps[key] ?? 0) + 1
    }
    const { expected, missing, healed, empty, remaining, differing } = grid
    return {
      ...{ coins, seconds, gaps, firstDay: isoDay(startTs) },
      rows: Object.fromEntries(counted.map(({ name, rows }) => [name, Number(rows)])),
      grid: { expected, missing, healed, empty, remaining, differing },
      refusedFrames: (await world.status()).market.faults,
    }
  } finally {
    await jobs.close()
    await world.stop()
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      coins: { type: 'string', default: '50' },
      hours: { type: 'string', default: '24' },
      speed: { type: 'string', default: '600' },
      step: { type: 'string', default: '30000' },
    },
  })
  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  const result = await runDay({
    coins: Number(values.coins),
    hours: Number(values.hours),
    speed: Number(values.speed),
    stepMs: Number(values.step),
    timeoutMs: 3_600_000,
    say,
  })
  say(JSON.stringify(result, null, 2))
  process.exitCode = result.grid.remaining === 0 && Object.keys(result.gaps).length === 0 ? 0 : 1
}

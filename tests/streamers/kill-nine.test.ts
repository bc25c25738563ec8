/** kill -9 of the streamers and of ClickHouse while the market runs: every missing row lies in a declared gap, and no row comes twice. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { missingData, sharedData } from '#tests/support/shared-data.ts'
import { waitUntil } from '#tests/support/wait-until.ts'
import { REPLAY, recordedFacts, recordedLines } from './recording.ts'
import { gapRows, storedFacts, unexplained } from './stored-facts.ts'
import { startWorld, type World } from './world.ts'

/** The chaos run kills too; this one, with its exact counts, belongs to the long form (`HOLDFAST_CHAOS=full`). */
const missing =
  missingData(REPLAY) ??
  (process.env.HOLDFAST_CHAOS === 'full' ? null : 'skipped: HOLDFAST_CHAOS is not full')
let world: World

beforeAll(async () => {
  if (!missing) world = await startWorld({ market: `replay:${sharedData(REPLAY)}`, speed: 100 })
})
afterAll(async () => {
  await world?.stop()
})

/** Waits until the running streamers have read so many events. */
const read = (events: number): Promise<unknown> =>
  waitUntil(`${events} events`, async () => (await world.status()).market.events >= events, 60_000)

test.skipIf(missing)(
  `after two kills of the streamers and one of ClickHouse the rows outside of gaps are whole${missing ? ` (${missing})` : ''}`,
  { timeout: 240_000 },
  async () => {
    await world.release()
    for (const events of [8_000, 8_000]) {
      await read(events)
      await world.streamers.kill9()
      await world.restart('streamers')
    }
    await read(4_000)
    await world.clickhouse.kill9()
    await read(8_000) // the spool takes what ClickHouse cannot
    await world.restart('clickhouse')
    await world.settled(200_000)

    const recorded = recordedFacts(recordedLines())
    const stored = await storedFacts(world)
    const gaps = await gapRows(world)
    const channels = { trades: 'trades', bbo: 'bbo', l2: 'l2Book' } as const
    for (const table of ['trades', 'bbo', 'l2'] as const) {
      const holes = unexplained(recorded[table], stored[table], channels[table], gaps)
      const near = holes.length > 0 ? gaps.filter(({ channel }) => channel === channels[table]) : []
      expect({ holes, near }).toEqual({ holes: [], near: [] })
      expect([...stored[table]].filter((fact) => !recorded[table].has(fact)).slice(0, 3)).toEqual([])
      expect(stored.rows[table]).toBe(stored[table].size)
    }
    // The kills really cost something, each is owned up to, and no gap swallows the recording.
    const restarts = gaps.filter(({ channel, reason }) => channel === 'bbo' && reason === 'restart')
    expect(new Set(restarts.map(({ coin }) => coin))).toEqual(new Set(['BTC', 'ETH', 'SOL', 'WLFI']))
    expect(restarts).toHaveLength(8)
    expect(restarts.every(({ status }) => status !== 'open')).toBe(true)
    expect(stored.bbo.size).toBeLessThan(recorded.bbo.size)
    expect(stored.bbo.size).toBeGreaterThan(recorded.bbo.size / 2)
  },
)

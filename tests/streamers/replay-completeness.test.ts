/** Acceptance: a recorded market replayed at high speed is in ClickHouse whole, to the last digit, counted against the file itself. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { missingData, sharedData } from '#tests/support/shared-data.ts'
import { REPLAY, recordedFacts, recordedLines } from './recording.ts'
import { gapRows, storedFacts } from './stored-facts.ts'
import { startWorld, type World } from './world.ts'

const missing = missingData(REPLAY)
let world: World

beforeAll(async () => {
  if (!missing) world = await startWorld({ market: `replay:${sharedData(REPLAY)}`, speed: 10_000 })
})
afterAll(async () => {
  await world?.stop()
})

test.skipIf(missing)(
  `distinct trades, quotes and books in ClickHouse equal those of the recording${missing ? ` (${missing})` : ''}`,
  { timeout: 300_000 },
  async () => {
    const recorded = recordedFacts(recordedLines())
    await world.release()
    await world.settled(270_000)
    const stored = await storedFacts(world)
    expect(stored.rows).toEqual({ trades: 20_524, bbo: 51_219, l2: 15_128 })
    for (const table of ['trades', 'bbo', 'l2'] as const) {
      expect(recorded[table].size).toBe(stored.rows[table])
      expect([...recorded[table]].filter((fact) => !stored[table].has(fact)).slice(0, 3)).toEqual([])
    }
    expect(await gapRows(world)).toEqual([])
    const { market, writer } = await world.status()
    expect({ text: market.text, faults: market.faults, quarantined: writer.rowsQuarantined }).toEqual({
      text: '1/1 connected',
      faults: 0,
      quarantined: 0,
    })
  },
)

/** A short run of makers over the real wire with faults on: caps hold, nothing is left, no request too many, PnL to the cent. */
import { expect, test } from 'vitest'
import { brokenRules, FAULTS } from './rules.ts'
import { runMakers } from './run.ts'

// How the loop keeps its pace is measured on a quiet machine: `npm run makers`.
test('two makers trade for some seconds against the paper exchange, and every rule holds', async () => {
  const found = await runMakers({ sessions: 2, ms: 12_000, seed: 1, faults: FAULTS, say: () => undefined })
  expect(brokenRules(found, { pace: false })).toEqual([])
}, 120_000)

/** Fifty accounts trade at random under faults for a moment: the books always add up, and nothing answered is lost. */
// Ten minutes of it: npm run chaos:paper -- --minutes 10 --seed 41
import { expect, test } from 'vitest'
import { runChaos } from '#tests/paper/support/chaos.ts'

const SECONDS = 12
const SEED = Number(process.env.HOLDFAST_SEED ?? 41)

test(`seed ${SEED}: ${SECONDS} s of random orders from 50 accounts under faults leave every invariant whole`, {
  timeout: 120_000,
}, async () => {
  const say = (line: string) => process.stdout.write(`${line}\n`)
  const result = await runChaos({ seed: SEED, seconds: SECONDS, say })
  say(`chaos seed ${SEED}: ${result.actions} actions, ${result.fills} fills, ${result.cuts} cuts`)
  const { violations, faults, unexpected, lost, unrestored } = result
  expect({ violations, faults, unexpected, lost, unrestored }).toEqual({
    ...{ violations: 0, faults: [], unexpected: [], lost: [], unrestored: [] },
  })
  expect(result.fills).toBeGreaterThan(100)
  expect(result.frames).toBeGreaterThan(50)
})

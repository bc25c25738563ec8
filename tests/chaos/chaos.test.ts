/** The short seeded form of the chaos run; `npm run chaos` runs it for as long as one likes. */
import { expect, test } from 'vitest'
import { missingTemporal } from '../support/temporal-server.ts'
import { runChaos } from './run.ts'

/** Two minutes and twenty kills where the machine has nobody waiting; a look in between for those who do. */
const { seconds: SECONDS, kills: KILLS } = process.env.CI
  ? { seconds: 120, kills: 20 }
  : { seconds: 20, kills: 3 }

test.skipIf(missingTemporal())(
  'writers, copying, comparing, archiving and dropping while processes are killed: local, remote and archive end with the same rows, each once',
  { timeout: 600_000 },
  async () => {
    const seed = 11
    const lines: string[] = []
    const result = await runChaos({ seconds: SECONDS, seed, say: (line) => void lines.push(line) })
    expect(result.violations, `seed ${seed}\n${lines.join('\n')}`).toEqual([])
    expect(result.kills).toBeGreaterThanOrEqual(KILLS)
    expect(result.rows).toBeGreaterThan(1_000)
  },
)

/** `npm run chaos -- [--minutes M] [--seed S] [--json]`: kills everything at random while rows are copied, archived and dropped; says what did not hold. */
import { parseArgs } from 'node:util'
import { InvalidInputError } from '#domain/errors.ts'
import { missingTemporal } from '../support/temporal-server.ts'
import { runChaos } from './run.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
})

const positive = (path: string, text: string): number => {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0 && value < 1e6) return value
  throw new InvalidInputError({ source: 'chaos', path, found: `"${text}"`, expected: 'a number above 0' })
}

const missing = missingTemporal()
if (missing) {
  process.stderr.write(`${missing}\n`)
  process.exit(1)
}
const seed = Math.floor(positive('--seed', values.seed))
const result = await runChaos({
  seconds: positive('--minutes', values.minutes) * 60,
  seed,
  say: (line) => void process.stderr.write(`${line}\n`),
})
for (const violation of result.violations) process.stderr.write(`VIOLATION ${violation}\n`)
const { kills, crashes, rows, dropped } = result
const sums = {
  violations: result.violations.length,
  kills: kills + crashes,
  killed: kills,
  crashes,
  rows,
  dropped,
  seeds: 1,
  seed,
}
process.stdout.write(
  values.json
    ? `${JSON.stringify(sums)}\n`
    : `seed ${seed}: ${kills} kills, ${crashes} crashes between steps, ${rows} trades, ${dropped} rows dropped, ${sums.violations} violations\n`,
)
process.exit(result.violations.length > 0 ? 1 : 0)

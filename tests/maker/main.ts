/** `npm run makers -- --minutes 30`: twenty makers against the paper exchange with faults on; prints what held and ends with 1 where something did not. */

import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { brokenRules, FAULTS } from './rules.ts'
import { runMakers } from './run.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    sessions: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
  },
})
const print = (text: string): void => void process.stdout.write(`${text}\n`)
const found = await runMakers({
  sessions: Number(values.sessions),
  ms: Number(values.minutes) * 60_000,
  seed: Number(values.seed),
  faults: FAULTS,
  say: print,
})
const { ledger: _, ...shown } = found as typeof found & { ledger: unknown }
print(JSON.stringify({ ...shown, load: loadavg()[0] }))
const broken = brokenRules(found, { pace: true })
for (const rule of broken) print(`BROKEN: ${rule}`)
process.exit(broken.length > 0 ? 1 : 0)

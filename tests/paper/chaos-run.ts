/** Minutes of random orders from fifty accounts on a paper exchange under faults; the last line says what they came to. */
// npm run chaos:paper -- --minutes 10 --seed 41 [--json]
import { parseArgs } from 'node:util'
import { runChaos } from '#tests/paper/support/chaos.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: '41' },
    json: { type: 'boolean', default: false },
  },
})
const seed = Number(values.seed)
const say = (line: string) => process.stderr.write(`${line}\n`)
say(`seed ${seed}: ${values.minutes} minutes of random orders from 50 accounts under faults`)
const result = await runChaos({ seed, seconds: Number(values.minutes) * 60, say })
const { faults, unexpected, lost, unrestored } = result
if (lost.length > 0) say(`${lost.length} acknowledged orders are not in the journal: ${lost.slice(0, 20)}`)
for (const line of [...faults, ...unexpected, ...unrestored].slice(0, 20)) say(String(line))
const broken = result.violations + faults.length + unexpected.length + lost.length + unrestored.length
const { actions, fills, cuts } = result
process.stdout.write(
  values.json
    ? `${JSON.stringify({ violations: broken, actions, fills, cuts, seed })}\n`
    : `${broken} violations in ${actions} actions, ${fills} fills (kept), ${cuts} cuts; seed ${seed}\n`,
)
process.exit(broken === 0 ? 0 : 1)

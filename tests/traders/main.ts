/** `npm run simulate:traders`: follows traders of known truth through a virtual day and says how right it was. */
import { parseArgs } from 'node:util'
import { runTapeDay } from './tape-day.ts'

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '24' },
    traders: { type: 'string', default: '5000' },
    tracked: { type: 'string', default: '500' },
    seed: { type: 'string', default: '7' },
    coins: { type: 'string', default: 'BTC,ETH,SOL' },
    tears: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
  },
})
const startedMs = performance.now()
const report = await runTapeDay({
  hours: Number(values.hours),
  traders: Number(values.traders),
  tracked: Number(values.tracked),
  seed: Number(values.seed),
  coins: values.coins.split(','),
  tearsPerHour: Number(values.tears),
  onHour: (hour) => {
    if (!values.json) process.stderr.write(`hour ${hour}\n`)
  },
})
const ok = report.sign_accuracy >= 0.99 && report.size_within_5pct >= 0.97 && report.weight_share <= 0.4
const answer = { ...report, seconds: Math.round((performance.now() - startedMs) / 1_000), ok }
process.stdout.write(`${values.json ? JSON.stringify(answer) : JSON.stringify(answer, null, 2)}\n`)
process.exitCode = ok ? 0 : 1

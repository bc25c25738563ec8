/** `npm run simulate -- --seeds N [--seed S] [--bug no-fence|ignore-lease] [--json]`: seeded worlds until one breaks a rule, then its smallest form. */
import { parseArgs } from 'node:util'
import { InvalidInputError } from '#domain/errors.ts'
import { BUGS, type Bug, type Plan, planOf } from './plan.ts'
import { shrink } from './shrink.ts'
import { type RunResult, runPlan } from './world.ts'

const TRACE_LINES = 40

interface Options {
  seeds: number
  seed: number
  bug: Bug | undefined
  json: boolean
}

function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      seeds: { type: 'string', default: '2000' },
      seed: { type: 'string', default: '1' },
      bug: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  return {
    seeds: wholeNumber('--seeds', values.seeds),
    seed: wholeNumber('--seed', values.seed),
    bug: readBug(values.bug),
    json: values.json,
  }
}

function wholeNumber(path: string, text: string): number {
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text)
  throw new InvalidInputError({
    source: 'simulate',
    path,
    found: `"${text}"`,
    expected: 'a whole number above 0',
  })
}

function readBug(text: string | undefined): Bug | undefined {
  const bug = BUGS.find((each) => each === text)
  if (bug || text === undefined) return bug
  throw new InvalidInputError({
    source: 'simulate',
    path: '--bug',
    found: `"${text}"`,
    expected: BUGS.join(' or '),
  })
}

const print = (text: string): void => void process.stdout.write(`${text}\n`)

async function explain(plan: Plan, bug: Bug | undefined, result: RunResult): Promise<void> {
  const rule = result.violations[0]?.rule ?? ''
  print(`seed ${plan.seed} breaks the rule "${rule}"; making it smaller …`)
  const smallest = await shrink(plan, bug, rule)
  const { violations, trace } = await runPlan(smallest, { bug, trace: true })
  print(`smallest form: ${smallest.input.engine}, ${smallest.faults.length} faults, noise ${smallest.noise}`)
  for (const fault of smallest.faults) print(`  fault ${JSON.stringify(fault)}`)
  for (const wish of smallest.wishes) print(`  wish  ${JSON.stringify(wish)}`)
  print('trace (seconds of virtual time):')
  if (trace.length > TRACE_LINES) print(`  … ${trace.length - TRACE_LINES} lines before`)
  for (const line of trace.slice(-TRACE_LINES)) print(`  ${line.slice(0, 200)}`)
  for (const { rule: broken, atMs, what } of violations) {
    print(`VIOLATION after ${(atMs / 1_000).toFixed(3)} s: ${broken}: ${what}`)
  }
  const again = `npm run simulate -- --seeds 1 --seed ${plan.seed}${bug ? ` --bug ${bug}` : ''}`
  print(`again: ${again}`)
}

async function main(options: Options): Promise<number> {
  const { bug, seed, seeds } = options
  const startedMs = performance.now()
  const sums = {
    violations: 0,
    kills: 0,
    rows: 0,
    seeds: 0,
    events: 0,
    orders: 0,
    modifies: 0,
    fills: 0,
    epochs: 0,
    virtualMs: 0,
  }
  let firstSeed: number | null = null
  for (let at = seed; at < seed + seeds && sums.violations === 0; at++) {
    const plan = planOf(at)
    const result = await runPlan(plan, { bug })
    sums.seeds += 1
    sums.violations += result.violations.length
    sums.kills += result.kills
    sums.rows += result.decisions + result.orders + result.fills
    sums.events += result.events
    sums.orders += result.orders
    sums.fills += result.fills
    const { done, gone, refused } = result.modifies
    sums.modifies += done + gone + refused
    sums.epochs += result.epochs
    sums.virtualMs += result.virtualMs
    if (result.violations.length > 0) {
      firstSeed = at
      await explain(plan, bug, result)
    } else if (!options.json && sums.seeds % 500 === 0) print(`${sums.seeds} seeds, no violation`)
  }
  const seconds = (performance.now() - startedMs) / 1_000
  const { events, orders, modifies, fills, epochs, virtualMs, ...line } = sums
  if (!options.json) {
    print(
      `${sums.seeds} worlds, ${Math.round(virtualMs / 3_600_000)} virtual hours, ${events} events, ${orders} orders, ` +
        `${modifies} modifies, ${fills} fills, ${epochs} epochs in ${seconds.toFixed(1)} s`,
    )
  }
  print(
    JSON.stringify({
      ...line,
      events,
      orders,
      modifies,
      fills,
      epochs,
      first_seed: firstSeed,
      seconds: Math.round(seconds * 10) / 10,
    }),
  )
  return sums.violations > 0 ? 1 : 0
}

try {
  process.exitCode = await main(readOptions(process.argv.slice(2)))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
}

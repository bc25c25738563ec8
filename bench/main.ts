/** `npm run bench -- NAME [--json] [--quick] [--seed N]`: runs one benchmark of this folder and prints its figures. */
// Not here: the benchmarks; bench/NAME.ts exports run({ quick, seed }).
import { readdirSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { exitCodeOf, print, printJson, printTable, reportError } from '#cli/output.ts'
import { PROJECT_ROOT } from '#config/environment.ts'
import { InvalidInputError } from '#domain/errors.ts'
import type { Benchmark, Metrics } from './benchmark.ts'

const DEFAULT_SEED = 7
const NOT_BENCHMARKS = ['main', 'benchmark']

/** Names that can be asked for. A file with a second part in its name, such as x.test.ts, is none. */
export const benchmarkNames = (): string[] =>
  readdirSync(join(PROJECT_ROOT, 'bench'))
    .filter((file) => /^[a-z][a-z0-9-]*\.ts$/.test(file))
    .map((file) => file.slice(0, -3))
    .filter((name) => !NOT_BENCHMARKS.includes(name))
    .sort()

interface Asked {
  name: string
  json: boolean
  quick: boolean
  seed: number
}

/** @throws InvalidInputError */
export function parseCommand(words: readonly string[]): Asked {
  const { values, positionals } = readWords(words)
  const [name] = positionals
  const names = benchmarkNames()
  if (name === undefined || positionals.length !== 1 || !names.includes(name)) {
    throw new InvalidInputError({
      source: 'command line',
      path: 'NAME',
      found: positionals.length === 0 ? 'nothing' : positionals.join(' '),
      expected: `one of ${names.join(', ')}`,
      hint: 'npm run bench -- NAME [--json] [--quick] [--seed N]',
    })
  }
  const seed = values.seed === undefined ? DEFAULT_SEED : Number(values.seed)
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new InvalidInputError({
      source: 'command line',
      path: '--seed',
      found: values.seed ?? '',
      expected: 'a whole number ≥ 0',
    })
  }
  return { name, json: values.json ?? false, quick: values.quick ?? false, seed }
}

function readWords(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { json: { type: 'boolean' }, quick: { type: 'boolean' }, seed: { type: 'string' } },
    })
  } catch (error) {
    throw new InvalidInputError({
      source: 'command line',
      path: '',
      found: words.join(' '),
      expected: `NAME [--json] [--quick] [--seed N] (${(error as Error).message})`,
    })
  }
}

/** What the figures were measured on. */
export function machine(): Record<string, string | number> {
  const processors = cpus()
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memory_bytes: totalmem(),
    system: `${process.platform} ${release()}`,
    node: process.versions.node,
  }
}

/** Three significant figures: more would claim what no run repeats. Counts stay exact. */
const rounded = (metrics: Metrics): Metrics =>
  Object.fromEntries(
    Object.entries(metrics).map(([name, value]) => [
      name,
      Number.isInteger(value) ? value : Number(value.toPrecision(4)),
    ]),
  )

async function main(): Promise<void> {
  const asked = parseCommand(process.argv.slice(2))
  const { run } = (await import(`./${asked.name}.ts`)) as Benchmark
  const say = (line: string): void => {
    process.stderr.write(`${line}\n`)
  }
  const metrics = rounded(await run({ quick: asked.quick, seed: asked.seed, say }))
  if (asked.json) printJson({ bench: asked.name, metrics, machine: machine(), seed: asked.seed })
  else {
    print(`${asked.name}, seed ${asked.seed}${asked.quick ? ', quick' : ''}`)
    printTable(
      ['metric', 'value'],
      Object.entries(metrics).map(([name, value]) => [name, String(value)]),
    )
  }
}

if (import.meta.main) {
  try {
    await main()
    process.exit(0) // a benchmark's library may hold a handle open
  } catch (error) {
    reportError(error, process.argv.includes('--json'))
    process.exit(exitCodeOf(error))
  }
}

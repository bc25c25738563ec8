/** `holdfast sweep start|status|report`: many backtests on the data worker’s cores; it goes on after any crash. */
// Not here: the workflow (workflows/sweep), one backtest (cli/backtest.ts).

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { parse } from 'yaml'
import { print, printJson, printTable } from '#cli/output.ts'
import { connectTemporal, loadOperator, parseJsonOption } from '#cli/support/operator.ts'
import { createClickHouse } from '#clickhouse/client.ts'
import { runQuery } from '#clickhouse/query.ts'
import { sweepRunsOf } from '#clickhouse/tables/backtest-queries.ts'
import { systemClock } from '#config/clock.ts'
import { countRuns, SweepInput } from '#domain/backtest/sweep-plan.ts'
import type { SweepOutcome } from '#domain/backtest/sweep-rank.ts'
import { InvalidInputError } from '#domain/errors.ts'
import { TASK_QUEUES, WORKFLOW_TYPES } from '#workflows/names.ts'
import { progress, type SweepProgress, sweepId } from '#workflows/sweep/messages.ts'

interface StartOptions {
  file?: string
  input?: string
  wait?: boolean
  json?: boolean
}

export function registerSweep(program: Command): void {
  const sweep = program
    .command('sweep')
    .description('many backtests: grids and random draws, ranked by walking forward')
  sweep
    .command('start')
    .description('start a sweep; the same sweep_id is never run twice at once')
    .option('--file <path>', 'YAML or JSON: sweep_id, strategy, data, axes, …')
    .option('--input <json>', 'the same as JSON')
    .option('--wait', 'wait for the end, with progress')
    .option('--json', 'one JSON object')
    .action(start)
  sweep
    .command('status <sweep_id>')
    .description('how far it is')
    .option('--json', 'one JSON object')
    .action(async (name: string, options: { json?: boolean }) => {
      const state = await withTemporal(async ({ client }) =>
        client.workflow.getHandle(sweepId(name)).query(progress),
      )
      if (options.json) return printJson(state)
      print(progressLine(state))
    })
  sweep
    .command('report <sweep_id>')
    .description('its runs, best first')
    .option('--limit <n>', 'how many', '20')
    .option('--json', 'one JSON object')
    .action(report)
}

type Connected = Awaited<ReturnType<typeof connectTemporal>>

async function withTemporal<Value>(use: (temporal: Connected) => Promise<Value>): Promise<Value> {
  const temporal = await connectTemporal(loadOperator())
  try {
    return await use(temporal)
  } finally {
    await temporal.close()
  }
}

/** The input whole; a relative folder starts where the command was typed. @throws InvalidInputError */
export function readSweep({ file, input }: Pick<StartOptions, 'file' | 'input'>): SweepInput {
  if ((file === undefined) === (input === undefined)) {
    throw new InvalidInputError({
      source: 'command line',
      path: '',
      found: file === undefined ? 'neither --file nor --input' : 'both --file and --input',
      expected: 'one of them',
    })
  }
  const source = file ?? '--input'
  const value =
    file === undefined
      ? parseJsonOption(input ?? '', '--input')
      : (parse(readFileSync(file, 'utf8')) as unknown)
  const parsed = SweepInput.safeParse(value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new InvalidInputError({
      source,
      path: issue?.path.map(String).join('.') ?? '',
      found: 'a value that does not fit',
      expected: issue?.message ?? 'a valid sweep',
    })
  }
  const { data } = parsed.data
  return { ...parsed.data, data: data === 'clickhouse' ? data : resolve(data) }
}

async function start(options: StartOptions): Promise<void> {
  const input = readSweep(options)
  const runs = countRuns(input)
  await withTemporal(async ({ client }) => {
    const workflowId = sweepId(input.sweep_id)
    const handle = await client.workflow.start<(given: unknown) => Promise<SweepOutcome>>(
      WORKFLOW_TYPES.sweep,
      {
        workflowId,
        taskQueue: TASK_QUEUES.orchestrator,
        args: [input],
        staticSummary: `${runs} runs of ${input.strategy}`,
      },
    )
    if (!options.wait) {
      if (options.json) return printJson({ sweep_id: input.sweep_id, workflow_id: workflowId, runs })
      return print(`started ${workflowId}: ${runs} runs. Look: holdfast sweep status ${input.sweep_id}`)
    }
    const outcome = await waitFor(handle, options.json ?? false)
    if (options.json) return printJson(outcome)
    showOutcome(outcome)
  })
}

interface Handle {
  result(): Promise<SweepOutcome>
  query(definition: typeof progress): Promise<SweepProgress>
}

const LOOK_MS = 2_000

async function waitFor(handle: Handle, quiet: boolean): Promise<SweepOutcome> {
  const ended = new AbortController()
  const result = handle.result().finally(() => ended.abort())
  while (!quiet && !ended.signal.aborted) {
    await systemClock.sleep(LOOK_MS, ended.signal)
    if (!ended.signal.aborted) print(progressLine(await handle.query(progress)))
  }
  return result
}

const progressLine = ({ runs, done, failed, best }: SweepProgress): string =>
  `${done} of ${runs} runs${failed > 0 ? `, ${failed} not valid` : ''}${best ? `; best so far: run ${best.run}, score ${best.score.toFixed(2)}` : ''}`

const figure = (value: number | null): string => (value === null ? '–' : value.toFixed(2))

function showOutcome({ best, walk_forward: walk, runs, failed }: SweepOutcome): void {
  print(`${runs} runs, ${failed} not valid`)
  printTable(
    ['run', 'score', 'return %', 'Sharpe', 'drawdown %', 'trades', 'parameters'],
    best
      .slice(0, 10)
      .map((each) => [
        String(each.run),
        figure(each.score),
        figure(each.return_pct),
        figure(each.sharpe),
        figure(each.max_drawdown_pct),
        String(each.trades),
        JSON.stringify(each.overrides),
      ]),
  )
  print(
    `\nchosen on the train part, traded on the test part: ${figure(walk.return_pct)} %, efficiency ${figure(walk.efficiency)}`,
  )
}

async function report(name: string, options: { limit: string; json?: boolean }): Promise<void> {
  const clickhouse = createClickHouse(loadOperator().environment)
  try {
    const limit = Math.min(Math.max(Math.trunc(Number(options.limit)) || 20, 1), 100_000)
    const rows = await runQuery(clickhouse, sweepRunsOf, { sweep_id: name, limit })
    const runs = rows.map((row) => ({
      ...row,
      overrides: JSON.parse(row.overrides) as unknown,
      splits: JSON.parse(row.splits) as unknown,
    }))
    if (options.json) return printJson({ sweep_id: name, runs })
    printTable(
      ['run', 'score', 'return %', 'Sharpe', 'drawdown %', 'trades', 'parameters'],
      rows.map((row) => [
        String(row.run),
        figure(row.score),
        figure(row.return_pct),
        figure(row.sharpe),
        figure(row.max_drawdown_pct),
        String(row.trades),
        row.problem === '' ? row.overrides : row.problem,
      ]),
    )
  } finally {
    await clickhouse.close()
  }
}

/** `holdfast backtest`: a strategy over recorded candles, with the decisions, fees and funding of a session. */
// Not here: the run and its report (domain/backtest), many runs at once (cli/sweep.ts).

import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { z } from 'zod'
import { print, printJson, printTable } from '#cli/output.ts'
import { loadCandles } from '#cli/support/candles.ts'
import { loadOperator } from '#cli/support/operator.ts'
import { chooseStrategy } from '#cli/support/strategies.ts'
import { createClickHouse } from '#clickhouse/client.ts'
import { insertBacktest } from '#clickhouse/tables/backtest-rows.ts'
import { systemClock } from '#config/clock.ts'
import { loadSessionFile } from '#config/session-file.ts'
import { equityCsv, tradesCsv } from '#domain/backtest/csv.ts'
import { BacktestOptions } from '#domain/backtest/options.ts'
import { type BacktestReport, backtestReport } from '#domain/backtest/report.ts'
import { runBacktest } from '#domain/backtest/run.ts'
import { InvalidInputError } from '#domain/errors.ts'
import { SessionLimits } from '#domain/risk/limit-input.ts'

export interface BacktestCommand {
  strategy: string
  data: string
  coins?: string
  interval?: string
  entryInterval?: string
  exitInterval?: string
  params?: string
  options?: string
  limits?: string
  from?: string
  to?: string
  out?: string
  save?: boolean
  json?: boolean
}

export function registerBacktest(program: Command): void {
  program
    .command('backtest')
    .description('run a strategy over candles: return, risk, costs, and why trades ended')
    .requiredOption(
      '--strategy <name|file>',
      'ema_cross, mei_alpha_v1, a strategy of yours, or a file of config/strategies',
    )
    .requiredOption(
      '--data <path>',
      'a CSV (.csv, .csv.gz) or Parquet file, a folder of them, or "clickhouse"',
    )
    .option('--coins <list>', 'coins by comma; unset: all that the data holds')
    .option(
      '--interval <length>',
      'candle length of the indicators, and of the data unless one of the next two is shorter, e.g. 1h',
    )
    .option('--entry-interval <length>', 'entries at closes of this length; unset: as the strategy has it')
    .option('--exit-interval <length>', 'exits at closes of this length; unset: as the strategy has it')
    .option('--params <json>', 'parameters that differ from the strategy’s defaults or file')
    .option('--options <json>', 'equity_usd, fill, path, spread_bps, slippage_bps, …')
    .option(
      '--limits <json|file>',
      'judge orders by these limits of a session, or by those of a session file',
    )
    .option('--from <time>', 'first decision, e.g. 2025-01-01; earlier candles warm up')
    .option('--to <time>', 'end')
    .option('--out <folder>', 'write trades.csv, equity.csv and report.json there')
    .option('--save', 'store it in the running stack’s ClickHouse, for the dashboard')
    .option('--json', 'the report as one JSON object')
    .action(backtest)
}

async function backtest(command: BacktestCommand): Promise<void> {
  const chosen = await chooseStrategy(command.strategy, {
    params: parseJson('--params', command.params),
    interval: command.interval,
    entry_interval: command.entryInterval,
    exit_interval: command.exitInterval,
  })
  const options = readOptions(command)
  const { series, guides } = await loadCandles(command, chosen)
  const limits = command.limits === undefined ? undefined : readLimits(command.limits)
  const run = runBacktest(chosen.strategy, chosen.params, series, options, { limits }, guides)
  const traded = series.filter(({ coin }) => !guides.includes(coin))
  const report = backtestReport(run, { strategy: chosen.name, series: traded, options })
  const extra: { id?: string; out?: string } = {}
  if (command.out !== undefined) {
    extra.out = resolve(command.out)
    mkdirSync(extra.out, { recursive: true })
    writeFileSync(join(extra.out, 'trades.csv'), tradesCsv(run.account.trades))
    writeFileSync(join(extra.out, 'equity.csv'), equityCsv(run))
    writeFileSync(join(extra.out, 'report.json'), `${JSON.stringify(report, null, 2)}\n`)
  }
  if (command.save) {
    const clickhouse = createClickHouse(loadOperator().environment)
    extra.id = randomUUID()
    try {
      await insertBacktest(clickhouse, {
        id: extra.id,
        ts: systemClock.now(),
        report,
        params: { ...chosen.params },
        options,
        run,
      })
    } finally {
      await clickhouse.close()
    }
  }
  if (command.json) return printJson({ ...report, ...extra })
  show(report)
  if (extra.out) print(`written: ${extra.out}`)
  if (extra.id) print(`saved: backtest ${extra.id}`)
}

export function parseJson(source: string, text: string | undefined): Record<string, unknown> {
  if (text === undefined) return {}
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch {
    // told below
  }
  throw new InvalidInputError({ source, path: '', found: text.slice(0, 80), expected: 'a JSON object' })
}

function readOptions(command: BacktestCommand): BacktestOptions {
  return checked('--options', BacktestOptions, {
    ...parseJson('--options', command.options),
    ...(command.from === undefined ? {} : { from_ts: readTime('--from', command.from) }),
    ...(command.to === undefined ? {} : { to_ts: readTime('--to', command.to) }),
  })
}

/** @param text a JSON object, or the name of a session file, of which the limits are taken */
function readLimits(text: string): SessionLimits {
  if (!text.trimStart().startsWith('{')) return loadSessionFile(text).limits
  return checked('--limits', SessionLimits, parseJson('--limits', text))
}

/** @throws InvalidInputError with the first value that does not fit */
function checked<Schema extends z.ZodType>(
  source: string,
  schema: Schema,
  given: Record<string, unknown>,
): z.infer<Schema> {
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const path = issue?.path.map(String).join('.') ?? ''
  throw new InvalidInputError({
    source,
    path,
    found: JSON.stringify(path === '' ? given : given[path]),
    expected: issue?.message ?? 'a valid value',
  })
}

export function readTime(source: string, text: string): number {
  const ts = Date.parse(text)
  if (Number.isFinite(ts)) return ts
  throw new InvalidInputError({ source, path: '', found: text, expected: 'a time such as 2025-01-01' })
}

const figure = (value: number | null, digits = 2): string =>
  value === null ? 'unknown' : value.toFixed(digits)
const day = (ts: number): string => new Date(ts).toISOString().slice(0, 10)

function show(report: BacktestReport): void {
  print(
    `${report.strategy} on ${report.coins.join(', ')} ${report.interval}, ${day(report.from_ts)} to ${day(report.to_ts)}, ${report.bars} decisions`,
  )
  const { model } = report
  print(
    `fills at ${model.fill.replace('_', ' ')}, spread ${model.spread_bps} bps, slippage ${model.slippage_bps} bps; within a bar: ${model.path}`,
  )
  print('')
  printTable(
    ['', ''],
    [
      [
        'return',
        `${figure(report.return_pct)} % (${figure(report.equity_start_usd)} → ${figure(report.equity_end_usd)} USD)`,
      ],
      ['buy and hold', `${figure(report.holding_return_pct)} %`],
      ['Sharpe, Sortino', `${figure(report.sharpe)}, ${figure(report.sortino)}`],
      ['max drawdown', `${figure(report.max_drawdown_pct)} % (${figure(report.max_drawdown_usd)} USD)`],
      ['trades, won', `${report.trades}, ${figure(report.win_rate_pct, 1)} %`],
      ['profit factor', figure(report.profit_factor)],
      ['in the market', `${figure(report.exposure_pct, 1)} %`],
      [
        'fees, funding',
        `${figure(report.fees_usd)} USD, ${report.funding_known ? `${figure(report.funding_usd)} USD` : 'unknown: no rates in the data'}`,
      ],
    ],
  )
  print('')
  printTable(
    ['exit reason', 'trades', 'won', 'net USD', 'each'],
    report.by_exit_reason.map((group) => [
      group.name,
      String(group.trades),
      String(group.wins),
      figure(group.net_usd),
      figure(group.average_net_usd),
    ]),
  )
  const gates = report.gates.slice(0, 6).map(({ gate, times }) => `${gate} ${times}`)
  if (gates.length > 0) print(`\nstopped most often by: ${gates.join(', ')}`)
  if (report.ended_by !== null) {
    print(
      `\nended by ${report.ended_by} at ${day(report.to_ts)}: a session with these limits kills itself there`,
    )
  }
}

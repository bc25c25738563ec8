/** `holdfast simulate`: a maker's quoting code against recorded or synthetic books at full speed, on the paper exchange's matching engine. */
// Not here: the simulation (exchange/paper/simulate), candle strategies (cli/backtest.ts), seeded worlds of whole sessions (npm run simulate).
import type { Command } from 'commander'
import { print, printJson, printTable } from '#cli/output.ts'
import { InvalidInputError } from '#domain/errors.ts'
import { parseSessionInput } from '#domain/session/input.ts'
import { MINUTE_MS } from '#domain/time.ts'
import { parseLatency } from '#exchange/paper/latency.ts'
import { recordedTape, syntheticTape } from '#exchange/paper/simulate/make-tape.ts'
import type { MakerSession } from '#exchange/paper/simulate/maker-desk.ts'
import type { SimulationReport } from '#exchange/paper/simulate/report.ts'
import { simulate } from '#exchange/paper/simulate/simulate.ts'
import type { Tape } from '#exchange/paper/simulate/tape.ts'

interface SimulateCommand {
  strategy?: string
  file?: string
  data: string
  coins?: string
  minutes: string
  seed: string
  params?: string
  limits?: string
  equity: string
  latency: string
  json?: boolean
}

/** A synthetic market begins here unless it is told otherwise: the same words give the same run on any day. */
const START = Date.UTC(2026, 0, 1)
const LIMITS = { order_usd_max: 1_000, position_usd_max: 3_000 }

export function registerSimulate(program: Command): void {
  program
    .command('simulate')
    .description('run makers over recorded or synthetic books at full speed: return, fills, markouts, costs')
    .option('--strategy <list>', 'touch, spread, microprice; several by comma are compared')
    .option('--file <session>', 'a maker session file instead: its coins, parameters and limits')
    .requiredOption('--data <source>', 'a recording of frames (.jsonl, .jsonl.gz) or "synthetic"')
    .option('--coins <list>', 'coins by comma; unset: all of the recording, BTC of the synthetic market')
    .option('--minutes <n>', 'length of the synthetic market', '60')
    .option('--seed <n>', 'of the synthetic market, of ids and latencies', '7')
    .option('--params <json>', 'parameters that differ from the strategy’s defaults')
    .option('--limits <json>', 'limits of the session', JSON.stringify(LIMITS))
    .option('--equity <usd>', 'what the account begins with', '10000')
    .option(
      '--latency <ms>',
      'from frame to our action at the venue: 50, 20..80 or lognormal:MEDIAN,SIGMA',
      '20..80',
    )
    .option('--json', 'the report as one JSON object')
    .action(runSimulate)
}

async function runSimulate(command: SimulateCommand): Promise<void> {
  const latency = parseLatency(command.latency)
  const seed = wholeOf('--seed', command.seed)
  const equityUsd = wholeOf('--equity', command.equity)
  const fromFile = command.file === undefined ? null : await readFile(command.file)
  const coins = command.coins?.split(',') ?? fromFile?.coins
  const tape = await tapeOf(command, coins === undefined ? undefined : [...coins], seed)
  const sessions = fromFile ? [fromFile] : sessionsOf(command, tape)
  const reports = sessions.map((session) => {
    const began = performance.now()
    const report = simulate(tape, { session, equityUsd, latency, seed })
    return { ...report, events_per_s: Math.round(tape.length / ((performance.now() - began) / 1_000)) }
  })
  if (command.json) printJson(reports.length === 1 ? reports[0] : { simulations: reports })
  else show(reports)
}

async function readFile(file: string): Promise<MakerSession> {
  const { readSessionFile } = await import('#cli/support/session-client.ts')
  const input = readSessionFile(file)
  if (input.engine === 'maker') return input as MakerSession & typeof input
  throw new InvalidInputError({
    ...{ source: file, path: 'engine', found: JSON.stringify(input.engine) },
    expected: '"maker"; candle strategies run by `holdfast backtest`',
  })
}

function tapeOf(
  { data, minutes }: SimulateCommand,
  coins: readonly string[] | undefined,
  seed: number,
): Promise<Tape> | Tape {
  if (data !== 'synthetic') return recordedTape(data, { coins })
  const length = wholeOf('--minutes', minutes)
  const startTs = Math.floor(START / MINUTE_MS) * MINUTE_MS
  return syntheticTape({ seed, coins: coins ?? ['BTC'], minutes: length, startTs })
}

/** Each strategy on all coins of the data; `touch` takes one, the first. */
function sessionsOf({ strategy, params, limits }: SimulateCommand, tape: Tape): MakerSession[] {
  if (strategy === undefined) {
    throw new InvalidInputError({
      ...{ source: 'command line', path: '--strategy', found: 'nothing' },
      expected: 'touch, spread or microprice, or a session file with --file',
    })
  }
  const names = tape.specs.map(({ name }) => name)
  return strategy.split(',').map((name) => {
    const input = parseSessionInput(
      {
        ...{ engine: 'maker', session_key: 'simulate', account: 'simulate' },
        coins: name === 'touch' ? names.slice(0, 1) : names,
        params: { strategy: name, ...jsonOf('--params', params) },
        limits: jsonOf('--limits', limits),
      },
      'command line',
    )
    return input as MakerSession & typeof input
  })
}

function jsonOf(flag: string, text: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = text === undefined ? {} : JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch {
    // said below
  }
  throw new InvalidInputError({
    source: 'command line',
    path: flag,
    found: text ?? '',
    expected: 'a JSON object',
  })
}

function wholeOf(flag: string, text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new InvalidInputError({
    ...{ source: 'command line', path: flag, found: JSON.stringify(text) },
    expected: 'a number above 0',
  })
}

function show(reports: readonly (SimulationReport & { events_per_s: number })[]): void {
  const [first] = reports
  if (!first) return
  const coins = new Set(reports.flatMap((report) => report.coins))
  print(`${first.data}: ${[...coins].join(', ')}, ${first.hours} h, ${first.events} events`)
  const rows: [string, (report: SimulationReport & { events_per_s: number }) => unknown][] = [
    ['return %', ({ return_pct }) => return_pct],
    ['PnL USD', ({ pnl_usd }) => pnl_usd],
    ['max drawdown %', ({ max_drawdown_pct }) => max_drawdown_pct],
    ['fills', ({ fills }) => fills],
    ['volume USD', ({ volume_usd }) => volume_usd],
    ['maker share', ({ maker_share }) => maker_share],
    ['spread capture bps', ({ spread_capture_bps }) => spread_capture_bps],
    ['markout 1 s, 10 s, 60 s bps', ({ markout_bps }) => Object.values(markout_bps).join(', ')],
    ['fees USD', ({ fees_usd }) => fees_usd],
    ['funding USD', ({ funding_usd }) => funding_usd],
    ['largest position USD', ({ position_usd_max }) => position_usd_max],
    ['orders, cancels, refused', ({ orders, cancels, rejected }) => `${orders}, ${cancels}, ${rejected}`],
    [
      'mostly',
      ({ reasons }) =>
        reasons
          .slice(0, 3)
          .map(({ reason }) => reason)
          .join(', '),
    ],
    ['ended', ({ ended }) => ended ?? 'with the data'],
    ['events/s', ({ events_per_s }) => events_per_s],
  ]
  printTable(
    ['', ...reports.map(({ strategy }) => strategy)],
    rows.map(([name, of]) => [name, ...reports.map((report) => String(of(report) ?? '–'))]),
  )
}

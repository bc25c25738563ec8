/** `holdfast signals`: what all tracked traders together hold of each coin, and whether such signals were ever worth anything. */
// Not here: making them (workflows/signals.ts), the traders (cli/traders.ts).
import type { Command } from 'commander'
import pc from 'picocolors'
import { print, printJson, printTable } from '#cli/output.ts'
import { runJob } from '#cli/support/jobs.ts'
import { loadOperator } from '#cli/support/operator.ts'
import { createClickHouse } from '#clickhouse/client.ts'
import { runQuery } from '#clickhouse/query.ts'
import { type SignalStatisticsRow, signalStatistics } from '#clickhouse/tables/signal-statistics.ts'
import { latestSignals, signalsOfCoin } from '#clickhouse/tables/signals-queries.ts'
import { DAY_MS } from '#domain/time.ts'
import { WORKFLOW_TYPES } from '#workflows/names.ts'

interface Options {
  coin?: string
  days: string
  make?: boolean
  json?: boolean
}

export function registerSignals(program: Command): void {
  program
    .command('signals')
    .description('signals of tracked traders by coin, and what the price did after them')
    .option('--coin <coin>', 'history of one coin')
    .option('--days <n>', 'days that history and returns go back', '30')
    .option('--make', 'make signals now instead of waiting for the next five minutes')
    .option('--json', 'one JSON object')
    .action(signals)
}

async function signals(options: Options): Promise<void> {
  const made = options.make ? await runJob(WORKFLOW_TYPES.signals) : null
  const client = createClickHouse(loadOperator().environment)
  const since = Math.max(0, Date.now() - Number(options.days) * DAY_MS)
  try {
    const [latest, history, returns] = await Promise.all([
      runQuery(client, latestSignals, {}),
      options.coin ? runQuery(client, signalsOfCoin, { coin: options.coin, since, limit: 2_000 }) : [],
      signalStatistics(client, options.coin ?? '', since),
    ])
    const shown = options.coin ? history : latest
    if (options.json) return printJson({ signals: shown, returns, ...(made ? { made } : {}) })
    if (shown.length === 0)
      print('no signals yet: they come every five minutes once traders are tracked and read')
    else showSignals(shown.slice(-50))
    showReturns(returns)
  } finally {
    await client.close()
  }
}

const percent = (value: number | null, digits = 1): string =>
  value === null ? '?' : `${(value * 100).toFixed(digits)} %`
const word = (recommendation: string): string =>
  recommendation === 'LONG' ? pc.green('LONG') : recommendation === 'SHORT' ? pc.red('SHORT') : 'NEUTRAL'

type Signal = Awaited<
  ReturnType<typeof runQuery<typeof latestSignals.params, typeof latestSignals.row>>
>[number]

function showSignals(rows: readonly Signal[]): void {
  printTable(
    ['coin', 'when', 'signal', 'sure', 'long', 'short', 'net coins', 'holders', 'unknown', 'price', 'change'],
    rows.map((row) => [
      row.coin,
      new Date(row.at).toISOString().slice(0, 16),
      word(row.recommendation),
      percent(row.confidence),
      percent(row.long_bias),
      percent(row.short_bias),
      String(row.net_exposure),
      `${row.longs + row.shorts} of ${row.longs + row.shorts + row.flats}`,
      String(row.unknown),
      String(row.price),
      row.alert ? pc.bold(row.change) : row.change,
    ]),
  )
}

function showReturns(rows: readonly SignalStatisticsRow[]): void {
  print('  what the price did after them (95 % intervals, from stretches that do not overlap):')
  printTable(
    ['after', 'signals', 'independent', 'hit rate', 'between', 'mean return', 'between'],
    rows.map((row) => [
      `${row.horizon_ms / 60_000} min`,
      String(row.signals),
      String(row.independent),
      percent(row.hit_rate),
      `${percent(row.hit_rate_low)} and ${percent(row.hit_rate_high)}`,
      percent(row.mean_return, 3),
      `${percent(row.mean_return_low, 3)} and ${percent(row.mean_return_high, 3)}`,
    ]),
  )
}

/** `holdfast traders [top|show|why|accuracy|measure|select]`: who is tracked and why, what they hold, how right we are. */
// Not here: signals (cli/signals.ts), the selection itself (workflows/trader-selection.ts).
import type { Command } from 'commander'
import pc from 'picocolors'
import { print, printJson, printTable } from '#cli/output.ts'
import { runJob } from '#cli/support/jobs.ts'
import { loadOperator } from '#cli/support/operator.ts'
import { readAccuracy, readTop, readTrader, readWhy, resolveTrader } from '#cli/support/trader-queries.ts'
import { type ClickHouseClient, createClickHouse } from '#clickhouse/client.ts'
import { isoDay } from '#domain/time.ts'
import { WORKFLOW_TYPES } from '#workflows/names.ts'

interface Options {
  json?: boolean
  limit?: string
  force?: boolean
}

export function registerTraders(program: Command): void {
  const traders = program
    .command('traders')
    .description('traders of the leaderboard: who is tracked, why, and what they hold')
  traders
    .command('top', { isDefault: true })
    .description('the tracked, best first, with the parts of their scores')
    .option('--limit <n>', 'so many', '20')
    .option('--json', 'one JSON object')
    .action((options: Options) => withDatabase((client) => top(client, options)))
  traders
    .command('show <address>')
    .description(
      'positions, latest changes and open orders of one trader; the beginning of the address is enough',
    )
    .option('--json', 'one JSON object')
    .action((address: string, options: Options) => withDatabase((client) => show(client, address, options)))
  traders
    .command('why <address>')
    .description('score and its parts day by day, and why the trader came or left')
    .option('--json', 'one JSON object')
    .action((address: string, options: Options) => withDatabase((client) => why(client, address, options)))
  traders
    .command('accuracy')
    .description('how right the tape and the guess from the leaderboard were, day by day')
    .option('--json', 'one JSON object')
    .action((options: Options) => withDatabase((client) => accuracy(client, options)))
  traders
    .command('measure')
    .description('measure today now instead of waiting for the hour')
    .option('--json', 'one JSON object')
    .action(async (options: Options) => showAnswer(await runJob(WORKFLOW_TYPES.traderReconcile), options))
  traders
    .command('select')
    .description('read the leaderboard now; does nothing when the day has its selection')
    .option('--force', 'select again')
    .option('--json', 'one JSON object')
    .action(select)
}

async function withDatabase(work: (client: ClickHouseClient) => Promise<void>): Promise<void> {
  const client = createClickHouse(loadOperator().environment)
  try {
    await work(client)
  } finally {
    await client.close()
  }
}

const points = (value: number): string => value.toFixed(1)
const percent = (value: number): string => `${(value * 100).toFixed(1)} %`
const money = (value: number): string => `${Math.round(value).toLocaleString('en-US')}`
const age = (ts: number): string =>
  ts === 0 ? 'never' : `${Math.max(0, Math.round((Date.now() - ts) / 1_000))} s ago`

async function top(client: ClickHouseClient, options: Options): Promise<void> {
  const { selection, traders } = await readTop(client, Number(options.limit ?? 20))
  if (options.json) return printJson({ selection, traders })
  if (!selection) return print('nobody is tracked yet: `holdfast traders select` reads the leaderboard now')
  print(
    `  ${selection.day}: ${selection.tracked} tracked of ${selection.rows} readable rows, ${selection.entered} came, ${selection.left} left` +
      (selection.status === 'used' ? '' : pc.yellow(`; document refused: ${selection.reason}`)),
  )
  printTable(
    [
      '#',
      'address',
      'score',
      'all-time',
      'month',
      'week',
      'account',
      'volume',
      'bonus',
      'value USD',
      'holds',
      'sure',
      'read',
    ],
    traders.map((each) => [
      String(each.rank),
      each.address.slice(0, 12),
      pc.bold(points(each.score)),
      ...[each.all_time, each.month, each.week, each.account, each.volume, each.consistency].map(points),
      money(each.account_value),
      each.holds.join(', ') || 'flat',
      each.base_at === 0 ? 'unknown' : percent(each.confidence),
      age(each.base_at),
    ]),
  )
}

async function show(client: ClickHouseClient, typed: string, options: Options): Promise<void> {
  const address = await resolveTrader(client, typed)
  const { states, changes, orders } = await readTrader(client, address)
  if (options.json) return printJson({ address, positions: states, changes, orders })
  print(`  ${pc.bold(address)}`)
  printTable(
    ['coin', 'side', 'size', 'entry', 'sure', 'last trade'],
    states
      .filter(({ coin, status }) => coin !== '' && status !== 'flat')
      .map(({ coin, status, sz, entry_px, confidence, moved_at }) => [
        coin,
        status,
        sz,
        entry_px,
        percent(confidence),
        age(moved_at),
      ]),
  )
  printTable(
    ['when', 'coin', 'what', 'size', 'before', 'by'],
    changes
      .slice(0, 10)
      .map(({ at, coin, action, sz, sz_before, source }) => [
        new Date(at).toISOString(),
        coin,
        action,
        sz,
        sz_before,
        source,
      ]),
  )
  print(`  ${orders.length} open orders`)
  printTable(
    ['coin', 'side', 'price', 'open', 'of', 'looked at'],
    orders
      .slice(0, 10)
      .map(({ coin, side, px, sz, original_sz, seen_at }) => [coin, side, px, sz, original_sz, age(seen_at)]),
  )
}

async function why(client: ClickHouseClient, typed: string, options: Options): Promise<void> {
  const address = await resolveTrader(client, typed)
  const days = await readWhy(client, address)
  if (options.json) return printJson({ address, days })
  print(`  ${pc.bold(address)}`)
  printTable(
    ['day', 'score', 'all-time', 'month', 'week', 'account', 'volume', 'bonus', 'tags', 'guess', 'tracked'],
    days.map((day) => [
      isoDay(day.day_ts),
      points(day.score),
      ...[day.all_time, day.month, day.week, day.account, day.volume, day.consistency].map(points),
      day.tags.join(' '),
      day.guess,
      day.change === '' ? 'no' : `${day.change}${day.rank > 0 ? ` as #${day.rank}` : ''}: ${day.reason}`,
    ]),
  )
}

async function accuracy(client: ClickHouseClient, options: Options): Promise<void> {
  const days = await readAccuracy(client)
  if (options.json) return printJson({ days })
  if (days.length === 0) return print('nothing measured yet: it is measured every hour')
  printTable(
    ['day', 'method', 'samples', 'precision', 'recall', 'accuracy', 'sign right', 'size within 5 %'],
    days.map((day) => [
      ...[
        isoDay(day.day_ts),
        day.method,
        String(day.samples),
        percent(day.precision),
        percent(day.recall),
        percent(day.accuracy),
      ],
      ...(day.method === 'tape' ? [percent(day.sign_accuracy), percent(day.size_within_5pct)] : ['-', '-']),
    ]),
  )
}

async function select(options: Options): Promise<void> {
  showAnswer(await runJob(WORKFLOW_TYPES.traderSelection, { force: options.force ?? false }), options)
}

function showAnswer(answer: unknown, options: Options): void {
  if (options.json) printJson(answer)
  else print(JSON.stringify(answer, null, 2))
}

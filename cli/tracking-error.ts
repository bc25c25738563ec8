/** `holdfast tracking-error`: did the account do what the model said, day by day, and why not. */
// Not here: the arithmetic (domain/tracking-error), the scheduled job (workflows/tracking-error.ts).
import type { Command } from 'commander'
import pc from 'picocolors'
import { createTrackingErrorActivities } from '#activities/tracking-error.ts'
import { print, printJson, printTable } from '#cli/output.ts'
import { csvOf, readWindow, refreshLedger, type WindowOptions } from '#cli/support/accounting.ts'
import { loadOperator, type Operator } from '#cli/support/operator.ts'
import { classView, hourView, stageView, type TrackedWindow } from '#cli/support/tracking-views.ts'
import { type ClickHouseClient, createClickHouse } from '#clickhouse/client.ts'
import {
  modelDays,
  type TrackingDayRow,
  trackingCoins,
  trackingDays,
  trackingLags,
} from '#clickhouse/pnl/tracking-report.ts'
import { createTrackingStore } from '#clickhouse/pnl/tracking-store.ts'
import { runQuery } from '#clickhouse/query.ts'
import { systemClock as clock } from '#config/clock.ts'
import { InvalidInputError } from '#domain/errors.ts'
import { DAY_MS, isoDay } from '#domain/time.ts'
import { PARTS } from '#domain/tracking-error/attribution.ts'
import { HOUR_CLASSES } from '#domain/tracking-error/hours.ts'
import { isAlarming, type PairSummary, summarisePair } from '#domain/tracking-error/summary.ts'

interface TrackingOptions extends WindowOptions {
  model?: string
  account?: string
  lookback?: string
  by: string
  stored?: boolean
  csv?: boolean
  json?: boolean
}

const VIEWS = ['day', 'lag', 'coin', 'hour', 'class', 'stage'] as const

export function registerTrackingError(program: Command): void {
  program
    .command('tracking-error')
    .description('accounts against their models: daily differences with causes that add up')
    .option('--model <name>', 'this model alone')
    .option('--account <name>', 'this account alone')
    .option('--from <day>', 'first UTC day; unset: as far as --lookback')
    .option('--to <day>', 'last UTC day; unset: yesterday, the last one that is over')
    .option(
      '--lookback <days>',
      'days that are computed and shown (default: the setting accounting.lookback_days)',
    )
    .option('--by <what>', `${VIEWS.join(', ')}`, 'day')
    .option('--stored', 'as the scheduled job left it')
    .option('--csv', 'comma-separated values')
    .option('--json', 'one JSON object')
    .action(tracking)
}

async function tracking(options: TrackingOptions): Promise<void> {
  const operator = loadOperator()
  if (!(VIEWS as readonly string[]).includes(options.by)) refuse('--by', options.by, VIEWS.join(', '))
  const lookback = whole('--lookback', options.lookback) ?? operator.settings.accounting.lookback_days
  const today = Math.floor(clock.now() / DAY_MS) * DAY_MS
  const given = readWindow(options)
  const span = {
    from: options.from === undefined ? today - lookback * DAY_MS : given.from,
    to: Math.min(given.to, today),
  }
  const clickhouse = createClickHouse(operator.environment)
  try {
    // A window that begins before the lookback is computed as far back as it goes.
    const days = Math.max(lookback, Math.ceil((today - span.from) / DAY_MS))
    if (!options.stored) await refresh(operator, clickhouse, options, Math.min(days, 3_650))
    const params = { model: options.model ?? '', account: options.account ?? '', ...span }
    const rows = await runQuery(clickhouse, trackingDays, params)
    const lags = await runQuery(clickhouse, trackingLags, params)
    const coins =
      ['coin', 'stage'].includes(options.by) || options.json
        ? await runQuery(clickhouse, trackingCoins, params)
        : []
    const dated = <Row extends { day_ts: number }>(list: readonly Row[]) =>
      list.map(({ day_ts, ...row }) => ({ day: isoDay(day_ts), ...row }))
    const hours = options.by === 'hour' ? await hourView(clickhouse, params) : []
    const classes = options.by === 'class' || options.json ? await classView(clickhouse, params) : []
    const views = {
      day: dated(rows),
      lag: dated(lags),
      coin: dated(coins),
      hour: hours,
      class: classes,
      stage: stageView(rows, coins),
    }
    const view: Record<string, unknown>[] = views[options.by as (typeof VIEWS)[number]]
    if (options.csv) return csvOf(view).forEach(print)
    const pairs = await pairsOf(clickhouse, rows, params)
    if (options.json)
      printJson({
        pairs,
        days: views.day,
        lags: views.lag,
        coins: views.coin,
        classes,
        hours,
        stages: views.stage,
      })
    else show(pairs, view)
  } finally {
    await clickhouse.close()
  }
}

async function refresh(
  { settings }: Operator,
  clickhouse: ClickHouseClient,
  options: TrackingOptions,
  lookbackDays: number,
): Promise<void> {
  await refreshLedger(clickhouse, options.account ?? '')
  const { tracking: pairs, cost_bps: costBps } = settings.accounting
  const activities = createTrackingErrorActivities({
    ...{ clock, store: createTrackingStore(clickhouse), pairs, costBps, progress: () => {} },
  })
  const wanted = {
    lookback_days: lookbackDays,
    ...(options.model !== undefined && { model: options.model }),
    ...(options.account !== undefined && { account: options.account }),
  }
  for (const pair of await activities.trackedPairs(wanted))
    await activities.computeTrackingError({ ...pair, lookback_days: lookbackDays })
}

type PairFigures = PairSummary & { model: string; account: string; lag_days: number; alarms: number }

async function pairsOf(
  clickhouse: ClickHouseClient,
  rows: readonly TrackingDayRow[],
  window: TrackedWindow,
): Promise<PairFigures[]> {
  const name = (row: { model: string; account: string }): string => `${row.model}\n${row.account}`
  const own = Map.groupBy(await runQuery(clickhouse, modelDays, window), name)
  return [...Map.groupBy(rows, name).values()].map((days) => {
    const first = days[0] as TrackingDayRow
    const returns = (own.get(name(first)) ?? []).map(({ net_return }) => net_return)
    return {
      ...{ model: first.model, account: first.account, lag_days: first.lag_days },
      ...summarisePair(days, returns),
      alarms: days.filter((day) => isAlarming(day)).length,
    }
  })
}

function refuse(source: string, found: string, expected: string): never {
  throw new InvalidInputError({ source, path: '', found: JSON.stringify(found), expected })
}

function whole(source: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  return /^\d{1,4}$/.test(text) ? Number(text) : refuse(source, text, 'a whole number of days')
}

const percent = (value: unknown): string =>
  typeof value === 'number' ? `${(100 * value).toFixed(3)} %` : '–'

function show(pairs: readonly PairFigures[], view: readonly Record<string, unknown>[]): void {
  if (pairs.length === 0)
    return void print(
      'nothing to compare: no model has targets, or no account a net asset value (see docs/features/tracking-error.md)',
    )
  const counted = [
    'hour',
    'kind',
    'coins',
    'days',
    'stage',
    'cause',
    ...HOUR_CLASSES.map((kind) => kind.toLowerCase()),
    'day',
    'model',
    'account',
    'coin',
    'mismatch',
    'lag',
    'lag_days',
    'revision',
    'aligned',
    'sign_flip',
    'mis_sized',
    'best',
  ]
  const isCount = (name: string, row: Record<string, unknown>): boolean =>
    counted.includes(name) || ('active_share' in row && (name === 'missing' || name === 'extra'))
  const names = Object.keys(view[0] ?? {})
  printTable(
    names,
    view.map((row) => names.map((name) => (isCount(name, row) ? String(row[name]) : percent(row[name])))),
  )
  for (const pair of pairs) {
    const causes = PARTS.filter((part) => pair.causes[part] !== 0).map(
      (part) => `${part} ${percent(pair.causes[part])}`,
    )
    print(
      `  ${pc.bold(`${pair.model} × ${pair.account}`)}: tracking error ${percent(pair.te_annualised)} a year over ${pair.days} known days (${pair.unknown_days} unknown)`,
    )
    print(
      `    account ${percent(pair.live_return)}, targets ${percent(pair.paper_return)}, model after costs ${percent(pair.model_return)}`,
    )
    print(`    difference ${percent(pair.difference)} = ${causes.join(', ') || 'nothing'}`)
    if (pair.alarms > 0) print(pc.red(`    ${pair.alarms} days off by more than 10 %, or 5 % over a week`))
  }
}

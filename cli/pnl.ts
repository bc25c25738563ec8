/** `holdfast pnl`: profit and loss by account, session, strategy, coin or day, exact, with fees and funding; does it explain the account? */
// Not here: the arithmetic (domain/pnl), lots for the tax office (cli/export.ts).
import type { Command } from 'commander'
import pc from 'picocolors'
import { print, printJson, printTable } from '#cli/output.ts'
import {
  csvOf,
  readGroupings,
  readWindow,
  refreshLedger,
  type WindowOptions,
} from '#cli/support/accounting.ts'
import { loadOperator, resolveSessionId } from '#cli/support/operator.ts'
import { type ClickHouseClient, createClickHouse } from '#clickhouse/client.ts'
import { type NavPoint, readPerformanceInput } from '#clickhouse/pnl/performance-store.ts'
import { readLedgerDays, readMarks, readStrategies } from '#clickhouse/pnl/report-store.ts'
import { formatFixed, parseFixed } from '#domain/fixed-point.ts'
import { type Performance, performanceOf } from '#domain/performance.ts'
import { type Grouping, type PnlGroup, reportPnl, totalOf } from '#domain/pnl/report.ts'

interface PnlOptions extends WindowOptions {
  account?: string
  session?: string
  since?: string
  by?: string
  benchmark: string
  stored?: boolean
  csv?: boolean
  json?: boolean
}

export function registerPnl(program: Command): void {
  program
    .command('pnl')
    .description('profit and loss with fees and funding, reconciled with net asset value')
    .option('--account <name>', 'this account alone')
    .option('--session <id>', 'this session alone')
    .option('--from <day>', 'first UTC day, e.g. 2026-11-21; unset: the beginning')
    .option('--to <day>', 'last UTC day; unset: today')
    .option('--since <day>', 'the same as --from')
    .option('--by <words>', 'account, session, strategy, coin, day; several with commas (default: session)')
    .option('--benchmark <coin>', 'coin that could have been held instead', 'BTC')
    .option('--stored', 'as the scheduled job left it, without looking for newer fills')
    .option('--csv', 'comma-separated values, exact')
    .option('--json', 'one JSON object, exact')
    .action(pnl)
}

async function pnl(options: PnlOptions): Promise<void> {
  const operator = loadOperator()
  const from = options.from ?? options.since
  const window = readWindow({ ...options, ...(from !== undefined && { from }) })
  const by = readGroupings(options.by)
  const clickhouse = createClickHouse(operator.environment)
  try {
    const account = options.account ?? ''
    if (!options.stored) await refreshLedger(clickhouse, account)
    const days = await readLedgerDays(clickhouse, { account, ...window })
    const coins = [...new Set(days.map(({ coin }) => coin))].sort()
    const [marks, strategies] = await Promise.all([
      readMarks(clickhouse, coins, window.to),
      readStrategies(clickhouse),
    ])
    const wanted = options.session === undefined ? null : resolveSessionId(operator, options.session)
    const report = (groupings: readonly Grouping[]): PnlGroup[] =>
      reportPnl({
        ...{ days, ...window, by: groupings, mark: marks.mark },
        strategyOf: (session) => strategies.get(session) || 'unknown',
      }).filter(({ session_id }) => wanted === null || session_id === undefined || session_id === wanted)
    const groups = report(wanted === null || by.includes('session') ? by : ['session', ...by])
    const sessions = report(['session'])
    const unrealized = sessions.reduce((sum, group) => sum + parseFixed(group.unrealized_pnl_usd), 0n)
    const total = { ...totalOf(sessions), unrealized_pnl_usd: formatFixed(unrealized) }
    if (options.csv) return csvOf(groups as unknown as Record<string, unknown>[]).forEach(print)
    const accounts = await accountsOf(
      clickhouse,
      days.map((day) => day.account),
      window,
      options.benchmark,
    )
    if (options.json) printJson({ by, groups, sessions, total, marks: marks.latest, accounts })
    else show(groups, total, accounts)
  } finally {
    await clickhouse.close()
  }
}

interface AccountFigures {
  account: string
  performance: Performance
  /** Sum of the days whose change is not explained to the cent. */
  unexplained_usd: string
  alert_days: number
  nav: NavPoint[]
}

async function accountsOf(
  client: ClickHouseClient,
  names: readonly string[],
  window: { from: number; to: number },
  benchmark: string,
): Promise<AccountFigures[]> {
  const found: AccountFigures[] = []
  for (const account of [...new Set(names)].sort()) {
    const { input, nav } = await readPerformanceInput(client, { account, ...window }, benchmark)
    const rests = nav.map(({ unexplained_usd }) =>
      unexplained_usd === null ? 0n : parseFixed(unexplained_usd),
    )
    found.push({
      ...{ account, performance: performanceOf(input), nav },
      unexplained_usd: formatFixed(rests.reduce((sum, rest) => sum + rest, 0n)),
      alert_days: nav.filter(({ alert }) => alert).length,
    })
  }
  return found
}

const usd = (text: string): string => {
  const rounded = Number(text).toFixed(2)
  return rounded.startsWith('-') && Number(rounded) !== 0 ? pc.red(rounded) : rounded
}

function show(
  groups: readonly PnlGroup[],
  total: Omit<PnlGroup, 'positions'>,
  accounts: readonly AccountFigures[],
): void {
  if (groups.length === 0) return void print('no fills')
  const keys = ['account', 'session_id', 'strategy', 'coin', 'day'] as const
  const used = keys.filter((key) => groups[0]?.[key] !== undefined)
  const money = (row: Omit<PnlGroup, 'positions'>): string[] => [
    String(row.fills),
    usd(row.volume_usd),
    usd(row.realized_pnl_usd),
    usd(row.unrealized_pnl_usd),
    usd(row.funding_usd),
    usd(row.fees_usd),
    usd(row.net_pnl_usd),
  ]
  const held = ({ positions }: PnlGroup): string =>
    Object.entries(positions)
      .map(([coin, sz]) => `${sz} ${coin}`)
      .join(', ') || 'flat'
  printTable(
    [
      ...used.map((key) => key.replace('_id', '')),
      ...['fills', 'volume', 'realized', 'open', 'funding', 'fees', 'net USD', 'position'],
    ],
    [
      ...groups.map((group) => [...used.map((key) => group[key] ?? ''), ...money(group), held(group)]),
      [pc.bold('total'), ...used.slice(1).map(() => ''), ...money(total), ''],
    ],
  )
  print('  net = realized + change of open − fees + funding; --json has the exact figures')
  for (const { account, performance, unexplained_usd, alert_days } of accounts) {
    if (performance.points < 2) continue
    const percent = (value: number | null): string => (value === null ? '–' : `${(100 * value).toFixed(2)} %`)
    const rest = `unexplained ${usd(unexplained_usd)} USD${alert_days > 0 ? pc.red(` on ${alert_days} days beyond the bound`) : ''}`
    print(
      `  ${account}: return ${percent(performance.time_weighted_return)}, deepest fall ${percent(performance.max_drawdown?.fraction ?? null)}, Sharpe ${performance.sharpe?.toFixed(2) ?? '–'}; ${rest}`,
    )
  }
}

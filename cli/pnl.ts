/** `holdfast pnl`: profit and loss of every session from its fills, exact, with fees, and with what is held at the latest mark. */
// Not here: the arithmetic (domain/pnl.ts). Funding payments are not in it yet.
import type { Command } from 'commander'
import pc from 'picocolors'
import { print, printJson, printTable } from '#cli/output.ts'
import { loadOperator, resolveSessionId } from '#cli/support/operator.ts'
import { readFills, readMarks, readSessionIds } from '#cli/support/pnl-queries.ts'
import { createClickHouse } from '#clickhouse/client.ts'
import { InvalidInputError } from '#domain/errors.ts'
import { type SessionPnl, sessionPnl, totalPnl } from '#domain/pnl.ts'

interface PnlOptions {
  session?: string
  since?: string
  json?: boolean
}

export function registerPnl(program: Command): void {
  program
    .command('pnl')
    .description('profit and loss of sessions from their fills, with fees, marked at the latest price')
    .option('--session <id>', 'this session alone')
    .option('--since <time>', 'fills from this time on, e.g. 2026-11-21 or 2026-11-21T12:00:00Z')
    .option('--json', 'one JSON object')
    .action(pnl)
}

async function pnl(options: PnlOptions): Promise<void> {
  const operator = loadOperator()
  const clickhouse = createClickHouse(operator.environment)
  try {
    const [fills, sessions] = await Promise.all([
      readFills(clickhouse, readSince(options.since)),
      readSessionIds(clickhouse),
    ])
    const marks = await readMarks(clickhouse, [...new Set(fills.map(({ coin }) => coin))])
    const wanted = options.session === undefined ? null : resolveSessionId(operator, options.session)
    const ids = wanted === null ? sessions : [...new Set([...sessions, wanted])]
    const all = sessionPnl(fills, ids, (coin) => marks.get(coin) ?? null)
    const shown = all.filter(({ session_id }) => wanted === null || session_id === wanted)
    const total = totalPnl(shown)
    if (options.json) printJson({ sessions: shown, total: finite(total), marks: Object.fromEntries(marks) })
    else show(shown, total, marks)
  } finally {
    await clickhouse.close()
  }
}

function readSince(text: string | undefined): number {
  if (text === undefined) return 0
  const ts = Date.parse(text)
  if (Number.isFinite(ts) && ts >= 0) return ts
  throw new InvalidInputError({
    source: '--since',
    path: '',
    found: JSON.stringify(text),
    expected: 'a time such as 2026-11-21 or 2026-11-21T12:00:00Z',
  })
}

type Total = ReturnType<typeof totalPnl>

/** JSON has no infinity: without fills there is no first one. */
const finite = (total: Total) => ({ ...total, first_fill_ts: total.fills === 0 ? null : total.first_fill_ts })

function show(sessions: readonly SessionPnl[], total: Total, marks: ReadonlyMap<string, string>): void {
  if (sessions.length === 0) return void print('no fills')
  const usd = (text: string): string => {
    const value = Number(text)
    const rounded = value.toFixed(2)
    return value < 0 ? pc.red(rounded) : rounded
  }
  const money = (row: Total): string[] => [
    String(row.fills),
    usd(row.volume_usd),
    usd(row.realized_pnl_usd),
    usd(row.unrealized_pnl_usd),
    usd(row.fees_usd),
    usd(row.net_pnl_usd),
  ]
  const held = ({ positions }: SessionPnl): string =>
    Object.entries(positions)
      .map(([coin, sz]) => `${sz} ${coin} at ${marks.get(coin) ?? 'no price'}`)
      .join(', ') || 'flat'
  printTable(
    ['session', 'fills', 'volume', 'realized', 'open', 'fees', 'net USD', 'position'],
    [
      ...sessions.map((session) => [session.session_id, ...money(session), held(session)]),
      [pc.bold('total'), ...money(total), ''],
    ],
  )
  print('  realized and open are gross of fees; funding is not in it; --json has the exact figures')
}

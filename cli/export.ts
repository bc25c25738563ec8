/** `holdfast export`: fills, funding payments or realised result per lot as CSV, exact, one line each. */
// Not here: what lots are (domain/pnl/fifo.ts).
import type { Command } from 'commander'
import { z } from 'zod'
import { print } from '#cli/output.ts'
import { csvLine, readWindow, type WindowOptions } from '#cli/support/accounting.ts'
import { loadOperator } from '#cli/support/operator.ts'
import { type ClickHouseClient, createClickHouse } from '#clickhouse/client.ts'
import { type LotMethod, readLots } from '#clickhouse/pnl/lots.ts'
import { defineQuery, runQuery } from '#clickhouse/query.ts'
import { InvalidInputError } from '#domain/errors.ts'
import { formatFixed } from '#domain/fixed-point.ts'

interface ExportOptions extends WindowOptions {
  account?: string
  method: string
}

const WHAT = ['fills', 'funding', 'lots'] as const
const METHODS = ['fifo', 'average'] as const

export function registerExport(program: Command): void {
  program
    .command('export')
    .argument('<what>', WHAT.join(', '))
    .description('CSV on standard output: fills, funding payments, or realised result per lot')
    .option('--account <name>', 'this account alone')
    .option('--from <day>', 'first UTC day; lots: of the closing')
    .option('--to <day>', 'last UTC day; unset: today')
    .option('--method <name>', 'lots: fifo, or average (size-weighted entry, as the venue)', 'fifo')
    .action(exportCsv)
}

async function exportCsv(what: string, options: ExportOptions): Promise<void> {
  check('<what>', what, WHAT)
  check('--method', options.method, METHODS)
  const { environment } = loadOperator()
  const clickhouse = createClickHouse(environment)
  const range = { account: options.account ?? '', ...readWindow(options) }
  try {
    if (what === 'lots') await printLots(clickhouse, range, options.method as LotMethod)
    else await copyCsv(clickhouse, what === 'fills' ? FILLS : FUNDING, range)
  } finally {
    await clickhouse.close()
  }
}

function check(source: string, found: string, allowed: readonly string[]): void {
  if (allowed.includes(found)) return
  throw new InvalidInputError({
    ...{ source, path: '', found: JSON.stringify(found) },
    expected: `one of ${allowed.join(', ')}`,
  })
}

interface Range {
  account: string
  from: number
  to: number
}

const WINDOW = `({account:String} = '' OR account = {account:String})
  AND ts >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND ts < fromUnixTimestamp64Milli({to:Int64}, 'UTC')`
const TIME = `formatDateTime(ts, '%Y-%m-%dT%H:%i:%S', 'UTC') || '.' || leftPad(toString(toUnixTimestamp64Milli(ts) % 1000), 3, '0') || 'Z'`
const FILLS = `SELECT ${TIME} AS time, account, coin, side, px, sz, start_position, direction, closed_pnl, fee, fee_token,
    builder_fee, if(crossed, 'taker', 'maker') AS liquidity, session_id, oid, tid, hash
  FROM fills FINAL WHERE ${WINDOW} ORDER BY account, ts, coin, tid`
const FUNDING = `SELECT ${TIME} AS time, account, coin, usd, position_sz, rate FROM funding_payments FINAL WHERE ${WINDOW} ORDER BY account, ts, coin`

/** Straight from ClickHouse, in flat memory. */
async function copyCsv(client: ClickHouseClient, sql: string, range: Range): Promise<void> {
  const { stream } = await client.exec({
    query: `${sql} FORMAT CSVWithNames`,
    query_params: { ...range },
    clickhouse_settings: { format_csv_null_representation: '' },
  })
  for await (const chunk of stream as AsyncIterable<Buffer>) process.stdout.write(chunk)
}

const traded = defineQuery({
  name: 'coins of accounts',
  sql: `SELECT toString(account) AS account_name, arraySort(groupUniqArray(toString(coin))) AS coins FROM fills
    WHERE {account:String} = '' OR account = {account:String} GROUP BY account_name ORDER BY account_name`,
  params: z.object({ account: z.string() }),
  row: z.object({ account_name: z.string(), coins: z.array(z.string()) }),
})

/** Lots are followed from the first fill on, whatever the window: what was opened before it must be known. */
async function printLots(client: ClickHouseClient, range: Range, method: LotMethod): Promise<void> {
  const time = (ts: number): string => new Date(ts).toISOString()
  print(
    csvLine([
      'account',
      'coin',
      'side',
      'opened',
      'closed',
      'size',
      'cost_usd',
      'proceeds_usd',
      'realized_usd',
      'fee_usd',
      'entry',
    ]),
  )
  for (const { account_name, coins } of await runQuery(client, traded, { account: range.account }))
    for await (const lot of readLots(client, { account: account_name, coins, fromTs: 0 }, method)) {
      if (lot.closeTs < range.from || lot.closeTs >= range.to) continue
      const [cost, proceeds] = lot.side === 'long' ? [lot.openUsd, lot.closeUsd] : [lot.closeUsd, lot.openUsd]
      const money = [lot.sz, cost, proceeds, lot.realised, lot.fee].map(formatFixed)
      const entry = lot.known ? 'known' : 'before the history'
      print(csvLine([account_name, lot.coin, lot.side, time(lot.openTs), time(lot.closeTs), ...money, entry]))
    }
}

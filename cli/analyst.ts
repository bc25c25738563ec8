/** `holdfast analyst trades|gates|missed|market`: round trips with their reasons, gates that blocked most, moves that were missed, the market in flags. */
// Not here: the queries (clickhouse/tables/analyst-queries.ts), the arithmetic (domain/analyst, domain/market/market-watch.ts).
import type { Command } from 'commander'
import { printJson, printTable } from '#cli/output.ts'
import { loadOperator, type Operator, resolveSessionId } from '#cli/support/operator.ts'
import { createClickHouse } from '#clickhouse/client.ts'
import { runQuery } from '#clickhouse/query.ts'
import { gatesOfSession, minuteCloses, missedMoves } from '#clickhouse/tables/analyst-queries.ts'
import {
  decisionsOfSession,
  fillsOfSession,
  ofSession,
  ordersOfSession,
} from '#clickhouse/tables/trading-queries.ts'
import { systemClock } from '#config/clock.ts'
import { type RoundTrip, roundTrips } from '#domain/analyst/round-trips.ts'
import { InvalidInputError } from '#domain/errors.ts'
import { watchMarket } from '#domain/market/market-watch.ts'

const HOUR_MS = 3_600_000
const ROWS_MAX = 100_000
const DECISIONS_MAX = 10_000

interface Options {
  hours: string
  horizon?: string
  json?: boolean
}

export function registerAnalyst(program: Command): void {
  const analyst = program.command('analyst').description('why it traded, and why it did not')
  const verb = (words: string, description: string): Command =>
    analyst
      .command(words)
      .description(description)
      .option('--hours <n>', 'how far back', '24')
      .option('--json', 'one JSON object')
  verb('trades <session>', 'round trips with entry and exit reasons').action(trades)
  verb('gates <session>', 'gates that stopped most').action(gates)
  verb('missed <session>', 'moves after decisions that a gate stopped')
    .option('--horizon <minutes>', 'how long after the decision', '240')
    .action(missed)
  verb('market', 'the market in flags: regime, volatility, breadth, movers').action(market)
}

const since = (hours: string): number => {
  const value = Number(hours)
  if (Number.isFinite(value) && value > 0) return Math.floor(systemClock.now() - value * HOUR_MS)
  throw new InvalidInputError({ source: '--hours', path: '', found: hours, expected: 'a number above 0' })
}

async function asking<T>(
  operator: Operator,
  ask: (client: ReturnType<typeof createClickHouse>) => Promise<T>,
): Promise<T> {
  const client = createClickHouse(operator.environment)
  try {
    return await ask(client)
  } finally {
    await client.close()
  }
}

const stamp = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ')

async function trades(typed: string, options: Options): Promise<void> {
  const operator = loadOperator()
  const session = resolveSessionId(operator, typed)
  const from = since(options.hours)
  const found = await asking(operator, (client) => tripsOf(client, session))
  const trips = found.filter(({ exit_ts }) => exit_ts === null || exit_ts >= from)
  if (options.json) return printJson({ session_id: session, trades: trips })
  printTable(
    ['entered', 'coin', 'side', 'size', 'entry', 'exit', 'entered for', 'left for', 'net USD'],
    trips.map((trip) => [
      stamp(trip.entry_ts),
      trip.coin,
      trip.side,
      trip.sz,
      trip.entry_px,
      trip.exit_px ?? '',
      trip.entry_reason,
      trip.exit_reason ?? 'open',
      trip.net_pnl_usd,
    ]),
  )
}

/** Fills, the orders they belong to, and the decisions behind them. */
export async function tripsOf(
  client: ReturnType<typeof createClickHouse>,
  session: string,
): Promise<RoundTrip[]> {
  const key = ofSession(session)
  const [fills, orders, decisions] = await Promise.all([
    runQuery(client, fillsOfSession, { ...key, limit: ROWS_MAX }),
    runQuery(client, ordersOfSession, { ...key, limit: ROWS_MAX }),
    runQuery(client, decisionsOfSession, { ...key, limit: DECISIONS_MAX }),
  ])
  const purposes = new Map(
    orders.filter(({ purpose }) => purpose !== '').map(({ cloid, purpose }) => [cloid, purpose]),
  )
  return roundTrips(
    fills.map((fill) => ({ ...fill, purpose: purposes.get(fill.cloid) ?? '' })),
    decisions,
  )
}

async function gates(typed: string, options: Options): Promise<void> {
  const operator = loadOperator()
  const session_id = resolveSessionId(operator, typed)
  const found = await asking(operator, (client) =>
    runQuery(client, gatesOfSession, { session_id, since_ts: since(options.hours) }),
  )
  if (options.json) return printJson({ session_id, gates: found })
  printTable(
    ['gate', 'times', 'coins', 'of decisions', 'last'],
    found.map(({ gate, times, coins, reasons, last_at }) => [
      gate,
      String(times),
      String(coins),
      reasons.join(' '),
      stamp(last_at),
    ]),
  )
}

async function missed(typed: string, options: Options): Promise<void> {
  const operator = loadOperator()
  const session_id = resolveSessionId(operator, typed)
  const horizon = Number(options.horizon)
  if (!Number.isFinite(horizon) || horizon < 1) {
    throw new InvalidInputError({
      source: '--horizon',
      path: '',
      found: options.horizon ?? '',
      expected: 'minutes, at least 1',
    })
  }
  const found = await asking(operator, (client) =>
    runQuery(client, missedMoves, {
      session_id,
      since_ts: since(options.hours),
      horizon_ms: Math.round(horizon * 60_000),
      limit: 50,
    }),
  )
  if (options.json) return printJson({ session_id, horizon_minutes: horizon, moves: found })
  printTable(
    ['time', 'coin', 'stopped by', 'reason', 'price', 'later', 'move %'],
    found.map((move) => [
      stamp(move.at),
      move.coin,
      move.gate,
      move.reason,
      String(move.px),
      String(move.later_px),
      move.move_pct.toFixed(2),
    ]),
  )
}

async function market(options: Options): Promise<void> {
  const operator = loadOperator()
  const rows = await asking(operator, (client) =>
    runQuery(client, minuteCloses, { until_ts: systemClock.now() }),
  )
  const watch = watchMarket(rows.find(({ coin }) => coin === 'BTC')?.closes ?? [], rows)
  if (options.json) return printJson(watch)
  const figure = (value: number | null): string => (value === null ? 'unknown' : `${value.toFixed(2)} %`)
  printTable(
    ['', ''],
    [
      ['regime', watch.regime],
      ['flags', watch.flags.join(' ') || 'none'],
      ['BTC 15 min', figure(watch.btc_return_15m_pct)],
      ['BTC 60 min', figure(watch.btc_return_60m_pct)],
      ['BTC volatility 60 min', figure(watch.btc_vol_60m_pct)],
      ['coins that rose', figure(watch.breadth_pct)],
      [
        'movers',
        watch.movers.map(({ coin, return_60m_pct }) => `${coin} ${return_60m_pct.toFixed(2)} %`).join(', '),
      ],
    ],
  )
}

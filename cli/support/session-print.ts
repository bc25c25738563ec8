/** Sessions for human eyes. */
import pc from 'picocolors'
import { print, printTable } from '#cli/output.ts'
import type { SessionLine } from '#cli/running-sessions.ts'
import type { ExchangeLook } from '#cli/support/exchange-look.ts'
import type { Operator } from '#cli/support/operator.ts'
import type { FundedReport } from '#cli/support/session-funding.ts'
import type { SessionReport } from '#domain/session/types.ts'
import type { SessionView } from '#workflows/trading-session/messages.ts'

/** One decision as stored. */
export interface DecisionLine {
  ts: string
  epoch: number
  coin: string
  kind: string
  reason: string
  gate: string
  inputs: Readonly<Record<string, unknown>>
}

export function started(id: string, { environment }: Operator): void {
  print(`${pc.green('started')} ${id}`)
  const { HOLDFAST_TEMPORAL_UI_URL: ui, TEMPORAL_NAMESPACE: namespace } = environment
  if (ui) print(`  ${ui}/namespaces/${namespace}/workflows/${encodeURIComponent(id)}`)
  print(`  see \`holdfast session report ${id}\` and \`holdfast session explain ${id}\``)
}

export const told = (id: string): void => print(`${id} was told`)

export function list(sessions: readonly SessionLine[]): void {
  if (sessions.length === 0) print('no sessions')
  else
    printTable(
      ['session', 'engine', 'mode', 'state', 'equity USD', 'open orders'],
      sessions.map(({ id, engine, mode, state, equity_usd, open_orders }) => [
        id,
        engine,
        mode,
        state,
        equity_usd === null ? '' : equity_usd.toFixed(2),
        open_orders === null ? '' : String(open_orders),
      ]),
    )
}

export function report(done: SessionReport & Partial<FundedReport>): void {
  print(`${pc.bold(done.session_id)} ${done.state}: ${done.reason}`)
  const minutes = ((done.ended_ts - done.started_ts) / 60_000).toFixed(1)
  printTable(
    ['', ''],
    [
      ['ran', `${minutes} min, ${done.epochs} epochs, ${done.decisions} decisions`],
      ['orders, fills', `${done.orders}, ${done.fills}`],
      ['volume', `${done.volume_usd} USD`],
      ['realized', `${done.realized_pnl_usd} USD`],
      ['fees', `${done.fees_usd} USD`],
      ['unrealized', `${done.unrealized_pnl_usd} USD`],
      ['net PnL', pc.bold(`${done.net_pnl_usd} USD`)],
      ...(done.funding_usd == null
        ? []
        : [
            ['funding, by the ledger', `${done.funding_usd} USD`],
            ['net with funding', pc.bold(`${done.net_with_funding_usd} USD`)],
          ]),
      ['left open', `${done.residual.open_orders} orders, ${positionsText(done.residual.positions)}`],
    ],
  )
}

export function view(status: SessionView, exchange: ExchangeLook | null = null): void {
  print(`${pc.bold(status.session_id)} ${status.state}: ${status.reason}`)
  const held = Object.fromEntries(
    status.positions.filter(({ sz }) => sz !== '0').map(({ coin, sz }) => [coin, sz]),
  )
  printTable(
    ['', ''],
    [
      ['since', new Date(status.state_ts).toISOString()],
      ['account, coins', `${status.account}, ${status.coins.join(', ')}`],
      ['host, epoch', `${status.host || '-'}, ${status.epoch}`],
      ['position', positionsText(held)],
      ['equity', `${status.equity_usd} USD`],
      [
        'net PnL',
        `${status.net_pnl_usd} USD (realized ${status.realized_pnl_usd}, fees ${status.fees_usd}, open ${status.unrealized_pnl_usd})`,
      ],
      ['fills, decisions', `${status.fills}, ${status.decisions}`],
      ...(exchange === null
        ? []
        : [
            ['at the exchange', `equity ${exchange.equity_usd} USD, ${positionsText(exchange.positions)}`],
            ['open orders', String(exchange.open_orders)],
          ]),
      ['kill', status.kill],
      ['parameters', JSON.stringify(status.params)],
    ],
  )
}

export function decisions(found: readonly DecisionLine[]): void {
  if (found.length === 0) print('no decisions yet')
  else
    printTable(
      ['time', 'coin', 'decision', 'reason', 'stopped by', 'on'],
      found.map(({ ts, coin, kind, reason, gate, inputs }) => [
        ts,
        coin,
        kind,
        reason,
        gate,
        inputsText(inputs),
      ]),
    )
}

const inputsText = (inputs: Readonly<Record<string, unknown>>): string =>
  Object.entries(inputs)
    .map(
      ([name, value]) =>
        `${name}=${typeof value === 'number' ? Number(value.toPrecision(8)) : String(value)}`,
    )
    .join(' ')

const positionsText = (positions: Readonly<Record<string, string>>): string =>
  Object.entries(positions)
    .map(([coin, sz]) => `${sz} ${coin}`)
    .join(', ') || 'flat'

/** One line a session, put together from what is stored, what the workflow engine lists and what the exchange shows. */
// Not here: asking the three (dashboard/topics/topics.ts).
import type { SessionView } from '#dashboard/model.ts'
import type { ExchangeAccount, LeaseView, ListedSession, StoredSession } from '#dashboard/services.ts'
import { isOwnCloid, type SessionMode } from '#domain/ids.ts'
import { effectiveKill } from '#domain/session/kill-order.ts'
import type { KillOrder } from '#domain/session/types.ts'

export interface SessionSources {
  stored: readonly StoredSession[]
  /** Those that run; null before the workflow engine has answered once. */
  listed: readonly ListedSession[] | null
  /** By account name; absent where the exchange has not been asked or did not answer yet. */
  accounts: ReadonlyMap<string, ExchangeAccount>
  kills: readonly KillOrder[]
  leases: readonly LeaseView[]
}

const MODES: readonly string[] = ['paper', 'dry_live', 'live']
const ENDED: readonly string[] = ['CLOSED', 'FAILED']

/** All sessions that any source knows: those that run first, then by id. */
export function sessionRows(sources: SessionSources): SessionView[] {
  const stored = new Map(sources.stored.map((row) => [row.session_id, row]))
  const listed = new Map((sources.listed ?? []).map((row) => [row.session_id, row]))
  return [...new Set([...stored.keys(), ...listed.keys()])]
    .map((id) => sessionRow(id, stored.get(id), listed.get(id), sources))
    .sort((a, b) => Number(b.running) - Number(a.running) || a.session_id.localeCompare(b.session_id))
}

function sessionRow(
  id: string,
  stored: StoredSession | undefined,
  listed: ListedSession | undefined,
  { accounts, kills, leases, listed: asked }: SessionSources,
): SessionView {
  const running = asked ? listed !== undefined : !ENDED.includes(stored?.state ?? '')
  const state = stateOf(stored, listed, running)
  const lease = leases.find((one) => one.session_id === id)
  const account = stored?.account || listed?.account || ''
  const coins = stored?.coins.length ? stored.coins : listed?.coin ? [listed.coin] : []
  const exchange = running ? accounts.get(account) : undefined
  const mode = stored?.mode || listed?.mode || id.split('/')[1] || 'paper'
  return {
    key: id,
    session_id: id,
    engine: stored?.engine || listed?.engine || '',
    mode: (MODES.includes(mode) ? mode : 'paper') as SessionMode,
    account,
    coins,
    state,
    state_ts: stored?.state_ts ?? listed?.started_ts ?? 0,
    epoch: stored?.epoch ?? 0,
    host: (running && lease?.host_id) || listed?.host || stored?.host || '',
    positions: exchange
      ? exchange.positions.filter((held) => coins.includes(held.coin)).map(({ coin, sz }) => ({ coin, sz }))
      : readPositions(
          running ? stored?.position : JSON.stringify(residualOf(stored?.report)?.positions ?? {}),
        ),
    equity_usd: stored?.equity_usd ?? null,
    net_pnl_usd: stored?.net_pnl_usd ?? null,
    equity_ts: stored?.equity_ts ?? null,
    open_orders: openOrders(id, exchange, running ? undefined : stored?.report),
    kill_mode: effectiveKill(kills, { session_id: id, account })?.mode ?? 'off',
    running,
  }
}

/** The engine's word wins while the session runs: it changes first. `ENDED` without a last word: terminated, or timed out. */
function stateOf(
  stored: StoredSession | undefined,
  listed: ListedSession | undefined,
  running: boolean,
): string {
  if (running) return listed?.state || stored?.state || 'STARTING'
  return ENDED.includes(stored?.state ?? '') ? (stored?.state ?? '') : 'ENDED'
}

/** JSON object coin → signed size; anything else reads as nothing held. */
export function readPositions(json: string | undefined): { coin: string; sz: string }[] {
  const value = readObject(json)
  return Object.entries(value)
    .filter((entry): entry is [string, string | number] => ['string', 'number'].includes(typeof entry[1]))
    .map(([coin, sz]) => ({ coin, sz: String(sz) }))
    .filter(({ sz }) => Number(sz) !== 0)
}

/** What the final report says was left, verified at the exchange when the session ended; null where there is no report. */
function residualOf(report: string | undefined): { open_orders?: unknown; positions?: unknown } | null {
  const { residual } = readObject(report)
  return typeof residual === 'object' ? residual : null
}

function openOrders(
  id: string,
  exchange: ExchangeAccount | undefined,
  report: string | undefined,
): number | null {
  if (exchange) return exchange.orders.filter((order) => isOwnCloid(order.cloid, id)).length
  const left = residualOf(report)?.open_orders
  return typeof left === 'number' ? left : null
}

/** A JSON object, or {} for everything else. */
export function readObject(json: string | undefined): Readonly<Record<string, unknown>> {
  if (!json) return {}
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : {}
  } catch {
    return {}
  }
}

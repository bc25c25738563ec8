/** Round trips with the reasons they were entered and left for: fills folded per coin, each end matched with the decision behind it. */
// Not here: where fills and decisions are stored (clickhouse/tables/analyst-queries.ts).
import type { Side } from '#domain/events.ts'
import {
  absE8,
  divE8,
  type FixedE8,
  formatFixed,
  minE8,
  mulE8,
  parseFixed,
  signE8,
} from '#domain/fixed-point.ts'
import type { EpochMs } from '#domain/time.ts'

export interface TripFill {
  coin: string
  at: EpochMs
  side: Side
  px: string
  sz: string
  fee: string
  /** What its order was for: entry, exit, stop, …; '' where nobody knows. */
  purpose: string
}

export interface TripDecision {
  coin: string
  at: EpochMs
  kind: string
  reason: string
  gate: string
}

/** Money in USD as decimals. `exit_*` are null while it is open. */
export interface RoundTrip {
  coin: string
  side: 'long' | 'short'
  entry_ts: EpochMs
  exit_ts: EpochMs | null
  /** Largest size held, coins. */
  sz: string
  entry_px: string
  exit_px: string | null
  entry_reason: string
  exit_reason: string | null
  fills: number
  gross_pnl_usd: string
  fees_usd: string
  net_pnl_usd: string
}

interface Open {
  trip: RoundTrip
  heldE8: FixedE8
  peakE8: FixedE8
  boughtE8: FixedE8
  entryCostE8: FixedE8
  soldE8: FixedE8
  exitCostE8: FixedE8
  feesE8: FixedE8
}

/** How long a decision may lie before its fill: a decision that had to wait longer was not acted on. */
const DECISION_AGE_MS = 60_000

/** Oldest first; one that is still open is the last of its coin. A fill that turns the position ends one trip and begins the next. */
export function roundTrips(fills: readonly TripFill[], decisions: readonly TripDecision[]): RoundTrip[] {
  const trips: RoundTrip[] = []
  const open = new Map<string, Open>()
  for (const fill of [...fills].sort((a, b) => a.at - b.at)) {
    let leftE8 = parseFixed(fill.sz)
    let feeE8 = parseFixed(fill.fee)
    while (leftE8 > 0n) {
      const at = open.get(fill.coin) ?? begin(fill, decisions)
      open.set(fill.coin, at)
      const grows = at.heldE8 === 0n || signOf(fill) === signE8(at.heldE8)
      const takenE8 = grows ? leftE8 : minE8(leftE8, absE8(at.heldE8))
      const shareE8 = takenE8 === leftE8 ? feeE8 : (feeE8 * takenE8) / leftE8
      add(at, fill, takenE8, shareE8, grows)
      feeE8 -= shareE8
      leftE8 -= takenE8
      if (at.heldE8 !== 0n) continue
      trips.push(end(at, fill, decisions))
      open.delete(fill.coin)
    }
  }
  return [...trips, ...[...open.values()].map(({ ...at }) => finish(at))].sort(
    (a, b) => a.entry_ts - b.entry_ts,
  )
}

const signOf = ({ side }: TripFill): 1 | -1 => (side === 'buy' ? 1 : -1)

function begin(fill: TripFill, decisions: readonly TripDecision[]): Open {
  const trip: RoundTrip = {
    coin: fill.coin,
    side: fill.side === 'buy' ? 'long' : 'short',
    entry_ts: fill.at,
    exit_ts: null,
    sz: '0',
    entry_px: '0',
    exit_px: null,
    entry_reason: reasonFor(fill, decisions, ['enter', 'flip', 'add'], 'MANUAL'),
    exit_reason: null,
    fills: 0,
    gross_pnl_usd: '0',
    fees_usd: '0',
    net_pnl_usd: '0',
  }
  return {
    trip,
    heldE8: 0n,
    peakE8: 0n,
    boughtE8: 0n,
    entryCostE8: 0n,
    soldE8: 0n,
    exitCostE8: 0n,
    feesE8: 0n,
  }
}

function add(at: Open, fill: TripFill, szE8: FixedE8, feeE8: FixedE8, grows: boolean): void {
  const cost = mulE8(szE8, parseFixed(fill.px))
  at.heldE8 += BigInt(signOf(fill)) * szE8
  at.feesE8 += feeE8
  at.trip.fills += 1
  if (grows) {
    at.boughtE8 += szE8
    at.entryCostE8 += cost
  } else {
    at.soldE8 += szE8
    at.exitCostE8 += cost
  }
  if (absE8(at.heldE8) > at.peakE8) at.peakE8 = absE8(at.heldE8)
}

function end(at: Open, fill: TripFill, decisions: readonly TripDecision[]): RoundTrip {
  at.trip.exit_ts = fill.at
  at.trip.exit_reason = exitReason(fill, decisions)
  return finish(at)
}

function exitReason(fill: TripFill, decisions: readonly TripDecision[]): string {
  if (fill.purpose === 'stop') return 'STOP_FIRED'
  if (fill.purpose === 'flatten') return 'SESSION_CLOSED'
  return reasonFor(fill, decisions, ['exit', 'flip', 'reduce'], 'MANUAL')
}

/** Money of what is closed; what is still held counts nothing. */
function finish(at: Open): RoundTrip {
  const { trip } = at
  const entryPx = at.boughtE8 === 0n ? 0n : divE8(at.entryCostE8, at.boughtE8)
  const exitPx = at.soldE8 === 0n ? null : divE8(at.exitCostE8, at.soldE8)
  const soldAtEntry = at.boughtE8 === 0n ? 0n : (at.entryCostE8 * at.soldE8) / at.boughtE8
  const gross = (at.exitCostE8 - soldAtEntry) * (trip.side === 'long' ? 1n : -1n)
  return {
    ...trip,
    sz: formatFixed(at.peakE8),
    entry_px: formatFixed(entryPx),
    exit_px: exitPx === null ? null : formatFixed(exitPx),
    gross_pnl_usd: formatFixed(gross),
    fees_usd: formatFixed(at.feesE8),
    net_pnl_usd: formatFixed(gross - at.feesE8),
  }
}

/** The newest decision of these kinds before the fill that no gate stopped. */
function reasonFor(
  fill: TripFill,
  decisions: readonly TripDecision[],
  kinds: readonly string[],
  otherwise: string,
): string {
  let found: TripDecision | null = null
  for (const decision of decisions) {
    const { coin, at, kind, gate } = decision
    if (coin !== fill.coin || at > fill.at || fill.at - at > DECISION_AGE_MS) continue
    if (kinds.includes(kind) && gate === '' && (found === null || at >= found.at)) found = decision
  }
  return found?.reason ?? otherwise
}

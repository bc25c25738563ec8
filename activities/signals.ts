/** Every five minutes: one signal per coin from the positions of all tracked traders; and what became of earlier signals. */
// Not here: the arithmetic (domain/traders/signal.ts, signal-returns.ts).
import type { SignalReturnRow, SignalRow } from '#clickhouse/tables/signals.ts'
import type { Clock, EpochMs } from '#domain/time.ts'
import { DAY_MS, MINUTE_MS } from '#domain/time.ts'
import {
  aggregateSignal,
  changeOf,
  isAlert,
  type Recommendation,
  type SignalVote,
} from '#domain/traders/signal.ts'
import { forwardReturn, HORIZONS_MS } from '#domain/traders/signal-returns.ts'

export const LIMITS = {
  /** A mark older than this is no price to hold a signal against. */
  markMs: 120_000,
  /** A position nobody confirmed for so long is unknown: two rounds of asking everybody. */
  stateMs: 30 * MINUTE_MS,
  /** Least confidence of a position that may vote. */
  confidenceMin: 0.5,
  /** Signals whose return was not found so long after it was due are left alone: there was no price. */
  lateMs: 2 * DAY_MS,
  returnsAtOnce: 5_000,
} as const

export interface SignalState {
  address: string
  coin: string
  status: string
  sz: string
  confidence: number
  base_at: EpochMs
}

export interface SignalsDeps {
  clock: Pick<Clock, 'now'>
  /** Coins to make signals of. */
  coins: readonly string[]
  tracked(): Promise<readonly { address: string; score: number }[]>
  /** States of the tracked; a row with coin '' says when the account was read. */
  states(): Promise<readonly SignalState[]>
  marks(since: EpochMs): Promise<readonly { coin: string; price: number; at: EpochMs }[]>
  latest(): Promise<
    readonly {
      coin: string
      at: EpochMs
      recommendation: Recommendation
      confidence: number
      long_bias: number
    }[]
  >
  due(request: { horizon: number; now: EpochMs; since: EpochMs; limit: number }): Promise<
    readonly {
      coin: string
      at: EpochMs
      recommendation: Recommendation
      confidence: number
      price: number
      later_price: number
      later_at: EpochMs
    }[]
  >
  saveSignals(rows: readonly SignalRow[]): Promise<void>
  saveReturns(rows: readonly SignalReturnRow[]): Promise<void>
}

export interface SignalsResult {
  signals: readonly {
    coin: string
    recommendation: Recommendation
    confidence: number
    change: string
    alert: boolean
  }[]
  /** Coins without a signal, and why: no_mark, old_mark, nobody_known. */
  left_out: Readonly<Record<string, string>>
  returns: number
}

export const createSignalsActivities = (deps: SignalsDeps) => ({
  makeSignals: async (): Promise<SignalsResult> => {
    const now = deps.clock.now()
    const [tracked, states, marks, latest] = await Promise.all([
      deps.tracked(),
      deps.states(),
      deps.marks(now - DAY_MS),
      deps.latest(),
    ])
    const rows: SignalRow[] = []
    const leftOut: Record<string, string> = {}
    const positions = readPositions(states, now)
    for (const coin of deps.coins) {
      const mark = marks.find((each) => each.coin === coin)
      const row =
        mark && now - mark.at <= LIMITS.markMs
          ? signalOf(coin, mark.price, { tracked, positions, now })
          : null
      if (row) rows.push(withChange(row, latest.find((each) => each.coin === coin) ?? null))
      else leftOut[coin] = !mark ? 'no_mark' : now - mark.at > LIMITS.markMs ? 'old_mark' : 'nobody_known'
    }
    if (rows.length > 0) await deps.saveSignals(rows)
    const returns = await noteReturns(deps, now)
    return {
      signals: rows.map(({ coin, recommendation, confidence, change, alert }) => ({
        ...{ coin, confidence, change, alert },
        recommendation: recommendation as Recommendation,
      })),
      left_out: leftOut,
      returns,
    }
  },
})

export type SignalsActivities = ReturnType<typeof createSignalsActivities>

/** Size by trader and coin; a trader that was read lately and has no row of a coin is flat there. */
interface Positions {
  /** Null where it is not known. */
  size(address: string, coin: string): number | null
}

function readPositions(states: readonly SignalState[], now: EpochMs): Positions {
  const rows = new Map(states.map((state) => [`${state.address} ${state.coin}`, state]))
  const isKnown = ({ status, confidence, base_at }: SignalState): boolean =>
    status !== 'unknown' && confidence >= LIMITS.confidenceMin && now - base_at <= LIMITS.stateMs
  return {
    size(address, coin) {
      const account = rows.get(`${address} `)
      if (!account || !isKnown(account)) return null
      const state = rows.get(`${address} ${coin}`)
      if (!state) return 0
      return isKnown({ ...state, base_at: Math.max(state.base_at, account.base_at) })
        ? Number(state.sz)
        : null
    },
  }
}

function signalOf(
  coin: string,
  price: number,
  facts: { tracked: readonly { address: string; score: number }[]; positions: Positions; now: EpochMs },
): Omit<SignalRow, 'change' | 'alert'> | null {
  const { tracked, positions, now } = facts
  const votes = tracked.map(({ address, score }): SignalVote & { address: string } => ({
    ...{ address, score, size: positions.size(address, coin) },
  }))
  const signal = aggregateSignal(votes)
  if (!signal) return null
  const holders = votes.filter(({ size }) => size !== null && size !== 0)
  return {
    ...{ coin, ts: now, recommendation: signal.recommendation, confidence: signal.confidence, price },
    ...{ long_bias: signal.longBias, short_bias: signal.shortBias, long_score: signal.longScore },
    ...{ short_score: signal.shortScore, total_weight: signal.totalWeight, net_exposure: signal.netExposure },
    ...{ participation: signal.participation, longs: signal.longs, shorts: signal.shorts },
    ...{ flats: signal.flats, unknown: signal.unknown, received_ts: now },
    inputs: JSON.stringify({ holders: holders.map(({ address, score, size }) => [address, score, size]) }),
  }
}

/** The signal before is the newest one stored: it is read before the new one is written. */
function withChange(
  row: Omit<SignalRow, 'change' | 'alert'>,
  before: { recommendation: Recommendation; confidence: number; long_bias: number } | null,
): SignalRow {
  const now = {
    recommendation: row.recommendation as Recommendation,
    confidence: row.confidence,
    longBias: row.long_bias,
  }
  const was = before && { ...before, longBias: before.long_bias }
  return { ...row, change: changeOf(now, was), alert: isAlert(now, was) }
}

async function noteReturns(deps: SignalsDeps, now: EpochMs): Promise<number> {
  let count = 0
  for (const horizon of HORIZONS_MS) {
    const due = await deps.due({
      horizon,
      now,
      since: now - horizon - LIMITS.lateMs,
      limit: LIMITS.returnsAtOnce,
    })
    const rows = due.flatMap((signal): SignalReturnRow[] => {
      // A price of long before the horizon would be another horizon's.
      const isNear = signal.at + horizon - signal.later_at <= 3 * MINUTE_MS
      const found = forwardReturn({ ...signal, ts: signal.at }, horizon, isNear ? signal.later_price : null)
      if (!found) return []
      const { coin, at: ts, recommendation, confidence, price, later_price } = signal
      return [
        {
          ...{ coin, ts, horizon_ms: horizon, recommendation, confidence, price, later_price },
          ...{ price_return: found.priceReturn, signal_return: found.signalReturn, received_ts: now },
        },
      ]
    })
    count += rows.length
    if (rows.length > 0) await deps.saveReturns(rows)
  }
  return count
}

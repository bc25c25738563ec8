/** Compares what the tape says of a trader with what the venue says, at the venue's moment, and corrects what differs; the error is told. */
// Not here: asking the venue (streamers/traders-reconciler.ts), whom to ask first (uncertaintyOf in trader-account.ts).
import { absE8, type FixedE8 } from '#domain/fixed-point.ts'
import type { EpochMs } from '#domain/time.ts'
import type { RecentChange, TraderAccount } from '#domain/traders/trader-account.ts'

/** The venue's clock of a state and the times of trades may differ by so much, milliseconds. */
export const BLUR_MS = 2_000

/** What the venue says of an account. */
export interface VenueState {
  ts: EpochMs
  positions: readonly { coin: string; szE8: FixedE8; entryPxE8: FixedE8 }[]
}

/** One coin compared. Only coins that either side holds. */
export interface Comparison {
  coin: string
  /** What the tape said at the state's moment. */
  believedE8: FixedE8
  truthE8: FixedE8
  /** Whether it was changed. */
  corrected: boolean
}

export interface Reconciliation {
  address: string
  ts: EpochMs
  /** Nothing was known before: not a test of the tape. */
  isFirst: boolean
  coins: readonly Comparison[]
}

/**
 * Takes a state over. Call it once the tape has passed `state.ts` by BLUR_MS, so that all trades up to it have arrived.
 * @returns null when the state is older than one taken before, or than the changes that are remembered: it says nothing then
 */
export function reconcile(trader: TraderAccount, state: VenueState): Reconciliation | null {
  const isFirst = trader.baseTs === 0
  // The first state needs the changes after it; a later one is also held against those around it.
  const neededTs = isFirst ? state.ts : state.ts - BLUR_MS
  if (state.ts <= trader.baseTs || neededTs < trader.recentFromTs) return null
  const truth = new Map(state.positions.map((position) => [position.coin, position]))
  const coins: Comparison[] = []
  let isBlurred = false
  for (const coin of new Set([...truth.keys(), ...trader.positions.keys()])) {
    const stated = truth.get(coin)
    const truthE8 = stated?.szE8 ?? 0n
    const recent = trader.recent.filter((change) => change.coin === coin)
    const position = trader.positions.get(coin)
    const nowE8 = position?.szE8 ?? 0n
    const believedE8 = nowE8 - sumAfter(recent, state.ts)
    const isNear = recent.some(({ ts }) => Math.abs(ts - state.ts) <= BLUR_MS)
    const fits =
      !isFirst && (believedE8 === truthE8 || (isNear && fitsNearby(nowE8, recent, state.ts, truthE8)))
    if (!fits) {
      correct(trader, coin, {
        szE8: truthE8 + (nowE8 - believedE8),
        entryPxE8: stated?.entryPxE8 ?? 0n,
        ts: state.ts,
      })
      // The trades around the moment may or may not be in the state.
      isBlurred ||= isNear
    } else if (position && stated && position.entryPxE8 === 0n) position.entryPxE8 = stated.entryPxE8
    if (believedE8 !== 0n || truthE8 !== 0n) {
      coins.push({ coin, believedE8: fits ? truthE8 : believedE8, truthE8, corrected: !fits })
    }
  }
  trader.baseTs = state.ts
  trader.isBlurred = isBlurred
  return { address: trader.address, ts: state.ts, isFirst, coins }
}

const sumAfter = (recent: readonly RecentChange[], ts: EpochMs): FixedE8 =>
  recent.reduce((sum, change) => (change.ts > ts ? sum + change.deltaE8 : sum), 0n)

/** True when the tape had exactly this size at some moment near `ts`. */
function fitsNearby(nowE8: FixedE8, recent: readonly RecentChange[], ts: EpochMs, truthE8: FixedE8): boolean {
  const moments = recent.filter((change) => Math.abs(change.ts - ts) <= BLUR_MS).map((change) => change.ts)
  return moments.some(
    (moment) =>
      nowE8 - sumAfter(recent, moment) === truthE8 || nowE8 - sumAfter(recent, moment - 1) === truthE8,
  )
}

function correct(
  trader: TraderAccount,
  coin: string,
  to: { szE8: FixedE8; entryPxE8: FixedE8; ts: EpochMs },
): void {
  const position = trader.positions.get(coin)
  if (position) {
    position.szE8 = to.szE8
    position.entryPxE8 = to.szE8 === 0n ? 0n : to.entryPxE8
  } else {
    const { szE8, entryPxE8, ts } = to
    trader.positions.set(coin, { szE8, entryPxE8, firstTs: ts, lastTs: ts, trades: 0 })
  }
}

/**
 * Whether the tape agrees with one fill that the trader's own stream told of: it had this size at that moment, give or take a moment.
 * @param szE8 signed size after the fill
 */
export function agreesWithFill(trader: TraderAccount, coin: string, ts: EpochMs, szE8: FixedE8): boolean {
  const recent = trader.recent.filter((change) => change.coin === coin)
  const nowE8 = trader.positions.get(coin)?.szE8 ?? 0n
  return nowE8 - sumAfter(recent, ts) === szE8 || fitsNearby(nowE8, recent, ts, szE8)
}

/** Largest error of a reconciliation as a share of the true size; Infinity when something was believed that was nothing. */
export function worstError({ coins }: Reconciliation): number {
  let worst = 0
  for (const { believedE8, truthE8 } of coins) {
    const off = absE8(believedE8 - truthE8)
    if (off === 0n) continue
    worst = Math.max(worst, truthE8 === 0n ? Number.POSITIVE_INFINITY : Number(off) / Number(absE8(truthE8)))
  }
  return worst
}

/** How right were we? Compares what tape and leaderboard said of a day's traders with what the venue said, and keeps the figures. */
// Not here: the comparing of single positions (streamers/traders-reconciler.ts), the figures themselves (domain/traders/accuracy.ts).
import type { TraderAccuracyRow } from '#clickhouse/tables/signals.ts'
import { type Clock, DAY_MS, type EpochMs, isoDay } from '#domain/time.ts'
import {
  addAnswer,
  type Confusion,
  isSignRight,
  isSizeRight,
  NO_CONFUSION,
  ratesOf,
  type SizePair,
} from '#domain/traders/accuracy.ts'

/** One coin of one reading of a trader; coin '' when neither side held anything. */
export interface Reading {
  address: string
  at: EpochMs
  coin: string
  believed_sz: string
  true_sz: string
  is_first: boolean
}

export interface TraderReconcileDeps {
  clock: Pick<Clock, 'now'>
  /** Readings in [from, until), by trader and time. */
  readings(from: EpochMs, until: EpochMs): Promise<readonly Reading[]>
  /** What the leaderboard alone said on a day. */
  guesses(dayTs: EpochMs): Promise<readonly { address: string; likely: boolean }[]>
  saveAccuracy(rows: readonly TraderAccuracyRow[]): Promise<void>
}

export interface ReconcileRequest {
  /** UTC day, YYYY-MM-DD; unset: the present one. */
  day?: string
}

export interface ReconcileResult {
  day: string
  methods: readonly {
    method: string
    samples: number
    accuracy: number
    sign_accuracy: number
    size_within_5pct: number
  }[]
}

export const createTraderReconcileActivities = (deps: TraderReconcileDeps) => ({
  measureTraders: async ({ day }: ReconcileRequest = {}): Promise<ReconcileResult> => {
    const now = deps.clock.now()
    const dayTs = day === undefined ? Math.floor(now / DAY_MS) * DAY_MS : Date.parse(`${day}T00:00:00Z`)
    const readings = await deps.readings(dayTs, dayTs + DAY_MS)
    const guesses = new Map((await deps.guesses(dayTs)).map(({ address, likely }) => [address, likely]))
    const rows = [tapeRow(readings, dayTs, now), leaderboardRow(readings, guesses, dayTs, now)]
    await deps.saveAccuracy(rows)
    return {
      day: isoDay(dayTs),
      methods: rows.map(({ method, samples, accuracy, sign_accuracy, size_within_5pct }) => ({
        ...{ method, samples, accuracy, sign_accuracy, size_within_5pct },
      })),
    }
  },
})

export type TraderReconcileActivities = ReturnType<typeof createTraderReconcileActivities>

const pairOf = ({ believed_sz, true_sz }: Reading): SizePair => ({
  believed: Number(believed_sz),
  truth: Number(true_sz),
})
const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)

/** Readings of one trader at one moment belong together: he holds something when any coin is not zero. */
function byMoment(readings: readonly Reading[]): Reading[][] {
  const moments = new Map<string, Reading[]>()
  for (const reading of readings) {
    const key = `${reading.address} ${reading.at}`
    moments.set(key, [...(moments.get(key) ?? []), reading])
  }
  return [...moments.values()]
}

/** The first reading of a trader is no test: nothing was believed before. */
function tapeRow(readings: readonly Reading[], day: EpochMs, now: EpochMs): TraderAccuracyRow {
  const tested = readings.filter(({ is_first }) => !is_first)
  const pairs = tested.filter(({ coin }) => coin !== '').map(pairOf)
  const confusion = byMoment(tested).reduce(
    (sum, moment) =>
      addAnswer(
        sum,
        moment.some((each) => pairOf(each).believed !== 0),
        moment.some((each) => pairOf(each).truth !== 0),
      ),
    NO_CONFUSION,
  )
  const sizes = {
    sign_accuracy: share(pairs.filter(isSignRight).length, pairs.length),
    size_within_5pct: share(pairs.filter(isSizeRight).length, pairs.length),
  }
  return row('tape', confusion, sizes, day, now)
}

/** Against the first reading of each trader on the day: that is what the document was about. */
function leaderboardRow(
  readings: readonly Reading[],
  guesses: ReadonlyMap<string, boolean>,
  day: EpochMs,
  now: EpochMs,
): TraderAccuracyRow {
  const seen = new Set<string>()
  let confusion = NO_CONFUSION
  for (const moment of byMoment(readings)) {
    const address = moment[0]?.address ?? ''
    const guess = guesses.get(address)
    if (guess === undefined || seen.has(address)) continue
    seen.add(address)
    confusion = addAnswer(
      confusion,
      guess,
      moment.some((each) => pairOf(each).truth !== 0),
    )
  }
  return row('leaderboard', confusion, { sign_accuracy: 0, size_within_5pct: 0 }, day, now)
}

function row(
  method: string,
  confusion: Confusion,
  sizes: Pick<TraderAccuracyRow, 'sign_accuracy' | 'size_within_5pct'>,
  day: EpochMs,
  now: EpochMs,
): TraderAccuracyRow {
  return {
    ...{ day, method, ...ratesOf(confusion), ...sizes, received_ts: now },
    true_positive: confusion.truePositive,
    false_positive: confusion.falsePositive,
    false_negative: confusion.falseNegative,
    true_negative: confusion.trueNegative,
  }
}

/** Tests of measuring a day: tape and leaderboard against the venue. */
import { expect, it } from 'vitest'
import { createTraderReconcileActivities, type Reading } from '#activities/trader-reconcile.ts'
import type { TraderAccuracyRow } from '#clickhouse/tables/signals.ts'

const DAY = Date.UTC(2026, 1, 16)
const reading = (
  address: string,
  at: number,
  coin: string,
  believed: string,
  truth: string,
  is_first = false,
): Reading => ({
  ...{ address, at: DAY + at, coin, is_first },
  believed_sz: believed,
  true_sz: truth,
})

async function measure(readings: readonly Reading[], guesses: Record<string, boolean>, day?: string) {
  const saved: TraderAccuracyRow[] = []
  const asked: number[] = []
  const { measureTraders } = createTraderReconcileActivities({
    clock: { now: () => DAY + 50_000_000 },
    async readings(from, until) {
      asked.push(from, until)
      return readings
    },
    guesses: async () => Object.entries(guesses).map(([address, likely]) => ({ address, likely })),
    saveAccuracy: async (rows) => void saved.push(...rows),
  })
  const result = await measureTraders(day === undefined ? {} : { day })
  return { result, saved, asked }
}

it('tests the tape by every reading but the first, and the leaderboard by the first of each trader', async () => {
  const { saved } = await measure(
    [
      reading('a', 1, 'BTC', '0', '2', true),
      reading('a', 2, 'BTC', '2', '2'),
      reading('a', 2, 'ETH', '-1', '1'),
      reading('b', 1, '', '0', '0', true),
      reading('b', 2, '', '0', '0'),
      reading('c', 1, 'BTC', '1', '0'),
      reading('d', 1, 'BTC', '100', '104'),
    ],
    { a: true, b: true, c: false },
  )
  const [tape, leaderboard] = saved
  expect(tape).toMatchObject({
    method: 'tape',
    samples: 4,
    true_positive: 2,
    false_positive: 1,
    true_negative: 1,
    accuracy: 0.75,
  })
  // BTC of a and d are right in sign and size; ETH of a has the wrong sign, BTC of c is not there.
  expect(tape).toMatchObject({ sign_accuracy: 0.5, size_within_5pct: 0.5 })
  expect(leaderboard).toMatchObject({
    method: 'leaderboard',
    samples: 3,
    true_positive: 1,
    false_positive: 1,
    true_negative: 1,
    recall: 1,
  })
})

it('measures the day that is asked for, and the present one else', async () => {
  expect((await measure([], {})).asked).toEqual([DAY, DAY + 86_400_000])
  const other = await measure([], {}, '2026-01-02')
  expect(other.asked[0]).toBe(Date.UTC(2026, 0, 2))
  expect(other.result).toMatchObject({
    day: '2026-01-02',
    methods: [{ method: 'tape', samples: 0 }, { method: 'leaderboard' }],
  })
})

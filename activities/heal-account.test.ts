/** Worked example N10 of the engine, the question: funding is pushed to us, and asked for only across a gap; what is known is not written again. */
// Not here: gaps of every kind (backfill.test.ts).
import { expect, test } from 'vitest'
import type { AccountEvent, FundingEvent } from '#domain/events.ts'
import type { UnhealedGap } from './backfill.ts'
import { accountKey, healAccountGap, LIMITS } from './heal-account.ts'

const HOUR = 3_600_000
const h0 = Math.floor(1_763_000_000_000 / HOUR) * HOUR
const payment = (ts: number, usd: string, rate: string): FundingEvent => ({
  ...{ kind: 'funding_payment', account: 'main', coin: 'AVAX', ts, usd, positionSz: '-12.5', rate },
  receivedTs: ts,
})
const EVENTS = [
  payment(h0 + HOUR + 52, '0.0053125', '0.0000125'),
  payment(h0 + 2 * HOUR + 3, '-0.017', '-0.00004'),
]

/** The venue as of `nowTs`, and what we hold already. */
function world(nowTs: number, held: readonly AccountEvent[] = []) {
  const stored: AccountEvent[] = [...held]
  const asked: number[] = []
  const heal = (openedTs: number) =>
    healAccountGap(
      {
        clock: { now: () => nowTs },
        accountHistory: async (_kind, _account, fromTs) => {
          asked.push(fromTs)
          return EVENTS.filter(({ ts }) => ts >= fromTs && ts <= nowTs)
        },
        storedAccountKeys: async () => new Set(stored.map(accountKey)),
        writeAccountEvents: async (events) => void stored.push(...events),
      },
      { coin: 'main', channel: 'userFundings', opened: openedTs, closed: nowTs } as UnhealedGap,
    )
  return { heal, asked, stored }
}

test('10 ms after the hour the venue tells of nothing yet, and nothing is written', async () => {
  const { heal, asked, stored } = world(h0 + HOUR + 10)
  expect(await heal(h0 + HOUR - 1)).toEqual({ rows: 0, remains: '' })
  expect([asked, stored]).toEqual([[h0 + HOUR - 1 - LIMITS.clockSlackMs], []])
})

test('5 s after the second hour one question brings both payments, −0.0116875 USD in all', async () => {
  const { heal, asked, stored } = world(h0 + 2 * HOUR + 5_000)
  expect((await heal(h0 + HOUR / 2)).rows).toBe(2)
  expect(asked).toHaveLength(1)
  const usd = stored.map((event) => (event.kind === 'funding_payment' ? Number(event.usd) : Number.NaN))
  expect(usd.reduce((sum, each) => sum + each, 0)).toBeCloseTo(-0.0116875, 12)
  expect(stored.at(-1)?.ts).toBe(h0 + 2 * HOUR + 3)
})

test('a payment that was pushed before the gap is not written twice', async () => {
  const { heal, stored } = world(h0 + 2 * HOUR + 5_000, EVENTS.slice(0, 1))
  expect((await heal(h0 + HOUR / 2)).rows).toBe(1)
  expect(stored.map(accountKey)).toEqual(EVENTS.map(accountKey))
})

/** A time may be typed as ISO text or as epoch milliseconds; of several decisions the newest of each coin is explained. */
import { expect, test } from 'vitest'
import { latestPerCoin } from '#cli/support/decisions.ts'
import { parseTime } from './explain.ts'

test.each([
  ['2026-11-21T14:30:00Z', 1_795_271_400_000],
  ['2026-11-21T15:30:00+01:00', 1_795_271_400_000],
  ['1795271400000', 1_795_271_400_000],
])('%s', (text, ts) => expect(parseTime(text)).toBe(ts))

test.each(['yesterday', '', '-5', '12:00'])('"%s" is refused', (text) => {
  expect(() => parseTime(text)).toThrow(/--at/)
})

test('the newest decision of each coin, changes of parameters and held orders left to the list', () => {
  const line = (coin: string, at: number, kind = 'hold') => ({
    ...{ ts: '', at, epoch: 1, coin, kind, reason: `R${at}`, gate: '', inputs: {}, reasons: [], gates: [] },
  })
  const found = [line('BTC', 1), line('ETH', 2), line('BTC', 3), line('BTC', 4, 'params')]
  expect(latestPerCoin(found).map(({ reason }) => reason)).toEqual(['R2', 'R3'])
})

/** Round trips: sums equal the fills, flips are two trips, and each end names its reason. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseFixed } from '#domain/fixed-point.ts'
import { roundTrips, type TripDecision, type TripFill } from './round-trips.ts'

const fill = (
  at: number,
  side: 'buy' | 'sell',
  sz: string,
  px: string,
  more: Partial<TripFill> = {},
): TripFill => ({
  ...{ coin: 'BTC', at, side, sz, px, fee: '0.1', purpose: 'entry' },
  ...more,
})
const decision = (at: number, kind: string, reason: string, gate = ''): TripDecision => ({
  coin: 'BTC',
  at,
  kind,
  reason,
  gate,
})

test('an entry in two parts and an exit are one trip with both reasons and the money', () => {
  const trips = roundTrips(
    [fill(10, 'buy', '1', '100'), fill(20, 'buy', '1', '102'), fill(50, 'sell', '2', '111')],
    [
      decision(9, 'enter', 'EMA_UP'),
      decision(15, 'hold', 'TREND_HOLDS'),
      decision(49, 'exit', 'EMA_CROSS_DOWN'),
    ],
  )
  expect(trips).toEqual([
    {
      ...{
        coin: 'BTC',
        side: 'long',
        entry_ts: 10,
        exit_ts: 50,
        sz: '2',
        entry_px: '101',
        exit_px: '111',
        fills: 3,
      },
      ...{ entry_reason: 'EMA_UP', exit_reason: 'EMA_CROSS_DOWN' },
      ...{ gross_pnl_usd: '20', fees_usd: '0.3', net_pnl_usd: '19.7' },
    },
  ])
})

test('a fill that turns the position ends one trip and begins the next, its fee shared', () => {
  const trips = roundTrips([fill(10, 'buy', '1', '100'), fill(20, 'sell', '3', '90')], [])
  expect(trips).toMatchObject([
    { side: 'long', gross_pnl_usd: '-10', exit_ts: 20 },
    { side: 'short', sz: '2', entry_px: '90', exit_ts: null, exit_px: null, gross_pnl_usd: '0' },
  ])
  expect(trips.reduce((sum, { fees_usd }) => sum + parseFixed(fees_usd), 0n)).toBe(parseFixed('0.2'))
})

test.each([
  { purpose: 'stop', reason: 'STOP_FIRED' },
  { purpose: 'flatten', reason: 'SESSION_CLOSED' },
  { purpose: '', reason: 'MANUAL' },
])('an exit by "$purpose" is $reason', ({ purpose, reason }) => {
  const trips = roundTrips([fill(1, 'sell', '1', '5'), fill(2, 'buy', '1', '4', { purpose })], [])
  expect(trips).toMatchObject([{ side: 'short', exit_reason: reason, gross_pnl_usd: '1' }])
})

test.each([
  { at: 10, gate: '', is: 'EMA_UP' },
  { at: 60_010, gate: '', is: 'EMA_UP' },
  { at: 60_011, gate: '', is: 'MANUAL' }, // nobody acts on a decision for so long
  { at: 20, gate: 'RISK_GROSS', is: 'MANUAL' },
])('a fill at $at after a decision at 10 with gate "$gate" was entered for $is', ({ at, gate, is }) => {
  expect(
    roundTrips([fill(at, 'buy', '1', '1')], [decision(10, 'enter', 'EMA_UP', gate)])[0]?.entry_reason,
  ).toBe(is)
})

test('whatever the fills, fees add up to the last digit and nothing is held between trips', () => {
  const any = fc.array(
    fc.record({ buy: fc.boolean(), sz: fc.integer({ min: 1, max: 9 }), px: fc.integer({ min: 1, max: 99 }) }),
    { maxLength: 20 },
  )
  fc.assert(
    fc.property(any, (orders) => {
      const fills = orders.map(({ buy, sz, px }, at) => fill(at, buy ? 'buy' : 'sell', `${sz}`, `${px}`))
      const trips = roundTrips(fills, [])
      const fees = trips.reduce((sum, { fees_usd }) => sum + parseFixed(fees_usd), 0n)
      expect(fees).toBe(BigInt(fills.length) * parseFixed('0.1'))
      expect(trips.filter(({ exit_ts }) => exit_ts === null).length).toBeLessThanOrEqual(1)
    }),
  )
})

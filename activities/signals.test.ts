/** Tests of making signals: votes from known positions alone, fresh marks alone, changes against the one before, and returns when they are due. */
import { expect, it } from 'vitest'
import { createSignalsActivities, LIMITS, type SignalState, type SignalsDeps } from '#activities/signals.ts'
import type { SignalReturnRow, SignalRow } from '#clickhouse/tables/signals.ts'
import { HOUR_MS, MINUTE_MS } from '#domain/time.ts'

const NOW = Date.UTC(2026, 1, 16, 12)
const state = (address: string, coin: string, sz: string, more: Partial<SignalState> = {}): SignalState => ({
  ...{ address, coin, sz, confidence: 1, base_at: NOW - MINUTE_MS },
  status: coin === '' ? 'known' : Number(sz) === 0 ? 'flat' : 'long',
  ...more,
})
const account = (address: string, more: Partial<SignalState> = {}) => state(address, '', '0', more)

function world(over: Partial<SignalsDeps> = {}) {
  const signals: SignalRow[] = []
  const returns: SignalReturnRow[] = []
  const activities = createSignalsActivities({
    clock: { now: () => NOW },
    coins: ['BTC'],
    tracked: async () => [
      { address: 'a', score: 90 },
      { address: 'b', score: 60 },
      { address: 'c', score: 60 },
    ],
    states: async () => [
      account('a'),
      account('b'),
      account('c'),
      state('a', 'BTC', '2'),
      state('b', 'BTC', '-1'),
    ],
    marks: async () => [{ coin: 'BTC', price: 50_000, at: NOW - 1_000 }],
    latest: async () => [],
    due: async () => [],
    saveSignals: async (rows) => void signals.push(...rows),
    saveReturns: async (rows) => void returns.push(...rows),
    ...over,
  })
  return { ...activities, signals, returns }
}

it('folds what is known; somebody who was read and has no row of the coin is flat', async () => {
  const { makeSignals, signals } = world()
  expect(await makeSignals()).toMatchObject({
    signals: [{ coin: 'BTC', recommendation: 'NEUTRAL', change: 'first' }],
    left_out: {},
  })
  expect(signals[0]).toMatchObject({
    ts: NOW,
    longs: 1,
    shorts: 1,
    flats: 1,
    unknown: 0,
    total_weight: 2.1,
    price: 50_000,
    long_bias: 0.4286,
  })
  expect(JSON.parse(signals[0]?.inputs ?? '')).toEqual({
    holders: [
      ['a', 90, 2],
      ['b', 60, -1],
    ],
  })
})

it.each([
  ['was never read', [account('a', { status: 'unknown', base_at: 0 })]],
  ['has no row at all', []],
  ['was read too long ago', [account('a', { base_at: NOW - LIMITS.stateMs - 1 })]],
  [
    'is not certain enough',
    [account('a'), state('a', 'BTC', '2', { confidence: LIMITS.confidenceMin - 0.01 })],
  ],
])('gives a trader no vote who %s', async (_why, rows) => {
  const { makeSignals, signals } = world({
    states: async () => [...rows, account('b'), state('b', 'BTC', '-1')],
  })
  await makeSignals()
  expect(signals[0]).toMatchObject({ longs: 0, shorts: 1, unknown: 2, recommendation: 'SHORT' })
})

it('makes no signal without a fresh mark, nor when nobody is known', async () => {
  const old = world({ marks: async () => [{ coin: 'BTC', price: 1, at: NOW - LIMITS.markMs - 1 }] })
  expect(await old.makeSignals()).toMatchObject({ signals: [], left_out: { BTC: 'old_mark' } })
  expect(await world({ marks: async () => [] }).makeSignals()).toMatchObject({ left_out: { BTC: 'no_mark' } })
  expect(await world({ states: async () => [] }).makeSignals()).toMatchObject({
    left_out: { BTC: 'nobody_known' },
  })
  expect(old.signals).toEqual([])
})

it('compares with the signal before', async () => {
  const { makeSignals, signals } = world({
    latest: async () => [
      { coin: 'BTC', at: NOW - 300_000, recommendation: 'LONG', confidence: 0.9, long_bias: 0.7 },
    ],
  })
  await makeSignals()
  expect(signals[0]).toMatchObject({ change: 'long_to_neutral', alert: true })
})

it('notes returns that are due, in the direction of the signal, and leaves those without a price alone', async () => {
  const signal = {
    coin: 'BTC',
    at: NOW - HOUR_MS,
    recommendation: 'SHORT',
    confidence: 0.8,
    price: 100,
  } as const
  const { makeSignals, returns } = world({
    due: async ({ horizon }) =>
      horizon === HOUR_MS
        ? [
            { ...signal, later_price: 99, later_at: NOW - 1 },
            { ...signal, at: NOW - 2 * HOUR_MS, later_price: 99, later_at: NOW - 2 * HOUR_MS },
          ]
        : [],
  })
  expect(await makeSignals()).toMatchObject({ returns: 1 })
  expect(returns[0]).toMatchObject({ horizon_ms: HOUR_MS, recommendation: 'SHORT', later_price: 99 })
  expect(returns[0]?.signal_return).toBeCloseTo(0.01)
})

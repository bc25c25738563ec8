/** Decisions of the follower: targets become sizes to reach, slices follow round by round, and everything that stops it is named. */
import { expect, test } from 'vitest'
import type { SessionBook } from '#domain/session/book.ts'
import { decideFollow, dueTs } from '#domain/session/control-follower.ts'
import { parseSessionInput } from '#domain/session/input.ts'
import type { CandleSnapshot, PositionState } from '#domain/session/types.ts'
import type { TargetSet } from '#domain/strategies/follow-targets.ts'
import { flatPosition } from '#domain/trading/position.ts'
import { limitsOf } from '#tests/support/segment-inputs.ts'
import { bookOf, fakeEffects } from '#tests/support/session-effects.ts'
import { START_TS } from '#tests/support/session-ports.ts'

const follower = (params: Record<string, unknown> = {}, more: Record<string, unknown> = {}) =>
  parseSessionInput({
    ...{
      session_key: 'unit',
      account: 'unit',
      coins: ['BTC', 'ETH'],
      limits: limitsOf({ order_usd_max: 2_000 }),
    },
    engine: 'follower',
    params: { strategy: 'follow_targets', model: 'm', ...params },
    ...more,
  })
const held = (coin: string, sz: string): PositionState => ({ ...flatPosition(coin), sz, entryPx: '100' })
const snapshotOf = (snapshot: Partial<CandleSnapshot> = {}): CandleSnapshot => ({
  ...{ ts: START_TS, candles: [], positions: [], equityUsd: '10000', openOrders: 0 },
  markPx: { BTC: '100', ETH: '10' },
  touch: { BTC: { bid: '99.9', ask: '100.1' }, ETH: { bid: '9.99', ask: '10.01' } },
  ...snapshot,
})
const targetsOf = (weights: Record<string, number>, ts = START_TS - 1_000): TargetSet => ({
  ts,
  weights,
  source: 'model m',
})

function world(params: Record<string, unknown> = {}, change: Partial<SessionBook> = {}) {
  const input = follower(params)
  const { effects, state } = fakeEffects()
  const book = bookOf(input, { epoch: 2, sizeDecimals: { BTC: 3, ETH: 2 }, ...change })
  const decide = (snapshot: CandleSnapshot, options: { closeOnly?: boolean; mayAct?: boolean } = {}) => {
    book.pending = { decisions: [], intents: [], stops: [] } // the segment has taken them
    return decideFollow(book, input, effects, snapshot, {
      closeOnly: options.closeOnly ?? false,
      mayAct: () => options.mayAct ?? true,
    })
  }
  return { book, decide, state }
}
const orders = ({ pending }: SessionBook) =>
  pending.intents.map(({ coin, side, sz, tif, reduce_only }) => ({ coin, side, sz, tif, reduce_only }))
const words = ({ pending }: SessionBook) =>
  pending.decisions.map(({ coin, kind, reason, gate }) => [coin, kind, reason, gate])

test('the first round rests at the touch, one order a coin, and each coin has its decision', async () => {
  const { book, decide, state } = world()
  state.targets = targetsOf({ BTC: 0.1, ETH: -0.05 })
  await decide(snapshotOf())
  expect(orders(book)).toEqual([
    { coin: 'BTC', side: 'buy', sz: '10', tif: 'alo', reduce_only: false },
    { coin: 'ETH', side: 'sell', sz: '50', tif: 'alo', reduce_only: false },
  ])
  expect(words(book)).toEqual([
    ['BTC', 'enter', 'REBALANCE', ''],
    ['ETH', 'enter', 'REBALANCE', ''],
  ])
  expect(book.pending.decisions[0]?.inputs).toMatchObject({
    source: 'model m',
    target: 0.1,
    goal_sz: '10',
    targets_age_ms: 1_000,
  })
  expect(new Set(book.pending.intents.map(({ cloid }) => cloid)).size).toBe(2)
  expect(dueTs(book)).toBe(0)
})

test('what did not fill is taken, round by round, until the goals are reached; then it waits for the schedule', async () => {
  const { book, decide, state } = world({ slice_usd: 500, every_ms: 60_000 })
  state.targets = targetsOf({ BTC: 0.1 })
  await decide(snapshotOf())
  expect(orders(book)).toMatchObject([{ coin: 'BTC', sz: '5.005', tif: 'alo' }])
  await decide(snapshotOf({ positions: [held('BTC', '2')], ts: START_TS + 5_000 }))
  expect(orders(book)).toMatchObject([{ coin: 'BTC', sz: '4.985', tif: 'ioc' }])
  await decide(snapshotOf({ positions: [held('BTC', '6.985')], ts: START_TS + 5_100 }))
  expect(orders(book)).toMatchObject([{ coin: 'BTC', sz: '3.015', tif: 'ioc' }])
  await decide(snapshotOf({ positions: [held('BTC', '10')], ts: START_TS + 5_200 }))
  expect(orders(book)).toEqual([])
  expect(words(book)).toEqual([['BTC', 'hold', 'TARGET_REACHED', '']])
  expect(dueTs(book)).toBe(START_TS + 60_000)
})

test('a goal that cannot be reached is given up after its rounds, and says so', async () => {
  const { book, decide, state } = world({ slices_max: 2 })
  state.targets = targetsOf({ BTC: 0.1 })
  for (let round = 0; round < 2; round++) await decide(snapshotOf())
  await decide(snapshotOf({ positions: [held('BTC', '1')] }))
  expect(words(book)).toEqual([['BTC', 'hold', 'TARGET_MISSED', 'ROUNDS_USED_UP']])
  expect(book.follow).toMatchObject({ phase: 'idle', rounds: 0, goals: {} })
})

test('positions turn over zero: first closed, then opened the other way', async () => {
  const { book, decide, state } = world({ passive_ms: 0 })
  state.targets = targetsOf({ BTC: -0.1 })
  await decide(snapshotOf({ positions: [held('BTC', '4')] }))
  expect(orders(book)).toMatchObject([{ side: 'sell', sz: '4', reduce_only: true, tif: 'ioc' }])
  await decide(snapshotOf({ positions: [] }))
  expect(orders(book)).toMatchObject([{ side: 'sell', sz: '10', reduce_only: false }])
})

test.each([
  ['NO_TARGETS', { ts: 0, weights: {}, source: '' }, '10000'],
  ['STALE_TARGETS', targetsOf({ BTC: 0.5 }, START_TS - 3_600_001), '10000'],
  ['NO_CAPITAL', targetsOf({ BTC: 0.5 }), '0'],
])('%s: nothing is traded and what is held stays', async (gate, targets, equityUsd) => {
  const { book, decide, state } = world()
  state.targets = targets
  await decide(snapshotOf({ equityUsd, positions: [held('BTC', '3')] }))
  expect(orders(book)).toEqual([])
  expect(words(book)).toEqual([
    ['BTC', 'hold', gate, gate],
    ['ETH', 'hold', gate, gate],
  ])
  expect(dueTs(book)).toBe(START_TS + 300_000)
})

test('a fixed capital is used instead of the equity', async () => {
  const { book, decide, state } = world({ capital_usd: 1_000 })
  state.targets = targetsOf({ BTC: 0.1 })
  await decide(snapshotOf())
  expect(orders(book)).toMatchObject([{ sz: '1' }])
})

test('only closing orders leave under a close_only kill, and the gate is in the decision', async () => {
  const { book, decide, state } = world()
  state.targets = targetsOf({ BTC: 0.1, ETH: 0 })
  await decide(snapshotOf({ positions: [held('ETH', '50')] }), { closeOnly: true })
  expect(orders(book)).toMatchObject([{ coin: 'ETH', reduce_only: true }])
  expect(book.pending.decisions.find(({ coin }) => coin === 'BTC')?.gate).not.toBe('')
})

test('nothing is sent while the session may not act, and the next round goes on', async () => {
  const { book, decide, state } = world()
  state.targets = targetsOf({ BTC: 0.1 })
  await decide(snapshotOf(), { mayAct: false })
  expect(orders(book)).toEqual([])
  expect(words(book)[0]).toEqual(['BTC', 'enter', 'REBALANCE', 'INTERRUPTED'])
  expect(dueTs(book)).toBe(0)
  await decide(snapshotOf())
  expect(orders(book)).toMatchObject([{ coin: 'BTC', tif: 'ioc' }])
})

test('a position limit is asked before the order is named as wanted', async () => {
  const { book, decide, state } = world(
    { slice_usd: 2_000, weight_max: 9, gross_max: 9, turnover_max: 9 },
    { limits: limitsOf({ position_usd_max: 500 }) },
  )
  state.targets = targetsOf({ BTC: 3 })
  await decide(snapshotOf())
  expect(orders(book)).toEqual([])
  expect(book.pending.decisions[0]?.gate).toMatch(/^RISK_|MAX|ORDER/)
})

test('a coin that leaves is closed, and new parameters begin a new rebalance', async () => {
  const { book, decide, state } = world({}, { leaving: ['ETH'] })
  state.targets = targetsOf({ BTC: 0, ETH: 0.3 })
  await decide(snapshotOf({ positions: [held('ETH', '7')] }))
  expect(orders(book)).toMatchObject([{ coin: 'ETH', side: 'sell', sz: '7', reduce_only: true }])
  book.isStrategyStale = true
  state.targets = targetsOf({ BTC: 0.1 })
  book.leaving = []
  await decide(snapshotOf())
  expect(orders(book)).toMatchObject([{ coin: 'BTC', tif: 'alo' }])
  expect(book.isStrategyStale).toBe(false)
})

test('targets that cannot be read decide nothing', async () => {
  const { book, state } = world()
  const { effects } = fakeEffects()
  effects.targets = () => Promise.reject(new RangeError('database away'))
  await expect(
    decideFollow(book, follower(), effects, snapshotOf(), { closeOnly: false, mayAct: () => true }),
  ).rejects.toThrow('database away')
  expect(state.asked).toEqual([])
  expect(book.pending.decisions).toEqual([])
})

/** Tests of reading targets: a model's newest set, signals, baskets, and keeping what a session was told. */
import { expect, it } from 'vitest'
import {
  createTargetsActivities,
  followedModel,
  type TargetsDeps,
} from '#activities/trading-session/targets.ts'
import type { ModelTargetRow } from '#clickhouse/tables/models.ts'
import type { TargetRequest } from '#domain/session/follow-state.ts'

const request = (over: Partial<TargetRequest> = {}): TargetRequest => ({
  ...{ session_key: 'unit', source: 'model', model: 'm', traders: [], coins: ['BTC', 'ETH'], gross: 1 },
  ...over,
})
function world(over: Partial<TargetsDeps> = {}) {
  const saved: ModelTargetRow[] = []
  const { readTargets } = createTargetsActivities({
    clock: { now: () => 10_000 },
    modelTargets: async () => [],
    latestSignals: async () => [],
    basket: async () => ({ traders: [], readTs: 0 }),
    marks: async () => ({ BTC: 100 }),
    saveTargets: async (rows) => void saved.push(...rows),
    ...over,
  })
  return { readTargets, saved }
}

it("reads a model's newest set, and does not write it again", async () => {
  const { readTargets, saved } = world({
    modelTargets: async (model, now) =>
      model === 'm' && now === 10_000 ? [{ coin: 'BTC', at: 9_000, weight: 0.4 }] : [],
  })
  expect(await readTargets(request())).toEqual({ ts: 9_000, weights: { BTC: 0.4 }, source: 'model m' })
  expect(saved).toEqual([])
})

it('has no targets where there are none, and keeps nothing then', async () => {
  const { readTargets, saved } = world()
  for (const source of ['model', 'signals', 'traders'] as const) {
    expect(await readTargets(request({ source, traders: ['0xa'] }))).toMatchObject({ ts: 0, weights: {} })
  }
  expect(saved).toEqual([])
})

it('makes weights of signals, as old as the oldest, and keeps them under the name of the session', async () => {
  const { readTargets, saved } = world({
    latestSignals: async () => [
      { coin: 'BTC', at: 8_000, recommendation: 'LONG', confidence: 0.5 },
      { coin: 'ETH', at: 7_000, recommendation: 'SHORT', confidence: 1 },
      { coin: 'SOL', at: 1, recommendation: 'LONG', confidence: 1 },
    ],
  })
  expect(await readTargets(request({ source: 'signals' }))).toEqual({
    ts: 7_000,
    weights: { BTC: 0.25, ETH: -0.5 },
    source: 'signals',
  })
  expect(saved).toEqual([
    { model: 'follow/unit', ts: 10_000, coin: 'BTC', weight: 0.25, source: 'signals', received_ts: 10_000 },
    { model: 'follow/unit', ts: 10_000, coin: 'ETH', weight: -0.5, source: 'signals', received_ts: 10_000 },
  ])
  expect(followedModel('unit')).toBe('follow/unit')
})

it('makes weights of a basket when all of it is known, and none when one of its traders is not', async () => {
  const trader = { address: '0xa', accountValue: 1_000, sizes: { BTC: 2, ETH: 0 } }
  const { readTargets } = world({ basket: async () => ({ traders: [trader], readTs: 5_000 }) })
  expect(await readTargets(request({ source: 'traders', traders: ['0xa'] }))).toEqual({
    ts: 5_000,
    weights: { BTC: 0.2, ETH: 0 },
    source: 'trader 0xa',
  })
  expect(await readTargets(request({ source: 'traders', traders: ['0xa', '0xb'] }))).toMatchObject({
    ts: 0,
    source: 'basket of 2',
  })
})

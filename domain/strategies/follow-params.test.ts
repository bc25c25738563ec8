/** Tests of the follower's parameters: defaults, bounds, and what belongs together. */
import { expect, it } from 'vitest'
import { FollowParams, followFaults } from '#domain/strategies/follow-params.ts'

const parse = (change: Record<string, unknown>) =>
  FollowParams.parse({ strategy: 'follow_targets', ...change })

it('follows a model by default, and needs its name', () => {
  expect(parse({ model: 'm' })).toMatchObject({
    source: 'model',
    gross_max: 1,
    threshold: 0.02,
    passive_ms: 5_000,
  })
  expect(followFaults(parse({ model: 'm' }))).toEqual([])
  expect(followFaults(parse({}))).toMatchObject([{ path: ['params', 'model'] }])
})

it('needs addresses for traders, and nothing more for signals; addresses become lower case', () => {
  expect(followFaults(parse({ source: 'traders' }))).toMatchObject([{ path: ['params', 'traders'] }])
  expect(followFaults(parse({ source: 'signals' }))).toEqual([])
  expect(parse({ source: 'traders', traders: [`0x${'AB'.repeat(20)}`] }).traders).toEqual([
    `0x${'ab'.repeat(20)}`,
  ])
  expect(() => parse({ source: 'traders', traders: ['0x12'] })).toThrow('an address')
})

it.each([
  { threshold: -0.01 },
  { gross_max: 0 },
  { slices_max: 0 },
  { every_ms: 999 },
  { slice_usd: 19 },
  { levrage: 3 },
])('refuses %o', (change) => {
  expect(() => parse({ model: 'm', ...change })).toThrow()
})

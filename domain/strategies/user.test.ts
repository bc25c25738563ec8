/** Strategies of the user: found by name, asked through one face, their own state and parameters kept apart. */
import { expect, test } from 'vitest'
import { z } from 'zod'
import { candleOf, inputOf } from '../../tests/support/mei.ts'
import type { CandleStrategy } from './strategy.ts'
import {
  innerParams,
  registerUserStrategies,
  UserParams,
  type UserStrategy,
  userDefined,
  userStrategy,
  userStrategyNames,
} from './user.ts'

const Params = z.strictObject({
  strategy: z.literal('counting'),
  interval: z.string(),
  step: z.number().default(2),
})
const counting: CandleStrategy<z.infer<typeof Params>, { n: number }> = {
  name: 'counting',
  schema: Params,
  warmUpBars: ({ step }) => step * 10,
  init: () => ({ n: 0 }),
  observe: (was, _, { step }) => ({ n: was.n + step }),
  decide: (was) => ({
    state: { n: was.n + 100 },
    kind: 'hold',
    reason: 'COUNTED',
    gate: '',
    intentions: [],
    stopPx: null,
    targetPx: null,
  }),
  carryOver: (fresh, was) => ({ n: fresh.n + was.n }),
  rank: ({ n }) => n,
  trend: () => 1,
  leverage: () => 4,
}
registerUserStrategies([counting as unknown as UserStrategy])
const params = UserParams.parse({ strategy: 'user', name: 'counting', params: { step: 3 } })

test('it is found by its name, and an unknown one says which there are', () => {
  expect(userStrategyNames()).toContain('counting')
  expect(() => userStrategy('other')).toThrow('counting')
})

test('every question reaches it with its own parameters', () => {
  expect(userDefined.warmUpBars(params)).toBe(30)
  let state = userDefined.init(params)
  state = userDefined.observe(state, candleOf(), params)
  expect(state).toEqual({ name: 'counting', own: { n: 3 } })
  const move = userDefined.decide(state, inputOf(), params)
  expect(move).toMatchObject({ reason: 'COUNTED', state: { name: 'counting', own: { n: 103 } } })
  expect(userDefined.explain?.(state, inputOf(), move, params).reasons).toEqual(['COUNTED'])
  const context = { btcBullish: null, breadthPct: null }
  expect([
    userDefined.rank?.(state, context, params),
    userDefined.trend?.(state),
    userDefined.leverage?.(state),
  ]).toEqual([103, 1, 4])
  expect(userDefined.carryOver?.(userDefined.init(params), state, params)).toEqual({
    name: 'counting',
    own: { n: 103 },
  })
  expect(userDefined.contextCoins?.(params)).toEqual([])
})

test('its parameters are checked against its own schema', () => {
  expect(innerParams(params)).toEqual({ strategy: 'counting', interval: '1h', step: 3 })
  expect(() =>
    innerParams(UserParams.parse({ strategy: 'user', name: 'counting', params: { stepp: 3 } })),
  ).toThrow('stepp')
})

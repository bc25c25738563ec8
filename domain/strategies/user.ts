/** Strategies of the user: found by name in session inputs with `strategy: user`, registered by each process before it runs. */
// Not here: where their files come from (config/user-strategies.ts), the contract they fulfil (strategy.ts).
import { z } from 'zod'
import { HoldfastError } from '#domain/errors.ts'
import { CADENCE, SessionInterval } from '#domain/strategies/ema-cross-params.ts'
import type { CandleStrategy } from '#domain/strategies/strategy.ts'

export const UserParams = z.strictObject({
  strategy: z.literal('user'),
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,40}$/, 'lower-case letters, digits and underscores')
    .describe('name of a strategy in config/strategies'),
  interval: SessionInterval.default('1h').describe('candle length'),
  ...CADENCE,
  params: z.record(z.string(), z.unknown()).default({}).describe('its own parameters'),
})
export type UserParams = z.infer<typeof UserParams>

export type UserStrategy = CandleStrategy<never, never>
type Inner = CandleStrategy<unknown, unknown>

const REGISTERED = new Map<string, Inner>()

/** Makes strategies known to this process. The same name again replaces the one before. */
export function registerUserStrategies(strategies: readonly UserStrategy[]): void {
  for (const strategy of strategies) REGISTERED.set(strategy.name, strategy as unknown as Inner)
}

export const userStrategyNames = (): string[] => [...REGISTERED.keys()].sort()

/** @throws HoldfastError UNKNOWN_STRATEGY */
export function userStrategy(name: string): CandleStrategy<unknown, unknown> {
  const found = REGISTERED.get(name)
  if (found) return found
  const names = userStrategyNames().join(', ') || 'none'
  throw new HoldfastError(`there is no user strategy "${name}" in this process; there are: ${names}`, {
    code: 'UNKNOWN_STRATEGY',
    retryable: false,
    hint: 'put its file into config/strategies and restart, so that the workflow bundle contains it',
  })
}

interface UserState {
  name: string
  own: unknown
}

const INNER_PARAMS = new WeakMap<UserParams, unknown>()

/** The strategy's own parameters, checked against its own schema. @throws HoldfastError INVALID_INPUT */
export function innerParams(params: UserParams): unknown {
  const kept = INNER_PARAMS.get(params)
  if (kept !== undefined) return kept
  const { name, interval } = params
  const parsed = userStrategy(name).schema.safeParse({ strategy: name, interval, ...params.params })
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new HoldfastError(
      `${name}: params.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`,
      {
        code: 'INVALID_INPUT',
        retryable: false,
        hint: `correct the parameters of ${name}`,
      },
    )
  }
  INNER_PARAMS.set(params, parsed.data)
  return parsed.data
}

const own = (state: UserState): Inner => userStrategy(state.name)

/** Hands every question on to the strategy that the parameters name. */
export const userDefined: CandleStrategy<UserParams, UserState> = {
  name: 'user',
  schema: UserParams,
  warmUpBars: (params) => userStrategy(params.name).warmUpBars(innerParams(params)),
  contextCoins: (params) => userStrategy(params.name).contextCoins?.(innerParams(params)) ?? [],
  init: (params) => ({ name: params.name, own: userStrategy(params.name).init(innerParams(params)) }),
  observe(was, candle, params) {
    was.own = own(was).observe(was.own, candle, innerParams(params))
    return was
  },
  decide(was, input, params) {
    const move = own(was).decide(was.own, input, innerParams(params))
    was.own = move.state
    return { ...move, state: was }
  },
  explain(state, input, move, params) {
    const told = own(state).explain?.(state.own, input, { ...move, state: state.own }, innerParams(params))
    const inputs = { open_ts: input.candle.openTs, close: input.candle.close }
    return told ?? { reasons: [move.reason], gates: [], inputs }
  },
  carryOver(fresh, was, params) {
    const inner = own(fresh)
    if (was.name !== fresh.name || !inner.carryOver) return fresh
    return { name: fresh.name, own: inner.carryOver(fresh.own, was.own, innerParams(params)) }
  },
  rank: (state, context, params) => own(state).rank?.(state.own, context, innerParams(params)) ?? 0,
  trend: (state) => own(state).trend?.(state.own) ?? null,
  leverage: (state) => own(state).leverage?.(state.own) ?? 1,
}

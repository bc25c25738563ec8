/** The one JSON object that starts a session, validated: what the Temporal UI's form, the CLI and a session file send. */
// Not here: what the workflow adds while it runs (domain/session/types.ts).
import { z } from 'zod'
import { InvalidInputError } from '#domain/errors.ts'
import { SessionLimits as Limits } from '#domain/risk/limit-input.ts'
import { candleFields } from '#domain/session/candle-input.ts'
import { makerFaults, makerFields } from '#domain/session/maker-input.ts'
import { CandleParams } from '#domain/strategies/candle-params.ts'
import { FollowParams, followFaults } from '#domain/strategies/follow-params.ts'
import { adviceFor } from '#domain/strategies/maker/dead-knobs.ts'
import { TouchParams as Touch } from '#domain/strategies/touch-params.ts'

export const SessionLimits = Limits
export type SessionLimits = z.infer<typeof SessionLimits>

export const TouchParams = Touch
export type TouchParams = z.infer<typeof TouchParams>

const common = {
  session_key: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,40}$/, 'lower-case letters, digits and dashes, at most 41')
    .describe('name of the session; its workflow id is session/<mode>/<session_key>'),
  mode: z
    .enum(['paper', 'dry_live', 'live'])
    .default('paper')
    .describe('paper trades on the paper exchange; live needs its gates'),
  account: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,30}$/)
    .describe('account of config/holdfast.yaml that trades'),
  limits: SessionLimits,
  on_kill: z
    .enum(['flatten', 'halt'])
    .default('flatten')
    .describe('flatten closes the position, halt leaves it'),
  on_stop: z.enum(['flatten', 'halt']).default('flatten').describe('the same for an ordinary stop'),
  on_control_loss: z
    .enum(['cancel_quotes', 'hold'])
    .default('cancel_quotes')
    .describe('what the loop does when its lease ends'),
  restarts_per_hour_max: z
    .int()
    .min(1)
    .max(1_000)
    .optional()
    .describe(
      'segments that may begin within an hour after lost ones; then quotes stay away, positions and stops stay, until the hour allows the next; unset: no limit',
    ),
}
const followedCoins = z.array(z.string().min(1).max(20)).min(1).max(50).describe('coins to trade')

export const SessionInput = z
  .discriminatedUnion('engine', [
    z.strictObject({ engine: z.literal('candles'), ...common, ...candleFields, params: CandleParams }),
    z.strictObject({ engine: z.literal('maker'), ...common, ...makerFields }),
    z.strictObject({ engine: z.literal('follower'), ...common, coins: followedCoins, params: FollowParams }),
  ])
  .superRefine((input, context) => {
    if (input.engine === 'candles' && input.coins.length === 0 && !input.watchlist) {
      context.addIssue({ code: 'custom', path: ['coins'], message: 'at least one coin, or a watchlist' })
    }
    if (input.engine === 'follower') {
      for (const fault of followFaults(input.params)) context.addIssue({ code: 'custom', ...fault })
    }
    if (input.engine === 'maker') {
      for (const fault of makerFaults(input)) context.addIssue({ code: 'custom', ...fault })
    }
  })
export type SessionInput = z.infer<typeof SessionInput>
export type Engine = SessionInput['engine']

/** Validates a session input. @throws InvalidInputError with the path of the first fault */
export function parseSessionInput(value: unknown, source = 'session input'): SessionInput {
  const parsed = SessionInput.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const path = issue?.path ?? []
  let found: unknown = value
  for (const step of path) found = (found as Record<PropertyKey, unknown> | undefined)?.[step]
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys : []
  const unknownKeys = unknown.length > 0 ? ` with unknown ${unknown.join(', ')}` : ''
  throw new InvalidInputError({
    source,
    path: path.map(String).join('.'),
    found: `${JSON.stringify(found)?.slice(0, 80) ?? 'nothing'}${unknownKeys}`,
    expected: [issue?.message ?? 'a valid value', ...unknown.flatMap((key) => adviceFor(key) || [])].join(
      '; ',
    ),
  })
}

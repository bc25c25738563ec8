/** The parameters of the maker strategies `spread` and `microprice`: all knobs with overrides per coin; what would have no effect is refused. */
// Not here: the knobs (coin-knobs.ts, exit-knobs.ts, session-knobs.ts), the simple strategy `touch` (domain/session/input.ts).
import { z } from 'zod'
import { GATE_KNOBS, MICRO_KNOBS, SIDE_KNOBS } from '#domain/strategies/maker/coin-knobs.ts'
import { EXIT_KNOBS } from '#domain/strategies/maker/exit-knobs.ts'
import { type Knob, overridesOf, shapeOf, type ValuesOf } from '#domain/strategies/maker/knob.ts'
import { QUOTE_KNOBS } from '#domain/strategies/maker/quote-knobs.ts'
import { SESSION_KNOBS } from '#domain/strategies/maker/session-knobs.ts'

/** Knobs that one coin may set differently. */
export const COIN_KNOBS = {
  ...QUOTE_KNOBS,
  ...GATE_KNOBS,
  ...SIDE_KNOBS,
  ...MICRO_KNOBS,
  ...EXIT_KNOBS,
} as const
export type CoinKnobs = ValuesOf<typeof COIN_KNOBS>
export type SessionKnobs = ValuesOf<typeof SESSION_KNOBS>

const shape = { ...shapeOf(SESSION_KNOBS), ...shapeOf(COIN_KNOBS) }
const perCoin = z
  .record(z.string().min(1).max(20), z.strictObject(overridesOf(COIN_KNOBS)))
  .default({})
  .describe('overrides of one coin’s knobs, by coin')

/** Quotes relative to the touch with gates, skew and sides. Engine maker. */
export const SpreadParams = z.strictObject({ strategy: z.literal('spread'), ...shape, per_coin: perCoin })
/** Quotes around a reservation price from book pressure, volatility and inventory. Engine maker. */
export const MicropriceParams = z.strictObject({
  strategy: z.literal('microprice'),
  ...shape,
  per_coin: perCoin,
})
export type MakerParams = z.infer<typeof SpreadParams> | z.infer<typeof MicropriceParams>

/** What holds for one coin: its overrides, then the session's values. */
export type CoinParams = CoinKnobs &
  Pick<SessionKnobs, 'margin_cap_mode'> & { strategy: MakerParams['strategy'] }

/** The knobs of one coin with its overrides in place. */
export function coinParams(params: MakerParams, coin: string): CoinParams {
  const own = Object.entries(params.per_coin[coin] ?? {}).filter(([, value]) => value !== undefined)
  return { ...params, ...Object.fromEntries(own) } as CoinParams
}

export interface KnobFault {
  path: (string | number)[]
  message: string
}

/** Everything that is set and would do nothing, and every pair of knobs that contradict each other. */
export function knobFaults(
  params: MakerParams,
  session: { coins: readonly string[]; limits: { order_usd_max: number; position_usd_max: number } },
): KnobFault[] {
  const all: Record<string, Knob> = { ...SESSION_KNOBS, ...COIN_KNOBS }
  const values = params as unknown as Record<string, unknown>
  const views = session.coins.map((coin) => coinParams(params, coin) as unknown as Record<string, unknown>)
  const faults: KnobFault[] = []
  for (const [name, knob] of Object.entries(all)) {
    if (!knob.idle || same(values[name], knob.fallback)) continue
    const why = knob.idle(values)
    // A value for the session works as long as one coin lets it work.
    const works = why === null || views.some((view) => knob.idle?.(view) === null)
    if (!works) faults.push({ path: ['params', name], message: `has no effect while ${why}: leave it out` })
  }
  for (const [coin, own] of Object.entries(params.per_coin)) {
    if (!session.coins.includes(coin)) {
      faults.push({ path: ['params', 'per_coin', coin], message: `has no effect: ${coin} is not in coins` })
      continue
    }
    const view = coinParams(params, coin) as unknown as Record<string, unknown>
    for (const name of Object.keys(own)) {
      const why = all[name]?.idle?.(view) ?? null
      if (why !== null) {
        faults.push({ path: ['params', 'per_coin', coin, name], message: `has no effect while ${why}` })
      }
    }
  }
  return [...faults, ...session.coins.flatMap((coin) => contradictions(params, coin, session.limits))]
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

function contradictions(
  params: MakerParams,
  coin: string,
  limits: { order_usd_max: number; position_usd_max: number },
): KnobFault[] {
  const knobs = coinParams(params, coin)
  const wrong: [boolean, keyof CoinKnobs | keyof SessionKnobs, string][] = [
    [knobs.size_notional_usd > limits.order_usd_max, 'size_notional_usd', 'above limits.order_usd_max'],
    [
      knobs.max_per_coin_notional > limits.position_usd_max,
      'max_per_coin_notional',
      'above limits.position_usd_max',
    ],
    [
      knobs.exchange_min_order_usd > knobs.max_per_coin_notional,
      'exchange_min_order_usd',
      'above max_per_coin_notional',
    ],
    [
      knobs.bailout_partial_mae_bps > knobs.bailout_full_mae_bps,
      'bailout_partial_mae_bps',
      'above bailout_full_mae_bps',
    ],
    [
      knobs.min_half_spread_bps > knobs.max_half_spread_bps,
      'min_half_spread_bps',
      'above max_half_spread_bps',
    ],
    [
      params.portfolio_pause_threshold_pct >= params.emergency_stop_loss_pct,
      'portfolio_pause_threshold_pct',
      'not below emergency_stop_loss_pct',
    ],
    [
      params.autotune_percentile_min > params.autotune_percentile_max,
      'autotune_percentile_min',
      'above autotune_percentile_max',
    ],
    [
      params.autotune_guard_buffer_min_bps > params.autotune_guard_buffer_max_bps,
      'autotune_guard_buffer_min_bps',
      'above autotune_guard_buffer_max_bps',
    ],
  ]
  return wrong.flatMap(([is, name, why]) =>
    is ? [{ path: ['params', name], message: `${why} (${coin})` }] : [],
  )
}

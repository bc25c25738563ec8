/** Parameters of all candle strategies as a session input takes them, with overlays per coin; composed here, declared beside each strategy. */
// Not here: laying an overlay over them (overlay.ts).
import { z } from 'zod'
import { cadenceFault } from '#domain/strategies/cadence.ts'
import { EmaCrossParams } from '#domain/strategies/ema-cross-params.ts'
import { MeiAlphaParams } from '#domain/strategies/mei-alpha/params.ts'
import { merge, type Tree } from '#domain/strategies/overlay.ts'
import { UserParams, userStrategy, userStrategyNames } from '#domain/strategies/user.ts'

const symbols = z
  .record(z.string().min(1).max(20), z.record(z.string(), z.unknown()))
  .optional()
  .describe('differences for single coins: {SOL: {…}}')

const SCHEMAS = {
  ema_cross: EmaCrossParams,
  mei_alpha_v1: MeiAlphaParams,
  user: UserParams,
} as const

export const CandleParams = z
  .discriminatedUnion('strategy', [
    EmaCrossParams.extend({ symbols }),
    MeiAlphaParams.extend({ symbols }),
    UserParams.extend({ symbols }),
  ])
  .superRefine((params, context) => {
    const { symbols: overlays, ...base } = params
    for (const fault of faultsOf(base)) context.addIssue({ code: 'custom', ...fault })
    for (const [coin, overlay] of Object.entries(overlays ?? {})) {
      for (const fault of overlayFaults(base, overlay)) {
        context.addIssue({ code: 'custom', message: fault.message, path: ['symbols', coin, ...fault.path] })
      }
    }
  })
export type CandleParams = z.infer<typeof CandleParams>

interface Fault {
  path: PropertyKey[]
  message: string
}

/** What one field alone cannot know. */
function faultsOf(params: Omit<CandleParams, 'symbols'>): Fault[] {
  const fault = cadenceFault(params)
  if (fault !== null) return [fault]
  if (params.strategy === 'ema_cross') {
    const { fast_bars, slow_bars } = params as EmaCrossParams
    if (fast_bars >= slow_bars)
      return [{ path: ['fast_bars'], message: `smaller than slow_bars (${slow_bars})` }]
  }
  if (params.strategy === 'mei_alpha_v1') {
    const { target_at_exchange, trade } = params as MeiAlphaParams
    if (target_at_exchange && trade.enable_partial_tp) {
      return [{ path: ['target_at_exchange'], message: 'false, or trade.enable_partial_tp off' }]
    }
  }
  if (params.strategy === 'user') return innerFaults(params as UserParams)
  return []
}

/** A strategy that this process does not know is judged where it is known: in the workflow. */
function innerFaults(params: UserParams): Fault[] {
  if (!userStrategyNames().includes(params.name)) return []
  const { name, interval } = params
  const parsed = userStrategy(name).schema.safeParse({ strategy: name, interval, ...params.params })
  if (parsed.success) return []
  return parsed.error.issues.map(({ path, message }) => ({ path: ['params', ...path], message }))
}

function overlayFaults(base: Omit<CandleParams, 'symbols'>, overlay: Tree): Fault[] {
  for (const key of ['strategy', 'interval', 'entry_interval', 'exit_interval', 'name']) {
    if (key in overlay) return [{ path: [key], message: 'one for all coins of a session' }]
  }
  const parsed = SCHEMAS[base.strategy].safeParse(merge(base, overlay))
  if (parsed.success) return faultsOf(parsed.data)
  return parsed.error.issues.map(({ path, message }) => ({ path: [...path], message }))
}

/** The part of a session's input that only makers have: coins and parameters, and what contradicts itself in them. */
// Not here: the input as a whole (input.ts), the knobs (domain/strategies/maker/params.ts).
import { z } from 'zod'
import type { SessionLimits } from '#domain/risk/limit-input.ts'
import {
  type KnobFault,
  knobFaults,
  type MakerParams,
  MicropriceParams,
  SpreadParams,
} from '#domain/strategies/maker/params.ts'
import { TouchParams } from '#domain/strategies/touch-params.ts'

export const makerFields = {
  coins: z
    .array(z.string().min(1).max(20))
    .min(1)
    .max(20)
    .refine((list) => new Set(list).size === list.length, 'each coin once')
    .describe('coins to make markets in; `touch` takes one'),
  params: z.discriminatedUnion('strategy', [TouchParams, SpreadParams, MicropriceParams]),
} as const

/** Everything about a maker's input that no single field shows. */
export function makerFaults(input: {
  coins: readonly string[]
  params: TouchParams | MakerParams
  limits: SessionLimits
}): KnobFault[] {
  const { coins, params, limits } = input
  if (params.strategy !== 'touch') return knobFaults(params, { coins, limits })
  return coins.length > 1 ? [{ path: ['coins'], message: 'exactly one coin with strategy touch' }] : []
}

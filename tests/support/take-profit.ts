/** States of the take-profit machine, and one pass over them. */
import { fromNumber } from '#domain/fixed-point.ts'
import type { ExitFacts } from '#domain/strategies/maker/exits/exits.ts'
import {
  stepTakeProfit,
  type TakeProfitState,
  type TakeProfitStep,
} from '#domain/strategies/maker/exits/take-profit.ts'
import { exitFactsOf, exitKnobs, NOW } from './maker-exit-facts.ts'

type Closing = Extract<TakeProfitState, { phase: 'CLOSING' }>

/** In step `step` with 200 coins held when it began; nothing sent yet. */
export const closing = (step: number, change: Partial<Closing> = {}): Closing => ({
  phase: 'CLOSING',
  step,
  sends: 0,
  sentTs: null,
  held: fromNumber(200).toString(),
  sinceTs: NOW,
  ...change,
})

export const run = (
  state: TakeProfitState,
  facts: Partial<ExitFacts>,
  knobs: Record<string, unknown>,
): TakeProfitStep => stepTakeProfit(state, exitFactsOf(facts), exitKnobs(knobs))

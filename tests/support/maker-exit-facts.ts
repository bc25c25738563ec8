/** Facts of one pass of a maker's exits, and the machines run over a list of them. */
import { formatFixed } from '#domain/fixed-point.ts'
import { type ExitFacts, type ExitStep, firstExits, stepExits } from '#domain/strategies/maker/exits/exits.ts'
import { type CoinParams, coinParams, SpreadParams } from '#domain/strategies/maker/params.ts'
import { touchAt } from './maker-facts.ts'

export const NOW = 1_700_000_000_000

export const exitFactsOf = (change: Partial<ExitFacts> = {}): ExitFacts => ({
  ts: NOW,
  touch: touchAt('24.513', '24.527'),
  positionE8: 0n,
  entryPxE8: 0n,
  sizeDecimals: 2,
  takerBps: 4.5,
  quotesOpen: false,
  last: { phase: 'none', reject: null },
  killed: false,
  ...change,
})

/** Knobs with caps far away, so that only the exit under test speaks. */
export const exitKnobs = (change: Record<string, unknown> = {}): CoinParams => {
  const { flatten_on_start: _, ...rest } = change
  return coinParams(SpreadParams.parse({ strategy: 'spread', max_per_coin_notional: 1e6, ...rest }), 'HYPE')
}

/** The steps over these passes, each answered by nothing: the position stays as it is. */
export function runExitPasses(change: Record<string, unknown>, passes: readonly ExitFacts[]): ExitStep[] {
  let state = firstExits(change.flatten_on_start === true)
  const knobs = exitKnobs(change)
  return passes.map((facts) => {
    const step = stepExits(state, facts, knobs)
    state = step.state
    return step
  })
}

/** An order as text, else why quotes are blocked, else `free`. */
export const exitText = ({ order, blocked }: Pick<ExitStep, 'order' | 'blocked'>): string =>
  order
    ? `${order.side} ${formatFixed(order.szE8)}@${formatFixed(order.pxE8)} ${order.tif}`
    : (blocked ?? 'free')

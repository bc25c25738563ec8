/** Facts and knobs of one maker pass, whole and valid: each test changes only what it is about. */
import { formatFixed, fromNumber, parseFixed } from '#domain/fixed-point.ts'
import type { SessionLimits } from '#domain/session/input.ts'
import {
  type CoinParams,
  coinParams,
  MicropriceParams,
  SpreadParams,
} from '#domain/strategies/maker/params.ts'
import { initMaker, type MakerFacts, type MakerPlan, planQuotes } from '#domain/strategies/maker/quoting.ts'
import type { MakerState } from '#domain/strategies/maker/state.ts'

/** No gate, no guard, no stale improvement: the bare prices of the worked examples. */
export const BARE = {
  min_spread_guard_enabled: false,
  dynamic_min_spread_enabled: false,
  improve_one_tick: false,
  size_notional_usd: 50,
  max_per_coin_notional: 100_000,
} as const

export const LIMITS: SessionLimits = {
  order_usd_max: 100_000,
  position_usd_max: 1_000_000,
  open_orders_max: 100,
  loss_usd_max: 1_000_000,
}

export const knobsOf = (change: Record<string, unknown> = {}): CoinParams =>
  coinParams(SpreadParams.parse({ strategy: 'spread', ...BARE, ...change }), 'HYPE')

export const microOf = (change: Record<string, unknown> = {}): CoinParams =>
  coinParams(MicropriceParams.parse({ strategy: 'microprice', ...BARE, ...change }), 'HYPE')

export const touchAt = (bid: string, ask: string) => ({ bidE8: parseFixed(bid), askE8: parseFixed(ask) })

/** Book 24.513/24.527, lot 0.01, tick 0.001: the market of the worked examples. */
export const factsOf = (change: Partial<MakerFacts> = {}): MakerFacts => ({
  coin: 'HYPE',
  ts: 1_700_000_000_000,
  touch: touchAt('24.513', '24.527'),
  bidSzE8: fromNumber(10),
  askSzE8: fromNumber(10),
  ageMs: 0,
  markE8: null,
  positionE8: 0n,
  sizeDecimals: 2,
  accountStreamUp: true,
  closeOnly: false,
  fills: [],
  fees: { makerBps: 1.5, takerBps: 4.5 },
  portfolio: { otherGrossUsd: 0, maxGrossUsd: 1_000_000, marginUsdMax: null },
  mode: null,
  blocked: null,
  mayImprove: true,
  ...change,
})

/** A plan as text: `B 2.04@24.514 A 2.04@24.526`, or `- REASON`. */
export function shown({ bids, asks, verdict }: MakerPlan): string {
  const side = (name: string, quotes: MakerPlan['bids']): string[] =>
    quotes.map(({ pxE8, szE8 }) => `${name} ${formatFixed(szE8)}@${formatFixed(pxE8)}`)
  const all = [...side('B', bids), ...side('A', asks)]
  return all.length > 0 ? all.join(' ') : `- ${verdict.reason}`
}

/** The quotes after `passes` passes over the same facts. */
export function quoteAfter(
  passes: number,
  facts: MakerFacts | ((pass: number) => MakerFacts),
  params: CoinParams,
  was: MakerState = initMaker(),
): { text: string; state: MakerState; plan: MakerPlan } {
  let state = was
  let plan: MakerPlan | null = null
  for (let pass = 0; pass < passes; pass++) {
    const step = planQuotes(state, typeof facts === 'function' ? facts(pass) : facts, params, LIMITS)
    state = step.state
    plan = step.plan
  }
  if (plan === null) throw new TypeError('at least one pass')
  return { text: shown(plan), state, plan }
}

/** A small exchange for property tests: two coins, three accounts with money, both books quoted; prices and sizes by offset and lots. */
// Not here: what happens on it (random-steps.ts, apply-step.ts).
import { createEngine, type Engine } from '#exchange/paper/engine/engine.ts'
import type { CoinSpec, ExternalLevel } from '#exchange/paper/engine/types.ts'
import { USD } from '#exchange/paper/engine/units.ts'

export const SPECS: CoinSpec[] = [
  {
    name: 'BTC',
    asset: 0,
    szDecimals: 5,
    pxDecimals: 1,
    maxLeverage: 40,
    marginTableId: 56,
    tiers: [
      { lowerBoundUsd: 0, maxLeverage: 40 },
      { lowerBoundUsd: 150_000_000, maxLeverage: 20 },
    ],
  },
  {
    name: 'SOL',
    asset: 1,
    szDecimals: 2,
    pxDecimals: 4,
    maxLeverage: 20,
    marginTableId: 20,
    tiers: [{ lowerBoundUsd: 0, maxLeverage: 20 }],
  },
]
/** Around which prices trade, in ticks, and the step between levels. */
const BASE = [1_000_000, 1_800_000] as const
const TICK = [10, 100] as const
const LOTS = [1_000, 200] as const
export const USERS = ['0xa', '0xb', '0xc']

export const at = (asset: number, offset: number): number =>
  (BASE[asset] as number) + offset * (TICK[asset] as number)
export const size = (asset: number, lots: number): number => lots * (LOTS[asset] as number)

export function levels(asset: number, from: number, direction: 1 | -1, sz: number): ExternalLevel[] {
  return Array.from({ length: 6 }, (_, index) => ({
    px: from + direction * index * (TICK[asset] as number),
    sz: size(asset, sz),
    n: 1,
  }))
}

/** Three accounts with 5,000 USD each, both books quoted, both marks set. */
export function startEngine(): Engine {
  const engine = createEngine({ specs: SPECS, seed: 1 })
  for (const name of USERS) engine.deposit(1, name, 5_000 * USD)
  for (const spec of SPECS) {
    engine.bookSnapshot(1, spec.asset, {
      bids: levels(spec.asset, at(spec.asset, -1), -1, 20),
      asks: levels(spec.asset, at(spec.asset, 1), 1, 20),
    })
    engine.markPrice(1, spec.asset, { mark: at(spec.asset, 0), oracle: at(spec.asset, 0) })
  }
  return engine
}

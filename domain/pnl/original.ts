/** The original's PnL summary, under its own name: fees are not taken off, unrealized is a level, flows count as profit. Spec 000 §6.1. */
// Not here: the figures to go by (reconcile.ts).
import type { EpochMs } from '#domain/time.ts'

export interface OriginalPnlInput {
  fills: readonly { closed_pnl: number | null; fee: number | null }[]
  funding: readonly { usdc: number | null }[]
  /** Position snapshots, in the order in which they were stored. */
  positions: readonly { coin: string; ts: EpochMs; unrealized_pnl: number | null }[]
  snapshots: readonly { ts: EpochMs; account_value: number }[]
}

export interface OriginalPnl {
  realized: number
  fees: number
  funding: number
  unrealized: number
  total_pnl_attributed: number
  nav_pnl: number
  nav_pnl_pct: number
}

/** Missing values are skipped, as pandas does; an empty table contributes 0. */
export function originalPnl(input: OriginalPnlInput): OriginalPnl {
  const sum = (values: readonly (number | null)[]): number =>
    values.reduce<number>((total, value) => total + (value === null || Number.isNaN(value) ? 0 : value), 0)
  const newest = new Map<string, { ts: EpochMs; unrealized_pnl: number | null }>()
  for (const row of input.positions) {
    const known = newest.get(row.coin)
    if (!known || row.ts > known.ts) newest.set(row.coin, row)
  }
  const navs = [...input.snapshots].sort((a, b) => a.ts - b.ts)
  const [first, last] = [navs[0]?.account_value ?? 0, navs.at(-1)?.account_value ?? 0]
  const realized = sum(input.fills.map(({ closed_pnl }) => closed_pnl))
  const funding = sum(input.funding.map(({ usdc }) => usdc))
  const unrealized = sum([...newest.values()].map(({ unrealized_pnl }) => unrealized_pnl))
  return {
    ...{ realized, fees: sum(input.fills.map(({ fee }) => fee)), funding, unrealized },
    total_pnl_attributed: realized + unrealized + funding,
    nav_pnl: last - first,
    nav_pnl_pct: first === 0 ? 0 : (100 * (last - first)) / first,
  }
}

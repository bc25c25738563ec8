/** The most traded coins: ranked by the notional of their last 24 hours. */
// Not here: whose watchlist it is and what happens to positions in coins that fall out (domain/session/control-update.ts).
import type { Decimal } from '#domain/fixed-point.ts'
import { parseFixed } from '#domain/fixed-point.ts'

export interface DayVolume {
  coin: string
  delisted: boolean
  /** Notional of the last 24 hours, USD. */
  dayNotionalUsd: Decimal
}

/** The first `top_n` coins, the most traded first, equal ones by name; delisted, excluded and quiet ones left out. */
export function rankByVolume(
  volumes: readonly DayVolume[],
  rule: { top_n: number; exclude: readonly string[]; min_day_usd: number },
): string[] {
  return volumes
    .filter(({ coin, delisted }) => !delisted && !rule.exclude.includes(coin))
    .filter(({ dayNotionalUsd }) => Number(dayNotionalUsd) >= rule.min_day_usd)
    .map(({ coin, dayNotionalUsd }) => ({ coin, usdE8: parseFixed(dayNotionalUsd) }))
    .sort((a, b) => (a.usdE8 === b.usdE8 ? (a.coin < b.coin ? -1 : 1) : a.usdE8 > b.usdE8 ? -1 : 1))
    .slice(0, rule.top_n)
    .map(({ coin }) => coin)
}

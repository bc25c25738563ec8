/** The leaderboard document of the stats host: everybody with value, PnL, ROI and volume over four windows. */
import type { EpochMs } from '#domain/time.ts'
import { accountValue, type Marks } from '#exchange/paper/engine/margin.ts'
import { formatUsd } from '#exchange/paper/engine/units.ts'
import type { Population, Trader } from '#exchange/paper/sources/population.ts'
import { type TraderRecords, WINDOWS, type Window } from '#exchange/paper/sources/trader-record.ts'

export interface LeaderboardRow {
  ethAddress: string
  accountValue: string
  windowPerformances: [Window, { pnl: string; roi: string; vlm: string }][]
  prize: number
  displayName: string | null
}

/** Realised + unrealised PnL less fees, micro-dollars. */
export const pnlOf = ({ account, capital }: Trader, marks: Marks): number =>
  accountValue(account, marks) - capital

const roiText = (roi: number): string => roi.toFixed(10)

/** Rows by all-time PnL, best first. */
export function leaderboard(
  population: Population,
  records: TraderRecords,
  at: { ts: EpochMs; marks: Marks },
): { leaderboardRows: LeaderboardRow[] } {
  const rows = population.traders.map((trader) => {
    const pnl = pnlOf(trader, at.marks)
    const windows = (Object.keys(WINDOWS) as Window[]).map(
      (window) => [window, records.performance(trader, window, at.ts, pnl)] as const,
    )
    const allTime = windows.at(-1)?.[1].pnl ?? 0
    const row: LeaderboardRow = {
      ethAddress: trader.address,
      accountValue: formatUsd(accountValue(trader.account, at.marks)),
      windowPerformances: windows.map(([window, { pnl: gained, roi, volume }]) => [
        window,
        { pnl: formatUsd(gained), roi: roiText(roi), vlm: formatUsd(volume) },
      ]),
      prize: 0,
      displayName: null,
    }
    return { row, allTime }
  })
  return { leaderboardRows: rows.sort((a, b) => b.allTime - a.allTime).map(({ row }) => row) }
}

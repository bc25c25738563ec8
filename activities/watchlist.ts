/** Keeps the watchlists of running sessions up to the day's volumes: the new list goes to the session as updateParams, so that history holds it. */
// Not here: the ranking (domain/market/watchlist.ts), what becomes of coins that fall out (domain/session/control-update.ts).
import { describeError } from '#domain/errors.ts'
import { type DayVolume, rankByVolume } from '#domain/market/watchlist.ts'
import type { Watchlist } from '#domain/session/candle-input.ts'

/** A running session as it says of itself. */
export interface WatchingSession {
  session_id: string
  account: string
  coins: readonly string[]
  /** Absent where the session trades a fixed list. */
  watchlist?: Watchlist | undefined
}

export interface WatchlistDeps {
  running(): Promise<readonly WatchingSession[]>
  volumes(): Promise<readonly DayVolume[]>
  update(session: string, change: { coins: string[]; by: string; reason: string }): Promise<void>
  warn(facts: object, text: string): void
}

export interface WatchlistReport {
  watching: number
  changed: { session_id: string; added: string[]; dropped: string[] }[]
  failed: { session_id: string; why: string }[]
}

export const createWatchlistActivities = (deps: WatchlistDeps) => ({
  refreshWatchlists: async (): Promise<WatchlistReport> => {
    const running = await deps.running()
    const watching = running.filter(({ watchlist }) => watchlist?.refresh)
    const report: WatchlistReport = { watching: watching.length, changed: [], failed: [] }
    if (watching.length === 0) return report
    const volumes = await deps.volumes()
    for (const session of watching) {
      const coins = listFor(session, running, volumes)
      const added = coins.filter((coin) => !session.coins.includes(coin))
      const dropped = session.coins.filter((coin) => !coins.includes(coin))
      if (coins.length === 0 || added.length + dropped.length === 0) continue
      const { session_id } = session
      try {
        const reason =
          `24 h volume: in ${added.join(' ') || 'none'}, out ${dropped.join(' ') || 'none'}`.slice(0, 400)
        await deps.update(session_id, { coins, by: 'watchlist', reason })
        report.changed.push({ session_id, added, dropped })
      } catch (error) {
        const why = describeError(error)
        report.failed.push({ session_id, why })
        deps.warn({ session_id, why }, 'a session did not take its new watchlist')
      }
    }
    return report
  },
})

/** The first `top_n` that no other session of the account trades. */
function listFor(
  session: WatchingSession,
  running: readonly WatchingSession[],
  volumes: readonly DayVolume[],
): string[] {
  const { watchlist } = session
  if (!watchlist) return []
  const taken = running
    .filter(({ session_id, account }) => session_id !== session.session_id && account === session.account)
    .flatMap(({ coins }) => coins)
  return rankByVolume(volumes, { ...watchlist, exclude: [...watchlist.exclude, ...taken] })
}

export type WatchlistActivities = ReturnType<typeof createWatchlistActivities>

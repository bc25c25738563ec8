/** PnL and volume of the population over days: what the leaderboard's windows are counted from. */
// Not here: the document (exchange/paper/leaderboard.ts).
import { DAY_MS, type EpochMs } from '#domain/time.ts'
import type { Trader } from '#exchange/paper/sources/population.ts'
import { hashUniform } from '#exchange/paper/sources/random.ts'

export const WINDOWS = { day: 1, week: 7, month: 30, allTime: 365 } as const
export type Window = keyof typeof WINDOWS

/** Traded notional a day before the market began, as a multiple of the capital. */
const PAST_TURNOVER = 3
/** Daily return of the most skilled before the market began. */
const PAST_RETURN = 0.004

export interface Performance {
  /** Micro-dollars. */
  pnl: number
  volume: number
  /** Fraction of the value at the window's start. */
  roi: number
}

interface DayStart {
  pnl: number
  volume: number
}

/** Cumulative PnL of a trader on a day before the market began: a line with bends, up for the skilled. Zero on the first day. */
function pastPnl(seed: number, { index, skill, capital }: Trader, daysAgo: number): number {
  const bend = (hashUniform(seed, index, 900 + Math.floor(daysAgo)) - 0.5) * 0.02 * Math.sqrt(daysAgo)
  return -Math.round(capital * Math.max(-0.9, (skill * PAST_RETURN * daysAgo + bend) / (1 + 0.002 * daysAgo)))
}

export class TraderRecords {
  readonly #seed: number
  readonly #startTs: EpochMs
  /** By trader: value of each UTC day's start since the market began. */
  readonly #days = new Map<number, DayStart[]>()
  #day = -1

  constructor(seed: number, startTs: EpochMs) {
    this.#seed = seed
    this.#startTs = startTs
  }

  /** Notes everybody's standing when a day begins. `pnlOf` is realised + unrealised − fees, micro-dollars. */
  note(ts: EpochMs, traders: readonly Trader[], pnlOf: (trader: Trader) => number): void {
    const day = Math.floor(ts / DAY_MS)
    if (day === this.#day) return
    this.#day = day
    for (const trader of traders) {
      const days = this.#days.get(trader.index) ?? []
      this.#days.set(trader.index, days)
      days.push({ pnl: pnlOf(trader), volume: trader.account.cumVolume })
      if (days.length > WINDOWS.month + 1) days.shift()
    }
  }

  performance(trader: Trader, window: Window, ts: EpochMs, pnl: number): Performance {
    const days = WINDOWS[window]
    const known = this.#days.get(trader.index) ?? []
    const lived = Math.max(0, (ts - this.#startTs) / DAY_MS)
    const start = lived >= days ? known.at(-Math.min(known.length, days)) : undefined
    const volumeBefore = Math.round(
      trader.capital *
        PAST_TURNOVER *
        Math.max(0, days - lived) *
        (0.2 + hashUniform(this.#seed, trader.index, 77)),
    )
    const before: DayStart = start ?? {
      pnl: pastPnl(this.#seed, trader, days - lived),
      volume: -volumeBefore,
    }
    const gained = pnl - before.pnl
    const base = Math.max(1, trader.capital + before.pnl)
    return { pnl: gained, volume: trader.account.cumVolume - before.volume, roi: gained / base }
  }
}

/** Healing of market gaps: candles whole from the venue's history, trades as far as it still tells them, with a count of what is not told. */
// Not here: which gaps, and closing them (backfill.ts); own accounts (heal-account.ts).
import type { Healed, UnhealedGap } from '#activities/backfill.ts'
import type { CandleEvent, TradeEvent } from '#domain/events.ts'
import {
  type CandleFigures,
  differingFigures,
  LIMITS as GRID,
  gridOpens,
} from '#domain/market/candle-grid.ts'
import {
  type CandleInterval,
  type Clock,
  candleOpen,
  type EpochMs,
  nextCandleOpen,
  parseInterval,
} from '#domain/time.ts'

/** A trade as far as counting needs it. */
export interface StoredTrade {
  at: EpochMs
  tid: number
}

export interface HealMarketDeps {
  clock: Pick<Clock, 'now'>
  /** The venue's past; both oldest first. */
  venue: {
    candles(coin: string, interval: CandleInterval, fromTs: EpochMs, untilTs: EpochMs): Promise<CandleEvent[]>
    recentTrades(coin: string): Promise<TradeEvent[]>
  }
  /** What is stored of [from, until] (trades) and of candles that open in [from, until). */
  stored: {
    candles(
      coin: string,
      interval: CandleInterval,
      fromTs: EpochMs,
      untilTs: EpochMs,
    ): Promise<CandleFigures[]>
    trades(coin: string, fromTs: EpochMs, untilTs: EpochMs): Promise<StoredTrade[]>
  }
  /** Settle when the rows are on disk. */
  writeCandles(candles: readonly CandleEvent[]): Promise<void>
  writeTrades(trades: readonly TradeEvent[]): Promise<void>
}

/** Heals one gap after the other; trades of a coin are asked for once, however many of its gaps are due. */
export function healMarketGap(deps: HealMarketDeps): (gap: UnhealedGap) => Promise<Healed> {
  const trades = new Map<string, Promise<TradeEvent[]>>()
  const recentTrades = (coin: string): Promise<TradeEvent[]> => {
    const asked = trades.get(coin) ?? deps.venue.recentTrades(coin)
    trades.set(coin, asked)
    return asked
  }
  return async (gap) => {
    if (gap.channel.startsWith('candle:')) return healCandles(deps, gap)
    if (gap.channel === 'trades') return healTrades(deps, gap, await recentTrades(gap.coin))
    return { rows: 0, remains: `${gap.channel}: nobody knows how to ask for its past` }
  }
}

const untilOf = (gap: UnhealedGap, now: EpochMs): EpochMs => (gap.closed === 0 ? now : gap.closed)

/** Candles that ended within the gap. The one that was forming when data came back is told by the stream itself, whole. */
async function healCandles(deps: HealMarketDeps, gap: UnhealedGap): Promise<Healed> {
  const interval = parseInterval(gap.channel.slice('candle:'.length))
  const fromTs = candleOpen(gap.opened, interval)
  const expected = gridOpens(gap.opened, untilOf(gap, deps.clock.now()), interval)
  const last = expected.at(-1)
  if (last === undefined) return { rows: 0, remains: '' }
  const untilTs = nextCandleOpen(last, interval)
  const known = await deps.venue.candles(gap.coin, interval, fromTs, untilTs - 1)
  const wanted = known.filter(({ openTs }) => openTs >= fromTs && openTs < untilTs)
  const stored = new Map(
    (await deps.stored.candles(gap.coin, interval, fromTs, untilTs)).map((each) => [each.openTs, each]),
  )
  const fresh = wanted.filter((candle) => {
    const own = stored.get(candle.openTs)
    return own === undefined || differingFigures(own, candle).length > 0
  })
  if (fresh.length > 0) await deps.writeCandles(fresh)
  const first = wanted[0]
  // Absent between others: no trade. Absent before the oldest of a full answer: the venue no longer has it.
  const unreachable =
    first !== undefined && wanted.length >= GRID.venueCandlesMax - 1
      ? expected.filter((open) => open < first.openTs).length
      : 0
  return {
    rows: fresh.length,
    remains: unreachable === 0 ? '' : `${unreachable} candles before ${iso(first?.openTs ?? 0)}`,
  }
}

/**
 * Stores the trades of the gap that the venue still tells. They prove the gap whole when they reach back behind its beginning, or when the
 * venue's 1m candles count no more trades than are stored.
 */
async function healTrades(deps: HealMarketDeps, gap: UnhealedGap, told: TradeEvent[]): Promise<Healed> {
  const { coin } = gap
  const until = untilOf(gap, deps.clock.now())
  const fromMinute = candleOpen(gap.opened, '1m')
  const untilMinute = nextCandleOpen(until, '1m')
  const stored = await deps.stored.trades(coin, fromMinute, untilMinute - 1)
  const known = new Set(stored.map(({ at, tid }) => `${at} ${tid}`))
  const inside = told.filter(({ ts }) => ts >= gap.opened && ts <= until)
  const fresh = inside.filter(({ ts, tid }) => !known.has(`${ts} ${tid}`))
  if (fresh.length > 0) await deps.writeTrades(fresh)
  const oldest = told[0]
  if (oldest !== undefined && oldest.ts < gap.opened) return { rows: fresh.length, remains: '' }
  const candles = await deps.venue.candles(coin, '1m', fromMinute, untilMinute - 1)
  const counted = candles
    .filter(({ openTs }) => openTs >= fromMinute && openTs < untilMinute)
    .reduce((sum, each) => sum + each.trades, 0)
  const missing = counted - known.size - fresh.length
  if (candles.length > 0 && missing <= 0) return { rows: fresh.length, remains: '' }
  // Counted after the stored ones were read: trades of a minute that still runs may be among them, so this is the most there can be.
  const count = candles.length > 0 ? `up to ${missing} trades` : 'an unknown number of trades'
  return {
    rows: fresh.length,
    remains: `${count} between ${iso(gap.opened)} and ${iso(Math.min(oldest?.ts ?? until, until))}`,
  }
}

const iso = (ts: EpochMs): string => new Date(ts).toISOString()

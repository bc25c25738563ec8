/** What the advisor's word does to the knobs of a maker, and the volatility that it is told. */
// Not here: the advice itself (advisor.ts), where it is applied (domain/session/control-care.ts).
import { ADVISOR_BASE, type Advice } from '#domain/session-pnl/advisor.ts'
import { MODE_BOUNDS } from '#domain/session-pnl/mode-table.ts'
import type { MakerParams } from '#domain/strategies/maker/params.ts'
import { DAY_MS, type EpochMs } from '#domain/time.ts'

/** Drawdown at which the advisor wants a pause, per cent: the portfolio rule takes it over, in every pass instead of every cycle. */
const PAUSE_PCT = 5

type Scaled = Pick<MakerParams, 'size_notional_usd' | 'levels' | 'touch_distance_bps'>

/**
 * The knobs of the next segment: sizes and levels by factor, half of the spread more on each side of the touch, less notional per
 * margin dollar. Overrides of a coin are scaled like the session's values; what is not set stays unset.
 */
export function advisedParams(params: MakerParams, advice: Advice): MakerParams {
  const perCoin = Object.entries(params.per_coin).map(([coin, own]) => [
    coin,
    { ...own, ...scaled(own, advice) },
  ])
  return {
    ...params,
    ...scaled(params, advice),
    assumed_leverage: Math.max(1, (params.assumed_leverage * advice.leverage) / ADVISOR_BASE.leverage),
    portfolio_pause_threshold_pct: Math.min(params.portfolio_pause_threshold_pct, PAUSE_PCT),
    per_coin: Object.fromEntries(perCoin),
  }
}

function scaled(own: { [Name in keyof Scaled]?: Scaled[Name] | undefined }, advice: Advice): Partial<Scaled> {
  const { size_notional_usd: usd, levels, touch_distance_bps: bps } = own
  const { levelsMin, levelsMax } = MODE_BOUNDS
  const depth = (count: number): number => Math.round((count * advice.levels) / ADVISOR_BASE.levels)
  return {
    ...(usd === undefined ? {} : { size_notional_usd: usd * advice.size }),
    ...(levels === undefined ? {} : { levels: Math.min(Math.max(depth(levels), levelsMin), levelsMax) }),
    ...(bps === undefined ? {} : { touch_distance_bps: Math.max(0, bps + advice.spreadBps / 2) }),
  }
}

/** Volatility of one coin from one mark a cycle. Plain JSON. */
export interface MarkVolatility {
  px: number
  ts: EpochMs
  /** Mean of squared returns over the milliseconds between them. */
  variancePerMs: number
  samples: number
}

const SAMPLES = { min: 10, max: 60 } as const

/** Takes in a mark; the last sixty returns weigh alike until there are more, then the oldest fade. */
export function stepVolatility(was: MarkVolatility | undefined, px: number, ts: EpochMs): MarkVolatility {
  if (was === undefined || ts <= was.ts || px <= 0) return was ?? { px, ts, variancePerMs: 0, samples: 0 }
  const now = Math.log(px / was.px) ** 2 / (ts - was.ts)
  const samples = Math.min(was.samples + 1, SAMPLES.max)
  return { px, ts, variancePerMs: was.variancePerMs + (now - was.variancePerMs) / samples, samples }
}

/** Annualised, the most volatile coin's; null while none has ten returns. */
export function volatilityOf(coins: Readonly<Record<string, MarkVolatility>>): number | null {
  const known = Object.values(coins).filter(({ samples }) => samples >= SAMPLES.min)
  if (known.length === 0) return null
  return Math.sqrt(Math.max(...known.map(({ variancePerMs }) => variancePerMs)) * 365 * DAY_MS)
}

/** Stages through which a book is judged: was it seen, is it held, on which side, how far off in size; and why a wanted coin is not held. Spec 000 §6.7. */
// Not here: what orders and targets tell of one coin (diagnosis.ts), what a mismatch cost (attribution.ts).
import { DAY_MS, type EpochMs } from '#domain/time.ts'
import { MATERIAL } from '#domain/tracking-error/weights.ts'

export const STAGES = [
  'no_live_data',
  'target_only',
  'actual_only',
  'wrong_direction',
  'within_5_pct',
  'within_10_pct',
  'within_20_pct',
  'beyond_20_pct',
] as const
export type Stage = (typeof STAGES)[number]

/** One coin of one day, as stored. */
export interface StagedCoin {
  day_ts: EpochMs
  target: number
  actual: number
  /** Of diagnosis.ts; '' without one. */
  reason: string
}

/** A binary fraction may lie a hair beyond the bound that it means. */
const HAIR = 1e-12

/** First that fits; sizes by |actual − target| ÷ |target|, a bound that is met is inside. Null where neither is material. */
export function stageOf({ target, actual }: Pick<StagedCoin, 'target' | 'actual'>): Stage | null {
  const [wants, has] = [Math.abs(target) >= MATERIAL, Math.abs(actual) >= MATERIAL]
  if (!wants && !has) return null
  if (!has) return 'target_only'
  if (!wants) return 'actual_only'
  if (target * actual < 0) return 'wrong_direction'
  const off = Math.abs(actual - target) / Math.abs(target) - HAIR
  if (off <= 0.05) return 'within_5_pct'
  if (off <= 0.1) return 'within_10_pct'
  return off <= 0.2 ? 'within_20_pct' : 'beyond_20_pct'
}

/**
 * Orders, size and prices are better witnesses than the calendar: a weekend explains what nothing else does. '' where the stage
 * needs no cause.
 */
export function stageCause(stage: Stage, { day_ts, reason }: StagedCoin): string {
  if (stage === 'wrong_direction') return reason
  if (stage !== 'target_only') return ''
  if (reason !== '' && reason !== 'no_order_unknown') return reason
  const weekday = new Date(day_ts).getUTCDay()
  return weekday === 0 || weekday === 6 ? 'weekend' : 'unknown'
}

export interface StageFigures {
  stage: Stage
  cause: string
  /** Coins and days; 0 for days on which the account was not seen. */
  coins: number
  days: number
  /** Σ|weight|, fractions of equity. */
  target: number
  actual: number
}

/**
 * @param days a day with a known paper return and no live one is a gap in what was seen of the account
 */
export function stageFigures(
  days: readonly { day_ts: EpochMs; live_return: number | null; paper_return: number | null }[],
  coins: readonly StagedCoin[],
): StageFigures[] {
  const found = new Map<string, StageFigures & { seen: Set<number> }>()
  const at = (stage: Stage, cause: string, day: EpochMs) => {
    const name = `${stage}/${cause}`
    const row = found.get(name) ?? {
      ...{ stage, cause, coins: 0, days: 0, target: 0, actual: 0, seen: new Set<number>() },
    }
    found.set(name, row)
    row.seen.add(Math.floor(day / DAY_MS))
    row.days = row.seen.size
    return row
  }
  for (const { day_ts, live_return, paper_return } of days)
    if (live_return === null && paper_return !== null) at('no_live_data', 'logging_gap', day_ts)
  for (const coin of coins) {
    const stage = stageOf(coin)
    if (stage === null) continue
    const row = at(stage, stageCause(stage, coin), coin.day_ts)
    row.coins += 1
    row.target += Math.abs(coin.target)
    row.actual += Math.abs(coin.actual)
  }
  return [...found.values()]
    .map(({ seen: _, ...row }) => row)
    .sort((a, b) => STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage) || a.cause.localeCompare(b.cause))
}

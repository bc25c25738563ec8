/** Moves a coin's percentile and guard buffer by what its last minutes earned: bounded, with a cooldown, every change named. */
// Source: spec 004 §9 "Autotune" with §16.16. Not here: keeping and recording the change (domain/session/maker-minutes.ts).
import type { CoinParams, SessionKnobs } from '#domain/strategies/maker/params.ts'

export interface TunedMinute {
  /** Maker fills of all fills; null without any. */
  makerShare: number | null
  makerFills: number
  pnlUsd: number
}

/** The two knobs that autotune may move. */
export interface TunedKnobs {
  dynamic_min_spread_percentile: number
  min_spread_guard_buffer_bps: number
}

export interface Tuning {
  knobs: TunedKnobs
  reason: 'AUTOTUNE_TIGHTEN' | 'AUTOTUNE_LOOSEN'
}

/** The change that the last minutes ask for; null for none, and where both knobs are at their bound already. */
export function tune(
  now: TunedKnobs,
  minutes: readonly TunedMinute[],
  sinceChangeMinutes: number,
  session: SessionKnobs,
): Tuning | null {
  const seen = minutes.slice(-session.autotune_window_minutes)
  if (!session.autotune_enabled || seen.length < session.autotune_window_minutes) return null
  if (sinceChangeMinutes < session.autotune_cooldown_minutes) return null
  const shares = seen.flatMap(({ makerShare }) => (makerShare === null ? [] : [makerShare]))
  const share = shares.length === 0 ? 0 : shares.reduce((sum, each) => sum + each, 0) / shares.length
  const pnl = seen.reduce((sum, { pnlUsd }) => sum + pnlUsd, 0)
  const fillsPerMinute = seen.reduce((sum, { makerFills }) => sum + makerFills, 0) / seen.length
  if (share >= session.autotune_min_maker_share && pnl <= session.autotune_neg_pnl_usd) {
    const knobs = moved(now, session, 1)
    return changes(now, knobs) ? { knobs, reason: 'AUTOTUNE_TIGHTEN' } : null
  }
  if (pnl > 0 && fillsPerMinute < session.autotune_target_maker_fills_per_min) {
    const knobs = moved(now, session, -1)
    return changes(now, knobs) ? { knobs, reason: 'AUTOTUNE_LOOSEN' } : null
  }
  return null
}

/** One step up or down, inside the bounds; a configured value outside them is left where it is until a step leads inwards. */
function moved(now: TunedKnobs, session: SessionKnobs, direction: 1 | -1): TunedKnobs {
  const up = direction > 0
  const percentile = up ? session.autotune_raise_percentile_step : session.autotune_lower_percentile_step
  const buffer = up ? session.autotune_raise_guard_buffer_bps : session.autotune_lower_guard_buffer_bps
  const step = (value: number, by: number, min: number, max: number): number =>
    up ? Math.max(value, Math.min(value + by, max)) : Math.min(value, Math.max(value - by, min))
  return {
    dynamic_min_spread_percentile: round(
      step(
        now.dynamic_min_spread_percentile,
        percentile,
        session.autotune_percentile_min,
        session.autotune_percentile_max,
      ),
    ),
    min_spread_guard_buffer_bps: round(
      step(
        now.min_spread_guard_buffer_bps,
        buffer,
        session.autotune_guard_buffer_min_bps,
        session.autotune_guard_buffer_max_bps,
      ),
    ),
  }
}

const round = (value: number): number => Math.round(value * 1e6) / 1e6
const changes = (a: TunedKnobs, b: TunedKnobs): boolean => JSON.stringify(a) !== JSON.stringify(b)

/** The knobs of a coin with what autotune has moved in place. */
export const tunedParams = (params: CoinParams, tuned: TunedKnobs | undefined): CoinParams =>
  tuned === undefined
    ? params
    : {
        ...params,
        dynamic_min_spread_percentile: tuned.dynamic_min_spread_percentile,
        min_spread_guard_buffer_bps: tuned.min_spread_guard_buffer_bps,
      }

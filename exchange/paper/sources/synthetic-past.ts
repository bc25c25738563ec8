/** The past of a synthetic coin: candles from long ago to step 0, coarse first, ending at the coin's start price. */
// Not here: the live market (synthetic-market.ts).
import { DAY_MS, type EpochMs, HOUR_MS, MINUTE_MS } from '#domain/time.ts'
import { roundToTick } from '#exchange/paper/engine/units.ts'
import { exponential } from '#exchange/paper/sources/random.ts'
import type { HistoryCandle } from '#exchange/paper/sources/source.ts'
import { moveMid, STEP_MS, type SyntheticCoin } from '#exchange/paper/sources/synthetic-market.ts'

/** From coarse to fine; every tier ends where the next begins, the last at step 0. */
const TIERS: readonly { lengthMs: number; count: number }[] = [
  { lengthMs: DAY_MS, count: 600 },
  { lengthMs: HOUR_MS, count: 4_000 },
  { lengthMs: 15 * MINUTE_MS, count: 5_000 },
  { lengthMs: MINUTE_MS, count: 6_000 },
]
/** Strides per candle. */
const STRIDES = 6

const spanMs = TIERS.reduce((sum, tier) => sum + tier.lengthMs * tier.count, 0)

/** Walks from the past's beginning to step 0. */
function* walk(coin: SyntheticCoin, startTs: EpochMs): Generator<HistoryCandle> {
  const { state } = coin
  state.step = 0
  let openTs = startTs - spanMs
  for (const { lengthMs, count } of TIERS) {
    const isFine = lengthMs === MINUTE_MS
    // Long strides cross many regimes, whose drifts cancel out: only the minutes have them.
    state.regime = 'calm'
    state.regimeEndsStep = isFine ? state.step : Number.MAX_SAFE_INTEGER
    for (let at = 0; at < count; at++, openTs += lengthMs) yield candle(coin, openTs, lengthMs)
  }
  state.step = 0
  state.regimeEndsStep = 1_200
  state.random = coin.random.state
}

function candle(coin: SyntheticCoin, openTs: EpochMs, lengthMs: number): HistoryCandle {
  const px = () => Math.max(1, roundToTick(Math.round(coin.state.mid), coin.spec.pxDecimals, false))
  const open = px()
  let high = open
  let low = open
  for (let stride = 0; stride < STRIDES; stride++) {
    moveMid(coin, lengthMs / STEP_MS / STRIDES)
    high = Math.max(high, px())
    low = Math.min(low, px())
  }
  const steps = lengthMs / STEP_MS
  const busy = 0.4 + 0.6 * exponential(coin.random)
  return {
    asset: coin.spec.asset,
    lengthMs,
    openTs,
    open,
    high,
    low,
    close: px(),
    volume: Math.max(1, Math.round(coin.tradeLots * coin.tradeChance * steps * 1.5 * busy)),
    trades: Math.max(1, Math.round(steps * coin.tradeChance * busy)),
  }
}

/** The coin's candles before `startTs`, oldest first. The walk is scaled so that it ends at the price the coin was created with. */
export function* walkPast(coin: SyntheticCoin, startTs: EpochMs): Generator<HistoryCandle> {
  const seed = coin.random.state
  const target = coin.state.mid
  for (const _ of walk(coin, startTs)) {
    // the first walk only tells how far it goes
  }
  coin.random.state = seed
  coin.state.mid = (target * target) / coin.state.mid
  yield* walk(coin, startTs)
}

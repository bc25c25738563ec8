/** The signal of mei_alpha_v1: which side a bar speaks for, with what confidence, and which gates forbade it. */
// Not here: whether the account may follow it (entry-gates.ts), the numbers it reads (row.ts).
import type { MeiAlphaParams } from '#domain/strategies/mei-alpha/params.ts'
import type { Row } from '#domain/strategies/mei-alpha/row.ts'
import {
  btcAgrees,
  commonGates,
  type Guides,
  SIGNAL_GATES,
  type Signal,
  sideGates,
} from '#domain/strategies/mei-alpha/signal-gates.ts'

const COMMON = 63
/** Pullback and drift entries do not ask for a rising or a high ADX. */
const COMMON_WITHOUT_ADX = 15

export const LOW = 0
export const MEDIUM = 1
export const HIGH = 2
const RANK = { low: LOW, medium: MEDIUM, high: HIGH } as const
export const rankOf = (confidence: keyof typeof RANK): number => RANK[confidence]

export const SIGNAL_MODES = ['NEUTRAL', 'TREND', 'PULLBACK', 'SLOW_DRIFT'] as const

export const openSignal = (): Signal => ({
  side: 0,
  confidence: 0,
  mode: 0,
  reversed: false,
  closed: 0,
  closedLong: 0,
  closedShort: 0,
  rsiLong: 0,
  rsiShort: 0,
  adxFloor: 0,
  threshold: 0,
  tpMult: 0,
})

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high)

/** Reads the row into the signal, in place. */
export function analyse(signal: Signal, row: Row, guides: Guides, params: MeiAlphaParams): void {
  setLimits(signal, row, params)
  signal.closed = commonGates(signal, row, params)
  signal.closedLong = sideGates(signal, row, guides, params, 1)
  signal.closedShort = sideGates(signal, row, guides, params, -1)
  signal.side = 0
  signal.mode = 0
  signal.confidence = LOW
  signal.reversed = false
  if ((signal.closed & COMMON) === 0) tryTrend(signal, row, params)
  if (signal.side === 0 && (signal.closed & COMMON_WITHOUT_ADX) === 0) {
    tryPullback(signal, row, params)
    if (signal.side === 0) tryDrift(signal, row, params)
  }
  if (signal.side !== 0) finalSide(signal, row, guides, params)
}

function setLimits(signal: Signal, row: Row, { thresholds, trade }: MeiAlphaParams): void {
  const { entry, tp_and_momentum: momentum } = thresholds
  let floor = entry.min_adx
  if (row.adx - row.adxPrev > 0.5) floor = Math.min(floor, 25)
  if (entry.ave_enabled && row.avgAtr > 0 && row.atrRaw / row.avgAtr > entry.ave_atr_ratio_gt) {
    floor *= entry.ave_adx_mult
  }
  signal.adxFloor = floor
  signal.threshold = floor
  const strong = momentum.adx_strong_gt > entry.min_adx ? momentum.adx_strong_gt : entry.min_adx + 1
  const u = clamp((row.adx - entry.min_adx) / (strong - entry.min_adx), 0, 1)
  signal.rsiLong = momentum.rsi_long_weak + u * (momentum.rsi_long_strong - momentum.rsi_long_weak)
  signal.rsiShort = momentum.rsi_short_weak + u * (momentum.rsi_short_strong - momentum.rsi_short_weak)
  signal.tpMult =
    row.adx > momentum.adx_strong_gt
      ? momentum.tp_mult_strong
      : row.adx < momentum.adx_weak_lt
        ? momentum.tp_mult_weak
        : trade.tp_atr_mult
}

const PAIR = SIGNAL_GATES.ALIGNMENT | SIGNAL_GATES.PRICE_SIDE

function tryTrend(signal: Signal, row: Row, { thresholds }: MeiAlphaParams): void {
  const side = (signal.closedLong & PAIR) === 0 ? 1 : -1
  if ((side === 1 ? signal.closedLong : signal.closedShort) !== 0) return
  signal.side = side
  signal.mode = 1
  signal.confidence = row.volume > row.volSma * thresholds.entry.high_conf_volume_mult ? HIGH : MEDIUM
}

const isOpen = (closed: number, bits: number): boolean => (closed & bits) === 0
const ALIGNED_WITH_BTC = SIGNAL_GATES.ALIGNMENT | SIGNAL_GATES.BTC

function tryPullback(signal: Signal, row: Row, { thresholds: { entry } }: MeiAlphaParams): void {
  if (!entry.enable_pullback_entries || !(row.adx >= entry.pullback_min_adx)) return
  const sign = entry.pullback_require_macd_sign
  const up = row.closePrev <= row.emaFastPrev && row.close > row.emaFast
  const down = row.closePrev >= row.emaFastPrev && row.close < row.emaFast
  const long =
    up &&
    isOpen(signal.closedLong, ALIGNED_WITH_BTC) &&
    (!sign || row.hist > 0) &&
    row.rsi >= entry.pullback_rsi_long_min
  const short =
    down &&
    isOpen(signal.closedShort, ALIGNED_WITH_BTC) &&
    (!sign || row.hist < 0) &&
    row.rsi <= entry.pullback_rsi_short_max
  if (!long && !short) return
  signal.side = long ? 1 : -1
  signal.mode = 2
  signal.confidence = rankOf(entry.pullback_confidence)
  signal.threshold = entry.pullback_min_adx
}

function tryDrift(signal: Signal, row: Row, { thresholds: { entry } }: MeiAlphaParams): void {
  if (!entry.enable_slow_drift_entries || !(row.adx >= entry.slow_drift_min_adx)) return
  const sign = entry.slow_drift_require_macd_sign
  const least = entry.slow_drift_min_slope_pct
  const long =
    isOpen(signal.closedLong, ALIGNED_WITH_BTC) &&
    row.close > row.emaSlow &&
    row.slowSlope >= least &&
    (!sign || row.hist > 0) &&
    row.rsi >= entry.slow_drift_rsi_long_min
  const short =
    isOpen(signal.closedShort, ALIGNED_WITH_BTC) &&
    row.close < row.emaSlow &&
    row.slowSlope <= -least &&
    (!sign || row.hist < 0) &&
    row.rsi <= entry.slow_drift_rsi_short_max
  if (!long && !short) return
  signal.side = long ? 1 : -1
  signal.mode = 3
  signal.confidence = LOW
  signal.threshold = entry.slow_drift_min_adx
}

/** Reversal, then the filters that ask for a side, for the side that is left. */
function finalSide(signal: Signal, row: Row, guides: Guides, params: MeiAlphaParams): void {
  const { market_regime: regime, trade } = params
  const { breadthPct } = guides
  const isAuto = regime.enable_auto_reverse && breadthPct !== null
  signal.reversed = isAuto
    ? breadthPct >= regime.auto_reverse_breadth_low && breadthPct <= regime.auto_reverse_breadth_high
    : trade.reverse_entry_signal
  if (signal.reversed) signal.side = -signal.side
  const side = signal.side > 0 ? 1 : -1
  let closed = 0
  if (signal.reversed && !btcAgrees(row, guides, params, side)) closed |= SIGNAL_GATES.BTC
  if (regime.enable_regime_filter && breadthPct !== null) {
    const against =
      side === 1
        ? breadthPct < regime.breadth_block_long_below
        : breadthPct > regime.breadth_block_short_above
    if (against) closed |= SIGNAL_GATES.REGIME
  }
  if (side === 1) signal.closedLong |= closed
  else signal.closedShort |= closed
  if (closed !== 0) signal.side = 0
}

/** The signal of mei_alpha_v1: which side a bar speaks for, with what confidence, and which gates forbade it. */
// Not here: whether the account may follow it (entry-gates.ts), the numbers it reads (row.ts).
import type { MeiAlphaParams } from '#domain/strategies/mei-alpha/params.ts'
import type { Row } from '#domain/strategies/mei-alpha/row.ts'

/** Gates as bits, in the order in which the first one that stops is named. */
export const SIGNAL_GATES = {
  RANGING: 1,
  ANOMALY: 2,
  EXTENSION: 4,
  VOLUME: 8,
  ADX_RISING: 16,
  ADX_FLOOR: 32,
  ALIGNMENT: 64,
  PRICE_SIDE: 128,
  RSI: 256,
  MACD: 512,
  STOCH_RSI: 1024,
  BTC: 2048,
  REGIME: 4096,
} as const

const COMMON = 63
/** Pullback and drift entries do not ask for a rising or a high ADX. */
const COMMON_WITHOUT_ADX = 15

export const LOW = 0
export const MEDIUM = 1
export const HIGH = 2
const RANK = { low: LOW, medium: MEDIUM, high: HIGH } as const
export const rankOf = (confidence: keyof typeof RANK): number => RANK[confidence]

export const SIGNAL_MODES = ['NEUTRAL', 'TREND', 'PULLBACK', 'SLOW_DRIFT'] as const

/** Plain JSON, changed in place. */
export interface Signal {
  /** +1 buy, −1 sell, 0 neutral; after reversal. */
  side: number
  /** 0 low, 1 medium, 2 high. */
  confidence: number
  /** Index of SIGNAL_MODES. */
  mode: number
  reversed: boolean
  /** Gates that are closed for both sides. */
  closed: number
  closedLong: number
  closedShort: number
  rsiLong: number
  rsiShort: number
  adxFloor: number
  /** ADX below which a position entered now is exhausted. */
  threshold: number
  /** Distance of the target, ATR. */
  tpMult: number
}

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

/** What a signal depends on besides its own coin. */
export interface Guides {
  isBtc: boolean
  btcBullish: boolean | null
  breadthPct: number | null
}

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

export const distanceToFast = (row: Row): number => Math.abs(row.close - row.emaFast) / row.emaFast
export const changeOf = (row: Row): number => Math.abs(row.close - row.closePrev) / row.closePrev

/** Signs of a market without direction, 0–3. */
export function rangingSigns(row: Row, { thresholds: { ranging } }: MeiAlphaParams): number {
  return (
    (row.adx < ranging.adx_below ? 1 : 0) +
    (row.bbRatio < ranging.bb_width_ratio_below ? 1 : 0) +
    (row.rsi > ranging.rsi_low && row.rsi < ranging.rsi_high ? 1 : 0)
  )
}

/** A jump: also told to the exits. */
export function isAnomaly(row: Row, { filters, thresholds }: MeiAlphaParams): boolean {
  if (!filters.enable_anomaly_filter) return false
  const { price_change_pct_gt, ema_fast_dev_pct_gt } = thresholds.anomaly
  return changeOf(row) > price_change_pct_gt || distanceToFast(row) > ema_fast_dev_pct_gt
}

function commonGates(signal: Signal, row: Row, params: MeiAlphaParams): number {
  const { filters, thresholds } = params
  const { entry } = thresholds
  let closed = 0
  if (filters.enable_ranging_filter && isRanging(row, params)) closed |= SIGNAL_GATES.RANGING
  if (isAnomaly(row, params)) closed |= SIGNAL_GATES.ANOMALY
  if (filters.enable_extension_filter && distanceToFast(row) > entry.max_dist_ema_fast) {
    closed |= SIGNAL_GATES.EXTENSION
  }
  if (filters.require_volume_confirmation && !hasVolume(row, filters.vol_confirm_include_prev)) {
    closed |= SIGNAL_GATES.VOLUME
  }
  const rises = row.adx > row.adxPrev || row.adx > filters.adx_rising_saturation
  if (filters.require_adx_rising && !rises) closed |= SIGNAL_GATES.ADX_RISING
  if (!(row.adx > signal.adxFloor)) closed |= SIGNAL_GATES.ADX_FLOOR
  return closed
}

function isRanging(row: Row, params: MeiAlphaParams): boolean {
  const { entry, ranging } = params.thresholds
  if (rangingSigns(row, params) < Math.max(1, ranging.min_signals)) return false
  const drifts = entry.enable_slow_drift_entries && Math.abs(row.slowSlope) >= entry.slow_drift_min_slope_pct
  return !drifts
}

function hasVolume(row: Row, includePrev: boolean): boolean {
  if (!includePrev) return row.volAbove && row.volTrend
  return (row.volAbove || row.volAbovePrev) && (row.volTrend || row.volTrendPrev)
}

function sideGates(signal: Signal, row: Row, guides: Guides, params: MeiAlphaParams, side: 1 | -1): number {
  const { filters, thresholds } = params
  let closed = 0
  if (!isAligned(row, params, side)) closed |= SIGNAL_GATES.ALIGNMENT
  if (!((row.close - row.emaFast) * side > 0)) closed |= SIGNAL_GATES.PRICE_SIDE
  if (side === 1 ? !(row.rsi > signal.rsiLong) : !(row.rsi < signal.rsiShort)) closed |= SIGNAL_GATES.RSI
  const macdMode = thresholds.entry.macd_hist_entry_mode
  const push = macdMode === 'accel' ? row.hist - row.hist1 : row.hist
  if (macdMode !== 'none' && !(push * side > 0)) closed |= SIGNAL_GATES.MACD
  if (filters.use_stoch_rsi_filter && !hasRoom(row, params, side)) closed |= SIGNAL_GATES.STOCH_RSI
  if (!btcAgrees(row, guides, params, side)) closed |= SIGNAL_GATES.BTC
  return closed
}

export function isAligned(row: Row, { filters }: MeiAlphaParams, side: 1 | -1): boolean {
  if (!((row.emaFast - row.emaSlow) * side > 0)) return false
  return !filters.require_macro_alignment || (row.emaSlow - row.emaMacro) * side > 0
}

/** An unknown line K has no room on either side. */
function hasRoom(row: Row, { thresholds: { stoch_rsi } }: MeiAlphaParams, side: 1 | -1): boolean {
  if (row.k < 0) return false
  return side === 1 ? row.k < stoch_rsi.block_long_if_k_gt : row.k > stoch_rsi.block_short_if_k_lt
}

function btcAgrees(row: Row, guides: Guides, { filters, thresholds }: MeiAlphaParams, side: 1 | -1): boolean {
  if (!filters.require_btc_alignment || guides.isBtc || guides.btcBullish === null) return true
  return guides.btcBullish === (side === 1) || row.adx > thresholds.entry.btc_adx_override
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

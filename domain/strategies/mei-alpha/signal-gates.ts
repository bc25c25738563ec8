/** The gates of a signal of mei_alpha_v1, as bits: what has to hold for both sides, and for one. */
// Not here: which entry follows from open gates (signal.ts), the gates of the account (entry-gates.ts).
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

/** What a signal depends on besides its own coin. */
export interface Guides {
  isBtc: boolean
  btcBullish: boolean | null
  breadthPct: number | null
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

/** Gates that are closed for both sides. */
export function commonGates(signal: Signal, row: Row, params: MeiAlphaParams): number {
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

/** Gates that are closed for one side. */
export function sideGates(
  signal: Signal,
  row: Row,
  guides: Guides,
  params: MeiAlphaParams,
  side: 1 | -1,
): number {
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

export function btcAgrees(
  row: Row,
  guides: Guides,
  { filters, thresholds }: MeiAlphaParams,
  side: 1 | -1,
): boolean {
  if (!filters.require_btc_alignment || guides.isBtc || guides.btcBullish === null) return true
  return guides.btcBullish === (side === 1) || row.adx > thresholds.entry.btc_adx_override
}

/** The indicator row of mei_alpha_v1: every number that signals and exits read, brought up to date with one closed candle. */
// Not here: what is decided on it (signal.ts, exits.ts), the definitions of the indicators (domain/market/indicators).
import { type Adx, adxOf, pushAdx } from '#domain/market/indicators/adx.ts'
import { type Atr, atrOf, pushAtr } from '#domain/market/indicators/atr.ts'
import { bollingerOf, pushBollinger } from '#domain/market/indicators/bollinger.ts'
import { type Ema, emaOf, pushEma } from '#domain/market/indicators/ema.ts'
import { type Macd, macdOf, pushMacd } from '#domain/market/indicators/macd.ts'
import { pushRing, type Ring, ringMean, ringOf, ringValue } from '#domain/market/indicators/ring.ts'
import { pushRsi, type Rsi, rsiOf } from '#domain/market/indicators/rsi.ts'
import { pushStochRsi, type StochRsi, stochRsiOf } from '#domain/market/indicators/stoch-rsi.ts'
import type { ClosedCandle } from '#domain/session/types.ts'
import type { MeiAlphaParams } from '#domain/strategies/mei-alpha/params.ts'

/** Unknown values are 0 until the row is warm, K and D −1 where unknown; nothing decides on a row that is not warm. */
export interface Row {
  bars: number
  close: number
  closePrev: number
  volume: number
  emaFast: number
  emaFastPrev: number
  emaSlow: number
  emaMacro: number
  adx: number
  adxPrev: number
  /** Raw, USD per coin. */
  atrRaw: number
  atrRawPrev: number
  /** With the floor min_atr_pct · close. */
  atr: number
  avgAtr: number
  rsi: number
  /** MACD histogram of this bar and of the three before it. */
  hist: number
  hist1: number
  hist2: number
  hist3: number
  bbWidth: number
  bbWidthAvg: number
  bbRatio: number
  volSma: number
  volAbove: boolean
  volAbovePrev: boolean
  volTrend: boolean
  volTrendPrev: boolean
  k: number
  d: number
  /** Slope of the slow EMA over its window, fraction of the close. */
  slowSlope: number
}

export interface Indicators {
  emaFast: Ema
  emaSlow: Ema
  emaMacro: Ema
  slowHistory: Ring
  adx: Adx
  atr: Atr
  avgAtr: Ring
  rsi: Rsi
  macd: Macd
  bands: Ring
  widths: Ring
  volumes: Ring
  recentVolumes: Ring
  stoch: StochRsi
}

export function openIndicators({ indicators, thresholds }: MeiAlphaParams): Indicators {
  const { entry } = thresholds
  return {
    emaFast: emaOf(),
    emaSlow: emaOf(),
    emaMacro: emaOf(),
    slowHistory: ringOf(entry.slow_drift_slope_window),
    adx: adxOf(),
    atr: atrOf(),
    avgAtr: ringOf(entry.ave_avg_atr_window),
    rsi: rsiOf(),
    macd: macdOf(),
    bands: bollingerOf(indicators.bb_window),
    widths: ringOf(indicators.bb_width_avg_window),
    volumes: ringOf(indicators.vol_sma_window),
    recentVolumes: ringOf(indicators.vol_trend_window),
    stoch: stochRsiOf(
      indicators.stoch_rsi_window,
      indicators.stoch_rsi_smooth1,
      indicators.stoch_rsi_smooth2,
    ),
  }
}

export const openRow = (): Row => ({
  bars: 0,
  close: 0,
  closePrev: 0,
  volume: 0,
  emaFast: 0,
  emaFastPrev: 0,
  emaSlow: 0,
  emaMacro: 0,
  adx: 0,
  adxPrev: 0,
  atrRaw: 0,
  atrRawPrev: 0,
  atr: 0,
  avgAtr: 0,
  rsi: 0,
  hist: 0,
  hist1: 0,
  hist2: 0,
  hist3: 0,
  bbWidth: 0,
  bbWidthAvg: 0,
  bbRatio: 1,
  volSma: 0,
  volAbove: false,
  volAbovePrev: false,
  volTrend: false,
  volTrendPrev: false,
  k: -1,
  d: -1,
  slowSlope: 0,
})

/** NaN, which JSON does not know, becomes 0: such a row is not warm yet. */
const known = (value: number): number => (Number.isNaN(value) ? 0 : value)

/** Takes a closed candle into indicators and row, in place. */
export function pushCandle(row: Row, own: Indicators, candle: ClosedCandle, params: MeiAlphaParams): void {
  const { indicators, trade } = params
  const { close } = candle
  row.bars += 1
  row.closePrev = row.close
  row.close = close
  row.volume = candle.volume
  row.emaFastPrev = row.emaFast
  row.emaFast = known(pushEma(own.emaFast, close, indicators.ema_fast_window))
  row.emaSlow = known(pushEma(own.emaSlow, close, indicators.ema_slow_window))
  row.emaMacro = known(pushEma(own.emaMacro, close, indicators.ema_macro_window))
  row.adxPrev = row.adx
  row.adx = pushAdx(own.adx, candle, indicators.adx_window)
  row.atrRawPrev = row.atrRaw
  row.atrRaw = pushAtr(own.atr, candle, indicators.atr_window)
  row.atr = Math.max(row.atrRaw, trade.min_atr_pct * close)
  row.rsi = known(pushRsi(own.rsi, close, indicators.rsi_window))
  row.hist3 = row.hist2
  row.hist2 = row.hist1
  row.hist1 = row.hist
  row.hist = known(pushMacd(own.macd, close))
  pushSlope(row, own)
  pushBands(row, own)
  pushVolume(row, own)
  pushRing(own.avgAtr, row.atrRaw)
  row.avgAtr = known(ringMean(own.avgAtr))
  pushStochRsi(own.stoch, close)
  row.k = own.stoch.kNow
  row.d = own.stoch.dNow
}

/** Slow EMA now against k − 1 bars earlier; k is at most the bars there are less one. */
function pushSlope(row: Row, own: Indicators): void {
  const { slowHistory } = own
  pushRing(slowHistory, own.emaSlow.value)
  const window = slowHistory.values.length
  const back = Math.min(window, Math.max(row.bars - 1, 1)) - 1
  row.slowSlope = (own.emaSlow.value - ringValue(slowHistory, back)) / row.close
}

function pushBands(row: Row, own: Indicators): void {
  const width = pushBollinger(own.bands, row.close)
  row.bbWidth = known(width)
  if (Number.isNaN(width)) return
  pushRing(own.widths, width)
  row.bbWidthAvg = known(ringMean(own.widths))
  row.bbRatio = row.bbWidthAvg > 0 ? width / row.bbWidthAvg : 1
}

function pushVolume(row: Row, own: Indicators): void {
  pushRing(own.volumes, row.volume)
  pushRing(own.recentVolumes, row.volume)
  const mean = ringMean(own.volumes)
  row.volSma = known(mean)
  row.volAbovePrev = row.volAbove
  row.volTrendPrev = row.volTrend
  row.volAbove = row.volume > mean
  row.volTrend = ringMean(own.recentVolumes) > mean
}

/** Indicators, one step per candle: the state is plain JSON, so it travels through history and checkpoints. */
// Not here: prices of the ledger; these are floats by intent.

/** Exponential moving average, seeded with its first value; factor 2 / (bars + 1). */
export interface EmaState {
  value: number
  seen: number
}

export function stepEma(was: EmaState | null, price: number, bars: number): EmaState {
  if (!was) return { value: price, seen: 1 }
  const weight = 2 / (bars + 1)
  return { value: was.value + weight * (price - was.value), seen: was.seen + 1 }
}

/** What average true range and relative strength share: the mean of the first `bars`, then Wilder's smoothing. */
interface WilderState {
  value: number
  seen: number
}

function stepWilder(was: WilderState | null, sample: number, bars: number): WilderState {
  if (!was) return { value: sample / bars, seen: 1 }
  if (was.seen < bars) return { value: was.value + sample / bars, seen: was.seen + 1 }
  return { value: was.value + (sample - was.value) / bars, seen: was.seen + 1 }
}

/** Average true range after Wilder. */
export interface AtrState {
  mean: WilderState | null
  lastClose: number | null
}

export const ATR_EMPTY: AtrState = { mean: null, lastClose: null }

/** Largest of high − low and the distances of both to the last close; high − low for the first candle. */
export function trueRange(candle: { high: number; low: number }, lastClose: number | null): number {
  const range = candle.high - candle.low
  if (lastClose === null) return range
  return Math.max(range, Math.abs(candle.high - lastClose), Math.abs(candle.low - lastClose))
}

export function stepAtr(
  was: AtrState,
  candle: { high: number; low: number; close: number },
  bars: number,
): AtrState {
  return { mean: stepWilder(was.mean, trueRange(candle, was.lastClose), bars), lastClose: candle.close }
}

/** ATR in USD per coin, or null during its first `bars` − 1 candles. */
export function atrValue(state: AtrState, bars: number): number | null {
  return state.mean && state.mean.seen >= bars ? state.mean.value : null
}

/** Relative strength index after Wilder. */
export interface RsiState {
  gain: WilderState | null
  loss: WilderState | null
  lastClose: number | null
}

export const RSI_EMPTY: RsiState = { gain: null, loss: null, lastClose: null }

export function stepRsi(was: RsiState, close: number, bars: number): RsiState {
  if (was.lastClose === null) return { ...was, lastClose: close }
  const change = close - was.lastClose
  return {
    gain: stepWilder(was.gain, Math.max(change, 0), bars),
    loss: stepWilder(was.loss, Math.max(-change, 0), bars),
    lastClose: close,
  }
}

/** 0–100, or null before `bars` changes were seen; 50 when nothing moved at all. */
export function rsiValue(state: RsiState, bars: number): number | null {
  if (!state.gain || !state.loss || state.gain.seen < bars) return null
  if (state.loss.value === 0) return state.gain.value === 0 ? 50 : 100
  return 100 - 100 / (1 + state.gain.value / state.loss.value)
}

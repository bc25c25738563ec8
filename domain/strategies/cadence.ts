/** Entries and exits on shorter candles than those of the indicators: any strategy, decided at each short close, with averages of the long ones. */
// Long candles are built from the short ones, so that nothing is known before its time; one entry or add a long candle.
// Not here: the contract (strategy.ts), which candles are read (domain/session/control-candles.ts, domain/backtest/run.ts).
import type { ClosedCandle } from '#domain/session/types.ts'
import { planOrder } from '#domain/strategies/plan.ts'
import type { CandleStrategy, Intention, Move, StrategyInput } from '#domain/strategies/strategy.ts'
import { candleOpen, type EpochMs, type FixedInterval, INTERVAL_MS, nextCandleOpen } from '#domain/time.ts'

/** The candle lengths of a session's parameters. */
export interface Cadence {
  /** Of the indicators. */
  interval: FixedInterval
  /** At whose closes entries and adds may go out; absent: `interval`. */
  entry_interval?: FixedInterval | undefined
  /** At whose closes positions are left; absent: `interval`. */
  exit_interval?: FixedInterval | undefined
}

const lengthOf = (interval: FixedInterval): number => INTERVAL_MS[interval]

/** The candles that drive everything: the shortest of the three. */
export function driveInterval({ interval, entry_interval, exit_interval }: Cadence): FixedInterval {
  const wanted = [interval, entry_interval ?? interval, exit_interval ?? interval]
  return wanted.reduce((a, b) => (lengthOf(b) < lengthOf(a) ? b : a))
}

/** True when a shorter candle than that of the indicators is asked for. Parameters without an interval are not. */
export function isPaced(params: unknown): params is Cadence {
  const cadence = params as Partial<Cadence>
  if (cadence.entry_interval === undefined && cadence.exit_interval === undefined) return false
  return cadence.interval !== undefined && driveInterval(cadence as Cadence) !== cadence.interval
}

/** Short candles in one of the indicators' candles; 1 where there are none. */
export const drivesPerBar = (params: unknown): number =>
  isPaced(params) ? lengthOf(params.interval) / lengthOf(driveInterval(params)) : 1

/** Whether the candles of a coin that guides count now: always, but of short ones only the last in a long one. */
export const endsBar = (
  params: unknown,
  { interval, openTs }: Pick<ClosedCandle, 'interval' | 'openTs'>,
): boolean =>
  !isPaced(params) ||
  interval === params.interval ||
  isBound(nextCandleOpen(openTs, interval), params.interval)

const isBound = (ts: EpochMs, interval: FixedInterval): boolean => candleOpen(ts, interval) === ts

/** What is wrong with the lengths, and where; null when they fit. */
export function cadenceFault(cadence: Cadence): { path: string[]; message: string } | null {
  const drive = driveInterval(cadence)
  for (const key of ['entry_interval', 'exit_interval'] as const) {
    const length = cadence[key]
    if (length === undefined) continue
    const fits = (long: FixedInterval, short: FixedInterval): boolean =>
      lengthOf(long) % lengthOf(short) === 0
    if (!fits(cadence.interval, length) || !fits(length, drive)) {
      return {
        path: [key],
        message: `a length that divides ${cadence.interval} and is a multiple of ${drive}`,
      }
    }
  }
  return null
}

/** Before any candle. */
const NEVER = -1

/** What a paced strategy remembers of a coin; plain JSON. */
interface Paced<State> {
  pacedOwn: State
  /** The long candle so far; null right after one has ended. */
  bar: ClosedCandle | null
  /** Opening time of the last long candle that the strategy has seen. */
  seenTs: EpochMs
  /** Opening time of the long candle within which an entry or add went out last. */
  usedTs: EpochMs
}

type Whole<Params, State> = CandleStrategy<Params, State>
const MADE = new WeakMap<object, unknown>()

/** The strategy itself where all candles are of one length, else the same with short candles taken in and decided on. */
export function withCadence<Params, State>(
  strategy: Whole<Params, State>,
  params: Params,
): Whole<Params, State> {
  if (!isPaced(params)) return strategy
  const made = MADE.get(strategy) ?? pace(strategy as Whole<unknown, unknown>)
  MADE.set(strategy, made)
  return made as Whole<Params, State>
}

/** The strategy's own state, whether it was paced or not. */
export const ownState = (state: unknown): unknown =>
  typeof state === 'object' && state !== null && 'pacedOwn' in state ? state.pacedOwn : state

function pace(inner: Whole<unknown, unknown>): Whole<unknown, Paced<unknown>> {
  const { contextCoins, explain, rank, trend, leverage } = inner
  return {
    name: inner.name,
    schema: inner.schema,
    warmUpBars: inner.warmUpBars,
    ...(contextCoins ? { contextCoins } : {}),
    init: (params) => ({ pacedOwn: inner.init(params), bar: null, seenTs: NEVER, usedTs: NEVER }),
    observe: (was, candle, params) => take(inner, was, candle, params),
    decide(was, input, params) {
      const move = inner.decide(was.pacedOwn, input, params)
      was.pacedOwn = move.state
      return whatIsDue(was, input, move, params as Cadence)
    },
    ...(explain
      ? {
          explain: (state, input, move, params) =>
            explain(state.pacedOwn, input, { ...move, state: state.pacedOwn }, params),
        }
      : {}),
    carryOver(fresh, was, params) {
      const pacedOwn = inner.carryOver?.(fresh.pacedOwn, ownState(was), params) ?? fresh.pacedOwn
      return { ...fresh, pacedOwn, usedTs: was.usedTs ?? NEVER }
    },
    ...(rank ? { rank: (state, context, params) => rank(state.pacedOwn, context, params) } : {}),
    ...(trend ? { trend: (state) => trend(state.pacedOwn) } : {}),
    ...(leverage ? { leverage: (state) => leverage(state.pacedOwn) } : {}),
  }
}

/** A long candle goes to the strategy as it is, a short one into the long one that it belongs to. */
function take(
  inner: Whole<unknown, unknown>,
  was: Paced<unknown>,
  candle: ClosedCandle,
  params: unknown,
): Paced<unknown> {
  const { interval } = params as Cadence
  const openTs = candleOpen(candle.openTs, interval)
  if (openTs <= was.seenTs) return was // part of a long candle that was seen whole
  const hand = (bar: ClosedCandle): void => {
    was.pacedOwn = inner.observe(was.pacedOwn, bar, params)
    was.seenTs = bar.openTs
    was.bar = null
  }
  if (candle.interval === interval) {
    hand(candle)
    return was
  }
  // The end of the one before is missing: it ends with what there is of it.
  if (was.bar && was.bar.openTs !== openTs) hand(was.bar)
  was.bar = was.bar ? joined(was.bar, candle) : { ...candle, interval, openTs }
  if (isBound(nextCandleOpen(candle.openTs, candle.interval), interval)) hand(was.bar)
  return was
}

const joined = (bar: ClosedCandle, next: ClosedCandle): ClosedCandle => ({
  ...bar,
  high: Math.max(bar.high, next.high),
  low: Math.min(bar.low, next.low),
  close: next.close,
  volume: bar.volume + next.volume,
})

/** Takes out of the move what its time has not come for. An exit that has to wait takes the entry behind it along. */
function whatIsDue(
  was: Paced<unknown>,
  input: StrategyInput,
  move: Move<unknown>,
  { interval, entry_interval = interval, exit_interval = interval }: Cadence,
): Move<Paced<unknown>> {
  const { intentions } = move
  const barTs = candleOpen(input.nowTs, interval)
  const used = was.usedTs === barTs ? 'BAR_USED' : ''
  const entryGate = isBound(input.nowTs, entry_interval) ? used : 'ENTRY_INTERVAL'
  const exitGate = isBound(input.nowTs, exit_interval) ? '' : 'EXIT_INTERVAL'
  const waits = intentions.some((each) => !('usd' in each)) ? exitGate : ''
  const left = waits === '' ? intentions.filter((each) => !('usd' in each) || entryGate === '') : []
  const goesOut = (each: Intention): boolean => 'usd' in each && typeof planOrder(each, input) !== 'string'
  if (left.some(goesOut)) was.usedTs = barTs
  if (left.length === intentions.length) return { ...move, state: was }
  const gate = waits || entryGate
  if (left.length === 0) {
    const isTurn = intentions.length > 1
    const levels = isTurn ? { stopPx: null, targetPx: null } : {}
    return { ...move, state: was, kind: 'hold', gate, intentions: left, ...levels }
  }
  // Of a turn only the exit is left: its levels are those of a side that is not entered.
  return { ...move, state: was, kind: 'exit', gate, intentions: left, stopPx: null, targetPx: null }
}

/** Decisions of the candle engine, taken in the workflow so that history replays them: steps the strategy over closed candles. */
// Not here: executing them (segment-candles.ts), the strategies (domain/strategies).
import { parseFixed } from '#domain/fixed-point.ts'
import { buildCloid, hash32 } from '#domain/ids.ts'
import { mergeCandles, missingOpens } from '#domain/market/candle.ts'
import { riskGate } from '#domain/risk/limits.ts'
import { remember, type SessionBook } from '#domain/session/book.ts'
import type { SessionEffects } from '#domain/session/effects.ts'
import type { SessionInput } from '#domain/session/input.ts'
import type { StopPlan } from '#domain/session/segment-input.ts'
import type { CandleSnapshot, ClosedCandle, OrderIntent } from '#domain/session/types.ts'
import { candleStrategy } from '#domain/strategies/registry.ts'
import { decideCoin } from '#domain/strategies/step.ts'
import type { CandleStep, OrderPlan, Standing } from '#domain/strategies/strategy.ts'
import { positionOf } from '#domain/trading/position.ts'

type CandleInput = Extract<SessionInput, { engine: 'candles' }>
type CandleParams = CandleInput['params']

/** Asked on top of what is missing, so that an answer that is one candle late still closes the gap. */
const SPARE_BARS = 2
const GAP_BARS_MAX = 1_000

/** Shows the strategy the past, without acting on it. */
export async function warmUp(book: SessionBook, input: CandleInput, effects: SessionEffects): Promise<void> {
  const params = book.params as CandleParams
  const strategy = candleStrategy(params.strategy)
  const [coin = ''] = input.coins
  const bars = strategy.warmUpBars(params)
  const candles = await effects.history({ coin, interval: params.interval, bars })
  book.strategy = strategy.init(params)
  for (const candle of mergeCandles([candles], 0)) {
    book.strategy = strategy.observe(book.strategy, candle, params)
    book.checkpoint = { ...book.checkpoint, lastCandleOpenTs: candle.openTs }
  }
}

/**
 * Steps the strategy over what has closed since; the last candle is the one that is decided on. Candles that the process missed
 * are read from the exchange first. Leaves decision, orders and stop in `book.pending`.
 */
export async function decideOnCandles(
  book: SessionBook,
  input: CandleInput,
  effects: SessionEffects,
  snapshot: CandleSnapshot,
  options: { closeOnly: boolean; mayAct(): boolean },
): Promise<void> {
  const params = book.params as CandleParams
  const strategy = candleStrategy(params.strategy)
  const [coin = ''] = input.coins
  const candles = await withoutGaps(book, coin, params, effects, snapshot.candles)
  const last = candles.at(-1)
  if (!last) return
  if (book.strategy === null) book.strategy = strategy.init(params)
  for (const candle of candles) {
    book.strategy = strategy.observe(book.strategy, candle, params)
    book.checkpoint = { ...book.checkpoint, lastCandleOpenTs: candle.openTs }
  }
  const live = options.mayAct()
  const step = decideCoin(
    strategy,
    book.strategy,
    { candle: last, standing: standingOf(book, coin, snapshot) },
    params,
  )
  book.strategy = step.state
  takeStep(book, coin, snapshot, step, { closeOnly: options.closeOnly, live })
}

function standingOf(book: SessionBook, coin: string, snapshot: CandleSnapshot): Standing {
  const position = positionOf(snapshot.positions, coin)
  const touch = snapshot.touch[coin]
  return {
    positionSz: position.sz,
    entryPx: position.entryPx,
    bid: touch?.bid ?? null,
    ask: touch?.ask ?? null,
    sizeDecimals: book.sizeDecimals[coin] ?? 0,
  }
}

async function withoutGaps(
  book: SessionBook,
  coin: string,
  params: CandleParams,
  effects: SessionEffects,
  candles: readonly ClosedCandle[],
): Promise<ClosedCandle[]> {
  const after = book.checkpoint.lastCandleOpenTs
  const fresh = mergeCandles([candles], after)
  const first = fresh[0]
  if (!first || after === 0) return fresh
  const missing = missingOpens(after, first.openTs, params.interval).length
  if (missing === 0) return fresh
  const bars = Math.min(missing + fresh.length + SPARE_BARS, GAP_BARS_MAX)
  const history = await effects.history({ coin, interval: params.interval, bars })
  // Only up to what the snapshot shows: the decision belongs to its last candle.
  const until = fresh.at(-1)?.openTs ?? first.openTs
  return mergeCandles([history.filter((candle) => candle.openTs <= until), fresh], after)
}

function takeStep(
  book: SessionBook,
  coin: string,
  snapshot: CandleSnapshot,
  step: CandleStep<unknown>,
  options: { closeOnly: boolean; live: boolean },
): void {
  const { verdict } = step
  const intents: OrderIntent[] = []
  let gate: string = options.live ? verdict.gate : verdict.gate || 'INTERRUPTED'
  for (const plan of options.live ? step.orders : []) {
    const intent = nameOrder(book, plan)
    const stopped = gateOf(book, intent, snapshot, options.closeOnly)
    if (stopped) gate = stopped
    else intents.push(intent)
  }
  remember(book, { ...verdict, gate, ts: snapshot.ts, coin })
  const position = parseFixed(positionOf(snapshot.positions, coin).sz)
  const before = book.pending.stops.find((stop) => stop.coin === coin)?.px ?? null
  const px = position === 0n ? step.stopPx : tighterStop(before, step.stopPx, position > 0n)
  const stops: StopPlan[] = px === null ? [] : [{ coin, px }]
  book.pending = { ...book.pending, intents, stops }
}

/** While a position is held its stop only moves in its favour, whatever became of the strategy's own memory. */
function tighterStop(before: string | null, wanted: string | null, isLong: boolean): string | null {
  if (before === null || wanted === null) return wanted ?? before
  const gain = parseFixed(wanted) - parseFixed(before)
  return (isLong ? gain > 0n : gain < 0n) ? wanted : before
}

function nameOrder(book: SessionBook, plan: OrderPlan): OrderIntent {
  const { leg, leverage: _, ...order } = plan
  const { checkpoint, epoch, run, sessionId } = book
  book.checkpoint = { ...checkpoint, seq: checkpoint.seq + 1 }
  return { ...order, cloid: buildCloid({ tag: hash32(sessionId), epoch, seq: checkpoint.seq, run, leg }) }
}

/** The same gate that the segment asks before it sends; asked here too, so that history and decision row name it. */
function gateOf(
  book: SessionBook,
  intent: OrderIntent,
  snapshot: CandleSnapshot,
  closeOnly: boolean,
): string | null {
  const mark = snapshot.markPx[intent.coin]
  const exposure = {
    positionE8: parseFixed(positionOf(snapshot.positions, intent.coin).sz),
    opening: [],
    openOrders: snapshot.openOrders,
    markE8: mark === undefined ? null : parseFixed(mark),
  }
  return riskGate(intent, exposure, book.limits, { closeOnly })
}

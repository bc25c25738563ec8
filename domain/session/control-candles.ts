/** Decisions of the candle engine, taken in the workflow so that history replays them: steps the strategy over closed candles of all coins. */
// Not here: executing them (segment-candles.ts), the strategies and the order of coins within a bar (domain/strategies).
import { parseFixed } from '#domain/fixed-point.ts'
import { buildCloid, hash32 } from '#domain/ids.ts'
import { mergeCandles, missingOpens } from '#domain/market/candle.ts'
import { LIMIT_DEFAULTS } from '#domain/risk/limit-input.ts'
import { riskGate } from '#domain/risk/limits.ts'
import { remember, type SessionBook } from '#domain/session/book.ts'
import { lastOpenOf, withSeen } from '#domain/session/candle-cursor.ts'
import type { SessionEffects } from '#domain/session/effects.ts'
import type { StopPlan } from '#domain/session/segment-input.ts'
import type { CandleSnapshot, ClosedCandle, OrderIntent } from '#domain/session/types.ts'
import { driveInterval, drivesPerBar, isPaced, ownState, withCadence } from '#domain/strategies/cadence.ts'
import {
  type AnyCandleStrategy,
  type CommonCandleParams,
  candleStrategy,
} from '#domain/strategies/registry.ts'
import { decideBar, observeBar, openBar } from '#domain/strategies/step-bar.ts'
import type { CandleStep, OrderPlan, Standing } from '#domain/strategies/strategy.ts'
import { nextCandleOpen } from '#domain/time.ts'
import { positionOf } from '#domain/trading/position.ts'

/** Asked on top of what is missing, so that an answer that is one candle late still closes the gap. */
const SPARE_BARS = 2
const GAP_BARS_MAX = 1_000

interface Decider {
  params: CommonCandleParams
  strategy: AnyCandleStrategy
  /** Traded coins first, then those that only guide. */
  followed: readonly string[]
}

function deciderOf(book: SessionBook): Decider {
  const params = book.params as CommonCandleParams
  const strategy = withCadence(candleStrategy(params.strategy), params)
  return { params, strategy, followed: [...book.coins, ...guidesOf(book)] }
}

/** Coins that the strategy reads without trading them. */
export function guidesOf(book: SessionBook): string[] {
  const params = book.params as CommonCandleParams
  const guides = candleStrategy(params.strategy).contextCoins?.(params) ?? []
  return guides.filter((coin) => !book.coins.includes(coin))
}

/**
 * Shows the strategy the past, without acting on it. What it remembers of open positions is carried over where it knows how to; coins
 * that it has not seen before begin anew.
 */
export async function warmUp(book: SessionBook, effects: SessionEffects): Promise<void> {
  const { followed, params, strategy } = deciderOf(book)
  const bars = strategy.warmUpBars(params)
  const { interval } = params
  const histories = await Promise.all(followed.map((coin) => effects.history({ coin, interval, bars })))
  // After them, so that none of theirs is missing here.
  const short = isPaced(params) ? await shortHistories(followed, params, effects) : null
  const was = book.strategy
  const unseen =
    short?.map((candles, at) => candles.filter(({ openTs }) => openTs >= endOf(histories[at]))) ?? []
  const candles = inTime([...histories, ...unseen].map((history) => mergeCandles([history], 0)))
  const fresh = observeBar(strategy, openBar(strategy, book.coins, params), candles, params)
  for (const [coin, own] of Object.entries(was?.coins ?? {})) {
    if (Object.hasOwn(fresh.coins, coin) && strategy.carryOver) {
      const past = isPaced(params) ? own : ownState(own)
      fresh.coins[coin] = strategy.carryOver(fresh.coins[coin], past, params)
    }
  }
  book.strategy = fresh
  book.isStrategyStale = false
  for (const candle of short === null ? candles : inTime(short)) {
    book.checkpoint = withSeen(book.checkpoint, candle)
  }
}

/** When the newest of these candles ended; 0 without any. */
function endOf(candles: readonly ClosedCandle[] = []): number {
  return Math.max(0, ...candles.map(({ openTs, interval }) => nextCandleOpen(openTs, interval)))
}

/** The short candles of the newest long one that has ended and of the one after it. */
function shortHistories(
  followed: readonly string[],
  params: CommonCandleParams,
  effects: SessionEffects,
): Promise<ClosedCandle[][]> {
  const interval = driveInterval(params)
  const bars = 2 * drivesPerBar(params) + SPARE_BARS
  return Promise.all(followed.map((coin) => effects.history({ coin, interval, bars })))
}

/**
 * Steps the strategy over what has closed since; the last candle of each coin is the one that is decided on. Candles that the process
 * missed are read from the exchange first. Leaves decisions, orders and stops in `book.pending`.
 */
export async function decideOnCandles(
  book: SessionBook,
  effects: SessionEffects,
  snapshot: CandleSnapshot,
  options: { closeOnly: boolean; mayAct(): boolean },
): Promise<void> {
  const { followed, params, strategy } = deciderOf(book)
  const perCoin = await Promise.all(
    followed.map((coin) => withoutGaps(book, coin, params, effects, snapshot)),
  )
  const last = perCoin.flatMap((candles) => candles.at(-1) ?? [])
  if (last.length === 0) return
  const candles = inTime(perCoin)
  const seen = observeBar(strategy, book.strategy ?? openBar(strategy, book.coins, params), candles, params)
  for (const candle of candles) book.checkpoint = withSeen(book.checkpoint, candle)
  const live = options.mayAct()
  const standings = Object.fromEntries(book.coins.map((coin) => [coin, standingOf(book, coin, snapshot)]))
  const equityUsd = parseFixed(snapshot.equityUsd) > 0n ? snapshot.equityUsd : null
  const decided = decideBar(strategy, seen, { candles: last, standings, equityUsd }, params)
  book.strategy = decided.state
  for (const { coin, step } of decided.steps) {
    takeStep(book, coin, snapshot, step, { closeOnly: options.closeOnly, live })
  }
}

const inTime = (perCoin: readonly (readonly ClosedCandle[])[]): ClosedCandle[] =>
  perCoin.flat().sort((a, b) => a.openTs - b.openTs || (a.coin < b.coin ? -1 : a.coin > b.coin ? 1 : 0))

function standingOf(book: SessionBook, coin: string, snapshot: CandleSnapshot): Standing {
  const position = positionOf(snapshot.positions, coin)
  const touch = snapshot.touch[coin]
  const facts = snapshot.facts?.[coin]
  const staleMs = book.limits.stale_ms_max ?? LIMIT_DEFAULTS.staleMs
  return {
    positionSz: position.sz,
    entryPx: position.entryPx,
    bid: touch?.bid ?? null,
    ask: touch?.ask ?? null,
    sizeDecimals: book.sizeDecimals[coin] ?? 0,
    markPx: snapshot.markPx[coin] ?? null,
    oraclePx: facts?.oraclePx ?? null,
    fundingRate: facts?.fundingRate ?? null,
    leverageMax: book.leverageMax[coin] ?? null,
    stale: facts !== undefined && (facts.ageMs === null || facts.ageMs > staleMs),
  }
}

async function withoutGaps(
  book: SessionBook,
  coin: string,
  params: CommonCandleParams,
  effects: SessionEffects,
  snapshot: CandleSnapshot,
): Promise<ClosedCandle[]> {
  const interval = driveInterval(params)
  const after = lastOpenOf(book.checkpoint, coin)
  const fresh = mergeCandles([snapshot.candles.filter((candle) => candle.coin === coin)], after)
  const first = fresh[0]
  if (!first || after === 0) return fresh
  const missing = missingOpens(after, first.openTs, interval).length
  if (missing === 0) return fresh
  const bars = Math.min(missing + fresh.length + SPARE_BARS, GAP_BARS_MAX)
  const history = await effects.history({ coin, interval, bars })
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
  const was = book.pending.stops.find((stop) => stop.coin === coin)
  const isOther = was?.side !== undefined && (was.side === 'buy') !== position > 0n // of a flip that did not come about
  const before = isOther ? null : (was?.px ?? null)
  const opening = intents.find((intent) => !intent.reduce_only)
  const turned = opening && intents.length > 1 ? opening.side : undefined
  const px = position === 0n || turned ? step.stopPx : tighterStop(before, step.stopPx, position > 0n)
  const others = book.pending.stops.filter((stop) => stop.coin !== coin)
  const target = step.targetPx === null ? {} : { target: step.targetPx }
  const side = turned && position !== 0n ? { side: turned } : {}
  const stops: StopPlan[] = px === null ? others : [...others, { coin, px, ...target, ...side }]
  book.pending = { ...book.pending, intents: [...book.pending.intents, ...intents], stops }
}

/** While a position is held its stop only moves in its favour, whatever became of the strategy's own memory. */
function tighterStop(before: string | null, wanted: string | null, isLong: boolean): string | null {
  if (before === null || wanted === null) return wanted ?? before
  const gain = parseFixed(wanted) - parseFixed(before)
  return (isLong ? gain > 0n : gain < 0n) ? wanted : before
}

function nameOrder(book: SessionBook, plan: OrderPlan): OrderIntent {
  const { leg, ...order } = plan
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
  if (!intent.reduce_only && book.leaving.includes(intent.coin)) return 'LEAVING_WATCHLIST'
  const mark = snapshot.markPx[intent.coin]
  const closing = book.pending.intents.some(({ coin, reduce_only }) => coin === intent.coin && reduce_only)
  const exposure = {
    // The entry of a flip is sent once its exit is through.
    positionE8: closing ? 0n : parseFixed(positionOf(snapshot.positions, intent.coin).sz),
    opening: [],
    openOrders: snapshot.openOrders,
    markE8: mark === undefined ? null : parseFixed(mark),
  }
  return riskGate(intent, exposure, book.limits, { closeOnly })
}

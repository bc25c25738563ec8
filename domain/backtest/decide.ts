/** The decisions of one bar, all coins, as step-bar.ts takes them for a session: same order, same shared facts, same stops; in numbers. */
// Proved equal to it by session-agreement.test.ts.
import { type CoinRun, fillPending } from '#domain/backtest/coin-run.ts'
import { askAt, bidAt } from '#domain/backtest/market-model.ts'
import type { DecisionEvent, World } from '#domain/backtest/world.ts'
import { roundAwayNumber } from '#domain/market/round-number.ts'
import { type PlannedOrder, planOrder } from '#domain/strategies/plan.ts'
import { arrange, GUIDE_BARS, marginOf } from '#domain/strategies/step-bar.ts'
import type { CandleStrategy, Move } from '#domain/strategies/strategy.ts'

/** What coins share at one bar; one object per run, changed as decisions are taken. */
interface Tally {
  positions: number
  margin: number
  entries: number
  bullish: boolean | null
  breadth: number | null
}

/** @returns how many coins were decided on */
export function decideAll<Params, State>(
  world: World<Params, State>,
  closeTs: number,
  equity: number,
): number {
  const { coins, guide } = world
  const tally: Tally = {
    positions: 0,
    margin: 0,
    entries: 0,
    bullish: guide.seen < GUIDE_BARS ? null : guide.close > guide.value,
    breadth: null,
  }
  const only = coins.length === 1 ? coins[0] : undefined
  if (only) {
    if (!only.hasBar || !only.isTraded) return 0
    tally.breadth = breadthOf(world)
    countHeld(tally, only, world.strategy)
    decideOne(world, only, tally, closeTs, equity)
    return 1
  }
  tally.breadth = breadthOf(world)
  for (const coin of coins) if (coin.isTraded) countHeld(tally, coin, world.strategy)
  const order = orderOf(world, tally)
  for (const at of order) decideOne(world, coins[at] as CoinRun<Params, State>, tally, closeTs, equity)
  return order.length
}

function countHeld<Params, State>(
  tally: Tally,
  { holding, candle, state }: CoinRun<Params, State>,
  strategy: CandleStrategy<Params, State>,
): void {
  if (holding.sz === 0) return
  tally.positions += 1
  tally.margin += marginOf(holding.sz, candle.close, strategy.leverage?.(state) ?? 1)
}

/** The share of coins that trend up, percent, among those that know. */
function breadthOf<Params, State>({ coins, strategy }: World<Params, State>): number | null {
  if (!strategy.trend) return null
  let [up, known] = [0, 0]
  for (const coin of coins) {
    if (!coin.isTraded) continue
    const trend = strategy.trend(coin.state)
    if (trend === null) continue
    known += 1
    if (trend > 0) up += 1
  }
  return known === 0 ? null : (100 * up) / known
}

function orderOf<Params, State>({ coins, strategy }: World<Params, State>, tally: Tally): number[] {
  const order: number[] = []
  const held: boolean[] = []
  const ranks: number[] = []
  const context = { btcBullish: tally.bullish, breadthPct: tally.breadth }
  for (let at = 0; at < coins.length; at += 1) {
    const coin = coins[at] as CoinRun<Params, State>
    const decides = coin.hasBar && coin.isTraded
    if (decides) order.push(at)
    held.push(coin.holding.sz !== 0)
    ranks.push(decides ? (strategy.rank?.(coin.state, context, coin.params) ?? 0) : 0)
  }
  arrange(order, held, ranks)
  return order
}

function decideOne<Params, State>(
  world: World<Params, State>,
  coin: CoinRun<Params, State>,
  tally: Tally,
  closeTs: number,
  equity: number,
): void {
  const { strategy, options, hooks } = world
  const { input, holding, candle, series } = coin
  input.nowTs = closeTs
  input.position = holding.sz
  input.entryPx = holding.entryPx
  input.bid = bidAt(candle.close, options, series.sizeDecimals)
  input.ask = askAt(candle.close, options, series.sizeDecimals)
  input.markPx = candle.close
  input.equityUsd = equity
  input.openPositions = tally.positions
  input.marginUsedUsd = tally.margin
  input.entriesThisBar = tally.entries
  input.btcBullish = tally.bullish
  input.breadthPct = tally.breadth
  const move = strategy.decide(coin.state, input, coin.params)
  coin.state = move.state
  let gate = move.gate
  for (const intention of move.intentions) {
    const order = planOrder(intention, input)
    if (typeof order === 'string') gate ||= order
    else {
      const stopped = world.limits?.judge(coin, order, closeTs) ?? null
      if (stopped === null) coin.pending.push({ ...order, reason: move.reason })
      else gate ||= stopped
      addUp(tally, order, candle.close, strategy.leverage?.(coin.state) ?? 1)
    }
  }
  restOrders(coin, move)
  if (world.keep) {
    if (gate !== '') world.gates[gate] = (world.gates[gate] ?? 0) + 1
    hooks.onDecision?.(eventOf(coin, move, gate, closeTs))
  }
  if (options.fill === 'close' && coin.pending.length > 0) {
    fillPending(coin, world.account, closeTs, candle.close, options)
  }
}

function eventOf<Params, State>(
  { pending, series }: CoinRun<Params, State>,
  { intentions, kind, reason }: Move<State>,
  gate: string,
  ts: number,
): DecisionEvent {
  const isNothing = pending.length === 0 && intentions.length > 0
  return { ts, coin: series.coin, kind: isNothing ? 'hold' : kind, reason, gate }
}

function addUp(tally: Tally, order: PlannedOrder, mark: number, leverage: number): void {
  if (order.opens) {
    tally.entries += 1
    tally.margin += marginOf(order.sz, order.px, order.leverage ?? leverage)
    if (order.purpose === 'entry') tally.positions += 1
  } else {
    tally.margin -= marginOf(order.sz, mark, leverage)
    if (order.purpose === 'exit') tally.positions -= 1
  }
}

/** Stop and target as they lie at the venue from now on: a stop only moves in the position's favour. */
function restOrders<Params, State>(coin: CoinRun<Params, State>, move: Move<State>): void {
  const { holding, pending, series } = coin
  const opening = pending.find(({ opens }) => opens)
  const side = opening ? (opening.side === 'buy' ? 1 : -1) : Math.sign(holding.sz)
  const level = (px: number | null, towards: number): number =>
    px === null || side === 0 ? 0 : roundAwayNumber(px, towards > 0 ? 'sell' : 'buy', series.sizeDecimals)
  const stop = level(move.stopPx, side)
  const turns = opening !== undefined && pending.length > 1
  coin.stopPx = holding.sz === 0 || turns ? stop : nearer(coin.stopPx, stop, Math.sign(holding.sz))
  coin.targetPx = level(move.targetPx, -side)
}

function nearer(before: number, wanted: number, side: number): number {
  if (before === 0 || wanted === 0) return wanted || before
  return side > 0 ? Math.max(before, wanted) : Math.min(before, wanted)
}

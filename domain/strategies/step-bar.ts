/** All coins of a session at one bar: who is decided first, what the others have used up meanwhile, and what guides them all. */
// Not here: one coin's step (step.ts), gaps and warm-up candles (domain/session/control-candles.ts).
import type { Decimal } from '#domain/fixed-point.ts'
import { type Ema, emaOf, pushEma } from '#domain/market/indicators/ema.ts'
import type { ClosedCandle } from '#domain/session/types.ts'
import { endsBar } from '#domain/strategies/cadence.ts'
import { paramsFor } from '#domain/strategies/overlay.ts'
import { decideCoin, type Shared } from '#domain/strategies/step.ts'
import type { CandleStep, CandleStrategy, Standing } from '#domain/strategies/strategy.ts'

/** BTC leads: its close above its EMA of this many bars is bullish. */
export const GUIDE_COIN = 'BTC'
export const GUIDE_BARS = 50

/** What a session remembers between bars; plain JSON. A coin's own state is only understood by its strategy. */
export interface BarState {
  coins: Record<string, unknown>
  guide: { ema: Ema | null; close: number }
}

export function openBar<Params, State>(
  strategy: CandleStrategy<Params, State>,
  coins: readonly string[],
  params: Params,
): BarState {
  return {
    coins: Object.fromEntries(coins.map((coin) => [coin, strategy.init(paramsFor(strategy, params, coin))])),
    guide: { ema: null, close: 0 },
  }
}

/** Takes the closed candles of one bar, or of one coin, into the indicators; candles of other coins only guide. */
export function observeBar<Params, State>(
  strategy: CandleStrategy<Params, State>,
  was: BarState,
  candles: readonly ClosedCandle[],
  params: Params,
): BarState {
  const coins = { ...was.coins }
  let { guide } = was
  for (const candle of candles) {
    const { coin, close } = candle
    if (coin === GUIDE_COIN && endsBar(params, candle)) {
      const ema = guide.ema ? { ...guide.ema } : emaOf()
      pushEma(ema, close, GUIDE_BARS)
      guide = { ema, close }
    }
    if (!Object.hasOwn(coins, coin)) continue
    coins[coin] = strategy.observe(coins[coin] as State, candle, paramsFor(strategy, params, coin))
  }
  return { coins, guide }
}

/** null until the guide's average has seen its window. */
export function isBullish(guide: BarState['guide']): boolean | null {
  return guide.ema === null || guide.ema.seen < GUIDE_BARS ? null : guide.close > guide.ema.value
}

/** Share of coins that trend up among those that know their trend, percent; null when none does. */
export function breadthPct(trends: readonly (number | null)[]): number | null {
  const known = trends.filter((trend) => trend !== null)
  return known.length === 0 ? null : (100 * known.filter((trend) => trend > 0).length) / known.length
}

/**
 * Order in which the coins of a bar are decided: held ones first, since an exit frees what an entry needs, then larger ranks, then as listed.
 * @param order indices of the coins, by name; arranged in place
 */
export function arrange(order: number[], held: readonly boolean[], ranks: readonly number[]): void {
  const isBefore = (a: number, b: number): boolean => {
    if (held[a] !== held[b]) return held[a] === true
    if (!held[a] && ranks[a] !== ranks[b]) return (ranks[a] ?? 0) > (ranks[b] ?? 0)
    return a < b
  }
  for (let at = 1; at < order.length; at += 1) {
    const moving = order[at] as number
    let to = at
    while (to > 0 && isBefore(moving, order[to - 1] as number)) {
      order[to] = order[to - 1] as number
      to -= 1
    }
    order[to] = moving
  }
}

/** Margin behind a position, USD. */
export const marginOf = (sz: number, px: number, leverage: number): number =>
  (Math.abs(sz) * px) / Math.max(leverage, 1)

/**
 * Decides on the candles that `observeBar` took last, one per traded coin that has one.
 * @returns the steps in the order in which they were decided and are to be sent
 */
export function decideBar<Params, State>(
  strategy: CandleStrategy<Params, State>,
  was: BarState,
  bar: {
    candles: readonly ClosedCandle[]
    standings: Readonly<Record<string, Standing>>
    equityUsd: Decimal | null
  },
  params: Params,
): { state: BarState; steps: { coin: string; step: CandleStep }[] } {
  const traded = bar.candles
    .filter(({ coin }) => Object.hasOwn(was.coins, coin) && Object.hasOwn(bar.standings, coin))
    .sort((a, b) => (a.coin < b.coin ? -1 : 1))
  const state: BarState = { ...was, coins: { ...was.coins } }
  const stateOf = (coin: string): State => state.coins[coin] as State
  const shared = sharedAt(strategy, state, bar)
  const held = traded.map(({ coin }) => Number(bar.standings[coin]?.positionSz ?? 0) !== 0)
  const ranks = traded.map(
    ({ coin }) => strategy.rank?.(stateOf(coin), shared, paramsFor(strategy, params, coin)) ?? 0,
  )
  const order = traded.map((_, at) => at)
  arrange(order, held, ranks)
  const steps: { coin: string; step: CandleStep }[] = []
  for (const at of order) {
    const candle = traded[at] as ClosedCandle
    const standing = bar.standings[candle.coin] as Standing
    const step = decideCoin(
      strategy,
      stateOf(candle.coin),
      { candle, standing, shared: { ...shared } },
      paramsFor(strategy, params, candle.coin),
    )
    state.coins[candle.coin] = step.state
    steps.push({ coin: candle.coin, step })
    account(shared, step, standing, strategy.leverage?.(step.state) ?? 1)
  }
  return { state, steps }
}

function sharedAt<Params, State>(
  strategy: CandleStrategy<Params, State>,
  { coins, guide }: BarState,
  bar: { standings: Readonly<Record<string, Standing>>; equityUsd: Decimal | null },
): Shared {
  const held = Object.entries(bar.standings).filter(([, { positionSz }]) => Number(positionSz) !== 0)
  let marginUsedUsd = 0
  for (const [coin, standing] of held) {
    const own = coins[coin]
    const leverage = own === undefined ? 1 : (strategy.leverage?.(own as State) ?? 1)
    marginUsedUsd += marginOf(
      Number(standing.positionSz),
      Number(standing.markPx ?? standing.entryPx),
      leverage,
    )
  }
  const trends = Object.values(coins).map((own) => strategy.trend?.(own as State) ?? null)
  return {
    equityUsd: bar.equityUsd === null ? null : Number(bar.equityUsd),
    openPositions: held.length,
    marginUsedUsd,
    entriesThisBar: 0,
    btcBullish: isBullish(guide),
    breadthPct: breadthPct(trends),
  }
}

/** What a decided step takes from, or gives back to, the coins that come after it. */
function account(shared: Shared, step: CandleStep, standing: Standing, leverage: number): void {
  const mark = Number(standing.markPx ?? standing.entryPx)
  for (const { purpose, px, sz, leverage: asked } of step.orders) {
    if (purpose === 'entry' || purpose === 'add') {
      shared.entriesThisBar += 1
      shared.marginUsedUsd += marginOf(Number(sz), Number(px), asked ?? leverage)
      if (purpose === 'entry') shared.openPositions += 1
    } else {
      shared.marginUsedUsd -= marginOf(Number(sz), mark, leverage)
      if (purpose === 'exit') shared.openPositions -= 1
    }
  }
}

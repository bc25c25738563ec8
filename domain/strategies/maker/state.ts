/** What a maker remembers of one coin between passes: spreads, touches, mids, own flow, volatility. */
// Not here: what is decided on it (gates.ts, sides.ts, microprice.ts).
import type { FixedE8 } from '#domain/fixed-point.ts'
import { midE8, spreadBps } from '#domain/market/order-book.ts'
import type { CoinParams } from '#domain/strategies/maker/params.ts'
import type { MakerFacts } from '#domain/strategies/maker/quoting.ts'
import { noneRecent, type Recent, remember } from '#domain/strategies/maker/recent.ts'
import type { EpochMs } from '#domain/time.ts'

export type QuoteSide = 'B' | 'A' | 'N'

/** Own fills, each halved with every half-life. */
export interface Flow {
  makerBuys: number
  makerSells: number
  maker: number
  taker: number
  ts: EpochMs
}

/** How many passes in a row one side of the touch has not moved. */
export interface StaleTouch {
  pxE8: FixedE8
  passes: number
}

export interface MakerState {
  passes: number
  /** Live spreads, newest last, basis points. */
  spreads: Recent
  /** Adopted dynamic floor, basis points; null before the first pass. */
  floorBps: number | null
  bid: StaleTouch | null
  ask: StaleTouch | null
  /** Mids, newest last. */
  mids: Recent
  flow: Flow
  side: { now: QuoteSide | null; changedPass: number }
  /** Variance of returns per second, basis points²; null before two mids. */
  vol: { variance: number | null; mid: number; ts: EpochMs } | null
}

const MIDS_MAX = 60
const NO_FLOW: Flow = { makerBuys: 0, makerSells: 0, maker: 0, taker: 0, ts: 0 }

export const firstState = (): MakerState => ({
  passes: 0,
  spreads: noneRecent,
  floorBps: null,
  bid: null,
  ask: null,
  mids: noneRecent,
  flow: NO_FLOW,
  side: { now: null, changedPass: 0 },
  vol: null,
})

/** Takes in one pass: called once each pass, whatever is quoted afterwards. */
export function observe(was: MakerState, facts: MakerFacts, params: CoinParams): MakerState {
  const flow = decayedFlow(was.flow, facts, params.ss_ma_half_life_s)
  const { touch } = facts
  if (touch === null) return { ...was, passes: was.passes + 1, flow }
  const mid = Number(midE8(touch)) / 1e8
  const lookback = params.dynamic_min_spread_lookback_loops
  return {
    passes: was.passes + 1,
    floorBps: was.floorBps,
    side: was.side,
    spreads: remember(was.spreads, spreadBps(touch), lookback),
    bid: sameTouch(was.bid, touch.bidE8),
    ask: sameTouch(was.ask, touch.askE8),
    mids: remember(was.mids, mid, MIDS_MAX),
    flow,
    vol: nextVolatility(was.vol, mid, facts.ts, params.vol_half_life_s),
  }
}

const sameTouch = (was: StaleTouch | null, pxE8: FixedE8): StaleTouch =>
  was !== null && was.pxE8 === pxE8 ? { pxE8, passes: was.passes + 1 } : { pxE8, passes: 0 }

/** Counts × 0.5^(Δt / half-life), then the new fills; a half-life of 0 forgets everything older. Source: spec 004 §8.4. */
export function decayedFlow(was: Flow, facts: Pick<MakerFacts, 'fills' | 'ts'>, halfLifeS: number): Flow {
  const gone = Math.max(facts.ts - was.ts, 0) / 1_000
  const isNothing = was.maker === 0 && was.taker === 0
  const keep = isNothing || was.ts === 0 ? 0 : gone === 0 ? 1 : halfLifeS <= 0 ? 0 : 0.5 ** (gone / halfLifeS)
  let [buys, sells, takers] = [0, 0, 0]
  for (const { maker, side } of facts.fills) {
    if (!maker) takers++
    else if (side === 'buy') buys++
    else sells++
  }
  return {
    makerBuys: was.makerBuys * keep + buys,
    makerSells: was.makerSells * keep + sells,
    maker: was.maker * keep + (buys + sells),
    taker: was.taker * keep + takers,
    ts: facts.ts,
  }
}

/** Exponentially weighted by time: passes are not evenly spaced. */
function nextVolatility(
  was: MakerState['vol'],
  mid: number,
  ts: EpochMs,
  halfLifeS: number,
): NonNullable<MakerState['vol']> {
  const seconds = was === null ? 0 : (ts - was.ts) / 1_000
  if (was === null || seconds <= 0) return { variance: was?.variance ?? null, mid, ts }
  const moveBps = (mid / was.mid - 1) * 10_000
  const now = (moveBps * moveBps) / seconds
  const keep = 0.5 ** (seconds / halfLifeS)
  return { variance: was.variance === null ? now : was.variance * keep + now * (1 - keep), mid, ts }
}

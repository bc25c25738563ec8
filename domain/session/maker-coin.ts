/** One coin of a running maker: what it remembers between passes, and the facts of the next pass. */
// Not here: what is decided on them (domain/strategies/maker), sending (maker-quotes.ts, maker-exits.ts).
import type { FillEvent } from '#domain/events.ts'
import { absE8, type FixedE8, maxE8, mulE8, parseFixed, toNumber } from '#domain/fixed-point.ts'
import type { Cloid } from '#domain/ids.ts'
import { markE8, type SegmentContext } from '#domain/session/context.ts'
import type { MakerSegmentInput } from '#domain/session/segment-input.ts'
import type { ExitFacts } from '#domain/strategies/maker/exits/exits.ts'
import { noRejects, type RejectState } from '#domain/strategies/maker/exits/rejects.ts'
import type { FeeRates } from '#domain/strategies/maker/gates.ts'
import { othersTouch } from '#domain/strategies/maker/market-touch.ts'
import { initMaker, type MakerFacts, type PortfolioFacts } from '#domain/strategies/maker/quoting.ts'
import type { MakerState } from '#domain/strategies/maker/state.ts'
import { type OrderLife, remainingE8 } from '#domain/trading/order-lifecycle.ts'

export interface CoinDesk {
  readonly coin: string
  state: MakerState
  rejects: RejectState
  /** Order of the exit that is under way, or was the last. */
  lastExit: Cloid | null
  /** When each quote was placed, monotonic ms. */
  readonly placed: Map<Cloid, number>
  /** Slots that were refused, and until when they rest, monotonic ms. */
  readonly resting: Map<number, number>
  /** Until then, monotonic ms, quotes are cancelled and placed anew: a modify went wrong. */
  plainUntilMs: number
  fills: FillEvent[]
  readonly log: { key: string; decidedMs: number; quotedMs: number }
}

export const openCoin = (coin: string): CoinDesk => ({
  coin,
  state: initMaker(),
  rejects: noRejects,
  lastExit: null,
  placed: new Map(),
  resting: new Map(),
  plainUntilMs: Number.NEGATIVE_INFINITY,
  fills: [],
  log: { key: '', decidedMs: Number.NEGATIVE_INFINITY, quotedMs: Number.NEGATIVE_INFINITY },
})

/** Quotes of the coin that may rest. */
export const quotesOf = ({ desk }: SegmentContext, coin: string): OrderLife[] =>
  desk.live().filter(({ intent }) => intent.coin === coin && intent.purpose === 'quote')

export interface PassFacts {
  fees: FeeRates
  maxGrossUsd: number
  marginUsdMax: number | null
  mode: MakerFacts['mode']
  mayImprove: boolean
}

/** Everything a strategy may know of the coin now; `blocked` is filled in once the exits have spoken. */
export function makerFacts(
  context: SegmentContext<MakerSegmentInput>,
  own: CoinDesk,
  pass: PassFacts,
): MakerFacts {
  const { desk, ports, stop } = context
  const { market, events, clock } = ports
  const { coin } = own
  const quotes = quotesOf(context, coin)
    .filter(({ phase }) => phase === 'open')
    .map((order) => ({
      side: order.intent.side,
      pxE8: parseFixed(order.intent.px),
      remainingE8: remainingE8(order),
    }))
  return {
    coin,
    ts: clock.now(),
    ...othersTouch(market.bbo(coin), market.book(coin), quotes),
    ageMs: market.ageMs(coin),
    markE8: markE8(context, coin),
    positionE8: desk.positionE8(coin),
    sizeDecimals: market.sizeDecimals(coin),
    // Missing fills make the position a guess, as a silent stream does.
    accountStreamUp: events.accountStreamUp() && desk.fills.missing === 'none',
    closeOnly: stop.closeOnly(),
    fills: own.fills.map(({ side, crossed, ts }) => ({ side, maker: !crossed, ts })),
    fees: pass.fees,
    portfolio: portfolioOf(context, coin, pass),
    mode: pass.mode,
    blocked: null,
    mayImprove: pass.mayImprove,
  }
}

/** What the other coins hold, with everything that rests there filled on its worse side. */
function portfolioOf(context: SegmentContext, coin: string, pass: PassFacts): PortfolioFacts {
  const { desk, input } = context
  const opening = openingByCoin(desk.orders.values())
  let otherGrossUsd = 0
  for (const other of input.coins) {
    const mark = other === coin ? null : markE8(context, other)
    if (mark === null) continue
    const positionE8 = desk.positionE8(other)
    const { buy, sell } = opening.get(other) ?? { buy: 0n, sell: 0n }
    const worst = maxE8(absE8(positionE8 + buy), absE8(positionE8 - sell))
    otherGrossUsd += toNumber(mulE8(worst, mark))
  }
  return { otherGrossUsd, maxGrossUsd: pass.maxGrossUsd, marginUsdMax: pass.marginUsdMax }
}

/** Coins × 1e8 that orders may still add by coin and side. One look at the orders for all: with many coins each pass asks for each of them. */
function openingByCoin(orders: Iterable<OrderLife>): Map<string, { buy: FixedE8; sell: FixedE8 }> {
  const byCoin = new Map<string, { buy: FixedE8; sell: FixedE8 }>()
  for (const order of orders) {
    const { coin, side, reduce_only } = order.intent
    if (reduce_only) continue
    const sum = byCoin.get(coin) ?? { buy: 0n, sell: 0n }
    sum[side] += remainingE8(order)
    byCoin.set(coin, sum)
  }
  return byCoin
}

/** What the exits may know: the raw touch, without regard to whose it is, since they take it. */
export function exitFacts(
  context: SegmentContext,
  own: CoinDesk,
  facts: MakerFacts,
  staleMs: number,
): ExitFacts {
  const last = own.lastExit === null ? undefined : context.desk.orders.get(own.lastExit)
  const isBlind = facts.ageMs > staleMs || !facts.accountStreamUp
  return {
    ts: facts.ts,
    touch: isBlind ? null : facts.touch,
    positionE8: facts.positionE8,
    entryPxE8: parseFixed(context.desk.fills.position(own.coin).entryPx),
    sizeDecimals: facts.sizeDecimals,
    takerBps: facts.fees.takerBps,
    quotesOpen: quotesOf(context, own.coin).length > 0,
    last: last === undefined ? { phase: 'none', reject: null } : standing(last),
    killed: context.stop.why() !== null,
  }
}

function standing(order: OrderLife): ExitFacts['last'] {
  const isOver = order.phase === 'done' && order.settled
  if (!isOver) return { phase: 'working', reject: null }
  return { phase: 'done', reject: order.end === 'rejected' ? rejectKind(order.message) : null }
}

/** What a refusal means for an exit. The venue's texts: wire contract §6. */
export function rejectKind(message: string): 'rate' | 'price' | 'other' {
  if (/own count|HTTP 429|Too many cumulative/.test(message)) return 'rate'
  return /reference price|invalid price|tick size/i.test(message) ? 'price' : 'other'
}

/** A refusal that says something about us rather than about the moment: too many of those rest the coin. */
export const isOwnFault = (message: string): boolean =>
  !/immediately match|Cannot modify|own count|HTTP 429|Too many cumulative|not sent|expired|^[A-Z_]+$/.test(
    message,
  )

/** One coin of a simulated maker: its slots, its memory, and the facts that its strategy may know now. */
// Not here: passes and sending (maker-desk.ts). The same facts live: domain/session/maker-coin.ts.
import type { Side } from '#domain/events.ts'
import type { FixedE8 } from '#domain/fixed-point.ts'
import type { Touch } from '#domain/market/order-book.ts'
import { type ExitFacts, type ExitState, firstExits } from '#domain/strategies/maker/exits/exits.ts'
import { noRejects, type RejectState } from '#domain/strategies/maker/exits/rejects.ts'
import type { CoinParams } from '#domain/strategies/maker/params.ts'
import { initMaker, type MakerFacts, type Quote } from '#domain/strategies/maker/quoting.ts'
import type { MakerState } from '#domain/strategies/maker/state.ts'
import type { EpochMs } from '#domain/time.ts'
import type { Account } from '#exchange/paper/engine/account.ts'
import { bestExternal, type CoinMarket } from '#exchange/paper/engine/book.ts'
import type { CoinAccount, CoinSpec, Order } from '#exchange/paper/engine/types.ts'
import { USD } from '#exchange/paper/engine/units.ts'

/** One quote: on its way, resting, or told to leave. */
export interface Slot {
  side: Side
  quote: Quote
  /** Null while it is on its way. */
  order: Order | null
  leaving: boolean
  sentTs: EpochMs
}

export interface Seat {
  readonly spec: CoinSpec
  /** Null with the strategy `touch`, which has no knobs by coin. */
  readonly knobs: CoinParams | null
  readonly scale: { px: bigint; sz: bigint }
  readonly slots: Map<number, Slot>
  /** Slots that were refused, and until when they rest. */
  readonly resting: Map<number, EpochMs>
  state: MakerState
  exits: ExitState
  rejects: RejectState
  exit: { order: Order | null; phase: ExitFacts['last']['phase']; reject: ExitFacts['last']['reject'] }
  fills: { side: Side; maker: boolean; ts: EpochMs }[]
  /** Ticks and their value × 1e8 as last converted. */
  shown: { bid: number; ask: number; touch: Touch | null }
  /** What the last pass of `touch` saw, when it changed nothing. */
  still: string
}

const scaleOf = (decimals: number): bigint => 10n ** BigInt(8 - decimals)

export const openSeat = (spec: CoinSpec, knobs: CoinParams | null, flattenOnStart: boolean): Seat => ({
  spec,
  knobs,
  scale: { px: scaleOf(spec.pxDecimals), sz: scaleOf(spec.szDecimals) },
  slots: new Map(),
  resting: new Map(),
  state: initMaker(),
  exits: firstExits(flattenOnStart),
  rejects: noRejects,
  exit: { order: null, phase: 'none', reject: null },
  fills: [],
  shown: { bid: 0, ask: 0, touch: null },
  still: '',
})

/** The touch that others make: the source's own levels, in which nothing of ours stands. */
export function touchOf(seat: Seat, market: CoinMarket): Touch | null {
  const bid = bestExternal(market.bids)?.px ?? 0
  const ask = bestExternal(market.asks)?.px ?? 0
  const { shown, scale } = seat
  if (shown.bid === bid && shown.ask === ask) return shown.touch
  const sound = bid > 0 && ask > 0 && bid < ask
  const touch = sound ? { bidE8: BigInt(bid) * scale.px, askE8: BigInt(ask) * scale.px } : null
  seat.shown = { bid, ask, touch }
  return touch
}

/** What is the same for all coins of a pass. */
export interface SessionFacts {
  ts: EpochMs
  fees: MakerFacts['fees']
  maxGrossUsd: number
  marginUsdMax: number | null
  closeOnly: boolean
}

export function factsOf(
  seat: Seat,
  market: CoinMarket,
  held: CoinAccount | undefined,
  at: { lastTs: EpochMs; otherGrossUsd: number; session: SessionFacts },
): MakerFacts {
  const { session } = at
  const { scale, spec } = seat
  const { fills } = seat
  seat.fills = []
  return {
    coin: spec.name,
    ts: session.ts,
    touch: touchOf(seat, market),
    bidSzE8: BigInt(bestExternal(market.bids)?.sz ?? 0) * scale.sz,
    askSzE8: BigInt(bestExternal(market.asks)?.sz ?? 0) * scale.sz,
    ageMs: at.lastTs === 0 ? Number.POSITIVE_INFINITY : session.ts - at.lastTs,
    markE8: market.markPx === 0 ? null : BigInt(market.markPx) * scale.px,
    positionE8: BigInt(held?.szi ?? 0) * scale.sz,
    sizeDecimals: spec.szDecimals,
    accountStreamUp: true,
    closeOnly: session.closeOnly,
    fills,
    fees: session.fees,
    portfolio: {
      otherGrossUsd: at.otherGrossUsd,
      maxGrossUsd: session.maxGrossUsd,
      marginUsdMax: session.marginUsdMax,
    },
    mode: null,
    blocked: null,
    mayImprove: true,
  }
}

/** What the other coins hold, with everything that rests there filled on its worse side, USD. */
export function grossUsdBut(
  seat: Seat,
  seats: readonly Seat[],
  account: Account,
  markets: readonly CoinMarket[],
): number {
  let total = 0
  for (const { spec } of seats) {
    const coin = spec === seat.spec ? undefined : account.coins[spec.asset]
    if (!coin) continue
    const worst = Math.max(Math.abs(coin.szi + coin.buySz), Math.abs(coin.szi - coin.sellSz))
    total += (worst * (markets[spec.asset] as CoinMarket).markPx) / USD
  }
  return total
}

export function exitFactsOf(
  seat: Seat,
  facts: MakerFacts,
  held: CoinAccount | undefined,
  staleMs: number,
): ExitFacts {
  const { exit, scale } = seat
  const entryTicks = held && held.szi !== 0 ? Math.round(held.entryNtl / held.szi) : 0
  return {
    ts: facts.ts,
    touch: facts.ageMs > staleMs ? null : facts.touch,
    positionE8: facts.positionE8,
    entryPxE8: BigInt(entryTicks) * scale.px,
    sizeDecimals: facts.sizeDecimals,
    takerBps: facts.fees.takerBps,
    quotesOpen: seat.slots.size > 0,
    last: { phase: exit.phase, reject: exit.reject },
    killed: false,
  }
}

/** Coins × 1e8 that a resting quote still has. */
export const remainingOf = ({ scale }: Seat, { order, quote }: Slot): FixedE8 =>
  order === null ? quote.szE8 : BigInt(order.sz) * scale.sz

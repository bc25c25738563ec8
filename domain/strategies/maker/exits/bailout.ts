/** The bailout of one coin: a share of a losing position after a while, all of it when it gets worse or lasts too long, then a pause. */
// Source: spec 004 §12 with §16.15: one bailout; its timer ends 30 s above the entry or when flat; a partial starts its own wait anew.
import { absE8, type FixedE8, mulE8, signE8, toNumber } from '#domain/fixed-point.ts'
import { floorSize, lotE8, roundAway, shiftBps } from '#domain/market/instrument.ts'
import { midE8 } from '#domain/market/order-book.ts'
import type { ExitFacts, ExitOrder } from '#domain/strategies/maker/exits/exits.ts'
import type { CoinParams } from '#domain/strategies/maker/params.ts'
import type { EpochMs } from '#domain/time.ts'

const RECOVERED_MS = 30_000
const BPS_FOR_ALL = 10_000

export interface BailoutState {
  /** Since when the position is under water; null while it is not. */
  sinceTs: EpochMs | null
  /** Since when the next partial reduction waits. */
  partialTs: EpochMs | null
  /** Since when it is back above the entry, with the timer still running. */
  aboveTs: EpochMs | null
  sentTs: EpochMs
  /** No quotes before this. */
  pausedUntilTs: EpochMs
}

export const noBailout: BailoutState = {
  sinceTs: null,
  partialTs: null,
  aboveTs: null,
  sentTs: 0,
  pausedUntilTs: 0,
}

/** How far the mid is on the wrong side of the entry, basis points ≥ 0. */
export function adverseBps({ touch, positionE8, entryPxE8 }: ExitFacts): number {
  if (touch === null || entryPxE8 <= 0n) return 0
  const entry = toNumber(entryPxE8)
  return Math.max(0, (signE8(positionE8) * (entry - toNumber(midE8(touch))) * BPS_FOR_ALL) / entry)
}

export interface BailoutStep {
  state: BailoutState
  order: ExitOrder | null
  event: string | null
}

export function stepBailout(was: BailoutState, facts: ExitFacts, params: CoinParams): BailoutStep {
  const { pausedUntilTs, sentTs } = was
  if (!params.bailout_enabled || facts.touch === null || facts.killed) return stay(was)
  if (facts.positionE8 === 0n) return stay({ ...noBailout, pausedUntilTs, sentTs })
  const mae = adverseBps(facts)
  if (mae <= 0) return stay(recovering(was, facts.ts))
  if (was.sinceTs === null) return stay({ ...was, sinceTs: facts.ts, partialTs: facts.ts, aboveTs: null })
  const state: BailoutState = { ...was, aboveTs: null }
  const elapsedS = (facts.ts - was.sinceTs) / 1_000
  const waitedS = (facts.ts - (was.partialTs ?? was.sinceTs)) / 1_000
  const isFull = mae >= params.bailout_full_mae_bps || elapsedS >= params.bailout_full_max_s
  const isPartial = mae >= params.bailout_partial_mae_bps && waitedS >= params.bailout_partial_min_s
  if (!isFull && !isPartial) return stay(state)
  if (facts.ts - sentTs < params.ioc_throttle_ms || facts.last.phase === 'working') return stay(state)
  const order = reduceOrder(facts, isFull ? 1 : params.bailout_partial_reduce_fraction, params)
  if (order === null) return stay(state)
  return {
    state: {
      ...state,
      sentTs: facts.ts,
      partialTs: facts.ts,
      pausedUntilTs: isFull ? facts.ts + params.bailout_pause_s * 1_000 : pausedUntilTs,
    },
    order,
    event: `${isFull ? 'full' : 'partial'} bailout at ${mae.toFixed(2)} bps after ${elapsedS.toFixed(0)} s`,
  }
}

const stay = (state: BailoutState): BailoutStep => ({ state, order: null, event: null })

function recovering(was: BailoutState, ts: EpochMs): BailoutState {
  if (was.sinceTs === null) return was
  const aboveTs = was.aboveTs ?? ts
  if (ts - aboveTs < RECOVERED_MS) return { ...was, aboveTs }
  return { ...was, sinceTs: null, partialTs: null, aboveTs: null }
}

/** A share of the position, at least one lot, to the touch and a little beyond. Null without a touch. */
export function reduceOrder(facts: ExitFacts, fraction: number, params: CoinParams): ExitOrder | null {
  if (facts.touch === null) return null
  const side = facts.positionE8 > 0n ? 'sell' : 'buy'
  const held = absE8(facts.positionE8)
  const part: FixedE8 = fraction >= 1 ? held : mulE8(held, BigInt(Math.round(fraction * 1e8)))
  const floored = floorSize(part, facts.sizeDecimals)
  const lot = lotE8(facts.sizeDecimals)
  const szE8 = floored > 0n ? floored : held >= lot ? lot : 0n
  if (szE8 === 0n) return null
  const slip = params.bailout_full_slippage_bps
  const from = side === 'sell' ? facts.touch.bidE8 : facts.touch.askE8
  const limit = shiftBps(from, side === 'sell' ? -slip : slip)
  return { side, pxE8: roundAway(limit, side, facts.sizeDecimals), szE8, tif: 'ioc' }
}

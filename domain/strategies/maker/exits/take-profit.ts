/** The take-profit machine of one coin: reduce-only IOC orders in bounds that widen step by step, then one passive order, then a rest. */
// Source: spec 004 §11 "Required state machine". The original's sequence of orders at price 0 is not valid at the venue; this is its intent.
// Not here: sending (domain/session/maker-exits.ts), which exit goes first (exits.ts).
import { absE8, type FixedE8, mulE8, signE8, toNumber } from '#domain/fixed-point.ts'
import { floorSize, roundAway, shiftBps } from '#domain/market/instrument.ts'
import { midE8, type Touch } from '#domain/market/order-book.ts'
import type { ExitFacts, ExitOrder } from '#domain/strategies/maker/exits/exits.ts'
import type { CoinParams } from '#domain/strategies/maker/params.ts'
import type { EpochMs } from '#domain/time.ts'

/** Bounds to the mid of the three steps, basis points. */
export const STEPS_BPS = [10, 30, 100] as const
export const TAKE_PROFIT = {
  fillsMs: 2_000,
  sendsMax: 3,
  rateMs: 5_000,
  restMs: 30_000,
  doneMs: 5_000,
  failedMs: 60_000,
} as const

export type TakeProfitState =
  | { phase: 'IDLE' }
  /** `sent` counts orders of this step; `heldE8` is what was held when the last one went out. */
  | { phase: 'CLOSING'; step: number; sends: number; sentTs: EpochMs | null; held: string; sinceTs: EpochMs }
  | { phase: 'REST'; sinceTs: EpochMs; placed: boolean }
  | { phase: 'COOLDOWN'; untilTs: EpochMs; after: 'DONE' | 'FAILED' | 'ABORTED' }

export interface TakeProfitStep {
  state: TakeProfitState
  order: ExitOrder | null
  /** The passive order has to go. */
  cancel: boolean
  /** For the journal; null when nothing happened. */
  event: string | null
}

export const idle: TakeProfitState = { phase: 'IDLE' }

export interface Profit {
  /** Move of the mid from the entry in our favour, basis points. */
  bps: number
  /** What closing at the touch would bring after the taker's fee, USD. */
  usd: number
}

export function profitOf(facts: ExitFacts): Profit | null {
  const { touch, positionE8, entryPxE8 } = facts
  const sign = signE8(positionE8)
  if (touch === null || sign === 0 || entryPxE8 <= 0n) return null
  const entry = toNumber(entryPxE8)
  const out = sign > 0 ? touch.bidE8 : touch.askE8
  const held = absE8(positionE8)
  const gross = toNumber(mulE8(held, out - entryPxE8)) * sign
  const fee = (toNumber(mulE8(held, out)) * facts.takerBps) / 10_000
  return { bps: (sign * (toNumber(midE8(touch)) - entry) * 10_000) / entry, usd: gross - fee }
}

/** Which step a profit fires: 1 for the ladder, 3 for the emergency's single order; null for none. */
export function triggered(facts: ExitFacts, params: CoinParams): 1 | 3 | null {
  const profit = profitOf(facts)
  if (profit === null || closable(facts) === 0n) return null
  const isEmergency =
    params.emergency_take_profit_enabled && profit.usd >= params.emergency_take_profit_min_usd
  if (isEmergency) return 3
  const isReached = profit.bps >= params.take_profit_min_bps && profit.usd >= params.take_profit_min_usd
  return params.take_profit_enabled && isReached ? 1 : null
}

const closable = ({ positionE8, sizeDecimals }: ExitFacts): FixedE8 =>
  floorSize(absE8(positionE8), sizeDecimals)

/** One pass of the machine. A kill aborts it from any state; a position that disappears is done. */
export function stepTakeProfit(was: TakeProfitState, facts: ExitFacts, params: CoinParams): TakeProfitStep {
  if (facts.killed) return facts.killed && was.phase !== 'IDLE' ? over(facts, 'ABORTED') : stay(idle)
  switch (was.phase) {
    case 'IDLE': {
      const step = triggered(facts, params)
      return step === null ? stay(was) : enter(facts, step, `take profit fires at step ${step}`)
    }
    case 'CLOSING':
      return stepClosing(was, facts)
    case 'REST':
      return stepRest(was, facts)
    case 'COOLDOWN':
      return stay(facts.ts >= was.untilTs ? idle : was)
  }
}

const stay = (state: TakeProfitState): TakeProfitStep => ({ state, order: null, cancel: false, event: null })

function over(facts: ExitFacts, after: 'DONE' | 'FAILED' | 'ABORTED'): TakeProfitStep {
  const lasts = after === 'FAILED' ? TAKE_PROFIT.failedMs : TAKE_PROFIT.doneMs
  const state: TakeProfitState = { phase: 'COOLDOWN', untilTs: facts.ts + lasts, after }
  return { state, order: null, cancel: true, event: `take profit ${after}` }
}

/** Quotes are blocked from here on; the first order goes out once they are gone. */
function enter(facts: ExitFacts, step: number, event: string | null): TakeProfitStep {
  if (step > STEPS_BPS.length) return rest(facts)
  const state: TakeProfitState = {
    phase: 'CLOSING',
    ...{ step, sends: 0, sentTs: null, held: facts.positionE8.toString(), sinceTs: facts.ts },
  }
  return { state, order: null, cancel: false, event: event ?? `take profit step ${step}` }
}

const rest = (facts: ExitFacts): TakeProfitStep => ({
  state: { phase: 'REST', sinceTs: facts.ts, placed: false },
  order: null,
  cancel: false,
  event: 'take profit rests at the touch',
})

type Closing = Extract<TakeProfitState, { phase: 'CLOSING' }>

function stepClosing(was: Closing, facts: ExitFacts): TakeProfitStep {
  const held = BigInt(was.held)
  if (isGone(facts, held)) return over(facts, 'DONE')
  if (was.sentTs === null) return send(was, facts)
  const { last } = facts
  if (last.reject === 'price') return rest(facts)
  if (last.reject === 'rate') {
    const may = facts.ts - was.sinceTs < TAKE_PROFIT.rateMs
    return may ? send(was, facts) : enter(facts, was.step + 1, null)
  }
  if (last.phase === 'working' && facts.ts - was.sentTs < TAKE_PROFIT.fillsMs) return stay(was)
  const isPartial = absE8(facts.positionE8) < absE8(held)
  if (isPartial && was.sends < TAKE_PROFIT.sendsMax) return send(was, facts)
  return enter(facts, was.step + 1, null)
}

/** Nothing held, or the other way round: what was to be closed is closed. */
const isGone = (facts: ExitFacts, heldE8: FixedE8): boolean =>
  closable(facts) === 0n || signE8(facts.positionE8) !== signE8(heldE8)

function send(was: Closing, facts: ExitFacts): TakeProfitStep {
  if (facts.touch === null || facts.quotesOpen || facts.last.phase === 'working') return stay(was)
  const state: Closing = {
    ...was,
    sends: was.sends + 1,
    sentTs: facts.ts,
    sinceTs: was.sends === 0 ? facts.ts : was.sinceTs,
    held: facts.positionE8.toString(),
  }
  const order = closingOrder(facts, facts.touch, STEPS_BPS[was.step - 1] ?? 100)
  return { state, order, cancel: false, event: null }
}

function closingOrder(facts: ExitFacts, touch: Touch, bps: number): ExitOrder {
  const side = facts.positionE8 > 0n ? 'sell' : 'buy'
  const limit = shiftBps(midE8(touch), side === 'sell' ? -bps : bps)
  return { side, pxE8: roundAway(limit, side, facts.sizeDecimals), szE8: closable(facts), tif: 'ioc' }
}

type Rest = Extract<TakeProfitState, { phase: 'REST' }>

function stepRest(was: Rest, facts: ExitFacts): TakeProfitStep {
  if (closable(facts) === 0n) return over(facts, 'DONE')
  if (facts.ts - was.sinceTs >= TAKE_PROFIT.restMs) return over(facts, 'FAILED')
  if (facts.last.phase === 'working' || facts.touch === null || facts.quotesOpen) return stay(was)
  const side = facts.positionE8 > 0n ? 'sell' : 'buy'
  const pxE8 = side === 'sell' ? facts.touch.askE8 : facts.touch.bidE8
  const order: ExitOrder = { side, pxE8, szE8: closable(facts), tif: 'alo' }
  return { state: { ...was, placed: true }, order, cancel: false, event: null }
}

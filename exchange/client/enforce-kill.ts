/** Carries out a kill at the exchange, from outside any session: look, cancel, close, look again, until nothing is left or time is up. */
// Used by the watchdog and `holdfast kill`, each with its own key. Sessions close themselves through domain/session/close.ts.
// Safe to run twice at once and beside a session that does the same: cancels of gone orders are no-ops, closing orders are reduce-only.
import type { Side } from '#domain/events.ts'
import { absE8, type Decimal, formatFixed, parseFixed } from '#domain/fixed-point.ts'
import { buildCloid } from '#domain/ids.ts'
import { ceilPrice, floorPrice, shiftBps } from '#domain/market/instrument.ts'
import type { OpenOrder, OrderAnswer, Venue } from '#domain/session/ports.ts'
import { TIMING } from '#domain/session/timing.ts'
import type { KillMode, OrderIntent } from '#domain/session/types.ts'
import type { Clock } from '#domain/time.ts'

export const LIMITS = {
  /** How far beyond the touch a closing order may reach, basis points: try by try, the last one again and again. */
  slippageBps: [50, 150, 400, 1_000],
  /** Pause between two looks, milliseconds; grows, since each costs request weight. */
  pauseMsMin: 150,
  pauseMsMax: 1_000,
} as const

/** One account's share of a kill. */
export interface KillTarget {
  account: string
  venue: Pick<Venue, 'openOrders' | 'account' | 'cancelByOid' | 'placeOrders' | 'touch'>
  mode: KillMode
  /** Which open orders the kill is about. */
  mine: (order: OpenOrder) => boolean
  /** Whose positions `flatten` closes; null: all coins of the account. */
  coins: readonly string[] | null
  sizeDecimals: (coin: string) => number
  /** Tag of the closing orders of a coin, so that their fills belong to the session that held the position. */
  identity: (coin: string) => { tag: number; run: number }
  /** Tells two enforcers apart in client order ids. */
  leg: number
}

/** What is left at the exchange against the kill; both empty means done. */
export interface Residual {
  orders: readonly OpenOrder[]
  positions: Readonly<Record<string, Decimal>>
}

export interface KillEffect {
  clean: boolean
  residual: Residual
  orders_canceled: number
  closing_orders: number
  /** What went wrong on the way, newest last; empty when all went well. */
  messages: string[]
}

/** True when nothing is left. */
export const isClean = ({ orders, positions }: Residual): boolean =>
  orders.length === 0 && Object.keys(positions).length === 0

/** Reads at the exchange what the kill has not reached yet. */
export async function inspectKill(target: KillTarget): Promise<Residual> {
  const [orders, account] = await Promise.all([
    target.venue.openOrders(),
    target.mode === 'flatten' ? target.venue.account() : null,
  ])
  const held = (account?.positions ?? []).filter(
    ({ coin, sz }) => parseFixed(sz) !== 0n && (target.coins === null || target.coins.includes(coin)),
  )
  return {
    orders: orders.filter((order) => target.mine(order) && forbids(target.mode, order)),
    positions: Object.fromEntries(held.map(({ coin, sz }) => [coin, sz])),
  }
}

/** `close_only` leaves what can only reduce; `halt` and `flatten` leave nothing. */
const forbids = (mode: KillMode, order: OpenOrder): boolean =>
  mode === 'close_only' ? !order.reduceOnly : mode !== 'off'

/** Never throws for what the exchange does or does not answer: the last look decides, and `messages` tell. */
export async function enforceKill(target: KillTarget, clock: Clock, deadlineMs: number): Promise<KillEffect> {
  const until = clock.monotonicMs() + deadlineMs
  const effect: KillEffect = {
    clean: false,
    residual: { orders: [], positions: {} },
    orders_canceled: 0,
    closing_orders: 0,
    messages: [],
  }
  let pauseMs: number = LIMITS.pauseMsMin
  for (let round = 0; ; round++) {
    try {
      effect.residual = await inspectKill(target)
      effect.clean = isClean(effect.residual)
      if (effect.clean) return effect
      await act(target, clock, effect, round)
    } catch (error) {
      note(effect, error instanceof Error ? error.message : String(error))
    }
    if (clock.monotonicMs() >= until) return effect
    await clock.sleep(pauseMs)
    pauseMs = Math.min(pauseMs * 1.5, LIMITS.pauseMsMax)
  }
}

async function act(target: KillTarget, clock: Clock, effect: KillEffect, round: number): Promise<void> {
  const { orders, positions } = effect.residual
  // A protective stop goes last: should closing fail, the position is not left bare.
  const now = orders.filter(({ coin, trigger, reduceOnly }) => !(trigger && reduceOnly && coin in positions))
  if (now.length > 0) {
    await target.venue.cancelByOid(now, { expiresAfter: clock.now() + TIMING.orderTtlMs })
    effect.orders_canceled += now.length
  }
  const closing: OrderIntent[] = []
  for (const [at, [coin, sz]] of Object.entries(positions).entries()) {
    const order = await closingOrder(target, { coin, sz, round, now: clock.now(), at })
    if (order === null) note(effect, `no price to close ${coin} at: its book is empty`)
    else closing.push(order)
  }
  if (closing.length === 0) return
  const answers = await target.venue.placeOrders(closing, { expiresAfter: clock.now() + TIMING.orderTtlMs })
  effect.closing_orders += closing.length
  for (const answer of answers) noteAnswer(effect, answer)
}

interface Closing {
  coin: string
  /** Signed coins held. */
  sz: Decimal
  round: number
  now: number
  at: number
}

/** A reduce-only order that takes what is there, bounded beyond the touch. Null when the book has no other side. */
async function closingOrder(
  target: KillTarget,
  { coin, sz, round, now, at }: Closing,
): Promise<OrderIntent | null> {
  const szE8 = parseFixed(sz)
  const side: Side = szE8 > 0n ? 'sell' : 'buy'
  const touch = await target.venue.touch(coin)
  const from = side === 'sell' ? touch.bid : touch.ask
  if (from === null) return null
  const bps = LIMITS.slippageBps[Math.min(round, LIMITS.slippageBps.length - 1)] ?? 0
  const decimals = target.sizeDecimals(coin)
  const bound = shiftBps(parseFixed(from), side === 'sell' ? -bps : bps)
  const { tag, run } = target.identity(coin)
  return {
    // Epoch 0 is below every session's: a fence never mistakes it for a newer life of the loop.
    cloid: buildCloid({
      tag,
      run,
      epoch: 0,
      seq: Math.floor(now / 10) % 2 ** 32,
      leg: (target.leg + at) % 65_536,
    }),
    coin,
    side,
    px: formatFixed(side === 'sell' ? floorPrice(bound, decimals) : ceilPrice(bound, decimals)),
    sz: formatFixed(absE8(szE8)),
    tif: 'ioc',
    reduce_only: true,
    purpose: 'flatten',
  }
}

const MESSAGES_MAX = 20

function note(effect: KillEffect, message: string): void {
  if (effect.messages.at(-1) !== message && effect.messages.length < MESSAGES_MAX)
    effect.messages.push(message)
}

function noteAnswer(effect: KillEffect, answer: OrderAnswer): void {
  if (answer.status !== 'rejected' && answer.status !== 'unknown') return
  if ('code' in answer && answer.code === 'REDUCE_ONLY') return // somebody else closed it first
  note(effect, answer.message)
}

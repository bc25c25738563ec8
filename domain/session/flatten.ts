/** Closes a position with a ladder of reduce-only IOC orders, each rung allowed to pay a little more, until the venue says zero. */
// Not here: cancelling orders and the verdict (close.ts).
import type { Side } from '#domain/events.ts'
import { absE8, type FixedE8, formatFixed, parseFixed } from '#domain/fixed-point.ts'
import { buildCloid, hash32 } from '#domain/ids.ts'
import { roundAway, shiftBps } from '#domain/market/instrument.ts'
import { within } from '#domain/session/deadline.ts'
import type { CloseInput, ClosePorts } from '#domain/session/effects.ts'
import { held, settleOwn, VenueSilentError } from '#domain/session/settle-ledger.ts'
import { TIMING } from '#domain/session/timing.ts'
import type { Checkpoint, OrderIntent } from '#domain/session/types.ts'
import { positionOf } from '#domain/trading/position.ts'

/** Beyond the touch, basis points; the last rung repeats. The venue takes nothing more than 95 % from its reference price. */
export const LADDER_BPS: readonly number[] = [10, 30, 100, 300, 800]
const PAUSE_MS = 250
/** A stream older than this is not asked for a price. */
const FRESH_MS = 2_000
/** Legs of flattening orders: this + the attempt, so that twins of one task never share an order id. */
const LEG_FLATTEN = 0x8000

export async function flattenCoin(
  input: CloseInput,
  ports: ClosePorts,
  job: { coin: string; checkpoint: Checkpoint; giveUpMs: number },
): Promise<{ checkpoint: Checkpoint; sent: number }> {
  const { clock, journal } = ports
  let { checkpoint } = job
  let sent = 0
  while (clock.monotonicMs() < job.giveUpMs) {
    ports.stillRunning()
    const seen = await look(input, ports, job.coin, checkpoint)
    checkpoint = seen.checkpoint
    const { sz } = seen
    if (sz === 0n) break
    const side: Side = sz !== null && sz > 0n ? 'sell' : 'buy'
    const px = sz === null ? null : await priceOf(ports, job.coin, side, LADDER_BPS[sent] ?? LADDER_MAX)
    if (sz !== null && px !== null) {
      const intent = flattenIntent(input, ports, { coin: job.coin, side, px, sz, seq: checkpoint.seq })
      checkpoint = { ...checkpoint, seq: checkpoint.seq + 1 }
      sent += 1
      const taken = await send(input, ports, intent)
      if (taken) checkpoint = { ...checkpoint, orders: checkpoint.orders + 1 }
    } else journal.event('flatten_waits', { coin: job.coin, why: sz === null ? 'no account' : 'no price' })
    await clock.sleep(PAUSE_MS)
  }
  return { checkpoint, sent }
}

/** What there is to close: all that the venue shows, or the session's own part of it. Null without an answer. */
async function look(
  input: CloseInput,
  ports: ClosePorts,
  coin: string,
  checkpoint: Checkpoint,
): Promise<{ sz: FixedE8 | null; checkpoint: Checkpoint }> {
  const { clock, venue } = ports
  if (!input.apart) {
    const account = await within(clock, TIMING.venueDeadlineMs, () => venue.account())
    return { sz: account.ok ? parseFixed(held(account.value, coin).sz) : null, checkpoint }
  }
  try {
    const settled = await settleOwn(ports, input, checkpoint)
    return {
      sz: parseFixed(positionOf(settled.checkpoint.positions, coin).sz),
      checkpoint: settled.checkpoint,
    }
  } catch (error) {
    if (error instanceof VenueSilentError) return { sz: null, checkpoint }
    throw error
  }
}

const LADDER_MAX = LADDER_BPS.at(-1) ?? 0

function flattenIntent(
  input: CloseInput,
  { attempt, market }: ClosePorts,
  order: { coin: string; side: Side; px: FixedE8; sz: FixedE8; seq: number },
): OrderIntent {
  const { epoch, run, session_id } = input
  const leg = LEG_FLATTEN + (attempt % LEG_FLATTEN)
  return {
    cloid: buildCloid({ tag: hash32(session_id), epoch, seq: order.seq, run, leg }),
    coin: order.coin,
    side: order.side,
    px: formatFixed(roundAway(order.px, order.side, market.sizeDecimals(order.coin))),
    sz: formatFixed(absE8(order.sz)),
    tif: 'ioc',
    reduce_only: true,
    purpose: 'flatten',
  }
}

/** Sends one rung; true when the venue took it. Without an answer it waits until the order can no longer arrive; the next look at the position tells the rest. */
async function send(input: CloseInput, ports: ClosePorts, intent: OrderIntent): Promise<boolean> {
  const { clock, journal, venue } = ports
  const context = { epoch: input.epoch, ts: clock.now() }
  // The intent is wanted, but getting out must not wait for a database: reduce-only orders go without it.
  const durable = await within(clock, TIMING.journalDeadlineMs, () => journal.intent(intent, context))
  if (!durable.ok) journal.event('intent_not_durable', { cloid: intent.cloid, why: durable.why })
  const expiresAfter = clock.now() + TIMING.orderTtlMs
  const answered = await within(clock, TIMING.venueDeadlineMs, () =>
    venue.placeOrders([intent], { expiresAfter }),
  )
  const answer = answered.ok ? answered.value[0] : null
  const told = answer ?? {
    cloid: intent.cloid,
    status: 'unknown' as const,
    message: answered.ok ? 'no answer' : answered.why,
  }
  journal.answer(told, { epoch: input.epoch, ts: clock.now() })
  if (told.status === 'unknown') {
    await clock.sleep(Math.max(expiresAfter + TIMING.clockSkewMs - clock.now(), 0))
  }
  return told.status === 'filled' || told.status === 'resting'
}

/** The touch of the other side, from the stream while it is fresh, else by request, moved by the rung. Null without one. */
async function priceOf(
  { clock, market, venue }: ClosePorts,
  coin: string,
  side: Side,
  bps: number,
): Promise<FixedE8 | null> {
  const bbo = market.ageMs(coin) <= FRESH_MS ? market.bbo(coin) : null
  let px = (side === 'buy' ? bbo?.ask?.px : bbo?.bid?.px) ?? null
  if (px === null) {
    const asked = await within(clock, TIMING.venueDeadlineMs, () => venue.touch(coin))
    if (asked.ok) px = side === 'buy' ? asked.value.ask : asked.value.bid
  }
  return px === null ? null : shiftBps(parseFixed(px), side === 'buy' ? bps : -bps)
}

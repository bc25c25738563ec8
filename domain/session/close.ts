/** Ends a session at the venue: nothing open, flat if asked, both read back there. Nothing can cancel it; it is bounded and can be repeated. */
// Not here: how often it is tried (control-close.ts), what the report says (status.ts).
import { formatFixed, parseFixed, signE8 } from '#domain/fixed-point.ts'
import { touchOf } from '#domain/market/order-book.ts'
import type { CloseInput, ClosePorts, CloseResult } from '#domain/session/effects.ts'
import { flattenCoin } from '#domain/session/flatten.ts'
import type { VenueAccount } from '#domain/session/ports.ts'
import { ask, held, settleLedger, settleOwn } from '#domain/session/settle-ledger.ts'
import { quietUntil, type Sweep, sweepOrders } from '#domain/session/sweep.ts'
import type { Checkpoint, PositionState } from '#domain/session/types.ts'
import { positionOf, unrealizedE8 } from '#domain/trading/position.ts'

const SWEEP_MS = 20_000
const FLATTEN_MS = 30_000

/**
 * `flatten`: cancels everything that could open risk, waits until no earlier loop can add to it, closes the position with
 * reduce-only orders if asked, then cancels the protective stops too. A position that could not be closed keeps its stop.
 * `reconcile`: sends no orders; cancels what still lies there and reads everything once more.
 * @throws VenueSilentError when the final look got no answer; the same input may be tried again
 */
export async function closeSession(input: CloseInput, ports: ClosePorts): Promise<CloseResult> {
  const { clock, journal } = ports
  for (const decision of input.decisions) journal.decision(decision)
  const quietUntilMs = quietUntil(clock, input.quiet_ms, input.checkpoint.unresolved)
  const flattens = input.flatten && input.step === 'flatten'
  await sweep(input, ports, { quietUntilMs, keepStops: flattens })
  ports.stillRunning()

  let checkpoint: Checkpoint = { ...input.checkpoint, unresolved: [] }
  let sent = 0
  if (flattens) {
    for (const coin of input.coins) {
      const flattened = await flattenCoin(input, ports, {
        coin,
        checkpoint,
        giveUpMs: clock.monotonicMs() + FLATTEN_MS,
      })
      checkpoint = flattened.checkpoint
      sent += flattened.sent
    }
  }
  return verify(input, ports, checkpoint, sent)
}

/** The last word: what is open, what is held, what it is worth. Everything in it was read at the venue after the last order. */
async function verify(
  input: CloseInput,
  ports: ClosePorts,
  checkpoint: Checkpoint,
  sent: number,
): Promise<CloseResult> {
  const { clock, venue } = ports
  const isFlat = input.apart
    ? isOwnFlat((await settleOwn(ports, input, checkpoint)).checkpoint, input.coins)
    : isFlatIn(await ask(clock, 'account', () => venue.account()), input.coins)
  // A position that we failed to close keeps its protection; one that we were told to leave does not.
  const last = await sweep(input, ports, {
    quietUntilMs: clock.monotonicMs(),
    keepStops: input.flatten && !isFlat,
  })
  // Epoch 0: killed before the first fence, so nothing was ever ours.
  const baseline = input.checkpoint.epoch === 0
  const apart = input.apart ? { apart: input.session_id } : {}
  const settled = await settleLedger(ports, { coins: input.coins, checkpoint, baseline, ...apart })
  const { positions } = settled.checkpoint
  const left = input.apart
    ? ownParts(positions, input.coins)
    : residualPositions(settled.account, input.coins)
  const flatNow = Object.keys(left).length === 0
  const clean = last.clean && last.open.length === 0 && (!input.flatten || flatNow)
  const message = clean ? '' : last.message || (flatNow ? 'orders still open' : 'position not flat')
  const result: CloseResult = {
    checkpoint: { ...settled.checkpoint, stops: [], updatedTs: clock.now() },
    clean,
    residual: { open_orders: last.open.length, positions: left },
    unrealized_pnl_usd: formatFixed(openPnlE8(ports, positions)),
    orders_sent: sent,
    message,
  }
  ports.journal.event('closed', { step: input.step, clean, message, ...result.residual })
  return result
}

function sweep(
  input: CloseInput,
  ports: ClosePorts,
  how: { quietUntilMs: number; keepStops: boolean },
): Promise<Sweep> {
  const { clock } = ports
  return sweepOrders(ports, {
    session_id: input.session_id,
    keep: (order) => how.keepStops && order.trigger && order.reduceOnly,
    quietUntilMs: how.quietUntilMs,
    giveUpMs: Math.max(clock.monotonicMs(), how.quietUntilMs) + SWEEP_MS,
  })
}

const isFlatIn = (account: VenueAccount, coins: readonly string[]): boolean =>
  coins.every((coin) => parseFixed(held(account, coin).sz) === 0n)

const isOwnFlat = ({ positions }: Checkpoint, coins: readonly string[]): boolean =>
  Object.keys(ownParts(positions, coins)).length === 0

/** What is the session's own in these positions. */
const ownParts = (positions: readonly PositionState[], coins: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    coins
      .map((coin) => [coin, positionOf(positions, coin).sz] as const)
      .filter(([, sz]) => parseFixed(sz) !== 0n),
  )

const residualPositions = (account: VenueAccount, coins: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    coins.map((coin) => [coin, held(account, coin).sz] as const).filter(([, sz]) => parseFixed(sz) !== 0n),
  )

/** What is held, valued at the side of the touch it would leave by, USD × 1e8; 0 for a coin without a price. */
function openPnlE8({ market }: ClosePorts, positions: readonly PositionState[]): bigint {
  return positions.reduce((total, position) => {
    const touch = touchOf(market.bbo(position.coin))
    const mark = market.markPx(position.coin)
    const isLong = signE8(parseFixed(position.sz)) > 0
    const px = mark !== null ? parseFixed(mark) : touch ? (isLong ? touch.bidE8 : touch.askE8) : null
    return px === null ? total : total + unrealizedE8(position, px)
  }, 0n)
}

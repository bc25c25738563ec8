/** Fences the past: nobody of an earlier epoch has an opening order at the venue or can get one there, and the ledger is true. */
// Not here: why silence proves that nobody can (timing.ts), inserting the fence between segments (control.ts).
import { HoldfastError } from '#domain/errors.ts'
import { parseFixed, signE8 } from '#domain/fixed-point.ts'
import { parseCloid } from '#domain/ids.ts'
import { endsSession } from '#domain/risk/kill-rules.ts'
import type { FenceInput, FencePorts, FenceResult } from '#domain/session/effects.ts'
import type { OpenOrder } from '#domain/session/ports.ts'
import { LEG_TARGET } from '#domain/session/protective-stop.ts'
import { settleLedger } from '#domain/session/settle-ledger.ts'
import { cancelListed, quietUntil, sweepOrders } from '#domain/session/sweep.ts'
import type { Checkpoint, RestingStop } from '#domain/session/types.ts'
import { firstCheckpoint } from '#domain/trading/checkpoint.ts'
import { positionOf } from '#domain/trading/position.ts'

const GIVE_UP_MS = 20_000
const EPOCH_MAX = 0xffff

export class FenceIncompleteError extends HoldfastError {
  constructor(message: string) {
    super(`the earlier epoch is not fenced: ${message}`, {
      code: 'FENCE_INCOMPLETE',
      retryable: true,
      hint: 'the session tries again by itself; cancel its orders at the exchange if the venue stays silent',
    })
  }
}

/**
 * Protective stops stay: they can only close, and a position must not be naked between two epochs. Of several per coin the
 * tightest stays, and one target beside it; a trigger without position goes.
 * @throws FenceIncompleteError, VenueSilentError: both mean that the next segment must not start
 */
export async function fenceAndReconcile(input: FenceInput, ports: FencePorts): Promise<FenceResult> {
  const { clock } = ports
  const was = input.checkpoint
  const quietUntilMs = quietUntil(clock, input.quiet_ms, was?.unresolved ?? [])
  const sweep = await sweepOrders(ports, {
    session_id: input.session_id,
    keep: isProtective,
    quietUntilMs,
    giveUpMs: Math.max(clock.monotonicMs(), quietUntilMs) + GIVE_UP_MS,
  })
  if (!sweep.clean) throw new FenceIncompleteError(sweep.message)

  const start = was ?? firstCheckpoint(input.epoch, clock.now())
  const settled = await settleLedger(ports, {
    coins: input.coins,
    checkpoint: { ...start, unresolved: [] },
    baseline: was === null,
    ...(input.apart ? { apart: input.session_id } : {}),
  })
  const epoch = grantEpoch(input, [...sweep.seen, ...settled.listed])
  const stops = await keepTriggers(ports, settled.checkpoint, sweep.open.filter(isProtective))
  const kill = ports.commands.kill()
  const checkpoint: Checkpoint = { ...settled.checkpoint, epoch, stops, updatedTs: clock.now() }
  ports.journal.event('fenced', { epoch, canceled: sweep.canceled, fills_folded: settled.folded })
  return {
    epoch,
    checkpoint,
    canceled: sweep.canceled,
    fills_folded: settled.folded,
    kill: kill && endsSession(kill.mode) ? { mode: kill.mode, reason: kill.reason } : null,
  }
}

const isProtective = (order: OpenOrder): boolean => order.trigger && order.reduceOnly

/** One more than any epoch of this run that the venue has seen: a history that was reset cannot go back in time. */
function grantEpoch(input: FenceInput, seen: readonly { cloid: string }[]): number {
  const epochs = seen.flatMap(({ cloid }) => {
    const parts = parseCloid(cloid)
    return parts && parts.run === input.run ? [parts.epoch] : []
  })
  const epoch = Math.max(input.epoch, ...epochs.map((each) => each + 1))
  if (epoch > EPOCH_MAX) {
    throw new HoldfastError(`epoch ${epoch} does not fit an order id`, {
      code: 'EPOCHS_USED_UP',
      retryable: false,
      hint: 'stop this session and start it again: a new run counts epochs from 1',
    })
  }
  return epoch
}

async function keepTriggers(
  ports: FencePorts,
  checkpoint: Checkpoint,
  open: readonly OpenOrder[],
): Promise<RestingStop[]> {
  const keep = new Map<string, OpenOrder>()
  for (const order of open) {
    const side = signE8(parseFixed(positionOf(checkpoint.positions, order.coin).sz))
    const closes = (side > 0 && order.side === 'sell') || (side < 0 && order.side === 'buy')
    if (!closes) continue
    const isTarget = kindOf(order) !== undefined
    const place = `${order.coin} ${isTarget ? 'target' : 'stop'}` // a target is no stop, and seen as one it would be the tightest
    const best = keep.get(place)
    if (!best || (!isTarget && isTighter(order, best))) keep.set(place, order)
  }
  const stops = [...keep.values()]
  await cancelListed(
    ports,
    open.filter((order) => !stops.includes(order)),
  )
  return stops.map((order) => {
    const { cloid, coin, side, px, sz } = order
    const known = checkpoint.stops.find((stop) => stop.cloid === cloid)
    const kind = kindOf(order)
    return known ?? { cloid, coin, side, px, sz, ...(kind ? { kind } : {}) }
  })
}

const kindOf = ({ cloid }: OpenOrder): RestingStop['kind'] =>
  parseCloid(cloid)?.leg === LEG_TARGET ? 'take_profit' : undefined

/** A sell stop is tighter when it is higher, a buy stop when it is lower. */
function isTighter(order: OpenOrder, than: OpenOrder): boolean {
  const higher = parseFixed(order.px) - parseFixed(than.px)
  return order.side === 'sell' ? higher > 0n : higher < 0n
}

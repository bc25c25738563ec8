/** Trades in the session's coins that are not its own: recognised by their order id, recorded, and treated as the session is told to. */
// Not here: positions that stood before the session began (activities/trading-session/admit.ts).
import type { FillEvent } from '#domain/events.ts'
import { parseFixed } from '#domain/fixed-point.ts'
import { isOwnCloid } from '#domain/ids.ts'
import { decide, type SegmentContext } from '#domain/session/context.ts'
import type { OrderIntent } from '#domain/session/types.ts'

/** The exchange knows one position per coin, so a trade by hand always moves the session's; where that is not wanted, it opens nothing more there. */
export function noteForeignFill(context: SegmentContext, fill: FillEvent): void {
  const { input, ports } = context
  if (isOwnCloid(fill.cloid, input.session_id)) return
  const { coin, side, px, sz, tid, direction } = fill
  const isForced = /liquidat|deleverag/i.test(direction)
  const rule = manualRule(context)
  if (rule !== 'adopt') context.manual.add(coin)
  ports.journal.event('manual_fill', { coin, side, px, sz, tid, direction, rule })
  decide(context, {
    coin,
    kind: 'hold',
    reason: isForced ? 'LIQUIDATION' : 'MANUAL_FILL',
    gate: rule === 'adopt' ? '' : 'MANUAL_POSITION',
    inputs: { side, px, sz, direction, manual_positions: rule },
  })
}

const manualRule = ({ input }: SegmentContext): 'adopt' | 'ignore' | 'refuse' =>
  input.engine === 'candles' ? (input.manual_positions ?? 'adopt') : 'adopt'

/** While a position holds trades of somebody else, nothing is added to it. Flat again, it is the session's own coin again. */
export function manualGate(
  context: SegmentContext,
  { coin, reduce_only }: OrderIntent,
): 'MANUAL_POSITION' | null {
  const { desk, manual } = context
  if (!manual.has(coin)) return null
  if (parseFixed(desk.fills.position(coin).sz) === 0n) manual.delete(coin)
  return manual.has(coin) && !reduce_only ? 'MANUAL_POSITION' : null
}

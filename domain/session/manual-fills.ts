/** Trades in the session's coins that are not its own: recognised by their order id, recorded, and treated as the session is told to. */
// Not here: positions that stood before the session began (activities/trading-session/admit.ts).
import { type FillEvent, sideSign } from '#domain/events.ts'
import { parseFixed, signE8 } from '#domain/fixed-point.ts'
import { isOwnCloid } from '#domain/ids.ts'
import { decide, type SegmentContext } from '#domain/session/context.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import { foreignE8 } from '#domain/trading/foreign.ts'

/**
 * The exchange knows one position per coin, so a trade by hand always moves the session's. `adopt` takes it over; `ignore` keeps it
 * apart in the ledger (domain/trading/foreign.ts); `refuse` opens nothing more there.
 */
export function noteForeignFill(context: SegmentContext, fill: FillEvent): void {
  const { input, ports } = context
  if (isOwnCloid(fill.cloid, input.session_id)) return
  const { coin, side, px, sz, tid, direction } = fill
  const isForced = /liquidat|deleverag/i.test(direction)
  const rule = manualRule(context)
  if (rule === 'refuse') context.manual.add(coin)
  const position = context.desk.fills.position(coin)
  const parts = rule === 'ignore' ? { own: position.sz, foreign: position.foreign ?? '0' } : {}
  ports.journal.event('manual_fill', { coin, side, px, sz, tid, direction, rule })
  decide(context, {
    coin,
    kind: 'hold',
    reason: isForced ? 'LIQUIDATION' : 'MANUAL_FILL',
    gate: rule === 'refuse' ? 'MANUAL_POSITION' : '',
    inputs: { side, px, sz, direction, manual_positions: rule, ...parts },
  })
}

const manualRule = ({ input }: SegmentContext): 'adopt' | 'ignore' | 'refuse' =>
  input.engine === 'candles' ? (input.manual_positions ?? 'adopt') : 'adopt'

/**
 * `refuse`: while a position holds trades of somebody else, nothing is added to it; flat again, it is the session's own coin again.
 * `ignore`: an entry against somebody's position would close that instead of opening anything, so it waits until that is gone.
 */
export function manualGate(
  context: SegmentContext,
  { coin, reduce_only, side }: OrderIntent,
): 'MANUAL_POSITION' | 'MANUAL_OPPOSITE' | null {
  const { desk, manual } = context
  if (manualRule(context) === 'ignore') {
    const theirs = signE8(foreignE8(desk.fills.position(coin)))
    return !reduce_only && theirs === -sideSign(side) ? 'MANUAL_OPPOSITE' : null
  }
  if (!manual.has(coin)) return null
  if (parseFixed(desk.fills.position(coin).sz) === 0n) manual.delete(coin)
  return manual.has(coin) && !reduce_only ? 'MANUAL_POSITION' : null
}

/** Exits of a running maker: steps the machines of a coin, cancels and sends what they want, always reduce-only. */
// Not here: the machines (domain/strategies/maker/exits), the way to the venue (submit.ts).
import { formatFixed } from '#domain/fixed-point.ts'
import { decide, type SegmentContext } from '#domain/session/context.ts'
import { type CoinDesk, exitFacts } from '#domain/session/maker-coin.ts'
import { exitsOf, type MakerMemory } from '#domain/session/maker-state.ts'
import type { MakerSegmentInput } from '#domain/session/segment-input.ts'
import { cancelOrders, submitOrders } from '#domain/session/submit.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import { type ExitOrder, type ExitStep, stepExits } from '#domain/strategies/maker/exits/exits.ts'
import type { CoinParams } from '#domain/strategies/maker/params.ts'
import type { MakerFacts } from '#domain/strategies/maker/quoting.ts'

/** Slot of exit orders: apart from every quote's. */
const LEG_EXIT = 0x4000

export interface CoinExit {
  memory: MakerMemory
  blocked: string | null
}

/** One pass of a coin's exits: independent of spread, size and margin, and before any quote. */
export async function runExits(
  context: SegmentContext<MakerSegmentInput>,
  own: CoinDesk,
  memory: MakerMemory,
  facts: MakerFacts,
  knobs: CoinParams,
): Promise<CoinExit> {
  const seen = exitFacts(context, own, facts, knobs.stale_ms)
  const step = stepExits(exitsOf(memory, own.coin), seen, knobs)
  report(context, own.coin, step, facts)
  if (step.cancel || (step.order !== null && own.lastExit !== null)) await withdraw(context, own.coin)
  if (step.order !== null) await send(context, own, step.order)
  return {
    memory: { ...memory, exits: { ...memory.exits, [own.coin]: step.state } },
    blocked: step.blocked,
  }
}

function report(context: SegmentContext, coin: string, step: ExitStep, facts: MakerFacts): void {
  for (const event of step.events) {
    context.ports.journal.event('maker_exit', { coin, what: event })
    decide(context, {
      coin,
      kind: 'reduce',
      reason: reasonOf(event),
      gate: '',
      inputs: { what: event, position_sz: formatFixed(facts.positionE8) },
    })
  }
}

const reasonOf = (event: string): string => {
  const [first = '', second = ''] = event.split(' ')
  return event.includes('FAILED') ? 'EXIT_FAILED' : `EXIT_${first}_${second}`.toUpperCase()
}

/** A passive exit order gives way: to the next step, or because the machine is done. */
async function withdraw(context: SegmentContext, coin: string): Promise<void> {
  const open = context.desk
    .live()
    .filter(({ intent, phase }) => intent.coin === coin && intent.purpose === 'exit' && phase === 'open')
  await cancelOrders(context, open)
}

async function send(context: SegmentContext, own: CoinDesk, order: ExitOrder): Promise<void> {
  const { desk } = context
  const intent: OrderIntent = {
    cloid: desk.nextCloid(LEG_EXIT),
    coin: own.coin,
    side: order.side,
    px: formatFixed(order.pxE8),
    sz: formatFixed(order.szE8),
    tif: order.tif,
    reduce_only: true,
    purpose: 'exit',
  }
  own.lastExit = intent.cloid
  await submitOrders(context, [intent])
}

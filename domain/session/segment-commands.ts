/** Executes what people ordered, in a segment: through the same gates as every order, at most once, and with a stop behind an entry. */
// Not here: validating commands (command.ts), handing them over (control.ts).
import type { Side } from '#domain/events.ts'
import { absE8, type FixedE8, formatFixed, fromNumber, parseFixed } from '#domain/fixed-point.ts'
import { floorSize, roundAway, shiftBps, sizeForNotional } from '#domain/market/instrument.ts'
import { leverageSet } from '#domain/session/candle-orders.ts'
import type { Command, CommandResult } from '#domain/session/command.ts'
import { decide, type SegmentContext } from '#domain/session/context.ts'
import type { StopPlan } from '#domain/session/segment-input.ts'
import { submitOrders } from '#domain/session/submit.ts'
import type { Decision, OrderIntent } from '#domain/session/types.ts'

/** Leg of an order that a person ordered. */
const LEG_COMMAND = 102
/** A command whose order nobody can explain is given up after this long: the next segment settles it. */
const GIVE_UP_MS = 15_000

export interface Commander {
  /** One step. @returns true while there is something to do: the engine waits */
  turn(): Promise<boolean>
  /** One result for each command, those included that were not executed any more. */
  finish(): CommandResult[]
}

interface Sent {
  command: Command
  intents: OrderIntent[]
  gates: Map<string, string>
}

export function createCommander(context: SegmentContext, commands: readonly Command[]): Commander {
  const { desk, ports } = context
  const waiting = [...commands]
  const results: CommandResult[] = []
  let sent: Sent | null = null
  let executing: Command | null = null
  const startedMs = ports.clock.monotonicMs()
  return {
    async turn() {
      const isLate = ports.clock.monotonicMs() - startedMs >= GIVE_UP_MS
      if (desk.isUnsettled() && !isLate) return waiting.length > 0 || sent !== null
      if (sent !== null) {
        results.push(resultOf(context, sent))
        sent = null
      }
      const command = waiting.shift()
      if (!command) return false
      executing = command
      sent = await execute(context, command)
      executing = null
      return true
    },
    finish() {
      const unexplained = sent?.command ?? executing
      const lost = unexplained === null ? [] : [{ id: unexplained.id, status: 'lost' as const }]
      const refused = waiting.map(({ id }) => ({ id, status: 'refused' as const }))
      return [
        ...results,
        ...[...lost, ...refused].map((each) => ({ ...each, orders: [], gate: 'SEGMENT_ENDING' })),
      ]
    },
  }
}

async function execute(context: SegmentContext, command: Command): Promise<Sent> {
  const { desk } = context
  const sent: Sent = { command, intents: [], gates: new Map() }
  const coins = command.coin === undefined ? context.input.coins : [command.coin]
  for (const coin of coins) {
    const intent = intentFor(context, command, coin)
    if (typeof intent === 'string') {
      if (command.coin === undefined && intent === 'NO_POSITION') continue
      sent.gates.set(coin, intent)
      note(context, command, coin, intent)
      continue
    }
    sent.intents.push(intent)
    if (command.kind === 'force_entry' && needsStop(context, intent)) {
      context.addedStops.push(stopFor(context, intent, command.stop_bps))
    }
  }
  for (const intent of sent.intents) {
    if (await leverageSet(context, intent)) continue
    sent.gates.set(intent.coin, 'LEVERAGE_NOT_SET')
    sent.intents = sent.intents.filter((each) => each !== intent)
  }
  for (const intent of sent.intents) note(context, command, intent.coin, '', intent)
  if (sent.intents.length > 0) await submitOrders(context, sent.intents)
  for (const { cloid, coin } of sent.intents) {
    const life = desk.orders.get(cloid)
    if (!life)
      sent.gates.set(coin, 'REFUSED') // the gate is in the refusal's own row
    else if (life.end === 'rejected') sent.gates.set(coin, life.message || 'REJECTED')
  }
  return sent
}

const KIND: Readonly<Record<Command['kind'], Decision['kind']>> = {
  force_entry: 'enter',
  force_close: 'exit',
  reduce: 'reduce',
}

/** Who ordered what, and why, beside the strategy's own decisions. */
function note(
  context: SegmentContext,
  command: Command,
  coin: string,
  gate: string,
  order?: OrderIntent,
): void {
  decide(context, {
    coin,
    kind: gate === '' ? KIND[command.kind] : 'hold',
    reason: command.kind.toUpperCase(),
    gate,
    inputs: {
      command: command.id,
      by: command.by,
      why: command.reason,
      side: order?.side ?? null,
      sz: order?.sz ?? null,
      px: order?.px ?? null,
      position_sz: formatFixed(context.desk.positionE8(coin)),
    },
  })
}

/** The order for one coin, or the gate that leaves nothing to do. */
function intentFor(context: SegmentContext, command: Command, coin: string): OrderIntent | string {
  const { desk, ports } = context
  const { market } = ports
  const heldE8 = desk.positionE8(coin)
  if (command.kind !== 'force_entry' && heldE8 === 0n) return 'NO_POSITION'
  const side: Side = command.kind === 'force_entry' ? command.side : heldE8 > 0n ? 'sell' : 'buy'
  const bbo = market.bbo(coin)
  const touch = side === 'buy' ? bbo?.ask?.px : bbo?.bid?.px
  if (touch === undefined) return 'NO_TOUCH'
  const decimals = market.sizeDecimals(coin)
  const bps = side === 'buy' ? command.slippage_bps : -command.slippage_bps
  const pxE8 = roundAway(shiftBps(parseFixed(touch), bps), side, decimals)
  const szE8 = sizeFor(command, { heldE8, pxE8, decimals })
  if (szE8 <= 0n) return 'NO_SIZE'
  const opens = command.kind === 'force_entry'
  return {
    cloid: desk.nextCloid(LEG_COMMAND),
    coin,
    side,
    px: formatFixed(pxE8),
    sz: formatFixed(szE8),
    tif: 'ioc',
    reduce_only: !opens,
    purpose: opens ? 'entry' : command.kind === 'reduce' ? 'reduce' : 'exit',
    ...(opens && command.leverage !== undefined ? { leverage: command.leverage } : {}),
  }
}

function sizeFor(command: Command, at: { heldE8: FixedE8; pxE8: FixedE8; decimals: number }): FixedE8 {
  switch (command.kind) {
    case 'force_entry':
      return sizeForNotional(fromNumber(command.usd), at.pxE8, at.decimals)
    case 'force_close':
      return absE8(at.heldE8)
    case 'reduce': {
      // Of 100 % nothing may be left over, whatever the lot says.
      if (command.pct === 100) return absE8(at.heldE8)
      const shareE8 = (absE8(at.heldE8) * fromNumber(command.pct)) / fromNumber(100)
      return floorSize(shareE8, at.decimals)
    }
  }
}

/** What enlarges a position keeps the stop that it has; what begins or turns one needs its own. */
function needsStop({ addedStops, desk, input }: SegmentContext, { coin, side }: OrderIntent): boolean {
  const heldE8 = desk.positionE8(coin)
  const grows = side === 'buy' ? heldE8 > 0n : heldE8 < 0n
  const planned = input.engine === 'candles' ? input.stops : []
  return !grows || ![...planned, ...addedStops].some((stop) => stop.coin === coin)
}

function stopFor({ ports }: SegmentContext, intent: OrderIntent, stopBps: number): StopPlan {
  const isLong = intent.side === 'buy'
  const from = parseFixed(ports.market.bbo(intent.coin)?.[isLong ? 'bid' : 'ask']?.px ?? intent.px)
  const pxE8 = shiftBps(from, isLong ? -stopBps : stopBps)
  const rounded = roundAway(pxE8, isLong ? 'sell' : 'buy', ports.market.sizeDecimals(intent.coin))
  return { coin: intent.coin, px: formatFixed(rounded) }
}

function resultOf({ desk }: SegmentContext, { command, intents, gates }: Sent): CommandResult {
  const orders = intents.map(({ cloid, coin, side, sz }) => {
    const filled = formatFixed(desk.orders.get(cloid)?.foldedE8 ?? 0n)
    return { coin, side, sz, filled, gate: gates.get(coin) ?? '' }
  })
  const first = [...gates.values()][0] ?? (intents.length === 0 ? 'NO_POSITION' : '')
  const isDone = orders.some(({ filled }) => parseFixed(filled) > 0n)
  return {
    id: command.id,
    status: isDone ? 'done' : 'refused',
    orders,
    gate: isDone ? first : first || 'NOT_FILLED',
  }
}

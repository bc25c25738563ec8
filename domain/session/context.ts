/** What the parts of one segment share: its input, its ports, its desk, its lease and its stop gate. */
// Not here: the loop (segment.ts).
import type { FillEvent, FundingEvent } from '#domain/events.ts'
import type { FixedE8 } from '#domain/fixed-point.ts'
import { formatFixed, parseFixed } from '#domain/fixed-point.ts'
import { midE8, touchOf } from '#domain/market/order-book.ts'
import { NO_STANDING, type RiskStanding } from '#domain/risk/standing.ts'
import { Desk } from '#domain/session/desk.ts'
import { createLease, type Lease } from '#domain/session/lease.ts'
import type { SegmentPorts } from '#domain/session/ports.ts'
import type { SegmentInput, StopPlan } from '#domain/session/segment-input.ts'
import { createStopGate, type StopGate } from '#domain/session/stop-gate.ts'
import type { Checkpoint, Decision } from '#domain/session/types.ts'
import { netPnlE8 } from '#domain/trading/position.ts'

export interface SegmentContext<Input extends SegmentInput = SegmentInput> {
  readonly input: Input
  readonly ports: SegmentPorts
  readonly desk: Desk
  readonly lease: Lease
  readonly stop: StopGate
  /** Equity at the venue and net PnL of the session at the same moment, for the equity curve; null before the first audit. */
  base: { equityE8: FixedE8; netPnlE8: FixedE8 } | null
  /** What the risk manager remembers, as of the last look. */
  risk: RiskStanding
  /** USD × 1e8 that the account holds in coins of others, as last read. */
  othersE8: FixedE8
  /** Free collateral of the account as last read, USD; null while no source tells it. */
  freeUsd: number | null
  /** The engine's own small JSON state, as it will stand in the next checkpoint. */
  engine: Readonly<Record<string, unknown>>
  /** Fills folded since the engine last took them, oldest first. An engine that does not care loses the oldest. */
  readonly newFills: FillEvent[]
  /** Funding of the session's coins since the engine last took it. */
  readonly newFunding: FundingEvent[]
  /** Leverage that the venue has confirmed to this segment, per coin. */
  readonly leverage: Map<string, number>
  /** Coins whose position holds trades of somebody else, where that forbids to add to it. */
  readonly manual: Set<string>
  /** Stops that the segment itself added to the plan. */
  readonly addedStops: StopPlan[]
  /** When the venue was last asked, monotonic ms; and whether the account stream was up at the last look. */
  /** True once the segment has returned: what a loop that was left behind still decides is nobody's decision any more. */
  returned: boolean
  /** True while an ending segment sets its last stops, after the loop has come to rest: the only time when a tripped gate lets something through. */
  protecting: boolean
  readonly asked: { fillsMs: number; auditMs: number; owedMs: number | null; streamUp: boolean }
}

export function openContext<Input extends SegmentInput>(
  input: Input,
  ports: SegmentPorts,
): SegmentContext<Input> {
  const lease = createLease(ports.clock)
  const { commands, control } = ports
  const stop = createStopGate({ commands, control, lease, closeOnly: input.close_only })
  const asked = {
    fillsMs: Number.NEGATIVE_INFINITY,
    auditMs: Number.NEGATIVE_INFINITY,
    owedMs: null,
    streamUp: true,
  }
  return {
    input,
    ports,
    desk: new Desk(input),
    lease,
    stop,
    base: null,
    risk: input.checkpoint.risk ?? NO_STANDING,
    othersE8: 0n,
    addedStops: [],
    manual: new Set(input.checkpoint.manual ?? []),
    leverage: new Map(),
    freeUsd: null,
    engine: input.checkpoint.engine,
    newFills: [],
    newFunding: [],
    returned: false,
    protecting: false,
    asked,
  }
}

/** The price positions are valued at: the mark, or the mid while no mark was seen; null before both. USD × 1e8. */
export function markE8({ ports }: SegmentContext, coin: string): FixedE8 | null {
  const mark = ports.market.markPx(coin)
  if (mark !== null) return parseFixed(mark)
  const touch = touchOf(ports.market.bbo(coin))
  return touch ? midE8(touch) : null
}

/** Realised + unrealised − fees of the session, USD × 1e8. */
export const sessionPnlE8 = (context: SegmentContext): FixedE8 =>
  netPnlE8(context.desk.fills.ledger.positions, (coin) => markE8(context, coin))

/** Equity of the account as last read at the venue, moved by the session's PnL since. Decimal USD. */
export function equityUsd(context: SegmentContext): string {
  const { base } = context
  return base === null ? '0' : formatFixed(base.equityE8 + sessionPnlE8(context) - base.netPnlE8)
}

/** The checkpoint as of now: what every heartbeat carries and the segment returns. */
export function checkpointNow(context: SegmentContext): Checkpoint {
  const { desk, input, ports } = context
  const marks = input.coins.flatMap((coin) => {
    const mark = markE8(context, coin)
    return mark === null ? [] : [[coin, formatFixed(mark)] as const]
  })
  const worth = { markPx: Object.fromEntries(marks), equityUsd: equityUsd(context) }
  return {
    ...desk.checkpoint(ports.clock.now(), worth),
    risk: context.risk,
    manual: [...context.manual],
    engine: context.engine,
  }
}

/** Numbers, stamps and journals a decision of the segment. */
export function decide(
  { desk, ports, returned }: SegmentContext,
  decision: Pick<Decision, 'coin' | 'kind' | 'reason' | 'gate' | 'inputs'>,
): void {
  if (returned) return
  ports.journal.decision(desk.nextDecision({ ...decision, ts: ports.clock.now() }))
}

/** Inputs of the unit session, whole and valid: each test changes only what it is about. */
// Not here: the ports around them (session-ports.ts).

import { openContext, type SegmentContext } from '#domain/session/context.ts'
import { SessionLimits, TouchParams } from '#domain/session/input.ts'
import type { CandleSegmentInput, MakerSegmentInput, SegmentInput } from '#domain/session/segment-input.ts'
import type { Checkpoint } from '#domain/session/types.ts'
import { EmaCrossParams } from '#domain/strategies/ema-cross-params.ts'
import { firstCheckpoint } from '#domain/trading/checkpoint.ts'
import { flatPosition } from '#domain/trading/position.ts'
import { fakePorts } from './fake-ports.ts'
import { RUN, SESSION, START_TS } from './session-ports.ts'

export const limitsOf = (limits: Partial<SessionLimits> = {}): SessionLimits =>
  SessionLimits.parse({ order_usd_max: 1_000, position_usd_max: 5_000, ...limits })

export const checkpointOf = (checkpoint: Partial<Checkpoint> = {}): Checkpoint => ({
  ...firstCheckpoint(1, START_TS),
  ...checkpoint,
})

/** A checkpoint that holds `sz` coins bought or sold at 100. */
export const holding = (sz: string, checkpoint: Partial<Checkpoint> = {}): Checkpoint =>
  checkpointOf({ positions: [{ ...flatPosition('BTC'), sz, entryPx: '100' }], ...checkpoint })

const common = {
  session_id: SESSION,
  run: RUN,
  epoch: 1,
  mode: 'paper',
  account: 'unit',
  coins: ['BTC'],
  on_control_loss: 'cancel_quotes',
  close_only: false,
  decisions: [],
  rotate_after_ms: 60_000,
} as const

export const makerInput = (input: Partial<MakerSegmentInput> = {}): MakerSegmentInput => ({
  ...common,
  engine: 'maker',
  params: TouchParams.parse({ strategy: 'touch' }),
  limits: limitsOf(),
  checkpoint: checkpointOf(),
  ...input,
})

export const candleInput = (input: Partial<CandleSegmentInput> = {}): CandleSegmentInput => ({
  ...common,
  engine: 'candles',
  params: EmaCrossParams.parse({ strategy: 'ema_cross' }),
  limits: limitsOf(),
  checkpoint: checkpointOf(),
  intents: [],
  stops: [],
  ...input,
})

/** An open segment that holds its lease and knows all its fills: ready to send. */
export function readyContext<Input extends SegmentInput>(input: Input) {
  const fakes = fakePorts()
  const context: SegmentContext<Input> = openContext(input, fakes.ports)
  context.lease.renew(context.lease.moment())
  context.desk.fills.missing = 'none'
  return { ...fakes, context }
}

/** A running maker segment on the stage of unit tests: knobs wide open, its rows kept, its memory at hand. */
import { parseFixed } from '#domain/fixed-point.ts'
import { buildCloid } from '#domain/ids.ts'
import { closeSession } from '#domain/session/close.ts'
import type { MakerRow } from '#domain/session/maker-rows.ts'
import { type MakerMemory, recallMaker } from '#domain/session/maker-state.ts'
import type { HeartbeatAnswer } from '#domain/session/ports.ts'
import { runSegment } from '#domain/session/segment.ts'
import type { MakerSegmentInput } from '#domain/session/segment-input.ts'
import type { Checkpoint, SegmentOutcome } from '#domain/session/types.ts'
import type { BudgetFacts } from '#domain/strategies/maker/budget.ts'
import { SpreadParams } from '#domain/strategies/maker/params.ts'
import { createStage, type Knobs, makerInput, SESSION_ID, type Stage } from './session-stage.ts'

/** No gate and no exit: the market of the stage is 2 bps wide. */
export const OPEN = {
  loop_ms: 250,
  min_spread_guard_enabled: false,
  dynamic_min_spread_enabled: false,
  improve_one_tick: false,
  size_notional_usd: 500,
  max_per_coin_notional: 5_000,
  max_gross_notional: 10_000,
  margin_cap_mode: 'off',
  take_profit_enabled: false,
  bailout_enabled: false,
}

export interface MakerStage extends Stage {
  rows: MakerRow[]
  budget: BudgetFacts | null
  /** Orders that were cancelled by number. */
  purged: number[]
  outcome: SegmentOutcome | null
  /** As of the last heartbeat. */
  memory(): MakerMemory
  /** Resting quotes as text, bids first. */
  shown(): string[]
  /** Buys or sells so much at once, as the session would. */
  hold(sz: string): void
  rowsOf<Kind extends MakerRow['kind']>(kind: Kind): Extract<MakerRow, { kind: Kind }>[]
}

export async function makerStage(
  params: Record<string, unknown> = {},
  options: {
    knobs?: Partial<Knobs>
    input?: Partial<MakerSegmentInput>
    before?: (stage: MakerStage) => void
    runMs?: number
  } = {},
): Promise<MakerStage> {
  const bare = createStage(options.knobs)
  let last: Checkpoint | null = null
  const stage = Object.assign(bare, {
    rows: [] as MakerRow[],
    budget: null as BudgetFacts | null,
    purged: [] as number[],
    outcome: null as SegmentOutcome | null,
    memory: () => recallMaker(last?.engine ?? {}),
    shown: () =>
      bare.venue
        .open()
        .map(({ intent, remainingE8 }) => `${intent.side} ${Number(remainingE8) / 1e8}@${intent.px}`)
        .sort(),
    hold(sz: string) {
      const size = parseFixed(sz)
      const side = size > 0n ? ('buy' as const) : ('sell' as const)
      const cloid = buildCloid({ tag: 1, epoch: 1, seq: 1, run: 1, leg: Number(size % 60_000n) & 0xff })
      const px = side === 'buy' ? '200' : '1'
      bare.venue.nowMs = bare.scheduler.nowMs
      bare.venue.place(
        [
          {
            cloid,
            coin: 'SIM',
            side,
            px,
            sz: sz.replace('-', ''),
            tif: 'ioc',
            reduce_only: false,
            purpose: 'x',
          },
        ],
        bare.scheduler.nowMs + 1_000,
      )
    },
    rowsOf: <Kind extends MakerRow['kind']>(kind: Kind) =>
      stage.rows.filter((row): row is Extract<MakerRow, { kind: Kind }> => row.kind === kind),
  }) as MakerStage
  const { ports } = stage
  const heartbeat = ports.control.heartbeat.bind(ports.control)
  Object.assign(ports.journal, { maker: (row: MakerRow) => void stage.rows.push(row) })
  Object.assign(ports.venue, {
    budget: () => stage.budget ?? { weightLeft: 1_200, weightMax: 1_200, wsLeft: null, actionsLeft: null },
    cancelByOid: async (orders: readonly { oid: number }[]) =>
      void stage.purged.push(...orders.map(({ oid }) => oid)),
  })
  Object.assign(ports.control, {
    heartbeat: (checkpoint: Checkpoint, deadlineMs: number): Promise<HeartbeatAnswer> => {
      last = checkpoint
      return heartbeat(checkpoint, deadlineMs)
    },
  })
  options.before?.(stage)
  const input = makerInput({
    params: SpreadParams.parse({ strategy: 'spread', ...OPEN, ...params }),
    ...options.input,
  })
  void runSegment(input, ports).then((outcome) => {
    stage.outcome = outcome
  })
  await stage.advance(options.runMs ?? 1_500)
  return stage
}

/** Kills with `flatten` and closes, as the coordinator does. @returns what is left at the venue */
export async function killAndClose(stage: MakerStage): Promise<{ open: number; position: bigint }> {
  stage.knobs.kill = { mode: 'flatten', by: 'direct', reason: 'test' }
  stage.wake()
  for (let waited = 0; stage.outcome === null && waited < 20; waited++) await stage.advance(500)
  if (stage.outcome?.kind !== 'killed') throw new TypeError(`the segment ended as ${stage.outcome?.kind}`)
  const { checkpoint } = stage.outcome
  const left = stage.venue.open().filter(({ intent }) => !intent.reduce_only).length
  let done = false
  const closing = {
    ...{ session_id: SESSION_ID, run: 7, account: 'sim', coins: ['SIM'], epoch: 3, checkpoint },
    ...{ step: 'flatten' as const, flatten: true, quiet_ms: 0, decisions: [] },
  }
  void closeSession(closing, { ...stage.ports, attempt: 1, stillRunning: () => undefined }).then(() => {
    done = true
  })
  for (let waited = 0; !done && waited < 200; waited++) await stage.advance(500)
  return { open: left + stage.venue.open().length, position: stage.venue.positionE8 }
}

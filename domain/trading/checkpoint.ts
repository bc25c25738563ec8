/** Where a segment resumes: the first checkpoint of a session, and reading one back from a heartbeat that may hold anything. */
// Not here: what each field means (Checkpoint in domain/session/types.ts), who writes it (domain/session/desk.ts).
import { z } from 'zod'
import type { Checkpoint } from '#domain/session/types.ts'

const Text = z.string()
const Position = z.object({
  coin: Text,
  sz: Text,
  entryPx: Text,
  realizedPnl: Text,
  fees: Text,
  fills: z.number(),
  volumeUsd: Text,
  lastFillTs: z.number(),
  lastFillTid: z.number(),
  foreign: Text.optional(),
  flow: z
    .object({
      ...{ buySz: Text, buyUsd: Text, sellSz: Text, sellUsd: Text },
      ...{ makerFills: z.number(), takerFills: z.number() },
    })
    .optional(),
})

const Risk = z.object({
  dayTs: z.number(),
  dayStartPnl: Text,
  peakPnl: Text,
  startEquity: Text,
  lossStreak: z.number(),
  lastLossTs: z.number(),
  flat: z.record(z.string(), z.object({ fills: z.number(), pnl: Text })),
  opened: z.object({ tokens: z.number(), ts: z.number() }).nullable(),
  sent: z.array(z.object({ coin: Text, ts: z.number(), usd: Text })).optional(),
})

const CheckpointSchema = z.object({
  epoch: z.int().min(0),
  seq: z.int().min(0),
  decisionSeq: z.int().min(0),
  fillCursorTs: z.number(),
  fillCursorTids: z.array(z.number()),
  positions: z.array(Position),
  lastCandleOpenTs: z.number(),
  candleOpenTs: z.record(z.string(), z.number()).optional(),
  unresolved: z.array(z.object({ cloid: Text, coin: Text, expires_ts: z.number() })),
  stops: z.array(
    z.object({
      cloid: Text,
      coin: Text,
      side: z.enum(['buy', 'sell']),
      px: Text,
      sz: Text,
      kind: z.literal('take_profit').optional(),
    }),
  ),
  orders: z.int().min(0),
  decisions: z.int().min(0),
  markPx: z.record(z.string(), Text),
  equityUsd: Text,
  engine: z.record(z.string(), z.unknown()),
  manual: z.array(Text).optional(),
  risk: Risk.optional(),
  updatedTs: z.number(),
})

/** The checkpoint of a session that has done nothing yet. */
export function firstCheckpoint(epoch: number, ts: number): Checkpoint {
  return {
    epoch,
    seq: 0,
    decisionSeq: 0,
    fillCursorTs: 0,
    fillCursorTids: [],
    positions: [],
    lastCandleOpenTs: 0,
    unresolved: [],
    stops: [],
    orders: 0,
    decisions: 0,
    markPx: {},
    equityUsd: '0',
    engine: {},
    updatedTs: ts,
  }
}

/** Reads a checkpoint from heartbeat details; null when there is none or it is not whole. */
export function readCheckpoint(details: unknown): Checkpoint | null {
  const parsed = CheckpointSchema.safeParse(details)
  return parsed.success ? parsed.data : null
}

/** The later one of two views of the same session: by epoch, then order sequence, then time. */
export function laterCheckpoint(a: Checkpoint, b: Checkpoint | null): Checkpoint {
  if (!b) return a
  const order = b.epoch - a.epoch || b.seq - a.seq || b.updatedTs - a.updatedTs
  return order > 0 ? b : a
}

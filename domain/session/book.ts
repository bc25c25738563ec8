/** What the coordinator remembers of its session, and how that is shown: status while it lives, report when it ends, resume state between. */
// Not here: what happens next (control.ts).
import { formatFixed, parseFixed } from '#domain/fixed-point.ts'
import type { CloseResult, Pending, ResumeState, SessionStatus } from '#domain/session/effects.ts'
import type { FollowState } from '#domain/session/follow-state.ts'
import type { SessionInput, SessionLimits } from '#domain/session/input.ts'
import type { Checkpoint, Decision, KillMode, SessionReport, SessionState } from '#domain/session/types.ts'
import type { WishBox } from '#domain/session/wishes.ts'
import type { BarState } from '#domain/strategies/step-bar.ts'
import type { EpochMs } from '#domain/time.ts'
import { firstCheckpoint } from '#domain/trading/checkpoint.ts'
import { netPnlE8 } from '#domain/trading/position.ts'

const RECENT_DECISIONS = 20

export const NOTHING_PENDING: Pending = { decisions: [], intents: [], stops: [] }

export interface SessionBook {
  readonly sessionId: string
  readonly run: number
  readonly startedTs: EpochMs
  state: SessionState
  stateTs: EpochMs
  reason: string
  /** Granted by the last fence; 0 before the first. */
  epoch: number
  epochs: number
  segments: number
  checkpoint: Checkpoint
  /** True when the next segment needs a new epoch; `quietMs` is what the fence has to wait for. */
  needsFence: boolean
  quietMs: number
  /** Segments lost in a row: how long to wait before the next one. */
  losses: number
  /** A lost segment has to be followed by another: now, or when the hour allows it. */
  restart: 'none' | 'due' | 'held'
  /** When segments began after lost ones, within the last hour; empty without a limit. */
  restarts: readonly EpochMs[]
  /** The candle strategy's own state per coin; null before the first warm-up. */
  strategy: BarState | null
  /** Where the follower stands; null before its first decision. */
  follow: FollowState | null
  /** Parameters or coins have changed: the past has to be shown anew. */
  isStrategyStale: boolean
  pending: Pending
  recent: readonly Decision[]
  /** Decided since the status was last published. */
  unpublished: Decision[]
  params: SessionInput['params']
  limits: SessionLimits
  sizeDecimals: Readonly<Record<string, number>>
  leverageMax: Readonly<Record<string, number>>
  /** What the session trades now; of these, `leaving` only until their position is closed. */
  coins: readonly string[]
  leaving: readonly string[]
}

export function openBook(
  input: SessionInput,
  start: { sessionId: string; run: number; now: EpochMs; quietMs: number },
  resume: ResumeState | null,
): SessionBook {
  return {
    sessionId: start.sessionId,
    run: start.run,
    startedTs: resume?.started_ts ?? start.now,
    state: resume ? 'RUNNING' : 'STARTING',
    stateTs: start.now,
    reason: resume ? 'continued as new' : 'started',
    epoch: resume?.epoch ?? 0,
    epochs: resume?.epochs ?? 0,
    segments: resume?.segments ?? 0,
    checkpoint: resume?.checkpoint ?? firstCheckpoint(0, start.now),
    needsFence: resume === null,
    quietMs: resume === null ? start.quietMs : 0,
    losses: 0,
    restart: 'none',
    restarts: resume?.restarts ?? [],
    strategy: resume?.strategy ?? null,
    follow: resume?.follow ?? null,
    isStrategyStale: false,
    pending: resume?.pending ?? NOTHING_PENDING,
    recent: resume?.recent_decisions ?? [],
    unpublished: [],
    params: resume?.params ?? input.params,
    limits: resume?.limits ?? input.limits,
    sizeDecimals: resume?.size_decimals ?? {},
    leverageMax: resume?.leverage_max ?? {},
    coins: resume?.coins ?? input.coins,
    leaving: resume?.leaving ?? [],
  }
}

export function resumeState(book: SessionBook, wishes: WishBox): ResumeState {
  return {
    started_ts: book.startedTs,
    epoch: book.epoch,
    epochs: book.epochs,
    segments: book.segments,
    ...(book.restarts.length > 0 ? { restarts: book.restarts } : {}),
    size_decimals: book.sizeDecimals,
    leverage_max: book.leverageMax,
    coins: book.coins,
    leaving: book.leaving,
    checkpoint: book.checkpoint,
    strategy: book.strategy,
    ...(book.follow ? { follow: book.follow } : {}),
    pending: book.pending,
    recent_decisions: book.recent,
    params: book.params,
    limits: book.limits,
    paused: wishes.paused?.reason ?? null,
    kill: wishes.kill,
  }
}

/** Numbers a decision and keeps it for the next segment's journal, for the status and for the query. */
export function remember(book: SessionBook, decision: Omit<Decision, 'seq'>): void {
  const { checkpoint } = book
  const numbered: Decision = { ...decision, seq: checkpoint.decisionSeq }
  book.checkpoint = {
    ...checkpoint,
    decisionSeq: checkpoint.decisionSeq + 1,
    decisions: checkpoint.decisions + 1,
  }
  book.pending = { ...book.pending, decisions: [...book.pending.decisions, numbered] }
  book.unpublished.push(numbered)
  book.recent = [...book.recent, numbered].slice(-RECENT_DECISIONS)
}

/** Sums over all positions, USD as decimals; what is held is valued at the checkpoint's marks, or at entry without one. */
function money(checkpoint: Checkpoint): {
  realized: string
  fees: string
  unrealized: string
  net: string
  fills: number
  volume: string
} {
  const sum = (read: (at: Checkpoint['positions'][number]) => string): bigint =>
    checkpoint.positions.reduce((total, position) => total + parseFixed(read(position)), 0n)
  const realized = sum((position) => position.realizedPnl)
  const fees = sum((position) => position.fees)
  const net = netPnlE8(checkpoint.positions, (coin) => {
    const mark = checkpoint.markPx[coin]
    return mark === undefined ? null : parseFixed(mark)
  })
  return {
    realized: formatFixed(realized),
    fees: formatFixed(fees),
    unrealized: formatFixed(net - realized + fees),
    net: formatFixed(net),
    fills: checkpoint.positions.reduce((total, { fills }) => total + fills, 0),
    volume: formatFixed(sum((position) => position.volumeUsd)),
  }
}

/** The part of a status that a checkpoint tells; it comes with each segment's end and, in between, once a minute. */
function moneyOf(
  checkpoint: Checkpoint,
): Pick<
  SessionStatus,
  | 'positions'
  | 'equity_usd'
  | 'realized_pnl_usd'
  | 'fees_usd'
  | 'unrealized_pnl_usd'
  | 'net_pnl_usd'
  | 'fills'
  | 'updated_ts'
> {
  const sums = money(checkpoint)
  return {
    positions: checkpoint.positions,
    equity_usd: checkpoint.equityUsd,
    realized_pnl_usd: sums.realized,
    fees_usd: sums.fees,
    unrealized_pnl_usd: sums.unrealized,
    net_pnl_usd: sums.net,
    fills: sums.fills,
    updated_ts: checkpoint.updatedTs,
  }
}

/** A status brought up to a running segment's checkpoint; unchanged when that is of another epoch or older. */
export function statusAt(status: SessionStatus, epoch: number, checkpoint: Checkpoint): SessionStatus {
  if (epoch !== status.epoch || checkpoint.updatedTs <= status.updated_ts) return status
  return { ...status, ...moneyOf(checkpoint), decisions: checkpoint.decisions }
}

export function statusOf(book: SessionBook, input: SessionInput, kill: KillMode): SessionStatus {
  return {
    session_id: book.sessionId,
    engine: input.engine,
    mode: input.mode,
    account: input.account,
    coins: book.coins,
    ...(input.engine === 'candles' && input.watchlist ? { watchlist: input.watchlist } : {}),
    state: book.state,
    state_ts: book.stateTs,
    reason: book.reason,
    epoch: book.epoch,
    epochs: book.epochs,
    segments: book.segments,
    kill,
    params: book.params,
    limits: book.limits,
    decisions: book.checkpoint.decisions,
    last_decision: book.recent.at(-1) ?? null,
    ...moneyOf(book.checkpoint),
  }
}

/** The final word on a session. `closed` is null when no close ever answered: then nothing is known of what is left. */
export function reportOf(
  book: SessionBook,
  end: { closed: CloseResult | null; reason: string; now: EpochMs },
): SessionReport {
  const { closed } = end
  const checkpoint = closed?.checkpoint ?? book.checkpoint
  const sums = money(checkpoint)
  const unrealized = closed?.unrealized_pnl_usd ?? sums.unrealized
  const net = parseFixed(sums.realized) - parseFixed(sums.fees) + parseFixed(unrealized)
  const believed = Object.fromEntries(checkpoint.positions.map(({ coin, sz }) => [coin, sz]))
  return {
    session_id: book.sessionId,
    state: closed?.clean ? 'CLOSED' : 'FAILED',
    reason: closed?.clean
      ? end.reason
      : `${end.reason}; not clean: ${closed?.message ?? 'no close answered'}`,
    started_ts: book.startedTs,
    ended_ts: end.now,
    epochs: book.epochs,
    decisions: checkpoint.decisions,
    orders: checkpoint.orders,
    fills: sums.fills,
    realized_pnl_usd: sums.realized,
    fees_usd: sums.fees,
    unrealized_pnl_usd: unrealized,
    net_pnl_usd: formatFixed(net),
    volume_usd: sums.volume,
    residual: closed?.residual ?? { open_orders: checkpoint.unresolved.length, positions: believed },
  }
}

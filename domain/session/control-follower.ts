/** Decisions of the follower engine, taken in the workflow so that history replays them: targets → sizes to reach → slices. */
// Not here: the arithmetic (domain/strategies/follow-targets.ts), executing the slices (segment-follower.ts).
import { parseFixed, toNumber } from '#domain/fixed-point.ts'
import { buildCloid, hash32 } from '#domain/ids.ts'
import { riskGate } from '#domain/risk/limits.ts'
import { remember, type SessionBook } from '#domain/session/book.ts'
import type { SessionEffects } from '#domain/session/effects.ts'
import type { FollowState } from '#domain/session/follow-state.ts'
import type { SessionInput } from '#domain/session/input.ts'
import type { CandleSnapshot, Decision, OrderIntent } from '#domain/session/types.ts'
import type { FollowParams } from '#domain/strategies/follow-params.ts'
import {
  type CoinGoal,
  type CoinStanding,
  nextSlice,
  planRebalance,
  type TargetSet,
} from '#domain/strategies/follow-targets.ts'
import { positionOf } from '#domain/trading/position.ts'

export const FOLLOW_START: FollowState = { phase: 'idle', goals: {}, rounds: 0, rebalancedTs: 0 }

export interface FollowOptions {
  closeOnly: boolean
  mayAct(): boolean
}

/** When the next segment has something to hand over: at once while a rebalance is under way, else when the schedule says so. */
export function dueTs(book: SessionBook): number {
  const { follow, params } = book
  if (follow?.phase !== 'idle') return 0
  return follow.rebalancedTs === 0 ? 0 : follow.rebalancedTs + (params as FollowParams).every_ms
}

/**
 * Begins a rebalance, or goes on with the one under way. Leaves decisions and orders in `book.pending`.
 * @throws what reading the targets threw: nothing was decided
 */
export async function decideFollow(
  book: SessionBook,
  input: SessionInput,
  effects: SessionEffects,
  snapshot: CandleSnapshot,
  options: FollowOptions,
): Promise<void> {
  if (book.isStrategyStale) book.follow = { ...FOLLOW_START }
  book.isStrategyStale = false
  const state = book.follow ?? FOLLOW_START
  if (state.phase === 'idle') await beginRebalance(book, input, effects, snapshot, options)
  else goOn(book, snapshot, state, options)
}

async function beginRebalance(
  book: SessionBook,
  input: SessionInput,
  effects: SessionEffects,
  snapshot: CandleSnapshot,
  options: FollowOptions,
): Promise<void> {
  const params = book.params as FollowParams
  const targets = await effects.targets({
    session_key: input.session_key,
    source: params.source,
    model: params.model ?? '',
    traders: params.traders ?? [],
    coins: book.coins,
    gross: params.gross_max,
  })
  const idle: FollowState = { ...FOLLOW_START, rebalancedTs: snapshot.ts }
  const capital = params.capital_usd ?? toNumber(parseFixed(snapshot.equityUsd))
  const gate = gateOfTargets(targets, capital, snapshot.ts, params)
  if (gate !== null) {
    book.follow = idle
    for (const coin of book.coins)
      hold(book, snapshot, coin, gate, { ...factsOf(targets, snapshot), capital_usd: capital })
    return
  }
  const standings = standingsOf(book, snapshot)
  const goals = planRebalance(targets.weights, standings, capital, params)
  const reached = Object.fromEntries(
    goals.flatMap(({ coin, sz }) => (sz === null ? [] : [[coin, sz] as const])),
  )
  book.follow = Object.keys(reached).length === 0 ? idle : { ...idle, phase: 'resting', goals: reached }
  const sent = sendRound(book, snapshot, book.follow, options)
  for (const goal of goals) {
    const standing = standings.find(({ coin }) => coin === goal.coin)
    remember(book, {
      ts: snapshot.ts,
      coin: goal.coin,
      kind: kindOf(goal, standing),
      reason: goal.reason,
      gate: sent.gates[goal.coin] ?? (goal.sz === null ? goal.reason : ''),
      inputs: {
        ...factsOf(targets, snapshot),
        ...{
          target: goal.target,
          held: goal.held,
          traded: goal.traded,
          goal_sz: goal.sz,
          capital_usd: capital,
        },
        position_sz: standing?.positionSz ?? '0',
        mark_px: standing?.markPx ?? null,
      },
    })
  }
}

/** Why these targets are not followed; null when they are. */
function gateOfTargets(
  targets: TargetSet,
  capital: number,
  now: number,
  params: FollowParams,
): string | null {
  if (targets.ts === 0) return 'NO_TARGETS'
  if (now - targets.ts > params.target_age_ms_max) return 'STALE_TARGETS'
  return capital > 0 ? null : 'NO_CAPITAL'
}

const factsOf = (targets: TargetSet, snapshot: CandleSnapshot): Decision['inputs'] => ({
  source: targets.source,
  targets_ts: targets.ts,
  targets_age_ms: targets.ts === 0 ? null : snapshot.ts - targets.ts,
})

function hold(
  book: SessionBook,
  { ts }: CandleSnapshot,
  coin: string,
  gate: string,
  inputs: Decision['inputs'],
): void {
  remember(book, { ts, coin, kind: 'hold', reason: gate, gate, inputs })
}

function kindOf({ sz }: CoinGoal, standing: CoinStanding | undefined): Decision['kind'] {
  const held = parseFixed(standing?.positionSz ?? '0')
  if (sz === null) return 'hold'
  const goal = parseFixed(sz)
  if (goal === 0n) return 'exit'
  if (held === 0n || held > 0n !== goal > 0n) return 'enter'
  return goal > held === held > 0n ? 'add' : 'reduce'
}

/** The slices of the last round have come to rest: what is left is taken, until it is done or the rounds are used up. */
function goOn(book: SessionBook, snapshot: CandleSnapshot, was: FollowState, options: FollowOptions): void {
  const params = book.params as FollowParams
  const state: FollowState = { ...was, phase: 'taking' }
  book.follow = state
  if (state.rounds >= params.slices_max) {
    finish(book, snapshot, state, 'ROUNDS_USED_UP')
    return
  }
  const { gates, count } = sendRound(book, snapshot, state, options)
  if (count === 0) finish(book, snapshot, state, Object.values(gates)[0] ?? '')
}

/** Says for each coin how far it came, and waits for the schedule. */
function finish(book: SessionBook, snapshot: CandleSnapshot, state: FollowState, gate: string): void {
  for (const [coin, goalSz] of Object.entries(state.goals)) {
    const sz = positionOf(snapshot.positions, coin).sz
    const isDone = parseFixed(sz) === parseFixed(goalSz)
    remember(book, {
      ...{ ts: snapshot.ts, coin, kind: 'hold', reason: isDone ? 'TARGET_REACHED' : 'TARGET_MISSED' },
      gate: isDone ? '' : gate || 'TOO_SMALL',
      inputs: { goal_sz: goalSz, position_sz: sz, rounds: state.rounds },
    })
  }
  book.follow = { ...FOLLOW_START, rebalancedTs: state.rebalancedTs }
}

/** Names the next slice of every coin that is not there yet. The first round rests at the touch, the others take. */
function sendRound(
  book: SessionBook,
  snapshot: CandleSnapshot,
  state: FollowState,
  options: FollowOptions,
): { gates: Record<string, string>; count: number } {
  const params = book.params as FollowParams
  const gates: Record<string, string> = {}
  if (state.phase === 'idle') return { gates, count: 0 }
  if (!options.mayAct()) {
    for (const coin of Object.keys(state.goals)) gates[coin] = 'INTERRUPTED'
    return { gates, count: 0 }
  }
  const style = state.phase === 'resting' && params.passive_ms > 0 ? 'passive' : 'aggressive'
  const intents: OrderIntent[] = []
  for (const standing of standingsOf(book, snapshot)) {
    const goal = state.goals[standing.coin]
    const slice = goal === undefined ? null : nextSlice(goal, standing, style, params)
    if (goal === undefined || !slice) {
      if (goal !== undefined && parseFixed(goal) !== parseFixed(standing.positionSz))
        gates[standing.coin] = 'TOO_SMALL'
      continue
    }
    const intent = nameOrder(book, slice, intents.length)
    const stopped = gateOf(book, intent, snapshot, options.closeOnly)
    if (stopped) gates[standing.coin] = stopped
    else intents.push(intent)
  }
  book.follow = { ...state, rounds: state.rounds + 1 }
  book.pending = { ...book.pending, intents: [...book.pending.intents, ...intents] }
  return { gates, count: intents.length }
}

function nameOrder(
  book: SessionBook,
  slice: Omit<OrderIntent, 'cloid' | 'purpose'>,
  at: number,
): OrderIntent {
  const { checkpoint, epoch, run, sessionId } = book
  book.checkpoint = { ...checkpoint, seq: checkpoint.seq + 1 }
  const cloid = buildCloid({ tag: hash32(sessionId), epoch, seq: checkpoint.seq, run, leg: at % 100 })
  return { ...slice, cloid, purpose: slice.reduce_only ? 'exit' : 'entry' }
}

function standingsOf(book: SessionBook, snapshot: CandleSnapshot): CoinStanding[] {
  return book.coins.map((coin) => ({
    coin,
    positionSz: positionOf(snapshot.positions, coin).sz,
    bid: snapshot.touch[coin]?.bid ?? null,
    ask: snapshot.touch[coin]?.ask ?? null,
    markPx: snapshot.markPx[coin] ?? null,
    sizeDecimals: book.sizeDecimals[coin] ?? 0,
    leaving: book.leaving.includes(coin),
  }))
}

/** The same gate that the segment asks before it sends; asked here too, so that history and decision row name it. */
function gateOf(
  book: SessionBook,
  intent: OrderIntent,
  snapshot: CandleSnapshot,
  closeOnly: boolean,
): string | null {
  const mark = snapshot.markPx[intent.coin]
  const exposure = {
    positionE8: parseFixed(positionOf(snapshot.positions, intent.coin).sz),
    opening: [],
    openOrders: snapshot.openOrders,
    markE8: mark === undefined ? null : parseFixed(mark),
  }
  return riskGate(intent, exposure, book.limits, { closeOnly })
}

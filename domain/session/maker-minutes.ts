/** Counts what a maker does, minute by minute and pass by pass, writes the rows, and lets autotune look at each full minute. */
// Not here: session PnL (maker-pnl.ts), the rule of autotune (domain/strategies/maker/autotune.ts).
import { formatFixed, mulE8, parseFixed, toNumber } from '#domain/fixed-point.ts'
import { decide, markE8, type SegmentContext } from '#domain/session/context.ts'
import type { CoinPlan } from '#domain/session/maker-quotes.ts'
import type { MakerMemory } from '#domain/session/maker-state.ts'
import type { MakerSegmentInput } from '#domain/session/segment-input.ts'
import { type TunedMinute, tune } from '#domain/strategies/maker/autotune.ts'
import type { BudgetFacts, BudgetTier } from '#domain/strategies/maker/budget.ts'
import { quantile } from '#domain/strategies/maker/gates.ts'
import { coinParams } from '#domain/strategies/maker/params.ts'
import { netPnlE8 } from '#domain/trading/position.ts'

const MINUTE_MS = 60_000
const MINUTES_KEPT = 180

interface Counts {
  makerFills: number
  takerFills: number
  volumeE8: bigint
  feesE8: bigint
  spreadBps: number
  passes: number
  bidPasses: number
  askPasses: number
  placed: number
  cancelled: number
}

const zero = (): Counts => ({
  ...{ makerFills: 0, takerFills: 0, volumeE8: 0n, feesE8: 0n, spreadBps: 0 },
  ...{ passes: 0, bidPasses: 0, askPasses: 0, placed: 0, cancelled: 0 },
})

export interface Minutes {
  minute: number
  readonly coins: Map<string, { counts: Counts; startPnlE8: bigint; past: TunedMinute[] }>
  periods: number[]
  skipped: number
  lastPassMs: number | null
}

export const openMinutes = (): Minutes => ({
  minute: -1,
  coins: new Map(),
  periods: [],
  skipped: 0,
  lastPassMs: null,
})

function coinCounts(context: SegmentContext, minutes: Minutes, coin: string) {
  const known = minutes.coins.get(coin)
  if (known) return known
  const made = { counts: zero(), startPnlE8: coinPnlE8(context, coin), past: [] as TunedMinute[] }
  minutes.coins.set(coin, made)
  return made
}

const coinPnlE8 = (context: SegmentContext, coin: string): bigint =>
  netPnlE8([context.desk.fills.position(coin)], (each) => markE8(context, each))

/** Takes in one pass. */
export function countPass(
  context: SegmentContext,
  minutes: Minutes,
  pass: { plans: readonly CoinPlan[]; placed: readonly string[]; cancelled: number; skipped: boolean },
): void {
  const now = context.ports.clock.monotonicMs()
  if (minutes.lastPassMs !== null) minutes.periods.push(now - minutes.lastPassMs)
  minutes.lastPassMs = now
  if (pass.skipped) minutes.skipped += 1
  for (const { own, plan } of pass.plans) {
    const { counts } = coinCounts(context, minutes, own.coin)
    counts.passes += 1
    counts.spreadBps += Number(plan.verdict.inputs.spread_bps ?? 0)
    if (plan.bids.length > 0) counts.bidPasses += 1
    if (plan.asks.length > 0) counts.askPasses += 1
    counts.placed += pass.placed.filter((coin) => coin === own.coin).length
    for (const fill of own.fills) {
      if (fill.crossed) counts.takerFills += 1
      else counts.makerFills += 1
      counts.volumeE8 += mulE8(parseFixed(fill.sz), parseFixed(fill.px))
      counts.feesE8 += parseFixed(fill.fee)
    }
  }
  const first = pass.plans[0]
  if (first) coinCounts(context, minutes, first.own.coin).counts.cancelled += pass.cancelled
}

/** Writes the rows of a minute that is over. @returns the memory with what autotune has moved */
export function rollMinute(
  context: SegmentContext<MakerSegmentInput>,
  minutes: Minutes,
  memory: MakerMemory,
  budget: { facts: BudgetFacts | null; tier: BudgetTier },
): MakerMemory {
  const { clock, journal } = context.ports
  const minute = Math.floor(clock.now() / MINUTE_MS)
  if (minutes.minute < 0) minutes.minute = minute
  if (minute === minutes.minute) return memory
  const ts = minutes.minute * MINUTE_MS
  minutes.minute = minute
  let next = memory
  let passes = 0
  for (const [coin, entry] of minutes.coins) {
    const pnlE8 = coinPnlE8(context, coin)
    const { counts } = entry
    passes = Math.max(passes, counts.passes)
    const mark = markE8(context, coin)
    journal.maker?.({
      kind: 'minute',
      ...{ ts, coin, makerFills: counts.makerFills, takerFills: counts.takerFills },
      volumeUsd: formatFixed(counts.volumeE8),
      feesUsd: formatFixed(counts.feesE8),
      pnlUsd: formatFixed(pnlE8 - entry.startPnlE8),
      positionSz: formatFixed(context.desk.positionE8(coin)),
      markPx: mark === null ? '0' : formatFixed(mark),
      avgSpreadBps: counts.passes === 0 ? 0 : round(counts.spreadBps / counts.passes),
      ...{ passes: counts.passes, bidPasses: counts.bidPasses, askPasses: counts.askPasses },
      ...{ placed: counts.placed, cancelled: counts.cancelled },
    })
    const fills = counts.makerFills + counts.takerFills
    entry.past.push({
      makerShare: fills === 0 ? null : counts.makerFills / fills,
      makerFills: counts.makerFills,
      pnlUsd: toNumber(pnlE8 - entry.startPnlE8),
    })
    if (entry.past.length > MINUTES_KEPT) entry.past.shift()
    entry.counts = zero()
    entry.startPnlE8 = pnlE8
    next = autotune(context, next, coin, entry.past, minute)
  }
  const { facts, tier } = budget
  journal.maker?.({
    kind: 'limits',
    ts,
    weightLeft: Math.floor(facts?.weightLeft ?? -1),
    weightMax: facts?.weightMax ?? -1,
    wsLeft: facts?.wsLeft ?? -1,
    actionsLeft: facts?.actionsLeft ?? -1,
    ...{ tier: tier.name, passes, skipped: minutes.skipped },
    loopP50Ms: round(quantile(minutes.periods, 0.5)),
    loopP99Ms: round(quantile(minutes.periods, 0.99)),
  })
  minutes.periods = []
  minutes.skipped = 0
  return next
}

const round = (value: number): number => Math.round(value * 1e4) / 1e4

function autotune(
  context: SegmentContext<MakerSegmentInput>,
  memory: MakerMemory,
  coin: string,
  past: readonly TunedMinute[],
  minute: number,
): MakerMemory {
  const { params } = context.input
  if (params.strategy === 'touch') return memory
  const tuned = memory.tuned[coin]
  const now = tuned ?? coinParams(params, coin)
  const since = tuned === undefined ? Number.POSITIVE_INFINITY : minute - tuned.changedMinute
  const change = tune(
    {
      dynamic_min_spread_percentile: now.dynamic_min_spread_percentile,
      min_spread_guard_buffer_bps: now.min_spread_guard_buffer_bps,
    },
    past,
    since,
    params,
  )
  if (change === null) return memory
  for (const knob of ['dynamic_min_spread_percentile', 'min_spread_guard_buffer_bps'] as const) {
    if (change.knobs[knob] === now[knob]) continue
    const row = { coin, knob, was: String(now[knob]), now: String(change.knobs[knob]), reason: change.reason }
    context.ports.journal.maker?.({ kind: 'change', ts: context.ports.clock.now(), ...row })
    const { reason, ...inputs } = row
    decide(context, { coin, kind: 'params', reason, gate: '', inputs })
  }
  return { ...memory, tuned: { ...memory.tuned, [coin]: { ...change.knobs, changedMinute: minute } } }
}

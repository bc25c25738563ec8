/** The maker engine of a segment: exits first, then quotes kept where the strategy wants them, for every coin in each pass. */
// Not here: where quotes belong (domain/strategies/maker), how they are kept (maker-quotes.ts), what is counted (maker-minutes.ts).
import { toNumber } from '#domain/fixed-point.ts'
import { decide, type SegmentContext, sessionPnlE8 } from '#domain/session/context.ts'
import { type CoinDesk, makerFacts, openCoin, type PassFacts } from '#domain/session/maker-coin.ts'
import { runExits } from '#domain/session/maker-exits.ts'
import { createHousekeeping, type Housekeeping } from '#domain/session/maker-housekeeping.ts'
import { journalBook, journalCoin } from '#domain/session/maker-journal.ts'
import { countPass, type Minutes, openMinutes, rollMinute } from '#domain/session/maker-minutes.ts'
import {
  cycleFacts,
  noteStart,
  openRecent,
  type Recent,
  recallTrades,
  takeFunding,
  takeTrades,
  writeCycle,
} from '#domain/session/maker-pnl.ts'
import {
  type CoinPlan,
  knobsOf,
  type Moved,
  moveQuotes,
  NOTHING_MOVED,
} from '#domain/session/maker-quotes.ts'
import { type MakerMemory, recallMaker } from '#domain/session/maker-state.ts'
import type { Engine } from '#domain/session/segment.ts'
import type { MakerSegmentInput } from '#domain/session/segment-input.ts'
import { settingOf } from '#domain/session-pnl/mode.ts'
import { tunedParams } from '#domain/strategies/maker/autotune.ts'
import {
  type BudgetFacts,
  type BudgetTier,
  budgetTier,
  paced,
  slows,
} from '#domain/strategies/maker/budget.ts'
import { firstExits } from '#domain/strategies/maker/exits/exits.ts'
import { stepPortfolio } from '#domain/strategies/maker/exits/portfolio.ts'
import { marginUsdMax } from '#domain/strategies/maker/inventory.ts'
import type { CoinParams } from '#domain/strategies/maker/params.ts'
import { planQuotes } from '#domain/strategies/maker/quoting.ts'

const CYCLE_FACTS_EVERY_MS = 5_000

type Context = SegmentContext<MakerSegmentInput>

interface Running {
  context: Context
  coins: CoinDesk[]
  memory: MakerMemory
  minutes: Minutes
  recent: Recent
  housekeeping: Housekeeping
  passes: number
  factsMs: number
  /** When a pass last placed quotes, and when one last was free to replace them and did, monotonic. */
  placedMs: number
  movedMs: number
  /** Whether a budget slows or stops its quotes. */
  slowed: boolean
}

export function createMakerEngine(from: SegmentContext, input: MakerSegmentInput): Engine {
  const context = from as Context
  const { clock } = context.ports
  const running: Running = {
    context,
    coins: input.coins.map(openCoin),
    memory: recallMaker(context.engine),
    minutes: openMinutes(),
    recent: openRecent(),
    housekeeping: createHousekeeping(context),
    passes: 0,
    factsMs: Number.NEGATIVE_INFINITY,
    placedMs: Number.NEGATIVE_INFINITY,
    movedMs: Number.NEGATIVE_INFINITY,
    slowed: false,
  }
  const { params } = input
  const loopMs = loopMsOf(params)
  let turnedMs = Number.NEGATIVE_INFINITY
  return {
    async turn() {
      turnedMs = clock.monotonicMs()
      if (running.passes === 0) await begin(running)
      await pass(running)
      running.passes += 1
      return null
    },
    protect: async () => false, // it holds no stops: its protection is the position limit
    // Gates and ageing of the other strategies are counted in passes: those come evenly, whatever the market does.
    waitMs: () => (params.strategy === 'touch' ? loopMs : 1),
    pauseMs: () => Math.max(turnedMs + loopMs - clock.monotonicMs(), 0),
  }
}

const loopMsOf = (params: MakerSegmentInput['params']): number =>
  params.strategy === 'touch' ? params.cycle_ms : params.loop_ms

/** What is done before the first quote of a segment, and of a session. */
async function begin(running: Running): Promise<void> {
  const { context, housekeeping } = running
  const { params, coins } = context.input
  if (params.strategy === 'touch') return
  // A session without a fill has nothing to recall.
  if (context.desk.fills.ledger.positions.some(({ fills }) => fills > 0)) {
    void recallTrades(context, running.recent)
  }
  if (!params.autotune_enabled) running.memory = { ...running.memory, tuned: {} }
  if (running.memory.begun) return
  if (params.purge_on_start) await housekeeping.purge()
  const exits = Object.fromEntries(coins.map((coin) => [coin, firstExits(params.flatten_on_start)]))
  running.memory = { ...running.memory, exits, begun: true }
}

async function pass(running: Running): Promise<void> {
  const { context, coins, housekeeping } = running
  const { params } = context.input
  const fills = context.newFills.splice(0)
  for (const own of coins) own.fills = fills.filter(({ coin }) => coin === own.coin)
  const facts = context.ports.venue.budget?.() ?? null
  const tier = budgetTier(facts)
  running.slowed = slows(running.slowed, tier, loopMsOf(params))
  housekeeping.look(running.passes)
  takeTrades(running.recent, fills, context.ports.clock.now())
  running.memory = takeFunding(running.memory, context.newFunding.splice(0))
  const halted = params.strategy === 'touch' ? null : checkPortfolio(running)
  const plans: CoinPlan[] = []
  for (const own of coins) plans.push(await planCoin(running, own, { facts, tier, halted }))
  const isDue = params.strategy === 'touch' || running.passes % params.quote_every_loops === 0
  const now = context.ports.clock.monotonicMs()
  const since = { placedMs: now - running.placedMs, movedMs: now - running.movedMs }
  const pace = paced(tier, since)
  const moved: Moved = isDue ? await moveQuotes(context, plans, pace) : NOTHING_MOVED
  if (moved.placed.length > 0) running.placedMs = now
  if (moved.placed.length > 0 && pace.mayMove) running.movedMs = now
  report(running, plans, moved, { facts, tier })
}

/** Drawdown of the session: pauses quotes, or ends the session flat. */
function checkPortfolio(running: Running): string | null {
  const { context } = running
  const { params } = context.input
  if (params.strategy === 'touch') return null
  const netPnlUsd = toNumber(sessionPnlE8(context))
  const equityUsd = context.base === null ? null : toNumber(context.base.equityE8)
  const was = running.memory.portfolio
  const step = stepPortfolio(was, { ts: context.ports.clock.now(), netPnlUsd, equityUsd }, params)
  running.memory = { ...running.memory, portfolio: step.state }
  if (step.verdict !== 'ok' && (step.verdict === 'kill' || !was.paused)) {
    const inputs = { drawdown_pct: step.drawdownPct, net_pnl_usd: netPnlUsd, equity_usd: equityUsd }
    const reason = step.verdict === 'kill' ? 'EMERGENCY_STOP' : 'PORTFOLIO_PAUSE'
    const kind = step.verdict === 'kill' ? 'kill' : 'hold'
    decide(context, { coin: context.input.coins[0] ?? '', kind, reason, gate: reason, inputs })
  }
  if (step.verdict === 'kill') {
    const reason = `EMERGENCY_STOP: ${step.drawdownPct.toFixed(2)} % below the session's peak`
    context.stop.trip({ kind: 'killed', by: 'risk', mode: 'flatten', reason })
  }
  return step.verdict === 'ok' ? null : 'PORTFOLIO_PAUSE'
}

async function planCoin(
  running: Running,
  own: CoinDesk,
  pass: { facts: BudgetFacts | null; tier: BudgetTier; halted: string | null },
): Promise<CoinPlan> {
  const { context } = running
  const { params, limits } = context.input
  const configured = knobsOf(context.input, own.coin)
  const knobs = configured && tunedParams(configured, running.memory.tuned[own.coin])
  const facts = makerFacts(context, own, passFacts(running, knobs, pass.tier))
  if (knobs === null || params.strategy === 'touch') {
    const { state, plan } = planQuotes(
      own.state,
      facts,
      params as Extract<typeof params, { strategy: 'touch' }>,
      limits,
    )
    own.state = state
    return { own, facts, plan }
  }
  running.memory = noteStart(context, running.memory, own.coin)
  const exits = await runExits(context, own, running.memory, facts, knobs)
  running.memory = exits.memory
  const rests = facts.ts < own.rejects.pausedUntilTs ? 'REJECTS' : null
  const blocked = exits.blocked ?? pass.halted ?? rests
  const { state, plan } = planQuotes(own.state, { ...facts, blocked }, knobs, limits)
  own.state = state
  return { own, facts, plan }
}

function passFacts(
  { context, housekeeping }: Running,
  knobs: CoinParams | null,
  tier: BudgetTier,
): PassFacts {
  const { params, coins, mode, mode_setting } = context.input
  const isTest = mode !== 'live'
  const spread = params.strategy === 'touch' ? null : params
  const account = { freeUsd: context.freeUsd, coins: coins.length, isTest }
  return {
    fees: housekeeping.fees(),
    maxGrossUsd: spread?.max_gross_notional ?? Number.MAX_SAFE_INTEGER,
    marginUsdMax: spread === null || knobs === null ? null : marginUsdMax(spread, account),
    mode: mode_setting ? settingOf(mode_setting) : null,
    mayImprove: tier.mayImprove,
  }
}

function report(
  running: Running,
  plans: readonly CoinPlan[],
  moved: Moved,
  budget: { facts: BudgetFacts | null; tier: BudgetTier },
): void {
  const { context, minutes } = running
  const placed = moved.placed.map(({ intent }) => intent.coin)
  for (const plan of plans) {
    const changed = moved.cancelled > 0 || placed.includes(plan.own.coin)
    journalCoin(context, plan, changed, running.slowed ? budget : null)
    journalBook(context, plan, moved)
  }
  if (context.input.params.strategy === 'touch') return
  const skipped = !budget.tier.mayQuote
  countPass(context, minutes, { plans, placed, cancelled: moved.cancelled, skipped })
  running.memory = rollMinute(context, minutes, running.memory, budget)
  keep(running)
}

/** Puts the memory where the next checkpoint takes it from; figures of the cycle are refreshed now and then. */
function keep(running: Running): void {
  const { context } = running
  const now = context.ports.clock.monotonicMs()
  if (now - running.factsMs >= CYCLE_FACTS_EVERY_MS) {
    running.factsMs = now
    running.memory = { ...running.memory, cycle: cycleFacts(context, running.recent, running.memory) }
    if (isLastOfCycle(running)) writeCycle(context, running.recent, running.memory)
  }
  context.engine = { ...context.engine, maker: running.memory }
}

function isLastOfCycle({ context, passes }: Running): boolean {
  const { params, rotate_after_ms } = context.input
  if (params.strategy === 'touch') return false
  const ranMs = passes * params.loop_ms
  return ranMs + CYCLE_FACTS_EVERY_MS >= rotate_after_ms
}

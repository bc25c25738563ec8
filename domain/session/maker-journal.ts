/** What a pass of a maker leaves in the journal: decisions that say something new, quotes once a second, the book at each placement. */
// Not here: counts by the minute (maker-minutes.ts), session PnL (maker-pnl.ts).
import { formatFixed } from '#domain/fixed-point.ts'
import { midE8 } from '#domain/market/order-book.ts'
import { decide, type SegmentContext } from '#domain/session/context.ts'
import { quotesOf } from '#domain/session/maker-coin.ts'
import type { CoinPlan, Moved } from '#domain/session/maker-quotes.ts'
import type { BudgetFacts, BudgetTier } from '#domain/strategies/maker/budget.ts'
import type { Verdict } from '#domain/strategies/strategy.ts'
import { remainingE8 } from '#domain/trading/order-lifecycle.ts'

/** A decision is journaled when it says something new, and at least this often. */
const DECISION_EVERY_MS = 10_000
const QUOTES_EVERY_MS = 1_000

/** What the request budgets make of a pass: null where they let it be. */
export interface HeldBack {
  facts: BudgetFacts | null
  tier: BudgetTier
}

export function journalCoin(
  context: SegmentContext,
  { own, facts, plan }: CoinPlan,
  changed: boolean,
  heldBack: HeldBack | null,
): void {
  const { desk, ports } = context
  const { log, coin } = own
  const now = ports.clock.monotonicMs()
  const verdict = heldBack === null ? plan.verdict : underBudget(plan.verdict, heldBack)
  const key = `${verdict.reason}/${verdict.gate}`
  if (changed || key !== log.key || now - log.decidedMs >= DECISION_EVERY_MS) {
    log.key = key
    log.decidedMs = now
    decide(context, { coin, ...verdict })
  }
  if (facts.touch === null || now - log.quotedMs < QUOTES_EVERY_MS) return
  log.quotedMs = now
  const shown = (side: 'buy' | 'sell'): { px: string; sz: string } | null => {
    const open = quotesOf(context, coin).filter(
      ({ intent, phase }) => phase === 'open' && intent.side === side,
    )
    const best = open.sort((a, b) => Number(b.intent.px) - Number(a.intent.px)).at(side === 'buy' ? 0 : -1)
    return best ? { px: best.intent.px, sz: formatFixed(remainingE8(best)) } : null
  }
  ports.journal.quotes({
    ts: ports.clock.now(),
    coin,
    bid: shown('buy'),
    ask: shown('sell'),
    mid: formatFixed(midE8(facts.touch)),
    positionSz: formatFixed(desk.positionE8(coin)),
    ...(verdict.gate === 'BUDGET' ? { gate: verdict.gate } : {}),
  })
}

/** Quotes that are wanted and may not be placed, or not as often: the budget is the gate, and its figures are the inputs. */
export function underBudget(verdict: Verdict, { facts, tier }: HeldBack): Verdict {
  if (verdict.kind !== 'quote') return verdict
  const share = facts === null ? null : Math.round((facts.weightLeft / facts.weightMax) * 100) / 100
  return {
    kind: tier.mayQuote ? 'quote' : 'hold',
    reason: tier.mayQuote ? 'BUDGET_SLOWED' : 'BUDGET_SPENT',
    gate: 'BUDGET',
    inputs: {
      ...verdict.inputs,
      wanted: verdict.reason,
      ...(verdict.gate === '' ? {} : { wanted_gate: verdict.gate }),
      ...{ tier: tier.name, share_left: share, pace_ms: Math.round(tier.paceMs) },
      ...{ actions_left: facts?.actionsLeft ?? null, ws_left: facts?.wsLeft ?? null },
    },
  }
}

export function journalBook(context: SegmentContext, { own, facts, plan }: CoinPlan, moved: Moved): void {
  const cloids = moved.placed
    .filter(({ intent }) => intent.coin === own.coin)
    .map(({ intent }) => intent.cloid)
  if (cloids.length === 0 || facts.touch === null) return
  context.ports.journal.maker?.({
    kind: 'book',
    ...{ ts: facts.ts, coin: own.coin, cloids },
    bidPx: formatFixed(facts.touch.bidE8),
    bidSz: formatFixed(facts.bidSzE8),
    askPx: formatFixed(facts.touch.askE8),
    askSz: formatFixed(facts.askSzE8),
    spreadBps: Number(plan.verdict.inputs.spread_bps ?? 0),
  })
}

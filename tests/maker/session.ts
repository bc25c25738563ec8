/** One session of the maker run: the product's coordinator and segments over the real exchange client, without a workflow server. */
import { createJournal, type JournalSink } from '#activities/trading-session/journal.ts'
import { systemClock as clock } from '#config/clock.ts'
import { hash32, sessionId } from '#domain/ids.ts'
import { closeSession } from '#domain/session/close.ts'
import { runSession } from '#domain/session/control.ts'
import type { SessionEffects } from '#domain/session/effects.ts'
import { fenceAndReconcile } from '#domain/session/fence.ts'
import type { SessionInput } from '#domain/session/input.ts'
import type { ControlPlane, Journal, Venue } from '#domain/session/ports.ts'
import { runSegment } from '#domain/session/segment.ts'
import type { Checkpoint, SessionReport } from '#domain/session/types.ts'
import { type WishBox, wishBoxFor } from '#domain/session/wishes.ts'
import type { BudgetFacts } from '#domain/strategies/maker/budget.ts'
import type { Exchange } from '#exchange/client/connect.ts'
import type { SessionRegistry } from '#workers/support/session-registry.ts'
import type { TradingHub } from '#workers/support/trading-hub.ts'

export interface RunParts {
  exchange: Exchange
  hub: TradingHub
  registry: SessionRegistry
  sink: JournalSink
}

export interface RunningMaker {
  input: SessionInput
  wishes: WishBox
  ended: Promise<SessionReport>
  /** Milliseconds between two passes. */
  periods: number[]
  /** Quotes that took the place of another in one action. */
  modified(): number
  /** The newest checkpoint that any segment returned. */
  checkpoint(): Checkpoint | null
}

const POLL_MS = 20

export function startMaker(parts: RunParts, input: SessionInput): RunningMaker {
  const wishes = wishBoxFor(input, null)
  const periods: number[] = []
  let last: Checkpoint | null = null
  let modified = 0
  const effects = bind(parts, input, {
    periods,
    keep: (checkpoint) => (last = checkpoint),
    onModified: (count) => (modified += count),
  })
  const ended = runSession(input, effects, wishes).then((end) => {
    if (end.kind !== 'closed') throw new TypeError('no session of the run continues as new')
    return end.report
  })
  return { input, wishes, ended, periods, modified: () => modified, checkpoint: () => last }
}

function bind(
  parts: RunParts,
  input: SessionInput,
  told: { periods: number[]; keep(checkpoint: Checkpoint): void; onModified(count: number): void },
): SessionEffects {
  const { exchange, hub, registry, sink } = parts
  const session_id = sessionId(input.mode, input.session_key)
  const run = hash32(session_id)
  const { account, engine, mode, coins, on_control_loss } = input
  const facts = { session_id, account, engine, mode, coins, run, on_control_loss }
  const journalOf = (epoch: number): Journal =>
    createJournal({ session_id, account, epoch, run }, sink, clock)
  const opened = () => hub.openParts({ account, coins, candleIntervals: [] })
  let cancel: AbortController | null = null
  return {
    run,
    now: () => clock.now(),
    admit: async () => ({
      kill: null,
      size_decimals: Object.fromEntries(
        coins.map((coin) => [coin, exchange.meta.get(coin)?.sizeDecimals ?? 0]),
      ),
    }),
    fence: (fence) =>
      fenceAndReconcile(fence, {
        clock,
        venue: exchange.venue(account),
        journal: journalOf(fence.epoch),
        commands: { kill: () => null },
      }),
    history: async () => [],
    targets: async () => ({ rows: [] }) as never,
    async runSegment(segment) {
      const registered = registry.open({ ...facts, epoch: segment.epoch })
      const { market, events, venue, close } = await opened()
      cancel = new AbortController()
      try {
        const outcome = await runSegment(segment, {
          ...{ clock, market, events, journal: journalOf(segment.epoch), commands: registered.inbox },
          venue: watched(venue, told),
          control: alive(cancel.signal),
        })
        told.keep(outcome.checkpoint)
        return outcome
      } finally {
        close()
        registered.close()
      }
    },
    stopSegment(reason, kill) {
      if (reason !== 'kill' || kill === null) return void registry.rotate(session_id, 'command')
      const scope = { kind: 'session', session_id } as const
      registry.kill({ scope, ...kill, requested_by: 'run', requested_ts: clock.now() }, 'control')
      cancel?.abort()
    },
    async close(closing) {
      const { market, venue, close } = await opened()
      try {
        const ports = { clock, market, venue, journal: journalOf(closing.epoch), attempt: 1 }
        return await closeSession(closing, { ...ports, stillRunning: () => undefined })
      } finally {
        close()
      }
    },
    publish: () => undefined,
    report: async () => undefined,
    async waitFor(condition, timeoutMs) {
      const until = timeoutMs === undefined ? Number.POSITIVE_INFINITY : clock.monotonicMs() + timeoutMs
      while (!condition()) {
        if (clock.monotonicMs() >= until) return false
        await clock.sleep(POLL_MS)
      }
      return true
    },
    shouldContinueAsNew: () => false,
  }
}

/** A control plane that always answers: the run is about the venue. */
const alive = (signal: AbortSignal): ControlPlane => ({
  attempt: 1,
  signal,
  reason: () => (signal.aborted ? 'cancel' : null),
  heartbeat: async () => ({ kind: 'acknowledged' }),
})

/** Every pass asks for the budget exactly once: that is its beat. */
function watched(
  venue: Venue,
  { periods, onModified }: { periods: number[]; onModified(count: number): void },
): Venue {
  let lastMs: number | null = null
  const { modifyOrders } = venue
  return {
    ...venue,
    budget() {
      const now = clock.monotonicMs()
      if (lastMs !== null) periods.push(now - lastMs)
      lastMs = now
      return venue.budget?.() as BudgetFacts
    },
    ...(modifyOrders && {
      async modifyOrders(...call) {
        const answers = await modifyOrders(...call)
        onModified(answers.filter(({ status }) => status === 'resting').length)
        return answers
      },
    }),
  }
}

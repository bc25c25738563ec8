/** What makes sure of the exchange between and after segments: fencing the next epoch, closing the session. */
// Not here: the steps themselves (domain/session/fence.ts, domain/session/close.ts), their retries (workflows/policies.ts).
import { Context } from '@temporalio/activity'
import { heartbeatWhile } from '#activities/heartbeat-while.ts'
import { modeOf } from '#domain/ids.ts'
import { closeSession as closeAtVenue } from '#domain/session/close.ts'
import type { CloseInput, CloseResult, FenceInput, FenceResult } from '#domain/session/effects.ts'
import { fenceAndReconcile as fenceAtVenue } from '#domain/session/fence.ts'
import type { Journal } from '#domain/session/ports.ts'
import type { Checkpoint, KillMode } from '#domain/session/types.ts'
import type { Clock } from '#domain/time.ts'
import type { TradingNeeds, TradingParts } from './run-segment.ts'

/** Whose rows the journal writes. */
export interface JournalFacts {
  session_id: string
  account: string
  epoch: number
  run: number
}

export interface SettleDeps {
  clock: Clock
  openParts(needs: TradingNeeds): Promise<TradingParts>
  openJournal(facts: JournalFacts): Journal
  /** The strongest kill of the kill store that reaches the session. */
  killOf(session: { session_id: string; account: string }): { mode: KillMode; reason: string } | null
  removeLease(sessionId: string): void
}

export const createSettleActivities = (deps: SettleDeps) => ({
  fenceAndReconcile: (input: FenceInput): Promise<FenceResult> =>
    withParts(deps, input, ({ venue }, journal) =>
      fenceAtVenue(input, {
        clock: deps.clock,
        venue,
        journal,
        commands: {
          kill() {
            const kill = deps.killOf(input)
            return kill && { ...kill, by: 'kill_switch' }
          },
        },
      }),
    ),
  closeSession: async (input: CloseInput): Promise<CloseResult> => {
    const result = await withParts(deps, input, ({ venue, market }, journal, attempt) =>
      closeAtVenue(input, {
        clock: deps.clock,
        venue,
        market,
        journal,
        attempt: attempt.info.attempt,
        stillRunning: () => attempt.heartbeat(),
      }),
    )
    if (result.clean) deps.removeLease(input.session_id)
    return result
  },
})

async function withParts<T>(
  deps: SettleDeps,
  input: JournalFacts & { coins: readonly string[]; checkpoint: Checkpoint | null },
  work: (parts: TradingParts, journal: Journal, attempt: Context) => Promise<T>,
): Promise<T> {
  const attempt = Context.current()
  return heartbeatWhile(
    () => attempt.heartbeat(),
    deps.clock,
    async () => {
      const journal = deps.openJournal(input)
      const parts = await deps.openParts({
        account: input.account,
        coins: input.coins,
        candleIntervals: [],
        mode: modeOf(input.session_id),
        limits: null,
        checkpoint: input.checkpoint,
        journal,
      })
      try {
        return await work(parts, journal, attempt)
      } finally {
        parts.close()
      }
    },
  )
}

export type SettleActivities = ReturnType<typeof createSettleActivities>

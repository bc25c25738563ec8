/** What the data worker can do for a kill at the exchange, from outside any session: look, cancel, close. */
// Not here: how a kill is enforced (exchange/client/enforce-kill.ts), when (workflows/kill-switch/workflow.ts).
import type { Client } from '@temporalio/client'
import type { KillVenueDeps } from '#activities/kill-switch.ts'
import type { Home } from '#config/home.ts'
import { readLeases } from '#config/run-files.ts'
import type { KillOrder } from '#domain/session/types.ts'
import type { Clock } from '#domain/time.ts'
import { enforceKill, inspectKill, type KillTarget, type Residual } from '#exchange/client/enforce-kill.ts'
import { killTargets } from '#exchange/client/kill-targets.ts'
import type { KeptExchange } from '#workers/support/kept-exchange.ts'
import { listRunningSessions } from '#workers/support/sessions.ts'

export interface KillPowerParts {
  exchange: KeptExchange
  accounts: readonly string[]
  home: Home
  client: Client
  clock: Clock
}

export function createKillPower(
  parts: KillPowerParts,
): Pick<KillVenueDeps, 'venue' | 'accountOf' | 'inspect' | 'enforce'> {
  const targetsOf = async ({ scope, mode }: KillOrder): Promise<KillTarget[]> =>
    killTargets({
      scope,
      mode,
      accounts: parts.accounts,
      leases: readLeases(parts.home),
      now: parts.clock.now(),
      exchange: await parts.exchange(),
    })
  return {
    venue: async (account) => (await parts.exchange()).venue(account),
    accountOf: async (sessionId) => {
      const lease = readLeases(parts.home).find(({ session_id }) => session_id === sessionId)
      if (lease) return lease.account
      const sessions = await listRunningSessions(parts.client)
      return sessions.find(({ session_id }) => session_id === sessionId)?.account || null
    },
    async inspect(kill) {
      const targets = await targetsOf(kill)
      const left = await Promise.all(
        targets.map(async (target) => inWords(target, await inspectKill(target))),
      )
      return left.flat()
    },
    async enforce(kill, withinMs) {
      const targets = await targetsOf(kill)
      const effects = await Promise.all(
        targets.map(async (target) => ({ target, effect: await enforceKill(target, parts.clock, withinMs) })),
      )
      return {
        residual: effects.flatMap(({ target, effect }) => inWords(target, effect.residual)),
        orders_canceled: effects.reduce((sum, { effect }) => sum + effect.orders_canceled, 0),
      }
    },
  }
}

const inWords = ({ account }: KillTarget, { orders, positions }: Residual): string[] => [
  ...orders.map(({ coin, oid }) => `${account}: order ${oid} on ${coin}`),
  ...Object.entries(positions).map(([coin, sz]) => `${account}: position ${sz} ${coin}`),
]

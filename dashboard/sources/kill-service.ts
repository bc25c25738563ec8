/** The kill button: the same paths and the same verification as `holdfast kill`, told step by step as they end. */
// Not here: carrying it out (cli/support/kill-run.ts).
import { hostPaths, type PathResult, storePath, temporalPath } from '#cli/support/kill-paths.ts'
import { startKill } from '#cli/support/kill-run.ts'
import type { Verification } from '#cli/support/kill-verify.ts'
import type { Operator } from '#cli/support/operator.ts'
import type { KillStore } from '#config/kill-store.ts'
import type { KillStep } from '#dashboard/model.ts'
import type { KillResult, KillService } from '#dashboard/services.ts'
import { assert, HoldfastError, InvalidInputError } from '#domain/errors.ts'
import { formatScope } from '#domain/session/kill-order.ts'
import type { KillOrder, KillScope } from '#domain/session/types.ts'
import type { Clock } from '#domain/time.ts'

/** How long sessions may take before this process finishes the kill at the exchange with the operator's key. */
const GRACE_MS = 3_000

export interface KillServiceParts {
  operator: Operator
  store: KillStore
  clock: Clock
}

export function createKillService({ operator, store, clock }: KillServiceParts): KillService {
  return {
    engaged: () => store.list().map((kill) => ({ key: formatScope(kill.scope), ...kill })),
    check: (scope) => checkScope(scope, Object.keys(operator.settings.accounts)),
    async kill(request, progress) {
      const order: KillOrder = { ...request, requested_ts: clock.now() }
      return carryOut(operator, order, clock, progress)
    },
    async release(scope, requestedBy) {
      const order: KillOrder = {
        scope,
        mode: 'off',
        reason: 'lifted',
        requested_by: requestedBy,
        requested_ts: clock.now(),
      }
      const file = await storePath(operator, order, clock)
      // Hosts read the file; Temporal's record follows when it answers. Both are told, neither is waited for.
      void Promise.all([hostPaths(operator, order, clock), temporalPath(operator, order, clock)])
      if (file.ok) return
      throw new HoldfastError(`the kill stays engaged: ${file.detail}`, {
        code: 'KILL_NOT_LIFTED',
        retryable: true,
        hint: 'look at the folder kills of the state folder',
      })
    },
  }
}

function checkScope(scope: KillScope, accounts: readonly string[]): void {
  if (scope.kind !== 'account' || accounts.includes(scope.account)) return
  throw new InvalidInputError({
    source: 'kill',
    path: 'scope.account',
    found: JSON.stringify(scope.account),
    expected: `one of ${accounts.join(', ') || '(no accounts are set up)'}`,
  })
}

/** Tells each path as it ends. No path can stop another. */
async function carryOut(
  operator: Operator,
  order: KillOrder,
  clock: Clock,
  progress: (step: KillStep) => void,
): Promise<KillResult> {
  const tell = (path: PathResult): void =>
    progress({ ts: clock.now(), name: path.path, ok: path.ok, detail: path.detail })
  const run = startKill(operator, order, clock, GRACE_MS)
  tell(await run.store)
  // The verdict is the exchange's: it does not wait for a Temporal that hangs, whose step follows when it ends.
  void run.temporal.then(tell)
  const [exchange] = await Promise.all([
    run.exchange,
    run.hosts.then(({ results }) => {
      for (const result of results.length > 0 ? results : [NO_HOST]) tell(result)
    }),
  ])
  assert(exchange !== null, 'lifting a kill is no kill')
  tell({ path: 'exchange', ok: exchange.verified, ms: 0, detail: describeVerification(exchange) })
  return { verified: exchange.verified, residual: residualOf(exchange) }
}

const NO_HOST: PathResult = { path: 'hosts', ok: true, ms: 0, detail: 'no trading host is registered' }

function describeVerification(exchange: Verification): string {
  const own = exchange.taken_over
    ? [`canceled ${exchange.orders_canceled} and closed with ${exchange.closing_orders} orders from here`]
    : []
  const left = exchange.accounts.map(
    ({ account, open_orders, positions }) =>
      `${account}: ${open_orders} orders, ${Object.keys(positions).length} positions left`,
  )
  return [...left, ...own, ...exchange.messages].join('; ')
}

/** Null where the exchange could not be asked. */
function residualOf({ accounts }: Verification): KillResult['residual'] {
  if (accounts.length === 0) return null
  const positions: Record<string, string> = {}
  for (const { account, positions: held } of accounts) {
    for (const [coin, sz] of Object.entries(held)) {
      positions[accounts.length > 1 ? `${coin} (${account})` : coin] = sz
    }
  }
  return { open_orders: accounts.reduce((sum, { open_orders }) => sum + open_orders, 0), positions }
}

/** How kills are ordered and whom they reach: the pure rules that kill store, registry, workflow and command line share. */
// Not here: where kills are kept (config/kill-store.ts), how a session dies (domain/session).
import type { KillMode, KillOrder, KillScope } from '#domain/session/types.ts'

/** From harmless to strongest; a later entry wins over an earlier one. */
export const KILL_MODES = ['off', 'close_only', 'halt', 'flatten'] as const satisfies readonly KillMode[]

/** 0 for `off` up to 3 for `flatten`. */
export const killSeverity = (mode: KillMode): number => KILL_MODES.indexOf(mode)

/** The stronger of two kills; of equals the first, so that a repeat changes nothing. */
export function strongerKill<Kill extends { mode: KillMode }>(a: Kill | null, b: Kill | null): Kill | null {
  if (a === null) return b
  if (b === null) return a
  return killSeverity(b.mode) > killSeverity(a.mode) ? b : a
}

/** Whether a kill of this scope concerns the session. */
export function killReaches(scope: KillScope, session: { session_id: string; account: string }): boolean {
  switch (scope.kind) {
    case 'all':
      return true
    case 'account':
      return scope.account === session.account
    case 'session':
      return scope.session_id === session.session_id
  }
}

/** The strongest of these kills that reaches the session; null when none does or all are `off`. */
export function effectiveKill(
  kills: Iterable<KillOrder>,
  session: { session_id: string; account: string },
): KillOrder | null {
  let strongest: KillOrder | null = null
  for (const kill of kills) {
    if (kill.mode !== 'off' && killReaches(kill.scope, session)) strongest = strongerKill(strongest, kill)
  }
  return strongest
}

/** `all`, `account:NAME` or `session:ID`: how a scope is typed, logged and shown. */
export function formatScope(scope: KillScope): string {
  if (scope.kind === 'all') return 'all'
  return scope.kind === 'account' ? `account:${scope.account}` : `session:${scope.session_id}`
}

/** True when both name the same set of sessions. */
export const sameScope = (a: KillScope, b: KillScope): boolean => formatScope(a) === formatScope(b)

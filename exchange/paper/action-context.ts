/** What every action runs with, and how it answers. */
// Not here: who may act (actions.ts).
import type { EpochMs } from '#domain/time.ts'
import type { Agents } from '#exchange/paper/agents.ts'
import type { Account } from '#exchange/paper/engine/account.ts'
import type { Engine } from '#exchange/paper/engine/engine.ts'
import type { JournalLine } from '#exchange/paper/journal.ts'
import type { Fields } from '#exchange/paper/read-json.ts'
import type { SubAccounts } from '#exchange/paper/sub-accounts.ts'

export type ActionAnswer = { status: 'ok'; response: unknown } | { status: 'err'; response: string }

export const ok = (response: unknown): ActionAnswer => ({ status: 'ok', response })
export const done: ActionAnswer = { status: 'ok', response: { type: 'default' } }
export const refused = (response: string): ActionAnswer => ({ status: 'err', response })
/** `null` becomes the plain success, a text the refusal. */
export const verdict = (fault: string | null): ActionAnswer => (fault === null ? done : refused(fault))

/** What an action runs with. */
export interface ActionContext {
  engine: Engine
  agents: Agents
  builders: Map<string, Map<string, string>>
  subs: SubAccounts
  now: EpochMs
  /** Account that is acted for, lower-case. */
  user: string
  account: Account
  /** The key that signed. */
  signer: string
  action: Fields & { type: string }
  nonce: number
  /** Lines to journal beside the engine's records. */
  note(line: JournalLine): void
}

/** Runs one action that is signed, fresh and by somebody who may. Throws RequestError when its fields cannot be read. */
export type ActionHandler = (context: ActionContext) => ActionAnswer

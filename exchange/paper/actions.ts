/** POST /exchange: reads the envelope, finds who signed, checks nonce and expiry, runs the action, journals, answers. */
// Not here: what single actions do (trade-actions.ts, account-actions.ts). Source: wire contract §5, §6.
import type { EpochMs } from '#domain/time.ts'
import { accountActions } from '#exchange/paper/account-actions.ts'
import { type ActionAnswer, type ActionHandler, refused } from '#exchange/paper/action-context.ts'
import { type AddressBudget, actionCount } from '#exchange/paper/address-budget.ts'
import type { Agents } from '#exchange/paper/agents.ts'
import type { Engine } from '#exchange/paper/engine/engine.ts'
import type { JournalLine } from '#exchange/paper/journal.ts'
import type { Nonces } from '#exchange/paper/nonces.ts'
import {
  address,
  type Fields,
  fieldsOf,
  integer,
  text,
  whole,
  wholeOrNull,
} from '#exchange/paper/read-json.ts'
import { unreadable } from '#exchange/paper/request-errors.ts'
import {
  actionHash,
  type ChainLetter,
  isUserSigned,
  recoverL1,
  recoverUserSigned,
  type WireSignature,
} from '#exchange/paper/signature.ts'
import type { SubAccounts } from '#exchange/paper/sub-accounts.ts'
import { tradeActions } from '#exchange/paper/trade-actions.ts'
import { twapActions } from '#exchange/paper/twap-actions.ts'

const HANDLERS: Readonly<Record<string, ActionHandler>> = {
  ...tradeActions,
  ...twapActions,
  ...accountActions,
}

export interface ActionDeps {
  engine: Engine
  agents: Agents
  nonces: Nonces
  builders: Map<string, Map<string, string>>
  subs: SubAccounts
  budget: AddressBudget
  now(): EpochMs
  /** Journals the engine's records and `extra`, and tells subscribers. Called before the answer leaves. */
  settle(extra: readonly JournalLine[]): void
}

interface Envelope {
  action: Fields & { type: string }
  nonce: number
  signature: WireSignature
  vaultAddress: string | null
  expiresAfter: number | null
}

interface Actor {
  signer: string
  /** Account behind the signer: itself, or its master. */
  master: string
}

/** True when no account and no agent is behind the signature. */
export const isUnknownSigner = (answer: ActionAnswer): boolean =>
  answer.status === 'err' &&
  (answer.response === UNRECOVERABLE || String(answer.response).startsWith('User or API Wallet '))

const UNRECOVERABLE = 'Unable to recover signer.'
const HEX = /^0x[0-9a-fA-F]{1,64}$/

function readEnvelope(body: unknown): Envelope {
  const fields = fieldsOf(body)
  const action = fieldsOf(fields.action)
  if (!Object.hasOwn(HANDLERS, text(action.type))) throw unreadable()
  const signature = fieldsOf(fields.signature)
  const r = text(signature.r)
  const s = text(signature.s)
  if (!HEX.test(r) || !HEX.test(s)) throw unreadable()
  const vault = fields.vaultAddress
  return {
    action: action as Fields & { type: string },
    nonce: whole(fields.nonce),
    signature: { r, s, v: integer(signature.v) },
    vaultAddress: vault === undefined || vault === null ? null : address(vault),
    expiresAfter: wholeOrNull(fields.expiresAfter),
  }
}

/** @throws RequestError when the action cannot be packed: nested too deeply, or holding what JSON never brings */
function hashOf(envelope: Envelope): Uint8Array {
  try {
    return actionHash(envelope.action, envelope)
  } catch {
    throw unreadable()
  }
}

export class Actions {
  readonly #deps: ActionDeps
  /** The letter that last led to somebody: clients of one installation mostly agree. */
  #letter: ChainLetter = 'b'

  constructor(deps: ActionDeps) {
    this.#deps = deps
  }

  /** Runs one signed action. @throws RequestError when its fields cannot be read; nothing has happened then */
  execute(body: unknown): ActionAnswer {
    const { engine, nonces, settle, now: clock } = this.#deps
    const envelope = readEnvelope(body)
    const now = clock()
    const actor = this.#findActor(envelope, now)
    if ('status' in actor) return actor
    const user = this.#actsFor(envelope.vaultAddress, actor)
    if (user === null) return refused(`Vault not registered: ${envelope.vaultAddress}`)
    const account = engine.account(user)
    if (!account) return refused(`Must deposit before performing actions. User: ${user}`)
    const nonceFault = nonces.fault(actor.signer, envelope.nonce, now)
    if (nonceFault !== null) return refused(nonceFault)
    if (envelope.expiresAfter !== null && envelope.expiresAfter <= now) {
      account.requests += 5 // a stale one counts five times against the address
      return refused('Action already expired')
    }
    const { action, nonce } = envelope
    const spent = this.#deps.budget.fault(account, action, now)
    if (spent !== null) return refused(spent)
    const extra: JournalLine[] = []
    const { agents, builders, subs } = this.#deps
    const note = (line: JournalLine) => extra.push(line)
    const handler = HANDLERS[action.type] as ActionHandler
    const answer = handler({
      engine,
      agents,
      builders,
      subs,
      now,
      user,
      account,
      signer: actor.signer,
      action,
      nonce,
      note,
    })
    // Only now: an action that could not be read must not burn its nonce.
    nonces.use(actor.signer, nonce)
    const count = actionCount(action)
    account.requests += count
    const done: JournalLine = {
      kind: 'action',
      type: action.type,
      user,
      signer: actor.signer,
      nonce,
      n: count,
      ok: answer.status === 'ok',
      ts: now,
    }
    settle([...extra, done])
    return answer
  }

  /** The account an actor may act for: its master, or a sub-account of it; null when it may not. */
  #actsFor(vault: string | null, actor: Actor): string | null {
    if (vault === null || vault === actor.master) return actor.master
    return this.#deps.subs.masterOf(vault) === actor.master ? vault : null
  }

  #whoIs(signer: string | null, now: EpochMs): Actor | null {
    if (signer === null) return null
    if (this.#deps.engine.account(signer)) return { signer, master: signer }
    const master = this.#deps.agents.masterOf(signer, now)
    return master === null ? null : { signer, master }
  }

  /** The actor, or the whole-action error. */
  #findActor(envelope: Envelope, now: EpochMs): Actor | ActionAnswer {
    const { action, signature } = envelope
    if (isUserSigned(action.type)) {
      const signer = recoverUserSigned(action, signature)
      if (signer === null) return refused(UNRECOVERABLE)
      // Signed as itself: an agent's own account is empty, whoever its master is.
      if (this.#deps.engine.account(signer)) return { signer, master: signer }
      return refused(`Must deposit before performing actions. User: ${signer}`)
    }
    const hash = hashOf(envelope)
    const first = recoverL1(hash, this.#letter, signature)
    const actor = this.#whoIs(first, now)
    if (actor) return actor
    const other: ChainLetter = this.#letter === 'a' ? 'b' : 'a'
    const second = recoverL1(hash, other, signature)
    const otherActor = this.#whoIs(second, now)
    if (otherActor) {
      this.#letter = other
      return otherActor
    }
    const shown = first ?? second
    return refused(shown === null ? UNRECOVERABLE : `User or API Wallet ${shown} does not exist.`)
  }
}

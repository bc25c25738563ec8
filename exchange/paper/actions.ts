/** POST /exchange: reads the envelope, finds who signed, checks nonce and expiry, runs the action, journals, answers. */
// Not here: what single actions do (trade-actions.ts, account-actions.ts). Source: wire contract §5, §6.
import type { EpochMs } from '#domain/time.ts'
import { accountActions } from '#exchange/paper/account-actions.ts'
import { type ActionAnswer, type ActionHandler, refused } from '#exchange/paper/action-context.ts'
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
import { tradeActions } from '#exchange/paper/trade-actions.ts'

const HANDLERS: Readonly<Record<string, ActionHandler>> = { ...tradeActions, ...accountActions }

export interface ActionDeps {
  engine: Engine
  agents: Agents
  nonces: Nonces
  builders: Map<string, Map<string, string>>
  /** Master of a sub-account or vault, null when there is none. */
  masterOfSub(address: string): string | null
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

const HEX = /^0x[0-9a-fA-F]{1,64}$/

function readEnvelope(body: unknown): Envelope {
  const fields = fieldsOf(body)
  const action = fieldsOf(fields.action)
  const type = text(action.type)
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
    ...(Object.hasOwn(HANDLERS, type) ? {} : rejectType()),
  }
}

const rejectType = (): never => {
  throw unreadable()
}

interface Actor {
  signer: string
  /** Account behind the signer: itself, or its master. */
  master: string
}

export function createActions(deps: ActionDeps) {
  /** The letter that last led to somebody: clients of one installation mostly agree. */
  let letter: ChainLetter = 'b'

  const whoIs = (signer: string | null, now: EpochMs): Actor | null => {
    if (signer === null) return null
    if (deps.engine.state.accounts.has(signer)) return { signer, master: signer }
    const master = deps.agents.masterOf(signer, now)
    return master === null ? null : { signer, master }
  }

  /** The actor, or the whole-action error. */
  function findActor(envelope: Envelope, now: EpochMs): Actor | ActionAnswer {
    const { action, signature } = envelope
    if (isUserSigned(action.type)) {
      const signer = recoverUserSigned(action as Fields & { type: string }, signature)
      if (signer === null) return refused('Unable to recover signer.')
      // Signed as itself: an agent's own account is empty, whoever its master is.
      return deps.engine.state.accounts.has(signer)
        ? { signer, master: signer }
        : refused(`Must deposit before performing actions. User: ${signer}`)
    }
    const hash = actionHash(action, envelope)
    const first = recoverL1(hash, letter, signature)
    const actor = whoIs(first, now)
    if (actor) return actor
    const other: ChainLetter = letter === 'a' ? 'b' : 'a'
    const second = recoverL1(hash, other, signature)
    const otherActor = whoIs(second, now)
    if (otherActor) {
      letter = other
      return otherActor
    }
    const shown = first ?? second
    return refused(
      shown === null ? 'Unable to recover signer.' : `User or API Wallet ${shown} does not exist.`,
    )
  }

  function execute(body: unknown): ActionAnswer {
    const envelope = readEnvelope(body)
    const now = deps.now()
    const { action, nonce, expiresAfter } = envelope
    const found = findActor(envelope, now)
    if ('status' in found) return found
    const user = envelope.vaultAddress ?? found.master
    if (
      envelope.vaultAddress !== null &&
      envelope.vaultAddress !== found.master &&
      deps.masterOfSub(envelope.vaultAddress) !== found.master
    ) {
      return refused(`Vault not registered: ${envelope.vaultAddress}`)
    }
    const account = deps.engine.account(user)
    if (!account) return refused(`Must deposit before performing actions. User: ${user}`)
    const nonceFault = deps.nonces.fault(found.signer, nonce, now)
    if (nonceFault !== null) return refused(nonceFault)
    if (expiresAfter !== null && expiresAfter <= now) {
      account.requests += 5 // a stale one counts five times against the address
      return refused('Action already expired')
    }
    const extra: JournalLine[] = []
    const handler = HANDLERS[action.type] as ActionHandler
    const answer = handler({
      engine: deps.engine,
      agents: deps.agents,
      builders: deps.builders,
      now,
      user,
      account,
      signer: found.signer,
      action,
      nonce,
      note: (line) => extra.push(line),
    })
    // Only now: an action that could not be read must not burn its nonce.
    deps.nonces.use(found.signer, nonce)
    account.requests += 1
    deps.settle([
      ...extra,
      {
        kind: 'action',
        type: action.type,
        user,
        signer: found.signer,
        nonce,
        ok: answer.status === 'ok',
        ts: now,
      },
    ])
    return answer
  }

  return { execute }
}

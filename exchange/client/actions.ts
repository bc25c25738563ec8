/** Signed actions to POST /exchange: what certainly happened, what certainly did not, and what only asking can tell. */
// Not here: what orders and cancels look like (orders.ts), the port that sessions use (venue.ts).
import type { Clock, EpochMs } from '#domain/time.ts'
import type { ActionBudget } from '#exchange/client/action-budget.ts'
import { type HttpAnswer, NoAnswerError, type Transport } from '#exchange/client/http.ts'
import type { Signer } from '#exchange/client/keys.ts'
import { classifyRefusal, type RefusalCode } from '#exchange/client/refusals.ts'
import { type Action, type Network, signL1 } from '#exchange/client/signing.ts'
import { actionWeight, type WeightBudget } from '#exchange/client/weight-budget.ts'

export const LIMITS = {
  /** How long an answer may take after the action has expired at the venue, milliseconds. */
  graceMs: 1_000,
  timeoutMsMin: 500,
  /** Pause before a cancel that was answered with 429 is sent again, milliseconds. */
  rateLimitPauseMs: 100,
  attemptsMax: 6,
} as const

/** `refused` = certainly not executed. `unknown` = it may have been: reconcile by client order id. */
export type ActionResult =
  | { kind: 'ok'; response: unknown }
  | { kind: 'refused'; code: RefusalCode; message: string }
  | { kind: 'unknown'; message: string }

export interface ActionParts {
  transport: Transport
  signer: Signer
  network: Network
  clock: Clock
  budget: WeightBudget
  /** Absent where the venue enforces no action budget per address (the paper exchange). */
  addressBudget?: ActionBudget
}

export interface ActionCall {
  action: Action
  /** Epoch ms after which the venue must refuse it. */
  expiresAfter: EpochMs
  kind: 'order' | 'cancel'
  /** Orders or cancels inside. */
  items: number
  /** Asked after signing, directly before bytes go out, each time they do; a text refuses the send. */
  stillAllowed?: (() => string | null) | undefined
}

/** Sends one action. Never throws for what the venue or the network does. */
export async function sendAction(parts: ActionParts, call: ActionCall): Promise<ActionResult> {
  const spent = spend(parts, call)
  if (spent) return spent
  for (let attempt = 1; ; attempt++) {
    const { result, again } = await attemptAction(parts, call)
    const late = parts.clock.now() >= call.expiresAfter
    if (again === null || late || attempt >= LIMITS.attemptsMax) return result
    if (again > 0) await parts.clock.sleep(again)
  }
}

const refused = (code: RefusalCode, message: string): ActionResult => ({ kind: 'refused', code, message })

function spend({ budget, addressBudget }: ActionParts, { kind, items }: ActionCall): ActionResult | null {
  if (addressBudget && !addressBudget.tryTake(items, kind)) {
    return refused('ADDRESS_BUDGET', 'own count: the address has no actions left for orders')
  }
  if (!budget.tryTake(actionWeight(items), kind)) {
    return refused('RATE_BUDGET', 'own count: the request weight of this minute is spent')
  }
  return null
}

/** @returns the result, and after how many milliseconds trying again makes sense (null = it does not) */
async function attemptAction(
  parts: ActionParts,
  call: ActionCall,
): Promise<{ result: ActionResult; again: number | null }> {
  const nonce = parts.signer.nonces.next(parts.clock.now())
  const signature = signL1(parts.signer, parts.network, call.action, {
    nonce,
    expiresAfter: call.expiresAfter,
  })
  const body = JSON.stringify({ action: call.action, nonce, signature, expiresAfter: call.expiresAfter })
  const left = call.expiresAfter - parts.clock.now()
  const timeoutMs = Math.max(LIMITS.timeoutMsMin, left + LIMITS.graceMs)
  const veto = call.stillAllowed?.() ?? null
  if (veto !== null) return { result: refused('NOT_ALLOWED', veto), again: null }
  try {
    return judge(parts, call, await parts.transport.post('/exchange', body, timeoutMs))
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error
    if (error.staleSocket) return await sendSameBytes(parts, call, body)
    return { result: silence(error), again: null }
  }
}

/**
 * A connection that the venue had closed as idle: the same bytes go again. The nonce makes that safe; if the first copy was
 * heard after all, the second is refused as a duplicate and the outcome is unknown.
 */
async function sendSameBytes(
  parts: ActionParts,
  call: ActionCall,
  body: string,
): Promise<{ result: ActionResult; again: number | null }> {
  const veto = call.stillAllowed?.() ?? null
  if (veto !== null) {
    return {
      result: { kind: 'unknown', message: `not sent again (${veto}); the first copy may be executed` },
      again: null,
    }
  }
  try {
    const judged = judge(parts, call, await parts.transport.post('/exchange', body, LIMITS.graceMs))
    if (judged.result.kind !== 'refused' || judged.result.code !== 'NONCE_USED') return judged
    return {
      result: { kind: 'unknown', message: 'executed, but the connection broke before the answer' },
      again: null,
    }
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error
    return { result: { kind: 'unknown', message: error.message }, again: null }
  }
}

const silence = (error: NoAnswerError): ActionResult =>
  error.heard === 'no' ? refused('UNREACHABLE', error.message) : { kind: 'unknown', message: error.message }

function judge(
  parts: ActionParts,
  call: ActionCall,
  answer: HttpAnswer,
): { result: ActionResult; again: number | null } {
  if (answer.status === 429) {
    parts.budget.exhausted(answer.retryAfterMs)
    const result = refused('RATE_LIMITED', 'HTTP 429')
    return { result, again: call.kind === 'cancel' ? LIMITS.rateLimitPauseMs : null }
  }
  if (answer.status >= 500)
    return { result: { kind: 'unknown', message: `HTTP ${answer.status}` }, again: null }
  if (answer.status !== 200) {
    const message = `HTTP ${answer.status}: ${answer.text.slice(0, 200)}`
    return { result: { kind: 'refused', code: 'UNREADABLE', message }, again: null }
  }
  const result = readAnswer(answer.text)
  // Another process signed with the same key in the same millisecond: certainly not executed, so a fresh nonce may go.
  const collided = result.kind === 'refused' && result.code === 'NONCE_USED'
  return { result, again: collided ? 0 : null }
}

function readAnswer(text: string): ActionResult {
  let answer: { status?: unknown; response?: unknown } | null
  try {
    answer = JSON.parse(text) as typeof answer
  } catch {
    return { kind: 'unknown', message: `answer is no JSON: ${text.slice(0, 100)}` }
  }
  if (answer?.status === 'ok') return { kind: 'ok', response: answer.response }
  if (answer?.status === 'err' && typeof answer.response === 'string') {
    return { kind: 'refused', code: classifyRefusal(answer.response).code, message: answer.response }
  }
  return { kind: 'unknown', message: `answer is neither ok nor err: ${text.slice(0, 100)}` }
}

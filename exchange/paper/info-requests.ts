/** POST /info: finds the answer of a request by its type. */
// Not here: the answers (market-info.ts, account-info.ts).
import { accountInfo } from '#exchange/paper/account-info.ts'
import type { InfoDeps, InfoHandler } from '#exchange/paper/info-handler.ts'
import { marketInfo } from '#exchange/paper/market-info.ts'
import { fieldsOf, text } from '#exchange/paper/read-json.ts'
import { unreadable } from '#exchange/paper/request-errors.ts'

const HANDLERS: Readonly<Record<string, InfoHandler>> = { ...marketInfo, ...accountInfo }

/** Every request type that is answered. */
export const INFO_TYPES: readonly string[] = Object.keys(HANDLERS)

/** @throws RequestError 422 for unknown types and unusable fields */
export function answerInfo(body: unknown, deps: InfoDeps): unknown {
  const request = fieldsOf(body)
  const type = text(request.type)
  if (!Object.hasOwn(HANDLERS, type)) throw unreadable()
  return (HANDLERS[type] as InfoHandler)(request, deps)
}

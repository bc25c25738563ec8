/** POST /info: finds the answer of a request by its type. */
// Not here: the answers (market-info.ts, account-info.ts).
import type { EpochMs } from '#domain/time.ts'
import { accountInfo } from '#exchange/paper/account-info.ts'
import type { Agents } from '#exchange/paper/agents.ts'
import type { Engine } from '#exchange/paper/engine/engine.ts'
import type { MarketData } from '#exchange/paper/market/market-data.ts'
import { marketInfo } from '#exchange/paper/market-info.ts'
import { type Fields, fieldsOf, text } from '#exchange/paper/read-json.ts'
import { unreadable } from '#exchange/paper/request-errors.ts'

export interface InfoDeps {
  engine: Engine
  market: MarketData
  agents: Agents
  builders: Map<string, Map<string, string>>
  now(): EpochMs
}

/** Throws RequestError 422 when a field is missing or wrong. */
export type InfoHandler = (request: Fields, deps: InfoDeps) => unknown

const HANDLERS: Readonly<Record<string, InfoHandler>> = { ...marketInfo, ...accountInfo }

/** @throws RequestError 422 for unknown types and unusable fields */
export function answerInfo(body: unknown, deps: InfoDeps): unknown {
  const request = fieldsOf(body)
  const type = text(request.type)
  if (!Object.hasOwn(HANDLERS, type)) throw unreadable()
  return (HANDLERS[type] as InfoHandler)(request, deps)
}

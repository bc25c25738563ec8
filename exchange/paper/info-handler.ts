/** What an answer of /info is made from. */
import type { EpochMs } from '#domain/time.ts'
import type { Agents } from '#exchange/paper/agents.ts'
import type { Account } from '#exchange/paper/engine/account.ts'
import type { Engine } from '#exchange/paper/engine/engine.ts'
import type { MarketData } from '#exchange/paper/market/market-data.ts'
import type { Fields } from '#exchange/paper/read-json.ts'
import type { SubAccounts } from '#exchange/paper/sub-accounts.ts'

export interface InfoDeps {
  engine: Engine
  market: MarketData
  agents: Agents
  builders: Map<string, Map<string, string>>
  subs: SubAccounts
  now(): EpochMs
  /** Account of a user: ours, or a trader of the market. */
  account(user: string): Account | undefined
}

/** Throws RequestError 422 when a field is missing or wrong. */
export type InfoHandler = (request: Fields, deps: InfoDeps) => unknown

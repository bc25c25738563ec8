/** What a paper exchange is started with. */
import type { Clock } from '#domain/time.ts'
import type { Latency } from '#exchange/paper/latency.ts'
import type { MarketSource } from '#exchange/paper/sources/source.ts'

export interface PaperExchangeOptions {
  /** Builds the source from its stored position, null at the first start. */
  source: (checkpoint: unknown) => Promise<MarketSource> | MarketSource
  /** Names the source in stored positions. */
  sourceName: string
  /** Folder of journal and market position; null keeps everything in memory. */
  folder: string | null
  host: string
  port: number
  /** Guards the admin paths. */
  token: string
  clock: Clock
  /** True keeps the market still until POST /admin/market/start. */
  hold?: boolean
  /** Accounts credited at the first start, USD. */
  fund?: readonly { address: string; usdc: number }[]
  /** Enforce the venue's rate and connection limits. */
  enforceLimits?: boolean
  /** Extra names that Host headers of admin requests may have. */
  hosts?: readonly string[]
  seed?: number
  /** How long actions travel before they are matched. */
  latency?: Latency
  /** Port that switches faults on; absent: there is none. 0 takes any free one. */
  faultsPort?: number
  onFault?: (error: unknown) => void
}

/** State of one exchange engine: markets, accounts, counters, and the records of every change since they were last drained. */
// Not here: what changes it: order-lifecycle.ts, book-fill.ts, place-orders.ts, matching.ts; rebuilding it from records (restore.ts).
import { hex32 } from '#domain/hex.ts'
import type { EpochMs } from '#domain/time.ts'
import { type Account, coinOf, createAccount, HISTORY, trimHistory } from '#exchange/paper/engine/account.ts'
import { type CoinMarket, createCoinMarket } from '#exchange/paper/engine/book.ts'
import type { Discounts } from '#exchange/paper/engine/fees.ts'
import type { Marks } from '#exchange/paper/engine/margin.ts'
import type { CoinAccount, CoinSpec, EngineRecord, LedgerUpdate, Twap } from '#exchange/paper/engine/types.ts'

export interface EngineState {
  specs: readonly CoinSpec[]
  markets: CoinMarket[]
  /** Mark price by asset, ticks. */
  marks: Marks
  accounts: Map<string, Account>
  discounts: Map<string, Discounts>
  /** Wall time of the current call: stamps of orders, fills and ledger. */
  now: EpochMs
  nextOid: number
  nextTwapId: number
  /** Those that run. */
  twaps: Map<number, Twap>
  /** Counts trades and transactions: tids and hashes come from it. */
  sequence: number
  seed: number
  /** Sequence of the transaction in work, and its hash once somebody asked: most calls need none. */
  call: number
  hash: string
  records: EngineRecord[]
  /** Micro-dollars that fees took in, and what the source's market lost to the accounts: closes the conservation sum. */
  feesCollected: number
}

export function createState(specs: readonly CoinSpec[], seed: number): EngineState {
  const markets = specs.map(createCoinMarket)
  return {
    specs,
    markets,
    marks: (asset) => (markets[asset] as CoinMarket).markPx,
    accounts: new Map(),
    discounts: new Map(),
    now: 0,
    nextOid: 1_000_001,
    nextTwapId: 1,
    twaps: new Map(),
    sequence: 1,
    seed,
    call: 0,
    hash: '',
    records: [],
    feesCollected: 0,
  }
}

export const ZERO_HASH = `0x${'0'.repeat(64)}`

/** 32-bit integer mix (murmur3 finaliser): spreads counters into ids that look like the venue's hashes. */
function mix(value: number): number {
  let h = value >>> 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** First words of a seed's hashes; they are the same for all of them, and made once. */
const prefixes = new Map<number, string>()

function prefixOf(seed: number): string {
  const known = prefixes.get(seed)
  if (known !== undefined) return known
  let text = '0x'
  for (let word = 1; word <= 4; word++) text += hex32(mix(seed ^ Math.imul(word, 0x9e3779b9)))
  prefixes.set(seed, text)
  return text
}

/** A transaction hash that no two sequence numbers of one seed share. */
export function hashOf(seed: number, sequence: number): string {
  const high = Math.floor(sequence / 4_294_967_296)
  return `${prefixOf(seed)}${hex32(mix(sequence))}${hex32(mix(sequence ^ seed))}${hex32(high)}${hex32(sequence >>> 0)}`
}

/** A tid of 50 bits: the sequence keeps it unique, the mix keeps it unordered as the venue's are. */
export function tidOf(seed: number, sequence: number): number {
  return (mix(seed ^ mix(sequence)) % 131_072) * 8_589_934_592 + (sequence % 8_589_934_592)
}

/** Hash of the transaction in work. */
export function callHash(state: EngineState): string {
  if (state.hash === '') state.hash = hashOf(state.seed, state.call)
  return state.hash
}

/** Starts a call: sets its time and makes it a transaction of its own. */
export function beginCall(state: EngineState, now: EpochMs): void {
  if (now > state.now) state.now = now
  state.call = state.sequence++
  state.hash = ''
}

export const marksOf = (state: EngineState): Marks => state.marks

export const DEFAULT_LEVERAGE = 20
export const defaultLeverage = (spec: CoinSpec): number => Math.min(DEFAULT_LEVERAGE, spec.maxLeverage)

export function coinAccount(state: EngineState, account: Account, asset: number): CoinAccount {
  return account.coins[asset] ?? coinOf(account, asset, defaultLeverage(state.specs[asset] as CoinSpec))
}

/** The account, made when it does not exist yet. */
export function openAccount(state: EngineState, address: string): Account {
  const known = state.accounts.get(address)
  if (known) return known
  const made = createAccount(address, state.now)
  state.accounts.set(address, made)
  state.records.push({ kind: 'account', user: address, ts: state.now })
  return made
}

/** Books a non-funding change of cash and notes it in the ledger. */
export function bookLedger(state: EngineState, account: Account, update: LedgerUpdate): void {
  account.cash += update.usd
  account.deposited += update.usd
  if (update.delta.type === 'deposit') account.wasFunded = true
  account.spotUsd += update.spotUsd
  account.ledger.push(update)
  trimHistory(account.ledger, HISTORY.ledgerMax)
  state.records.push({ kind: 'ledger', update })
}

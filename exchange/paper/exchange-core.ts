/** The exchange's books in one place: engine, agents, nonces, approvals, and the journal that makes each change durable before it is told. */
// Not here: HTTP and sockets (paper-exchange.ts), the market (market/market-data.ts).

import { InvariantError } from '#domain/errors.ts'
import type { EpochMs } from '#domain/time.ts'
import { setBuilder } from '#exchange/paper/account-actions.ts'
import { type Agent, type Agents, createAgents } from '#exchange/paper/agents.ts'
import type { CoinMarket } from '#exchange/paper/engine/book.ts'
import { createEngine, type Engine } from '#exchange/paper/engine/engine.ts'
import type { Discounts } from '#exchange/paper/engine/fees.ts'
import { accountFaults, bookFaults, mirrorFaults } from '#exchange/paper/engine/invariants.ts'
import { recordUser } from '#exchange/paper/engine/record-user.ts'
import type { CoinSpec, EngineRecord, Fill } from '#exchange/paper/engine/types.ts'
import {
  type Journal,
  type JournalLine,
  memoryJournal,
  openJournal,
  recoverJournal,
} from '#exchange/paper/journal.ts'
import { journalLines } from '#exchange/paper/journal-lines.ts'
import { createNonces, type Nonces } from '#exchange/paper/nonces.ts'
import { AccountRestorer } from '#exchange/paper/restore-accounts.ts'
import { type SubAccount, SubAccounts } from '#exchange/paper/sub-accounts.ts'

export class ExchangeCore {
  readonly engine: Engine
  readonly agents: Agents = createAgents()
  readonly nonces: Nonces = createNonces()
  /** Approved builder fees: user → builder → "0.01%". */
  readonly builders = new Map<string, Map<string, string>>()
  readonly subs = new SubAccounts()
  readonly journal: Journal
  readonly recovered: { lines: number; cutBytes: number }
  /** Broken invariants found so far: 0, or there is a bug. */
  violations = 0
  #unchecked: EngineRecord[] = []
  /** Called with what was just journaled. */
  #onSettled: (records: readonly EngineRecord[]) => void = () => {}

  /** @param folder of the journal; null keeps nothing. Reads back what an earlier process wrote there. */
  constructor(specs: readonly CoinSpec[], seed: number, folder: string | null) {
    this.engine = createEngine({ specs, seed })
    this.recovered = folder === null ? { lines: 0, cutBytes: 0 } : this.#restore(folder)
    this.journal = folder === null ? memoryJournal : openJournal(folder)
  }

  onSettled(listener: (records: readonly EngineRecord[]) => void): void {
    this.#onSettled = listener
  }

  /** Makes what just happened durable, then tells it. Call it before anybody is answered. */
  settle(extra: readonly JournalLine[] = []): void {
    const records = this.engine.drain()
    if (records.length === 0 && extra.length === 0) return
    this.journal.append([...journalLines(this.engine.state, records), ...extra])
    this.#unchecked.push(...records)
    this.#onSettled(records)
  }

  /** Looks at everything that changed since the last look: ledgers, orders, books, both sides of trades. */
  checkInvariants(onFault: (error: unknown) => void): void {
    const records = this.#unchecked
    if (records.length === 0) return
    this.#unchecked = []
    const { accounts, markets } = this.engine.state
    const fills = records.flatMap((record): Fill[] => (record.kind === 'fill' ? [record.fill] : []))
    const users = new Set(records.map(recordUser))
    const touched = [...users].flatMap((user) => accounts.get(user) ?? [])
    const assets = new Set(records.flatMap((record) => (record.kind === 'order' ? [record.order.asset] : [])))
    const books = [...assets].flatMap((asset) => bookFaults(this.engine.state, markets[asset] as CoinMarket))
    const faults = [...touched.flatMap(accountFaults), ...books, ...mirrorFaults(fills)]
    this.violations += faults.length
    for (const fault of faults) onFault(new InvariantError(fault))
  }

  /** Discounts of one account, from now on. */
  setDiscounts(user: string, discounts: Discounts, now: EpochMs): void {
    this.engine.state.discounts.set(user, discounts)
    this.settle([{ kind: 'discounts', user, ...discounts, ts: now }])
  }

  /** For status pages. */
  status(): Record<string, unknown> {
    const accounts = [...this.engine.state.accounts.values()]
    return {
      accounts: accounts.length,
      open_orders: accounts.reduce((sum, account) => sum + account.open.size, 0),
      journal: this.journal.stats(),
      recovered_lines: this.recovered.lines,
      cut_bytes: this.recovered.cutBytes,
      violations: this.violations,
    }
  }

  #restore(folder: string): { lines: number; cutBytes: number } {
    const accounts = new AccountRestorer(this.engine.state)
    const found = recoverJournal(folder, (line) => {
      if (!accounts.apply(line)) this.#restoreOther(line)
    })
    accounts.finish()
    return found
  }

  #restoreOther(line: JournalLine): void {
    if (line.kind === 'action') {
      this.nonces.use(String(line.signer), Number(line.nonce))
      const account = this.engine.account(String(line.user))
      if (account) account.requests += Number(line.n ?? 1)
    } else if (line.kind === 'agent') this.agents.apply(line as unknown as Agent)
    else if (line.kind === 'discounts')
      this.engine.state.discounts.set(String(line.user), readDiscounts(line))
    else if (line.kind === 'subaccount') this.subs.add(line as unknown as SubAccount)
    else if (line.kind === 'builder')
      setBuilder(this.builders, String(line.user), String(line.builder), String(line.rate))
  }
}

const readDiscounts = ({ staking, referral, makerFraction }: JournalLine): Discounts => ({
  staking: Number(staking),
  referral: Number(referral),
  makerFraction: Number(makerFraction),
})

/** Journal lines → accounts: rebuilds what the exchange knew about its users when it stopped. */
// Not here: writing the lines (journal-lines.ts), files (journal.ts).
import { assert } from '#domain/errors.ts'
import { type Account, fileClosedOrder, HISTORY, trimHistory } from '#exchange/paper/engine/account.ts'
import { bookFill } from '#exchange/paper/engine/book-fill.ts'
import { isRefusal } from '#exchange/paper/engine/order-checks.ts'
import { enterOrder } from '#exchange/paper/engine/order-lifecycle.ts'
import { bookLedger, coinAccount, type EngineState, openAccount } from '#exchange/paper/engine/state.ts'
import { addTwap } from '#exchange/paper/engine/twap.ts'
import type {
  Fill,
  FundingPayment,
  LedgerUpdate,
  Order,
  OrderStatus,
  Twap,
} from '#exchange/paper/engine/types.ts'
import type { JournalLine } from '#exchange/paper/journal.ts'

const DAY_MS = 86_400_000

/** What a line tells of its thing, without what makes it a line. */
function factsOf({
  kind: _kind,
  coin: _coin,
  first: _first,
  sequence: _sequence,
  end: _end,
  ...facts
}: JournalLine): unknown {
  return facts
}

/** Feed it every line in order, then call `finish`. */
export class AccountRestorer {
  readonly #state: EngineState
  /** Orders that are not closed yet. */
  readonly #orders = new Map<number, Order>()
  /** Coins are looked up by name: a universe may have been reordered since. */
  readonly #assets: ReadonlyMap<string, number>

  constructor(state: EngineState) {
    this.#state = state
    this.#assets = new Map(state.specs.map(({ name, asset }) => [name, asset]))
  }

  /** Applies one line. @returns false for kinds that are not the engine's */
  apply(line: JournalLine): boolean {
    const state = this.#state
    if (typeof line.sequence === 'number') state.sequence = Math.max(state.sequence, line.sequence)
    if (typeof line.ts === 'number') state.now = Math.max(state.now, line.ts)
    if (typeof line.coin !== 'string') return this.#applyPlain(line)
    const asset = this.#assets.get(line.coin)
    if (asset === undefined) this.#applyForeign(line)
    else this.#applyOfCoin(line, asset)
    return true
  }

  /** Puts open orders back where they were, oldest first. Their place in the queue is not known any more: they join behind. */
  finish(): void {
    const state = this.#state
    for (const order of [...this.#orders.values()].sort((a, b) => a.oid - b.oid)) {
      const waits = order.trigger !== null && order.status === 'open'
      const parentIsOpen = order.parent !== 0 && this.#orders.has(order.parent)
      enterOrder(
        state,
        this.#account(order.user),
        order,
        waits ? (parentIsOpen ? 'parent' : 'trigger') : 'book',
      )
      order.ahead = -1
    }
    state.records = []
  }

  #account(user: unknown): Account {
    const account = this.#state.accounts.get(String(user))
    assert(account, `the journal names the unknown account ${String(user)}`)
    return account
  }

  #applyPlain(line: JournalLine): boolean {
    switch (line.kind) {
      case 'account':
        openAccount(this.#state, String(line.user))
        return true
      case 'ledger':
        bookLedger(this.#state, this.#account(line.user), factsOf(line) as LedgerUpdate)
        return true
      case 'schedule':
        this.#restoreSchedule(line)
        return true
      case 'liquidation':
        return true
      default:
        return false
    }
  }

  #applyOfCoin(line: JournalLine, asset: number): void {
    const coin = () => coinAccount(this.#state, this.#account(line.user), asset)
    switch (line.kind) {
      case 'order':
        this.#restoreOrder(line, asset)
        break
      case 'fill':
        this.#restoreFill({ ...(factsOf(line) as Fill), asset })
        break
      case 'funding':
        this.#restoreFunding({ ...(factsOf(line) as FundingPayment), asset })
        break
      case 'twap':
        this.#restoreTwap(line, asset)
        break
      case 'leverage':
        coin().leverage = Number(line.leverage)
        coin().isCross = line.isCross === true
        break
      case 'isolated':
        coin().isolatedUsd += Number(line.usd)
        this.#account(line.user).cash -= Number(line.usd)
        break
    }
  }

  /** A coin that this market does not have (another source): its history cannot be shown, its effect on cash is kept. */
  #applyForeign(line: JournalLine): void {
    if (line.kind === 'fill') {
      const account = this.#account(line.user)
      account.cash += Number(line.closedPnl) - Number(line.fee)
      account.realised += Number(line.closedPnl)
      account.fees += Number(line.fee)
    } else if (line.kind === 'funding') {
      const account = this.#account(line.user)
      account.cash += Number(line.usd)
      account.funded += Number(line.usd)
    }
  }

  #restoreOrder(line: JournalLine, asset: number): void {
    const account = this.#account(line.user)
    const oid = Number(line.oid)
    const status = line.status as OrderStatus
    const refused = isRefusal(status)
    if (line.first === 1) {
      const places = { place: 'closed', filledNtl: 0, ahead: -1, prev: null, next: null } as const
      const order = { ...(factsOf(line) as Order), asset, statusTs: Number(line.ts), ...places }
      this.#orders.set(oid, order)
      this.#state.nextOid = Math.max(this.#state.nextOid, oid + 1)
      if (order.cloid !== null && !(refused && account.byCloid.has(order.cloid)))
        account.byCloid.set(order.cloid, order)
    }
    const order = this.#orders.get(oid)
    if (!order) return // closed so long ago that its first line is gone
    order.status = status
    order.statusTs = Number(line.ts)
    order.sz = Number(line.sz)
    order.px = Number(line.px)
    if (status === 'open' || status === 'triggered') return
    fileClosedOrder(account, order)
    this.#orders.delete(oid)
  }

  #restoreFill(fill: Fill): void {
    const state = this.#state
    const account = this.#account(fill.user)
    const { asset, isBuy, oid, cloid, twapId, px, sz, crossed, tid, liquidation } = fill
    const order = this.#orders.get(oid) ?? ({ asset, isBuy, oid, cloid, twapId, filledNtl: 0, sz } as Order)
    order.filledNtl += px * sz
    order.sz -= sz
    state.hash = fill.hash
    bookFill(state, account, { order, px, sz, crossed, tid, liquidation, recorded: fill })
  }

  #restoreFunding(payment: FundingPayment): void {
    const account = this.#account(payment.user)
    const coin = coinAccount(this.#state, account, payment.asset)
    if (coin.isCross) account.cash += payment.usd
    else coin.isolatedUsd += payment.usd
    account.funded += payment.usd
    coin.cumFunding.allTime -= payment.usd
    coin.cumFunding.sinceOpen -= payment.usd
    coin.cumFunding.sinceChange -= payment.usd
    account.funding.push(payment)
    trimHistory(account.funding, HISTORY.fundingMax)
  }

  #restoreTwap(line: JournalLine, asset: number): void {
    const { startedTs, ...facts } = factsOf(line) as Twap & { startedTs: number }
    const account = this.#account(line.user)
    const known = account.twaps.get(facts.id)
    if (known) {
      this.#state.twaps.delete(known.id)
      Object.assign(known, {
        status: facts.status,
        statusTs: Number(line.ts),
        error: facts.error,
        lastSlice: facts.lastSlice,
      })
      return
    }
    // Its fills follow, and add up again.
    const progress = { executedSz: 0, executedNtl: 0, ts: startedTs, statusTs: Number(line.ts) }
    addTwap(this.#state, account, { ...facts, asset, ...progress })
    this.#state.nextTwapId = Math.max(this.#state.nextTwapId, facts.id + 1)
  }

  #restoreSchedule(line: JournalLine): void {
    const account = this.#account(line.user)
    account.scheduledCancel = typeof line.time === 'number' ? line.time : null
    if (typeof line.firedTs !== 'number') return
    const day = Math.floor(line.firedTs / DAY_MS)
    account.scheduledFirings =
      account.scheduledFirings[0] === day ? [day, account.scheduledFirings[1] + 1] : [day, 1]
  }
}

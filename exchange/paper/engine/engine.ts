/** The exchange without IO: one synchronous object that market events, orders and time go into and records come out of. */
// Not here: HTTP, sockets, signatures, the journal (exchange/paper); what computes the mark price of a source without one (mark-price.ts).
import { assert } from '#domain/errors.ts'
import type { EpochMs } from '#domain/time.ts'
import type { Account } from '#exchange/paper/engine/account.ts'
import type { CoinMarket } from '#exchange/paper/engine/book.ts'
import {
  cancelAll,
  cancelOrder,
  modifyOrder,
  type OrderChange,
} from '#exchange/paper/engine/cancel-orders.ts'
import { applyFunding } from '#exchange/paper/engine/funding.ts'
import { changeIsolatedMargin, changeLeverage, type LeverageChange } from '#exchange/paper/engine/leverage.ts'
import { checkLiquidations } from '#exchange/paper/engine/liquidation.ts'
import { type OrderBatch, placeOrders } from '#exchange/paper/engine/place-orders.ts'
import {
  type BookView,
  onBookSnapshot,
  onPublicTrade,
  type PublicTrade,
} from '#exchange/paper/engine/queue-model.ts'
import {
  beginCall,
  bookLedger,
  callHash,
  createState,
  type EngineState,
  openAccount,
} from '#exchange/paper/engine/state.ts'
import { fireTriggers } from '#exchange/paper/engine/triggers.ts'
import { cancelTwap, runTwaps, startTwap, type TwapRequest } from '#exchange/paper/engine/twap.ts'
import type { CoinSpec, EngineRecord, LedgerUpdate, OrderResult, Twap } from '#exchange/paper/engine/types.ts'
import { formatUsd } from '#exchange/paper/engine/units.ts'

export interface EngineOptions {
  specs: readonly CoinSpec[]
  /** Seeds hashes and tids; nothing else is random here. */
  seed?: number
}

/** All methods take the wall time first; it stamps what happens and never runs backwards inside. */
export interface Engine {
  readonly state: EngineState
  bookSnapshot(now: EpochMs, asset: number, book: BookView): void
  publicTrade(now: EpochMs, asset: number, trade: PublicTrade): void
  /** New mark and oracle, ticks: fires triggers and liquidations. */
  markPrice(now: EpochMs, asset: number, prices: { mark: number; oracle: number }): void
  /** Pays one hour of funding: rate in 1e-10, on the oracle price. */
  funding(now: EpochMs, asset: number, rate: number): void
  /** Fires scheduled cancels and TWAP slices that are due. */
  tick(now: EpochMs): void
  /** Credits USDC (micro-dollars); makes the account if it does not exist. */
  deposit(now: EpochMs, user: string, usd: number): Account
  /** Books a transfer or any other non-funding change. */
  ledger(now: EpochMs, update: Omit<LedgerUpdate, 'ts' | 'hash'>): Account
  placeOrders(now: EpochMs, user: string, batch: OrderBatch): OrderResult[]
  /** @returns null on success, else the venue's text */
  cancel(
    now: EpochMs,
    user: string,
    cancels: readonly { asset: number; id: number | string }[],
  ): (string | null)[]
  modify(now: EpochMs, user: string, change: OrderChange): OrderResult
  updateLeverage(now: EpochMs, user: string, change: LeverageChange): string | null
  updateIsolatedMargin(now: EpochMs, user: string, change: { asset: number; usd: number }): string | null
  scheduleCancel(now: EpochMs, user: string, time: EpochMs | null): void
  /** @returns the TWAP, or the venue's text */
  startTwap(now: EpochMs, user: string, request: TwapRequest): Twap | string
  /** @returns null on success, else the venue's text */
  cancelTwap(now: EpochMs, user: string, twap: { asset: number; id: number }): string | null
  account(user: string): Account | undefined
  /** Takes the records since the last drain, oldest first. */
  drain(): EngineRecord[]
}

export const createEngine = ({ specs, seed = 1 }: EngineOptions): Engine =>
  new StateEngine(createState(specs, seed))

class StateEngine implements Engine {
  readonly state: EngineState

  constructor(state: EngineState) {
    this.state = state
  }

  bookSnapshot(now: EpochMs, asset: number, book: BookView): void {
    beginCall(this.state, now)
    onBookSnapshot(this.state, this.#market(asset), book)
  }

  publicTrade(now: EpochMs, asset: number, trade: PublicTrade): void {
    beginCall(this.state, now)
    const market = this.#market(asset)
    market.lastPx = trade.px
    onPublicTrade(this.state, market, trade)
  }

  markPrice(now: EpochMs, asset: number, prices: { mark: number; oracle: number }): void {
    beginCall(this.state, now)
    const market = this.#market(asset)
    market.markPx = prices.mark
    market.oraclePx = prices.oracle
    fireTriggers(this.state, market)
    checkLiquidations(this.state, asset)
  }

  funding(now: EpochMs, asset: number, rate: number): void {
    beginCall(this.state, now)
    applyFunding(this.state, this.#market(asset), rate)
  }

  tick(now: EpochMs): void {
    beginCall(this.state, now)
    fireScheduledCancels(this.state)
    runTwaps(this.state)
  }

  deposit(now: EpochMs, user: string, usd: number): Account {
    return this.ledger(now, { user, usd, spotUsd: 0, delta: { type: 'deposit', usdc: formatUsd(usd) } })
  }

  ledger(now: EpochMs, update: Omit<LedgerUpdate, 'ts' | 'hash'>): Account {
    const { state } = this
    beginCall(state, now)
    const account = openAccount(state, update.user)
    bookLedger(state, account, { ...update, ts: state.now, hash: callHash(state) })
    return account
  }

  placeOrders(now: EpochMs, user: string, batch: OrderBatch): OrderResult[] {
    beginCall(this.state, now)
    return placeOrders(this.state, this.#known(user), batch)
  }

  cancel(
    now: EpochMs,
    user: string,
    cancels: readonly { asset: number; id: number | string }[],
  ): (string | null)[] {
    beginCall(this.state, now)
    const account = this.#known(user)
    return cancels.map(({ asset, id }) => cancelOrder(this.state, account, asset, id))
  }

  modify(now: EpochMs, user: string, change: OrderChange): OrderResult {
    beginCall(this.state, now)
    return modifyOrder(this.state, this.#known(user), change)
  }

  updateLeverage(now: EpochMs, user: string, change: LeverageChange): string | null {
    beginCall(this.state, now)
    return changeLeverage(this.state, this.#known(user), change)
  }

  updateIsolatedMargin(now: EpochMs, user: string, change: { asset: number; usd: number }): string | null {
    beginCall(this.state, now)
    return changeIsolatedMargin(this.state, this.#known(user), change)
  }

  scheduleCancel(now: EpochMs, user: string, time: EpochMs | null): void {
    beginCall(this.state, now)
    this.#known(user).scheduledCancel = time
    this.state.records.push({ kind: 'schedule', user, time, firedTs: null })
  }

  startTwap(now: EpochMs, user: string, request: TwapRequest): Twap | string {
    beginCall(this.state, now)
    return startTwap(this.state, this.#known(user), request)
  }

  cancelTwap(now: EpochMs, user: string, { asset, id }: { asset: number; id: number }): string | null {
    beginCall(this.state, now)
    return cancelTwap(this.state, this.#known(user), asset, id)
  }

  account(user: string): Account | undefined {
    return this.state.accounts.get(user)
  }

  drain(): EngineRecord[] {
    const { records } = this.state
    this.state.records = []
    return records
  }

  #market(asset: number): CoinMarket {
    const market = this.state.markets[asset]
    assert(market, `asset ${asset} is not in the universe`)
    return market
  }

  #known(user: string): Account {
    const account = this.state.accounts.get(user)
    assert(account, `account ${user} does not exist`)
    return account
  }
}

const DAY_MS = 86_400_000

function fireScheduledCancels(state: EngineState): void {
  const day = Math.floor(state.now / DAY_MS)
  for (const account of state.accounts.values()) {
    if (account.scheduledCancel === null || account.scheduledCancel > state.now) continue
    const [lastDay, firings] = account.scheduledFirings
    account.scheduledCancel = null
    account.scheduledFirings = lastDay === day ? [day, firings + 1] : [day, 1]
    state.records.push({ kind: 'schedule', user: account.address, time: null, firedTs: state.now })
    cancelAll(state, account, 'scheduledCancel')
  }
}

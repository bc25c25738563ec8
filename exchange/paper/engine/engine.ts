/** The exchange without IO: one synchronous object that market events, orders and time go into and records come out of. */
// Not here: HTTP, sockets, signatures, the journal (exchange/paper); what computes the mark price of a source without one (mark-price.ts).
import { InvariantError } from '#domain/errors.ts'
import type { EpochMs } from '#domain/time.ts'
import type { Account } from '#exchange/paper/engine/account.ts'
import { cancelAll, cancelOrder, modifyOrder } from '#exchange/paper/engine/cancel-orders.ts'
import { applyFunding } from '#exchange/paper/engine/funding.ts'
import { changeIsolatedMargin, changeLeverage } from '#exchange/paper/engine/leverage.ts'
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
import type {
  CoinSpec,
  EngineRecord,
  LedgerUpdate,
  OrderRequest,
  OrderResult,
} from '#exchange/paper/engine/types.ts'
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
  /** Fires scheduled cancels that are due. */
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
  modify(
    now: EpochMs,
    user: string,
    change: { id: number | string; order: OrderRequest; alwaysPlace: boolean },
  ): OrderResult
  updateLeverage(
    now: EpochMs,
    user: string,
    change: { asset: number; leverage: number; isCross: boolean },
  ): string | null
  updateIsolatedMargin(now: EpochMs, user: string, change: { asset: number; usd: number }): string | null
  scheduleCancel(now: EpochMs, user: string, time: EpochMs | null): void
  account(user: string): Account | undefined
  /** Takes the records since the last drain, oldest first. */
  drain(): EngineRecord[]
}

export function createEngine(options: EngineOptions): Engine {
  return engineOver(createState(options.specs, options.seed ?? 1))
}

/** The engine's methods over a state, new or restored. */
export function engineOver(state: EngineState): Engine {
  const market = (asset: number) => {
    const found = state.markets[asset]
    if (!found) throw new InvariantError(`asset ${asset} is not in the universe`)
    return found
  }
  const known = (user: string): Account => {
    const account = state.accounts.get(user)
    if (!account) throw new InvariantError(`account ${user} does not exist`)
    return account
  }
  return {
    state,
    bookSnapshot: (now, asset, book) => {
      beginCall(state, now)
      onBookSnapshot(state, market(asset), book)
    },
    publicTrade: (now, asset, trade) => {
      beginCall(state, now)
      market(asset).lastPx = trade.px
      onPublicTrade(state, market(asset), trade)
    },
    markPrice: (now, asset, prices) => {
      beginCall(state, now)
      market(asset).markPx = prices.mark
      market(asset).oraclePx = prices.oracle
      fireTriggers(state, market(asset))
      checkLiquidations(state, asset)
    },
    funding: (now, asset, rate) => {
      beginCall(state, now)
      applyFunding(state, market(asset), rate)
    },
    tick: (now) => {
      beginCall(state, now)
      for (const account of state.accounts.values()) {
        if (account.scheduledCancel !== null && account.scheduledCancel <= now)
          fireScheduledCancel(state, account)
      }
    },
    deposit: (now, user, usd) => {
      beginCall(state, now)
      const account = openAccount(state, user)
      const delta = { type: 'deposit', usdc: formatUsd(usd) }
      bookLedger(state, account, { user, ts: state.now, hash: callHash(state), usd, spotUsd: 0, delta })
      return account
    },
    ledger: (now, update) => {
      beginCall(state, now)
      const account = openAccount(state, update.user)
      bookLedger(state, account, { ...update, ts: state.now, hash: callHash(state) })
      return account
    },
    placeOrders: (now, user, batch) => {
      beginCall(state, now)
      return placeOrders(state, known(user), batch)
    },
    cancel: (now, user, cancels) => {
      beginCall(state, now)
      const account = known(user)
      return cancels.map(({ asset, id }) => cancelOrder(state, account, asset, id))
    },
    modify: (now, user, change) => {
      beginCall(state, now)
      return modifyOrder(state, known(user), change)
    },
    updateLeverage: (now, user, change) => {
      beginCall(state, now)
      return changeLeverage(state, known(user), change)
    },
    updateIsolatedMargin: (now, user, change) => {
      beginCall(state, now)
      return changeIsolatedMargin(state, known(user), change)
    },
    scheduleCancel: (now, user, time) => {
      beginCall(state, now)
      known(user).scheduledCancel = time
      state.records.push({ kind: 'schedule', user, time, firedTs: null })
    },
    account: (user) => state.accounts.get(user),
    drain: () => {
      const records = state.records
      state.records = []
      return records
    },
  }
}

const DAY_MS = 86_400_000

function fireScheduledCancel(state: EngineState, account: Account): void {
  const day = Math.floor(state.now / DAY_MS)
  account.scheduledCancel = null
  account.scheduledFirings =
    account.scheduledFirings[0] === day ? [day, account.scheduledFirings[1] + 1] : [day, 1]
  state.records.push({ kind: 'schedule', user: account.address, time: null, firedTs: state.now })
  cancelAll(state, account, 'scheduledCancel')
}

/** Engine records ↔ journal lines: writing what happened, and rebuilding accounts from it. */
// Not here: files (journal.ts). The lines hold results, never requests: rebuilding needs no market data.
import { assert } from '#domain/errors.ts'
import { fileClosedOrder, HISTORY, trimHistory } from '#exchange/paper/engine/account.ts'
import type { CoinMarket } from '#exchange/paper/engine/book.ts'
import { bookFill } from '#exchange/paper/engine/book-fill.ts'
import { enterOrder, leaveOrder } from '#exchange/paper/engine/order-lifecycle.ts'
import { bookLedger, coinAccount, type EngineState, openAccount } from '#exchange/paper/engine/state.ts'
import type {
  CoinSpec,
  EngineRecord,
  Fill,
  FundingPayment,
  LedgerUpdate,
  Order,
  OrderStatus,
} from '#exchange/paper/engine/types.ts'
import type { JournalLine } from '#exchange/paper/journal.ts'

const coinName = (state: EngineState, asset: number): string => (state.specs[asset] as CoinSpec).name

/** Lines of a batch of records; the last one gets the counters that ids come from. */
export function journalLines(state: EngineState, records: readonly EngineRecord[]): JournalLine[] {
  const lines = records.map((record) => lineOf(state, record))
  const last = lines.at(-1)
  if (last) lines[lines.length - 1] = { ...last, sequence: state.sequence }
  return lines
}

function lineOf(state: EngineState, record: EngineRecord): JournalLine {
  switch (record.kind) {
    case 'order':
      return orderLine(state, record)
    case 'fill':
      return { kind: 'fill', coin: coinName(state, record.fill.asset), ...record.fill }
    case 'funding':
      return { kind: 'funding', coin: coinName(state, record.payment.asset), ...record.payment }
    case 'ledger':
      return { kind: 'ledger', ...record.update }
    case 'leverage':
    case 'isolated':
      return { ...record, coin: coinName(state, record.asset) }
    default:
      return { ...record }
  }
}

function orderLine(state: EngineState, record: Extract<EngineRecord, { kind: 'order' }>): JournalLine {
  const { order, status, sz, ts, first } = record
  const common = {
    kind: 'order',
    status,
    oid: order.oid,
    cloid: order.cloid,
    user: order.user,
    coin: coinName(state, order.asset),
    sz,
    ts,
  }
  if (!first) return { ...common, px: order.px }
  const {
    asset,
    isBuy,
    px,
    origSz,
    reduceOnly,
    tif,
    trigger,
    isPositionTpsl,
    parent,
    family,
    twapId,
    builder,
  } = order
  return {
    ...common,
    first: 1,
    asset,
    isBuy,
    px,
    origSz,
    reduceOnly,
    tif,
    trigger,
    isPositionTpsl,
    parent,
    family,
    twapId,
    builder,
  }
}

/** Rebuilds an engine's accounts line by line. Call `finish` after the last line. */
export function createRestorer(state: EngineState) {
  const orders = new Map<number, Order>()
  /** Coins are looked up by name: a universe may have been reordered since. */
  const assets = new Map(state.specs.map((spec) => [spec.name, spec.asset]))

  const accountOf = (user: unknown) => {
    const account = state.accounts.get(String(user))
    assert(account, `the journal names the unknown account ${String(user)}`)
    return account
  }

  function restoreOrder(line: JournalLine, asset: number): void {
    const account = accountOf(line.user)
    const oid = Number(line.oid)
    const status = line.status as OrderStatus
    if (line.first === 1) {
      orders.set(oid, {
        ...(line as unknown as Order),
        asset,
        sz: Number(line.sz),
        statusTs: Number(line.ts),
        place: 'closed',
        filledNtl: 0,
        ahead: -1,
        prev: null,
        next: null,
      })
      state.nextOid = Math.max(state.nextOid, oid + 1)
    }
    const order = orders.get(oid)
    if (!order) return // closed so long ago that its first line is gone
    if (
      line.first === 1 &&
      order.cloid !== null &&
      !(status.endsWith('Rejected') && account.byCloid.has(order.cloid))
    ) {
      account.byCloid.set(order.cloid, order)
    }
    order.status = status
    order.statusTs = Number(line.ts)
    order.sz = Number(line.sz)
    order.px = Number(line.px)
    if (status !== 'open' && status !== 'triggered') {
      fileClosedOrder(account, order)
      orders.delete(oid)
    }
  }

  function restoreFill(line: JournalLine, asset: number): void {
    const fill = { ...(line as unknown as Fill), asset }
    const account = accountOf(fill.user)
    const order =
      orders.get(fill.oid) ??
      ({
        asset,
        isBuy: fill.isBuy,
        oid: fill.oid,
        cloid: fill.cloid,
        twapId: fill.twapId,
        filledNtl: 0,
        sz: fill.sz,
      } as Order)
    order.filledNtl += fill.px * fill.sz
    order.sz -= fill.sz
    state.hash = fill.hash
    state.now = Math.max(state.now, fill.ts)
    bookFill(state, account, {
      order,
      px: fill.px,
      sz: fill.sz,
      crossed: fill.crossed,
      tid: fill.tid,
      liquidation: fill.liquidation,
      recorded: fill,
    })
  }

  function restoreFunding(line: JournalLine, asset: number): void {
    const payment = { ...(line as unknown as FundingPayment), asset }
    const account = accountOf(payment.user)
    const coin = coinAccount(state, account, asset)
    if (coin.isCross) account.cash += payment.usd
    else coin.isolatedUsd += payment.usd
    account.funded += payment.usd
    coin.cumFunding.allTime -= payment.usd
    coin.cumFunding.sinceOpen -= payment.usd
    coin.cumFunding.sinceChange -= payment.usd
    account.funding.push(payment)
    trimHistory(account.funding, HISTORY.fundingMax)
  }

  function restoreSchedule(line: JournalLine): void {
    const account = accountOf(line.user)
    account.scheduledCancel = typeof line.time === 'number' ? line.time : null
    if (typeof line.firedTs !== 'number') return
    const day = Math.floor(line.firedTs / 86_400_000)
    account.scheduledFirings =
      account.scheduledFirings[0] === day ? [day, account.scheduledFirings[1] + 1] : [day, 1]
  }

  return {
    /** Applies one line; kinds that are not the engine's are left to the caller. @returns false for those */
    apply(line: JournalLine): boolean {
      if (typeof line.sequence === 'number') state.sequence = Math.max(state.sequence, line.sequence)
      if (typeof line.ts === 'number') state.now = Math.max(state.now, line.ts)
      const asset = typeof line.coin === 'string' ? assets.get(line.coin) : undefined
      // A coin that this market does not have (another source): its history cannot be shown, its cash effects are kept.
      if (typeof line.coin === 'string' && asset === undefined) return restoreForeign(line, accountOf)
      switch (line.kind) {
        case 'account':
          openAccount(state, String(line.user))
          return true
        case 'ledger':
          bookLedger(state, accountOf(line.user), line as unknown as LedgerUpdate)
          return true
        case 'order':
          restoreOrder(line, asset as number)
          return true
        case 'fill':
          restoreFill(line, asset as number)
          return true
        case 'funding':
          restoreFunding(line, asset as number)
          return true
        case 'leverage': {
          const coin = coinAccount(state, accountOf(line.user), asset as number)
          coin.leverage = Number(line.leverage)
          coin.isCross = line.isCross === true
          return true
        }
        case 'isolated': {
          const account = accountOf(line.user)
          coinAccount(state, account, asset as number).isolatedUsd += Number(line.usd)
          account.cash -= Number(line.usd)
          return true
        }
        case 'schedule':
          restoreSchedule(line)
          return true
        case 'liquidation':
          return true
        default:
          return false
      }
    },
    /** Puts open orders back where they were, in order of age. Their place in the queue is not known any more: they join behind. */
    finish(): void {
      for (const order of [...orders.values()].sort((a, b) => a.oid - b.oid)) {
        const account = accountOf(order.user)
        const waits = order.trigger !== null && order.status === 'open'
        const parent = order.parent === 0 ? undefined : orders.get(order.parent)
        leaveOrder(state, account, order)
        enterOrder(state, account, order, waits ? (parent ? 'parent' : 'trigger') : 'book')
        order.ahead = -1
      }
      for (const market of state.markets as CoinMarket[]) {
        market.bids = []
        market.asks = []
      }
      state.records = []
    },
  }
}

function restoreForeign(
  line: JournalLine,
  accountOf: (user: unknown) => { cash: number; realised: number; fees: number; funded: number },
): boolean {
  if (line.kind === 'fill') {
    const account = accountOf(line.user)
    account.cash += Number(line.closedPnl) - Number(line.fee)
    account.realised += Number(line.closedPnl)
    account.fees += Number(line.fee)
  } else if (line.kind === 'funding') {
    const account = accountOf(line.user)
    account.cash += Number(line.usd)
    account.funded += Number(line.usd)
  }
  return true
}

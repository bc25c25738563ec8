/** What must hold of every account and book at any moment; checked continuously by the exchange, and by tests after every step. */
import type { Account } from '#exchange/paper/engine/account.ts'
import { type CoinMarket, type OwnSide, ownLevels } from '#exchange/paper/engine/book.ts'
import type { EngineState } from '#exchange/paper/engine/state.ts'
import type { CoinAccount, Fill, Order } from '#exchange/paper/engine/types.ts'

/** Sentences about what is broken in one account; empty when all holds. */
export function accountFaults(account: Account): string[] {
  const faults: string[] = []
  const isolated = account.active.reduce((sum, coin) => sum + coin.isolatedUsd, 0)
  const owed = account.deposited + account.realised - account.fees + account.funded
  if (account.cash + isolated !== owed) {
    faults.push(
      `${account.address}: cash ${account.cash} + isolated ${isolated} is not deposits + PnL − fees + funding ${owed}`,
    )
  }
  for (const coin of account.active) faults.push(...coinFaults(account, coin))
  for (const order of account.open.values()) {
    if (order.place === 'closed') faults.push(`order ${order.oid} is open and nowhere`)
    const isWholePosition = order.isPositionTpsl && order.origSz === 0
    if (order.sz <= 0 && !isWholePosition) faults.push(`open order ${order.oid} has size ${order.sz}`)
    if (order.sz > order.origSz) faults.push(`order ${order.oid} is larger than it began`)
  }
  for (const order of account.closed) {
    if (order.place !== 'closed' || account.open.has(order.oid))
      faults.push(`order ${order.oid} is both open and closed`)
  }
  return faults
}

function coinFaults(account: Account, coin: CoinAccount): string[] {
  const faults: string[] = []
  const held = { buySz: 0, buyNtl: 0, sellSz: 0, sellNtl: 0, reduceOnlyOrders: 0, triggerOrders: 0 }
  for (const order of account.open.values()) {
    if (order.asset !== coin.asset) continue
    if (order.place === 'trigger' || order.place === 'parent') held.triggerOrders++
    else if (order.reduceOnly) held.reduceOnlyOrders++
    else if (order.isBuy) {
      held.buySz += order.sz
      held.buyNtl += order.sz * order.px
    } else {
      held.sellSz += order.sz
      held.sellNtl += order.sz * order.px
    }
  }
  for (const [name, value] of Object.entries(held)) {
    const kept = coin[name as keyof typeof held]
    if (kept !== value)
      faults.push(`${account.address} asset ${coin.asset}: ${name} is ${kept}, its orders say ${value}`)
  }
  if (coin.szi === 0 && (coin.entryNtl !== 0 || coin.isolatedUsd !== 0)) {
    faults.push(
      `${account.address} asset ${coin.asset}: flat, but entry ${coin.entryNtl} and isolated ${coin.isolatedUsd}`,
    )
  }
  if (coin.szi > 0 && coin.entryNtl < 0)
    faults.push(`${account.address} asset ${coin.asset}: long with a negative entry`)
  if (coin.szi < 0 && coin.entryNtl > 0)
    faults.push(`${account.address} asset ${coin.asset}: short with a positive entry`)
  return faults
}

/** Sentences about what is broken in one coin's own queues. */
export function bookFaults(state: EngineState, market: CoinMarket): string[] {
  return [...sideFaults(state, market, market.ownBids), ...sideFaults(state, market, market.ownAsks)]
}

function sideFaults(state: EngineState, market: CoinMarket, side: OwnSide): string[] {
  const faults: string[] = []
  const { name } = market.spec
  for (let at = 1; at < side.keys.length; at++) {
    if ((side.keys[at - 1] as number) >= (side.keys[at] as number))
      faults.push(`${name}: price levels out of order`)
  }
  if (side.keys.length !== side.levels.size)
    faults.push(`${name}: ${side.keys.length} keys for ${side.levels.size} levels`)
  const [first = null] = ownLevels(side)
  if (side.best !== first) faults.push(`${name}: its best level is not the one of its last key`)
  for (const level of ownLevels(side)) {
    let sz = 0
    let count = 0
    let last: Order | null = null
    for (let order = level.head; order; order = order.next) {
      sz += order.sz
      count++
      if (order.px !== level.px || order.place !== 'book')
        faults.push(`${name}: order ${order.oid} does not belong at ${level.px}`)
      if (last && last.oid > order.oid && last.trigger === null && order.trigger === null)
        faults.push(`${name}: ${order.oid} stands behind the younger ${last.oid}`)
      if (state.accounts.get(order.user)?.open.get(order.oid) !== order)
        faults.push(`${name}: order ${order.oid} is in the book but not open`)
      last = order
    }
    if (sz !== level.sz || count !== level.count || count === 0)
      faults.push(
        `${name}: level ${level.px} counts ${level.count} orders of ${level.sz}, holds ${count} of ${sz}`,
      )
  }
  return faults
}

/** Fills that share a trade must mirror each other. */
export function mirrorFaults(fills: readonly Fill[]): string[] {
  const byTid = new Map<number, Fill>()
  const faults: string[] = []
  for (const fill of fills) {
    const other = byTid.get(fill.tid)
    if (!other) {
      byTid.set(fill.tid, fill)
      continue
    }
    const mirrors =
      other.asset === fill.asset &&
      other.px === fill.px &&
      other.sz === fill.sz &&
      other.hash === fill.hash &&
      other.isBuy !== fill.isBuy &&
      other.crossed !== fill.crossed &&
      other.user !== fill.user
    if (!mirrors) faults.push(`trade ${fill.tid}: its two fills do not mirror each other`)
  }
  return faults
}

/** What the acceptance tests compare: the exchange's own record of orders and fills against our rows, and duplicates in it. */

import type { FillEvent, OrderEvent } from '#domain/events.ts'
import { parseCloid } from '#domain/ids.ts'
import { parseFills, parseHistoricalOrders } from '#exchange/wire/info.ts'
import type { Stack } from '../support/stack.ts'

/** Every order the exchange knows of the account (the newest 2,000), by its own historicalOrders. */
export async function venueOrders(stack: Stack, account: string): Promise<OrderEvent[]> {
  return parseHistoricalOrders(
    await stack.info({ type: 'historicalOrders', user: stack.address(account) }),
    account,
    0,
  )
}

/** Every fill of the account since `from`, oldest first. */
export async function venueFills(stack: Stack, account: string, from = 0): Promise<FillEvent[]> {
  return parseFills(
    await stack.info({ type: 'userFillsByTime', user: stack.address(account), startTime: from }),
    account,
    0,
  )
}

/** Client order ids under which the exchange took more than one order: must be empty. */
export function duplicateCloids(orders: readonly OrderEvent[]): string[] {
  const oids = new Map<string, Set<number>>()
  for (const { cloid, oid } of orders) {
    if (cloid === '') continue
    oids.set(cloid, (oids.get(cloid) ?? new Set()).add(oid))
  }
  return [...oids].filter(([, seen]) => seen.size > 1).map(([cloid]) => cloid)
}

/** Highest epoch among the account's orders. */
export const highestEpoch = (orders: readonly OrderEvent[]): number =>
  Math.max(0, ...orders.map(({ cloid }) => parseCloid(cloid)?.epoch ?? 0))

/** Identities `(ts, tid)` of fills that the exchange has and our table has not. */
export async function missingFills(stack: Stack, account: string): Promise<string[]> {
  const stored = await stack.rows<{ id: string }>(
    "SELECT DISTINCT concat(toString(toUnixTimestamp64Milli(ts)), '/', toString(tid)) AS id FROM fills WHERE account = {account:String}",
    { account },
  )
  const known = new Set(stored.map(({ id }) => id))
  return (await venueFills(stack, account))
    .map(({ ts, tid }) => `${ts}/${tid}`)
    .filter((id) => !known.has(id))
}

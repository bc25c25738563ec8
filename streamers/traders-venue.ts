/** What following traders asks the venue, each question within its share: account states, open orders, what became of an order. */
// Not here: whom to ask (traders-reconciler.ts, traders-orders.ts).
import type { OrderEvent } from '#domain/events.ts'
import type { Clock } from '#domain/time.ts'
import type { TraderOrder } from '#domain/traders/open-orders.ts'
import type { VenueState } from '#domain/traders/reconcile.ts'
import type { Info } from '#exchange/client/info.ts'
import type { WeightBudget } from '#exchange/client/weight-budget.ts'
import { parseTraderState } from '#exchange/wire/trader-state.ts'
import { createShareBudget, SHARES, type ShareBudget } from '#streamers/traders-budget.ts'

export interface TradersVenue {
  readonly positionsBudget: ShareBudget
  readonly ordersBudget: ShareBudget
  state(address: string): Promise<VenueState>
  openOrders(address: string): Promise<TraderOrder[]>
  /** Null when the venue no longer knows the order. */
  orderStatus(address: string, oid: number): Promise<OrderEvent | null>
}

/** Opens questions to the venue; `limit` is given the budget of the machine and returns the one to ask under. */
export type OpenInfo = (
  limit: (machine: WeightBudget) => WeightBudget,
) => Pick<Info, 'ask' | 'openOrders' | 'orderStatus'>

export function createTradersVenue(openInfo: OpenInfo, clock: Clock): TradersVenue {
  const open = (share: number) => {
    let budget = createShareBudget(clock, share)
    const info = openInfo((machine) => {
      budget = createShareBudget(clock, share, machine)
      return budget
    })
    return { budget, info }
  }
  const positions = open(SHARES.positions)
  const orders = open(SHARES.orders)
  return {
    positionsBudget: positions.budget,
    ordersBudget: orders.budget,
    state: async (user) => parseTraderState(await positions.info.ask('clearinghouseState', { user })),
    openOrders: async (user) =>
      (await orders.info.openOrders(user)).map(({ oid, coin, side, px, sz, reduceOnly, ts }) => ({
        ...{ oid, coin, side, px, sz, originalSz: sz, reduceOnly, openedTs: ts },
      })),
    orderStatus: (user, oid) => orders.info.orderStatus(user, user, oid),
  }
}

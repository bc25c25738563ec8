/** What following traders asks the venue, each question within its share: account states, open orders, what became of an order. */
// Not here: whom to ask (traders-reconciler.ts, traders-orders.ts).
import type { OrderEvent } from '#domain/events.ts'
import type { Clock } from '#domain/time.ts'
import type { TraderOrder } from '#domain/traders/open-orders.ts'
import type { VenueState } from '#domain/traders/reconcile.ts'
import type { Transport } from '#exchange/client/http.ts'
import { createInfo } from '#exchange/client/info.ts'
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

export function createTradersVenue(transport: Transport, clock: Clock): TradersVenue {
  const positionsBudget = createShareBudget(clock, SHARES.positions)
  const ordersBudget = createShareBudget(clock, SHARES.orders)
  const positions = createInfo({ transport, clock, budget: positionsBudget })
  const orders = createInfo({ transport, clock, budget: ordersBudget })
  return {
    positionsBudget,
    ordersBudget,
    state: async (user) => parseTraderState(await positions.ask('clearinghouseState', { user })),
    openOrders: async (user) =>
      (await orders.openOrders(user)).map(({ oid, coin, side, px, sz, reduceOnly, ts }) => ({
        ...{ oid, coin, side, px, sz, originalSz: sz, reduceOnly, openedTs: ts },
      })),
    orderStatus: (user, oid) => orders.orderStatus(user, user, oid),
  }
}

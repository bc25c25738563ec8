/** The venue of a dry_live session: signs and never sends, and answers with what would have come of it. */
// Not here: signing (`rehearse`, exchange/client), the hypothetical account (dry-book.ts), the session's own ledger.
import { formatFixed, parseFixed } from '#domain/fixed-point.ts'
import type { Cloid } from '#domain/ids.ts'
import { DryBook, type DryBookParts } from '#domain/session/dry-book.ts'
import type { EventSource, OrderAnswer, Venue } from '#domain/session/ports.ts'
import type { Checkpoint, OrderIntent } from '#domain/session/types.ts'

export interface DryParts extends DryBookParts {
  /** Equity of the real account, which the hypothetical PnL is added to. */
  equityUsd(): Promise<string>
  /**
   * Builds and signs the action and throws it away; a text tells why it could not even be signed.
   * `replaces`: the resting orders, one each, whose place the new ones would take.
   */
  rehearse(
    orders: readonly OrderIntent[],
    expiresAfter: number,
    replaces?: readonly Cloid[],
  ): Promise<string | null>
  /** What would have been sent. */
  onWouldSend(order: OrderIntent, expiresAfter: number): void
}

export interface DryVenue {
  venue: Venue
  events: EventSource
}

/**
 * Begins where the checkpoint stands: its positions and protective stops are all that a dry session has, so nothing else has to survive
 * a restart. Real positions of the account stay out of it, and no funding is paid.
 * @param waits the real event source, which wakes the loop on the market
 */
export function createDryVenue(
  parts: DryParts,
  start: Checkpoint | null,
  waits: Pick<EventSource, 'next'>,
): DryVenue {
  const { clock, market } = parts
  const dry = new DryBook(parts, start)
  const send = async (
    orders: readonly OrderIntent[],
    { expiresAfter, stillAllowed }: Parameters<Venue['placeOrders']>[1],
    replaces?: readonly Cloid[],
  ): Promise<OrderAnswer[]> => {
    const refused = await parts.rehearse(orders, expiresAfter, replaces)
    const no = stillAllowed?.() ?? (clock.now() > expiresAfter ? 'Action already expired' : null) ?? refused
    if (no !== null)
      return orders.map(({ cloid }): OrderAnswer => ({ cloid, status: 'rejected', message: no }))
    for (const order of orders) parts.onWouldSend(order, expiresAfter)
    return orders.map((order, at) => {
      const old = replaces?.[at]
      return old === undefined ? dry.place(order) : dry.replace(old, order)
    })
  }
  const venue: Venue = {
    placeOrders: (orders, options) => send(orders, options),
    modifyOrders: (modifies, options) =>
      send(
        modifies.map(({ order }) => order),
        options,
        modifies.map(({ cloid }) => cloid),
      ),
    cancelOrders: async (orders) => orders.map(({ cloid }) => dry.cancel(cloid)),
    cancelByOid: async () => undefined,
    setLeverage: async () => null,
    async openOrders() {
      dry.match()
      return dry.openOrders()
    },
    async account() {
      const equity = parseFixed(await parts.equityUsd())
      dry.match()
      return { equityUsd: formatFixed(equity + dry.pnlE8()), positions: dry.held() }
    },
    async fillsSince(ts) {
      dry.match()
      return dry.fills.filter((fill) => fill.ts >= ts)
    },
    orderStatus: async (cloid) => dry.statusOf(cloid),
    touch: async (coin) => {
      const bbo = market.bbo(coin)
      return { bid: bbo?.bid?.px ?? null, ask: bbo?.ask?.px ?? null }
    },
  }
  return {
    venue,
    events: {
      next: (timeoutMs, signal) => waits.next(timeoutMs, signal),
      takeAccountEvents() {
        dry.match()
        return dry.events.splice(0)
      },
      accountStreamUp: () => true,
    },
  }
}

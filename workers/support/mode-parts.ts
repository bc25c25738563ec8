/** What a session's mode does to its venue: paper and live send, live only through its gates, dry_live signs and never sends. */
// Not here: the gates (domain/risk/live-gates.ts), the hypothetical account (domain/session/dry-venue.ts).
import type { MarketNeeds, TradingNeeds, TradingParts } from '#activities/trading-session/run-segment.ts'
import { createDryVenue } from '#domain/session/dry-venue.ts'
import type { SessionLimits } from '#domain/session/input.ts'
import type { OrderAnswer, Venue } from '#domain/session/ports.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import type { Clock } from '#domain/time.ts'

/** Answer of the real venue to an action that was signed and thrown away. */
export const NOT_SENT = 'dry_live: signed, not sent'

export interface ModeDeps {
  clock: Clock
  openParts(needs: MarketNeeds): Promise<TradingParts>
  /** The first shut gate of live trading for an order under these limits; null when all are open. */
  liveGate(account: string, limits: SessionLimits): string | null
  /** Why paper orders may not leave here; null where the exchange is the paper exchange. */
  paperGate(): string | null
}

/** Opens the shared parts for one session, with the venue that its mode allows. */
export async function openForMode(deps: ModeDeps, needs: TradingNeeds): Promise<TradingParts> {
  const parts = await deps.openParts(needs)
  const { account, limits, mode } = needs
  if (mode === 'dry_live') return { ...parts, ...dryParts(deps, parts, needs) }
  const gate = (): string | null => {
    if (mode === 'paper') return deps.paperGate()
    return limits === null ? 'LIVE_LIMITS' : deps.liveGate(account, limits)
  }
  return { ...parts, venue: behindGate(parts.venue, gate) }
}

/** Orders that could open risk leave only while the gate is open; what reduces and what cancels always may. */
export function behindGate(venue: Venue, gate: () => string | null): Venue {
  const modify = venue.modifyOrders?.bind(venue)
  const place = venue.placeOrders.bind(venue)
  return {
    ...venue,
    placeOrders: (orders, options) => throughGate(gate, orders, (order) => order, options, place),
    ...(modify && {
      modifyOrders: (modifies, options) => throughGate(gate, modifies, ({ order }) => order, options, modify),
    }),
    async setLeverage(coin, leverage, options) {
      const shut = gate()
      return shut === null
        ? ((await venue.setLeverage?.(coin, leverage, options)) ?? null)
        : `not sent: ${shut}`
    },
  }
}

type SendOptions = Parameters<Venue['placeOrders']>[1]

async function throughGate<Item>(
  gate: () => string | null,
  items: readonly Item[],
  orderOf: (item: Item) => OrderIntent,
  options: SendOptions,
  send: (items: readonly Item[], options: SendOptions) => Promise<OrderAnswer[]>,
): Promise<OrderAnswer[]> {
  const opens = items.some((item) => !orderOf(item).reduce_only)
  const shut = opens ? gate() : null
  if (shut === null) {
    const stillAllowed = (): string | null => options.stillAllowed?.() ?? (opens ? gate() : null)
    return send(items, { ...options, stillAllowed })
  }
  const reducing = items.filter((item) => orderOf(item).reduce_only)
  const sent = reducing.length > 0 ? await send(reducing, options) : []
  return items.map((item): OrderAnswer => {
    const { cloid } = orderOf(item)
    const answer = sent.find((each) => each.cloid === cloid)
    return answer ?? { cloid, status: 'rejected', message: `not sent: ${shut}` }
  })
}

function dryParts(
  deps: ModeDeps,
  parts: TradingParts,
  needs: TradingNeeds,
): Pick<TradingParts, 'venue' | 'events'> {
  const { account, checkpoint, journal } = needs
  const { venue: real, market, events } = parts
  return createDryVenue(
    {
      account,
      clock: deps.clock,
      market,
      equityUsd: async () => (await real.account()).equityUsd,
      async rehearse(orders, expiresAfter, replaces) {
        const options = { expiresAfter, stillAllowed: () => NOT_SENT }
        const modifies = replaces && orders.map((order, at) => ({ cloid: replaces[at] ?? '', order }))
        const answers =
          modifies && real.modifyOrders
            ? await real.modifyOrders(modifies, options)
            : await real.placeOrders(orders, options)
        const other = answers.find((answer) => answer.status !== 'rejected' || answer.message !== NOT_SENT)
        if (!other) return null
        return other.status === 'rejected' ? other.message : `answered ${other.status}`
      },
      onWouldSend: ({ cloid, coin, side, px, sz, tif, reduce_only, purpose }, expiresAfter) =>
        journal.event('would_send', {
          cloid,
          coin,
          side,
          px,
          sz,
          tif,
          reduce_only,
          purpose,
          expires_after: expiresAfter,
        }),
    },
    checkpoint,
    events,
  )
}

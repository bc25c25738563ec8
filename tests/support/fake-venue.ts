/** A venue as a small fake: one account that places, fills what takes at once, changes, cancels and lists. */
// Not here: the other ports (session-ports.ts), a venue with a book and faults (tests/simulation/venue.ts).
import type { FillEvent, Side } from '#domain/events.ts'
import { formatFixed, parseFixed } from '#domain/fixed-point.ts'
import type { OpenOrder, OrderAnswer, Venue, VenuePosition } from '#domain/session/ports.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import type { Clock } from '#domain/time.ts'
import { fillOf, openOf } from './session-ports.ts'

export type Call = { call: string; ts: number } & Record<string, unknown>

/** A venue of one account: places, fills IOC orders whole, cancels, lists. Every method may be replaced by a test. */
export function fakeVenue(clock: Clock) {
  const state = {
    open: [] as OpenOrder[],
    positions: [] as VenuePosition[],
    fills: [] as FillEvent[],
    equityUsd: '10000',
    calls: [] as Call[],
    placed: [] as OrderIntent[],
    canceled: [] as string[],
  }
  const note = (call: string, facts: Record<string, unknown> = {}): void => {
    state.calls.push({ call, ts: clock.now(), ...facts })
  }
  const hold = (coin: string, side: Side, sz: string): string => {
    const was = state.positions.find((each) => each.coin === coin)
    const before = parseFixed(was?.sz ?? '0')
    const after = before + (side === 'buy' ? 1n : -1n) * parseFixed(sz)
    const others = state.positions.filter((each) => each.coin !== coin)
    state.positions = after === 0n ? others : [...others, { coin, sz: formatFixed(after), entryPx: '100' }]
    return formatFixed(before)
  }
  const place = (intent: OrderIntent): OrderAnswer => {
    const { cloid, coin, side, px, sz } = intent
    const oid = state.placed.push(intent)
    if (intent.tif === 'ioc' && !intent.trigger) {
      const startPosition = hold(coin, side, sz)
      state.fills.push(fillOf({ coin, side, px, sz, cloid, startPosition, ts: clock.now(), tid: oid }))
      return { cloid, status: 'filled', oid, sz, avgPx: px }
    }
    state.open.push(openOf({ coin, oid, cloid, side, px, sz, reduceOnly: intent.reduce_only }))
    for (const order of state.open) {
      if (order.cloid === cloid && intent.trigger)
        Object.assign(order, { trigger: true, px: intent.trigger.px })
    }
    return { cloid, status: 'resting', oid }
  }
  const venue: Venue = {
    async placeOrders(orders, options) {
      note('placeOrders', { orders, expiresAfter: options.expiresAfter })
      const refused = options.stillAllowed?.() ?? null
      if (refused !== null)
        return orders.map(({ cloid }) => ({ cloid, status: 'rejected', message: refused }))
      return orders.map(place)
    },
    async modifyOrders(modifies, options) {
      note('modifyOrders', { modifies, expiresAfter: options.expiresAfter })
      const refused = options.stillAllowed?.() ?? null
      return modifies.map(({ cloid: old, order }): OrderAnswer => {
        const { cloid } = order
        if (refused !== null) return { cloid, status: 'rejected', message: refused }
        const rests = state.open.some((each) => each.cloid === old)
        const message = 'Cannot modify canceled or filled order'
        if (!rests) return { cloid, status: 'rejected', message, code: 'GONE' }
        state.open = state.open.filter((each) => each.cloid !== old)
        state.canceled.push(old)
        return place(order)
      })
    },
    async cancelOrders(orders, options) {
      note('cancelOrders', { cloids: orders.map(({ cloid }) => cloid), expiresAfter: options.expiresAfter })
      return orders.map(({ cloid }) => {
        const rests = state.open.some((each) => each.cloid === cloid)
        state.open = state.open.filter((each) => each.cloid !== cloid)
        if (rests) state.canceled.push(cloid)
        return { cloid, status: rests ? 'canceled' : 'gone' }
      })
    },
    cancelByOid: async () => undefined,
    async openOrders() {
      note('openOrders')
      return state.open.map((each) => ({ ...each }))
    },
    async account() {
      note('account')
      return { equityUsd: state.equityUsd, positions: state.positions.map((each) => ({ ...each })) }
    },
    async fillsSince(ts) {
      note('fillsSince', { from: ts })
      return state.fills.filter((each) => each.ts >= ts)
    },
    async orderStatus(cloid) {
      note('orderStatus', { cloid })
      if (state.open.some((each) => each.cloid === cloid)) return { status: 'open', word: 'open' }
      const known = state.placed.some((each) => each.cloid === cloid)
      return known ? { status: 'filled', word: 'filled' } : { status: 'unknown', word: 'unknownOid' }
    },
    touch: async () => ({ bid: '99', ask: '101' }),
  }
  return { venue, state, called: (call: string) => state.calls.filter((each) => each.call === call) }
}

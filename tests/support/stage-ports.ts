/** The ports of the stage: inbox, market view, client of the venue and journal, each of which obeys the knobs. */
// Not here: the stage (session-stage.ts).
import { HoldfastError } from '#domain/errors.ts'
import type { CommandInbox, SegmentPorts, Venue } from '#domain/session/ports.ts'
import { type Market, priceText, SIZE_DECIMALS } from '#tests/simulation/market.ts'
import type { SimVenue } from '#tests/simulation/venue.ts'
import type { Knobs, Stage } from './session-stage.ts'

export function createInbox(
  set: Knobs,
): CommandInbox & { wake(): void; rotate(why: 'params' | 'pause' | 'command'): void } {
  let changed = new AbortController()
  let rotate: 'params' | 'pause' | 'command' | null = null
  const wake = (): void => {
    const fired = changed
    changed = new AbortController()
    fired.abort()
  }
  return {
    kill: () => set.kill,
    takeRotate() {
      const taken = rotate
      rotate = null
      return taken
    },
    changed: () => changed.signal,
    wake,
    rotate(why) {
      rotate = why
      wake()
    },
  }
}

export function marketView(market: Market, set: Knobs): SegmentPorts['market'] {
  const level = (cents: number) => (set.noTouch ? null : { px: priceText(cents), sz: '100', n: 1 })
  return {
    bbo: (coin) => ({
      kind: 'bbo',
      coin,
      ts: 0,
      bid: level(market.bid),
      ask: level(market.ask),
      receivedTs: 0,
    }),
    book: () => null,
    lastTrade: () => null,
    markPx: () => priceText((market.bid + market.ask) / 2),
    ageMs: () => set.ageMs,
    candle: () => null,
    closedCandles: (_coin, _interval, after) => set.candles.filter(({ openTs }) => openTs > after),
    sizeDecimals: () => SIZE_DECIMALS,
  }
}

const silence = (): HoldfastError =>
  new HoldfastError('no answer', { code: 'NO_ANSWER', retryable: true, hint: 'wait' })

export function venueClient(stage: () => Stage, set: Knobs): Venue {
  /** Travels there and back; a lost answer rejects after two seconds. */
  const call = <T>(name: keyof Venue, execute: (venue: SimVenue) => T): Promise<T> =>
    new Promise((resolve, reject) => {
      const { scheduler, venue, calls } = stage()
      scheduler.after(set.venueMs, () => {
        const lost = set.silent.has(name) || set.answersLost.has(name)
        if (!set.silent.has(name)) {
          calls.push(name)
          venue.nowMs = scheduler.nowMs
          const value = execute(venue)
          if (!lost) scheduler.after(set.venueMs, () => resolve(value))
        }
        if (lost) scheduler.after(2_000, () => reject(silence()))
      })
    })
  return {
    async placeOrders(orders, { expiresAfter, stillAllowed }) {
      const no = stillAllowed?.()
      if (no) return orders.map(({ cloid }) => ({ cloid, status: 'rejected', message: no }))
      try {
        return await call('placeOrders', (venue) => venue.place(orders, expiresAfter))
      } catch {
        return orders.map(({ cloid }) => ({ cloid, status: 'unknown', message: 'no answer' }))
      }
    },
    async modifyOrders(modifies, { expiresAfter, stillAllowed }) {
      const news = modifies.map(({ order }) => order.cloid)
      const no = stillAllowed?.()
      if (no) return news.map((cloid) => ({ cloid, status: 'rejected', message: no }))
      try {
        return await call('modifyOrders', (venue) => venue.modify(modifies, expiresAfter))
      } catch {
        return news.map((cloid) => ({ cloid, status: 'unknown', message: 'no answer' }))
      }
    },
    cancelOrders: (orders, { expiresAfter }) =>
      call('cancelOrders', (venue) =>
        venue.cancel(
          orders.map(({ cloid }) => cloid),
          expiresAfter,
        ),
      ),
    cancelByOid: () => Promise.resolve(),
    openOrders: () => call('openOrders', (venue) => venue.openOrders()),
    account: () => call('account', (venue) => venue.account()),
    fillsSince: (ts) => call('fillsSince', (venue) => venue.fillsSince(ts)),
    orderStatus: (cloid) => call('orderStatus', (venue) => venue.statusOf(cloid)),
    touch: () =>
      call('touch', () => ({ bid: priceText(stage().market.bid), ask: priceText(stage().market.ask) })),
  }
}

export function journal(stage: () => Stage, set: Knobs): SegmentPorts['journal'] {
  return {
    decision: (decision) => void stage().decisions.push(decision),
    intent: (order) =>
      new Promise((resolve) => {
        if (set.journalDown) return
        stage().scheduler.after(1, () => {
          stage().intents.push(order)
          resolve()
        })
      }),
    answer: (answer) => void stage().answers.push(answer),
    event: (kind, details) => void stage().events.push({ kind, details }),
    quotes: () => undefined,
    equity: () => undefined,
  }
}

/** The hypothetical account of a dry_live session: its orders, fills and positions on the real market's own prices. */
// Not here: the port that the session sees (dry-venue.ts).
import type { AccountEvent, FillEvent, OrderStatusKind } from '#domain/events.ts'
import { absE8, type FixedE8, formatFixed, minE8, mulE8, parseFixed } from '#domain/fixed-point.ts'
import { shiftBps } from '#domain/market/instrument.ts'
import { walkLevels } from '#domain/market/walk-levels.ts'
import { type DryOrder, fillEvent, openOrder, orderEvent } from '#domain/session/dry-orders.ts'
import type { CancelAnswer, MarketView, OpenOrder, OrderAnswer } from '#domain/session/ports.ts'
import type { Checkpoint, OrderIntent } from '#domain/session/types.ts'
import type { Clock } from '#domain/time.ts'
import { foldFill, positionOf } from '#domain/trading/position.ts'

/** As the venue's own bound, a little inside. */
const FIRED_SLIPPAGE_BPS = 800

export interface DryBookParts {
  account: string
  clock: Pick<Clock, 'now'>
  market: MarketView
}

/** Orders, fills and positions that never were. */
export class DryBook {
  readonly fills: FillEvent[] = []
  readonly events: AccountEvent[] = []
  readonly #parts: DryBookParts
  readonly #orders = new Map<string, DryOrder>()
  #positions: Checkpoint['positions']
  #ids: number

  constructor(parts: DryBookParts, start: Checkpoint | null) {
    this.#parts = parts
    this.#positions = start?.positions ?? []
    // Ids grow with time, so that none of an earlier life comes twice.
    this.#ids = parts.clock.now() * 1_000
    for (const { kind = 'stop' as const, ...stop } of start?.stops ?? []) {
      const intent: OrderIntent = {
        ...stop,
        tif: 'gtc',
        reduce_only: true,
        trigger: { px: stop.px, kind },
        purpose: 'stop',
      }
      this.#add(intent)
    }
  }

  #add(intent: OrderIntent): DryOrder {
    const order: DryOrder = {
      oid: ++this.#ids,
      intent,
      remainingE8: parseFixed(intent.sz),
      status: 'open',
      ts: this.#parts.clock.now(),
    }
    this.#orders.set(intent.cloid, order)
    return order
  }

  place(intent: OrderIntent): OrderAnswer {
    const { cloid } = intent
    const reject = (message: string): OrderAnswer => ({ cloid, status: 'rejected', message })
    if (intent.reduce_only && this.#reducibleE8(intent) === 0n) {
      return reject('Reduce only order would increase position.')
    }
    if (intent.trigger) {
      if (this.#fires(intent)) return reject('Invalid TP/SL price.')
      const order = this.#add(intent)
      this.#tell(order)
      return { cloid, status: 'resting', oid: order.oid }
    }
    const takes = this.#walk(intent).szE8 > 0n
    if (intent.tif === 'alo' && takes) return reject('Post only order would have immediately matched')
    if (intent.tif === 'ioc' && !takes) {
      return reject('Order could not immediately match against any resting orders.')
    }
    const order = this.#add(intent)
    const taken = takes ? this.#take(order, intent.px) : null
    if (order.status === 'open' && intent.tif === 'ioc') this.#finish(order, 'canceled')
    if (taken)
      return {
        cloid,
        status: 'filled',
        oid: order.oid,
        sz: formatFixed(taken.szE8),
        avgPx: formatFixed(taken.pxE8),
      }
    this.#tell(order)
    return { cloid, status: 'resting', oid: order.oid }
  }

  /** As the venue's modify: the old order ends, whatever becomes of the new one. */
  replace(old: string, intent: OrderIntent): OrderAnswer {
    if (this.cancel(old).status === 'canceled') return this.place(intent)
    const message = 'Cannot modify canceled or filled order'
    return { cloid: intent.cloid, status: 'rejected', message, code: 'GONE' }
  }

  cancel(cloid: string): CancelAnswer {
    this.match()
    const order = this.#orders.get(cloid)
    if (order?.status !== 'open') return { cloid, status: 'gone' }
    this.#finish(order, 'canceled')
    return { cloid, status: 'canceled' }
  }

  /** The market has moved: a stop may fire, a resting order may be traded through. */
  match(): void {
    for (const order of [...this.#orders.values()].filter(({ status }) => status === 'open')) {
      const { intent } = order
      if (intent.trigger) {
        if (!this.#fires(intent)) continue
        this.#take(order, firedLimit(intent))
        if (order.status === 'open') this.#finish(order, 'canceled')
        continue
      }
      // Behind everybody else at its price: it fills only where the market has gone beyond it.
      if (!this.#isThrough(order)) continue
      const szE8 = this.#capped(intent, order.remainingE8)
      if (szE8 > 0n) this.#fill(order, parseFixed(intent.px), szE8, false)
      else this.#finish(order, 'canceled')
    }
  }

  #isThrough({ intent, ts }: DryOrder): boolean {
    const { market } = this.#parts
    const px = parseFixed(intent.px)
    const trade = market.lastTrade(intent.coin)
    const bbo = market.bbo(intent.coin)
    const isBuy = intent.side === 'buy'
    const against = isBuy ? bbo?.ask?.px : bbo?.bid?.px
    const quoted = against !== undefined && (isBuy ? parseFixed(against) <= px : parseFixed(against) >= px)
    const traded =
      trade !== null &&
      trade.receivedTs >= ts &&
      (isBuy ? parseFixed(trade.px) < px : parseFixed(trade.px) > px)
    return quoted || traded
  }

  #fires({ coin, side, trigger }: OrderIntent): boolean {
    const mark = this.#parts.market.markPx(coin)
    if (mark === null || !trigger) return false
    const away = parseFixed(mark) - parseFixed(trigger.px)
    const isStop = trigger.kind === 'stop'
    return (side === 'sell') === isStop ? away <= 0n : away >= 0n
  }

  #reducibleE8({ coin, side }: OrderIntent): FixedE8 {
    const held = parseFixed(positionOf(this.#positions, coin).sz)
    const reduces = side === 'sell' ? held > 0n : held < 0n
    return reduces ? absE8(held) : 0n
  }

  #capped(intent: OrderIntent, szE8: FixedE8): FixedE8 {
    return intent.reduce_only ? minE8(szE8, this.#reducibleE8(intent)) : szE8
  }

  /** What the shown book gives within the limit; taking does not empty it, which flatters only who trades more than is shown. */
  #walk(intent: OrderIntent, wantedE8 = parseFixed(intent.sz)): { szE8: FixedE8; pxE8: FixedE8 } {
    const { market } = this.#parts
    const { coin, side } = intent
    const book = market.book(coin)
    const bbo = market.bbo(coin)
    const best = side === 'buy' ? bbo?.ask : bbo?.bid
    const deep = side === 'buy' ? book?.asks : book?.bids
    const isFresh = best && deep?.[0] && parseFixed(deep[0].px) === parseFixed(best.px)
    const levels = isFresh ? deep : best ? [best] : []
    return walkLevels(levels, side, parseFixed(intent.px), wantedE8)
  }

  #take(order: DryOrder, limitPx: string): { szE8: FixedE8; pxE8: FixedE8 } | null {
    const { intent } = order
    const wanted = this.#capped(intent, order.remainingE8)
    const taken = this.#walk({ ...intent, px: limitPx }, wanted)
    if (taken.szE8 <= 0n) return null
    this.#fill(order, taken.pxE8, taken.szE8, true)
    return taken
  }

  #fill(order: DryOrder, pxE8: FixedE8, szE8: FixedE8, crossed: boolean): void {
    const { account, clock } = this.#parts
    const was = positionOf(this.#positions, order.intent.coin)
    const at = { account, ts: clock.now(), tid: ++this.#ids }
    const fill = fillEvent(order, was, { pxE8, szE8, crossed }, at)
    const others = this.#positions.filter(({ coin }) => coin !== order.intent.coin)
    this.#positions = [...others, foldFill(was, fill)]
    this.fills.push(fill)
    this.events.push(fill)
    order.remainingE8 -= szE8
    if (order.remainingE8 === 0n) this.#finish(order, 'filled')
  }

  #finish(order: DryOrder, status: OrderStatusKind): void {
    order.status = status
    this.#tell(order)
  }

  #tell(order: DryOrder): void {
    this.events.push(orderEvent(order, { account: this.#parts.account, ts: this.#parts.clock.now() }))
  }

  openOrders(): OpenOrder[] {
    return [...this.#orders.values()].filter(({ status }) => status === 'open').map(openOrder)
  }

  held(): { coin: string; sz: string; entryPx: string }[] {
    return this.#positions
      .filter(({ sz }) => parseFixed(sz) !== 0n)
      .map(({ coin, sz, entryPx }) => ({ coin, sz, entryPx }))
  }

  /** Realised − fees, and what is held at the marks. */
  pnlE8(): FixedE8 {
    return this.#positions.reduce((total, position) => {
      const mark = this.#parts.market.markPx(position.coin) ?? position.entryPx
      const open = mulE8(parseFixed(position.sz), parseFixed(mark) - parseFixed(position.entryPx))
      return total + parseFixed(position.realizedPnl) - parseFixed(position.fees) + open
    }, 0n)
  }

  statusOf(cloid: string): { status: OrderStatusKind | 'unknown'; word: string } {
    this.match()
    const order = this.#orders.get(cloid)
    return order ? { status: order.status, word: order.status } : { status: 'unknown', word: 'unknownOid' }
  }
}

/** Worst price of the market order that a fired trigger becomes. */
function firedLimit({ side, px, trigger }: OrderIntent): string {
  const bps = side === 'buy' ? FIRED_SLIPPAGE_BPS : -FIRED_SLIPPAGE_BPS
  return formatFixed(shiftBps(parseFixed(trigger?.px ?? px), bps))
}

/** One coin's book: the source's levels and the accounts' own orders side by side, each own order knowing the source volume before it. */
// Not here: trading (matching.ts); how the volume ahead shrinks (queue-model.ts).
import type { CoinSpec, ExternalLevel, Order } from '#exchange/paper/engine/types.ts'

/** Own orders of one price, oldest first. */
export interface OwnLevel {
  px: number
  head: Order | null
  tail: Order | null
  /** Σ remaining lots. */
  sz: number
  count: number
}

/** Own orders of one side. `keys` is ascending with the best price last: px for bids, −px for asks. */
export interface OwnSide {
  isBuy: boolean
  keys: number[]
  levels: Map<number, OwnLevel>
  /** The level of the last key: every event of the market asks for it. */
  best: OwnLevel | null
}

export interface CoinMarket {
  spec: CoinSpec
  /** Best first. Sizes shrink as accounts take from them, until the source's next snapshot. */
  bids: ExternalLevel[]
  asks: ExternalLevel[]
  /** True when the last snapshot showed the whole side, so that a price it does not show is empty. */
  bidsWhole: boolean
  asksWhole: boolean
  ownBids: OwnSide
  ownAsks: OwnSide
  /** Orders waiting for a mark price. */
  triggers: Map<number, Order>
  /** Ticks; 0 while unknown. */
  markPx: number
  oraclePx: number
  lastPx: number
}

const createSide = (isBuy: boolean): OwnSide => ({
  isBuy,
  keys: [],
  levels: new Map(),
  best: null,
})

export function createCoinMarket(spec: CoinSpec): CoinMarket {
  return {
    spec,
    bids: [],
    asks: [],
    bidsWhole: false,
    asksWhole: false,
    ownBids: createSide(true),
    ownAsks: createSide(false),
    triggers: new Map(),
    markPx: 0,
    oraclePx: 0,
    lastPx: 0,
  }
}

const keyOf = (side: OwnSide, px: number): number => (side.isBuy ? px : -px)

/** Index of the first key ≥ `key`. */
function lowerBound(keys: readonly number[], key: number): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((keys[middle] as number) < key) low = middle + 1
    else high = middle
  }
  return low
}

/** Best own level, or null. */
export const bestOwn = (side: OwnSide): OwnLevel | null => side.best

function findBest(side: OwnSide): OwnLevel | null {
  const key = side.keys[side.keys.length - 1]
  return key === undefined ? null : (side.levels.get(side.isBuy ? key : -key) as OwnLevel)
}

/** Own levels from the best price on. */
export function* ownLevels(side: OwnSide): Generator<OwnLevel> {
  for (let at = side.keys.length - 1; at >= 0; at--) {
    const key = side.keys[at] as number
    yield side.levels.get(side.isBuy ? key : -key) as OwnLevel
  }
}

/** Puts an order at the end of its price's queue. */
export function enqueue(side: OwnSide, order: Order): void {
  let level = side.levels.get(order.px)
  if (!level) {
    level = { px: order.px, head: null, tail: null, sz: 0, count: 0 }
    side.levels.set(order.px, level)
    const key = keyOf(side, order.px)
    const at = lowerBound(side.keys, key)
    if (at === side.keys.length) {
      side.keys.push(key)
      side.best = level
    } else side.keys.splice(at, 0, key)
  }
  order.prev = level.tail
  order.next = null
  if (level.tail) level.tail.next = order
  else level.head = order
  level.tail = order
  level.sz += order.sz
  level.count += 1
}

/** Takes an order out of its queue. */
export function dequeue(side: OwnSide, order: Order): void {
  const level = side.levels.get(order.px)
  if (!level) return
  if (order.prev) order.prev.next = order.next
  else level.head = order.next
  if (order.next) order.next.prev = order.prev
  else level.tail = order.prev
  order.prev = null
  order.next = null
  level.sz -= order.sz
  level.count -= 1
  if (level.count > 0) return
  side.levels.delete(order.px)
  const key = keyOf(side, order.px)
  if (side.best === level) {
    side.keys.pop()
    side.best = findBest(side)
  } else side.keys.splice(lowerBound(side.keys, key), 1)
}

/** First source level that still holds volume. */
export function bestExternal(levels: readonly ExternalLevel[]): ExternalLevel | null {
  for (const level of levels) if (level.sz > 0) return level
  return null
}

/** Source level at exactly `px`, or null. */
export function externalAt(levels: readonly ExternalLevel[], px: number): ExternalLevel | null {
  for (const level of levels) if (level.px === px) return level
  return null
}

/** Best bid and ask over source and own orders, ticks; 0 for an empty side. */
export function bestPrices(market: CoinMarket): { bid: number; ask: number } {
  const bid = Math.max(bestExternal(market.bids)?.px ?? 0, bestOwn(market.ownBids)?.px ?? 0)
  const askExternal = bestExternal(market.asks)?.px ?? 0
  const askOwn = bestOwn(market.ownAsks)?.px ?? 0
  const ask = askExternal === 0 ? askOwn : askOwn === 0 ? askExternal : Math.min(askExternal, askOwn)
  return { bid, ask }
}

/** Levels that a source shows at most: a side with fewer is shown whole. */
export const SNAPSHOT_LEVELS = 20

/** Source volume at a price, lots; −1 where the snapshot does not reach. */
export function volumeAt(market: CoinMarket, isBuy: boolean, px: number): number {
  const levels = isBuy ? market.bids : market.asks
  for (const level of levels) if (level.px === px) return level.sz
  const worst = levels[levels.length - 1]
  const isWhole = isBuy ? market.bidsWhole : market.asksWhole
  const isSeen = isWhole || (worst !== undefined && (isBuy ? px > worst.px : px < worst.px))
  return isSeen ? 0 : -1
}

/** Whose orders stand in the synthetic book: every level is made of the orders that its count says, each owned by a trader. */
// Not here: sizes of the levels (synthetic-market.ts).
import type { EpochMs } from '#domain/time.ts'
import type { CoinSpec, ExternalLevel, Order } from '#exchange/paper/engine/types.ts'
import type { Population, Trader } from '#exchange/paper/sources/population.ts'
import { hashUniform } from '#exchange/paper/sources/random.ts'

/** Level of one coin's book, as its orders are derived from it. */
export interface OwnedLevel {
  spec: CoinSpec
  isBuy: boolean
  level: ExternalLevel
}

/** Only makers and the patient rest orders: so many draws until one is found. */
const DRAWS = 6

const key = ({ spec, level }: OwnedLevel): number => level.px * 64 + spec.asset

/** Owner of the n-th order at a level; stays the same while the level keeps its size. */
export function ownerOf(population: Population, owned: OwnedLevel, nth: number): Trader {
  const { traders } = population
  let index = 0
  for (let draw = 0; draw < DRAWS; draw++) {
    index = population.draw(key(owned) ^ (owned.level.sz * 31), nth * DRAWS + draw)
    const style = traders[index]?.style
    if (style === 'maker' || (style === 'swing' && draw > 2)) break
  }
  return traders[index] as Trader
}

/** Sizes of the orders at a level: unequal parts that add up to its size. */
function parts({ level }: OwnedLevel): number[] {
  const shares = Array.from({ length: level.n }, (_, nth) => 0.2 + hashUniform(level.px, level.sz, nth))
  const total = shares.reduce((sum, share) => sum + share, 0)
  const sizes = shares.map((share) => Math.floor((share / total) * level.sz))
  const rest = level.sz - sizes.reduce((sum, size) => sum + size, 0)
  sizes[0] = (sizes[0] ?? 0) + rest
  return sizes
}

/** Orders of one coin's levels by their owner. Those too small to show (less than a lot) are left out. */
export function ordersByOwner(
  population: Population,
  levels: readonly OwnedLevel[],
  now: EpochMs,
): Map<Trader, Order[]> {
  const byOwner = new Map<Trader, Order[]>()
  for (const owned of levels) {
    for (const [nth, sz] of parts(owned).entries()) {
      if (sz === 0) continue
      const trader = ownerOf(population, owned, nth)
      const order = orderAt(owned, nth, { user: trader.address, sz, now })
      const orders = byOwner.get(trader)
      if (orders) orders.push(order)
      else byOwner.set(trader, [order])
    }
  }
  return byOwner
}

function orderAt(
  owned: OwnedLevel,
  nth: number,
  { user, sz, now }: { user: string; sz: number; now: EpochMs },
): Order {
  const { spec, isBuy, level } = owned
  return {
    oid: 3_000_000_000 + Math.floor(hashUniform(key(owned), level.sz, nth) * 1_000_000_000),
    cloid: null,
    user,
    asset: spec.asset,
    ts: now,
    statusTs: now,
    reduceOnly: false,
    tif: 'Gtc',
    trigger: null,
    isPositionTpsl: false,
    parent: 0,
    family: null,
    status: 'open',
    place: 'book',
    isBuy,
    px: level.px,
    sz,
    origSz: sz,
    filledNtl: 0,
    ahead: 0,
    twapId: 0,
    builder: null,
    prev: null,
    next: null,
  }
}

/** Order of the fills of one lane and millisecond: each starts where the one before ended; ids say nothing about it. */
import type { Lane } from '#domain/pnl/lane.ts'
import { type FillBatch, FLAG } from '#domain/pnl/types.ts'

/**
 * Writes the row numbers `from` … `until − 1` into `order`, as the chain of start positions has them. Where the chain does not
 * tell, the given order stays.
 * @returns how many
 */
export function chainOrder(
  batch: FillBatch,
  from: number,
  until: number,
  standing: Lane,
  order: Int32Array,
): number {
  const count = until - from
  for (let at = 0; at < count; at++) order[at] = from + at
  if (batch.wide !== null && standing.wide !== null) return count
  const sides = sideOf(batch, from, until)
  // One order that eats through the book: its fills only grow or only shrink the position.
  if (sides !== 0) {
    if (!isChain(batch, order, count))
      order
        .subarray(0, count)
        .sort((a, b) => sides * ((batch.start[a] as number) - (batch.start[b] as number)) || a - b)
    return count
  }
  linkOneByOne(batch, standing.sz, order, count)
  return count
}

/** 1 when all buy, −1 when all sell, else 0. */
function sideOf({ flags }: FillBatch, from: number, until: number): -1 | 0 | 1 {
  const first = (flags[from] as number) & FLAG.buy
  for (let row = from + 1; row < until; row++) if (((flags[row] as number) & FLAG.buy) !== first) return 0
  return first !== 0 ? 1 : -1
}

const after = (batch: FillBatch, row: number): number => {
  const sz = batch.sz[row] as number
  return (batch.start[row] as number) + (((batch.flags[row] as number) & FLAG.buy) !== 0 ? sz : -sz)
}

function isChain(batch: FillBatch, order: Int32Array, count: number): boolean {
  for (let at = 1; at < count; at++)
    if (after(batch, order[at - 1] as number) !== batch.start[order[at] as number]) return false
  return true
}

function linkOneByOne(batch: FillBatch, held: number, order: Int32Array, count: number): void {
  let standing = held
  for (let at = 0; at < count; at++) {
    let found = at
    while (found < count && batch.start[order[found] as number] !== standing) found += 1
    if (found < count && found !== at) {
      const row = order[found] as number
      order.copyWithin(at + 1, at, found)
      order[at] = row
    }
    standing = after(batch, order[at] as number)
  }
}

/** A market of some hours packed into flat arrays, in ticks and lots: read once, played many times at the speed of memory. */
// Not here: where it comes from (make-tape.ts), playing it (tape-player.ts).
//
// A book holds only the levels that differ from the coin's last one: [bids, asks, changed, (slot, px, sz) …], slot = level, asks from 20.
// A bbo is [bidPx, bidSz, askPx, askSz], 0 for an empty side; a trade [px, sz, 1 when the aggressor buys].
import { assert } from '#domain/errors.ts'
import type { EpochMs } from '#domain/time.ts'
import type { CoinSpec } from '#exchange/paper/engine/types.ts'

export const KIND = { book: 0, bbo: 1, trade: 2 } as const
/** Levels a side. */
export const DEPTH = 20

export interface Tape {
  specs: readonly CoinSpec[]
  /** What it was made from. */
  source: string
  length: number
  kinds: Uint8Array
  assets: Uint8Array
  ts: Float64Array
  from: Uint32Array
  data: Float64Array
}

/** Price in ticks and size in lots. */
export interface TapeLevel {
  px: number
  sz: number
}

function grown<T extends Uint8Array | Float64Array | Uint32Array>(array: T, make: (length: number) => T): T {
  const larger = make(array.length * 2)
  larger.set(array)
  return larger
}

export class TapeBuilder {
  readonly #specs: readonly CoinSpec[]
  #kinds = new Uint8Array(1 << 14)
  #assets = new Uint8Array(1 << 14)
  #ts = new Float64Array(1 << 14)
  #from = new Uint32Array(1 << 14)
  #data = new Float64Array(1 << 17)
  #length = 0
  #used = 0
  /** Last book by asset: px and sz of each slot. */
  readonly #last: Float64Array[]

  constructor(specs: readonly CoinSpec[]) {
    assert(specs.length <= 256, 'a tape holds at most 256 coins')
    this.#specs = specs
    this.#last = specs.map(() => new Float64Array(DEPTH * 4))
  }

  book(ts: EpochMs, asset: number, bids: readonly TapeLevel[], asks: readonly TapeLevel[]): void {
    this.#begin(KIND.book, ts, asset, 3 + DEPTH * 6)
    const header = this.#used
    const counts = [Math.min(bids.length, DEPTH), Math.min(asks.length, DEPTH)] as const
    this.#used += 3
    const changed = this.#levels(asset, 0, bids, counts[0]) + this.#levels(asset, DEPTH, asks, counts[1])
    this.#data[header] = counts[0]
    this.#data[header + 1] = counts[1]
    this.#data[header + 2] = changed
  }

  bbo(ts: EpochMs, asset: number, bid: TapeLevel | null, ask: TapeLevel | null): void {
    this.#begin(KIND.bbo, ts, asset, 4)
    this.#put(bid?.px ?? 0, bid?.sz ?? 0, ask?.px ?? 0)
    this.#data[this.#used++] = ask?.sz ?? 0
  }

  trade(ts: EpochMs, asset: number, trade: TapeLevel & { isBuy: boolean }): void {
    this.#begin(KIND.trade, ts, asset, 3)
    this.#put(trade.px, trade.sz, trade.isBuy ? 1 : 0)
  }

  finish(source: string): Tape {
    const length = this.#length
    return {
      specs: this.#specs,
      source,
      length,
      kinds: this.#kinds.slice(0, length),
      assets: this.#assets.slice(0, length),
      ts: this.#ts.slice(0, length),
      from: this.#from.slice(0, length),
      data: this.#data.slice(0, this.#used),
    }
  }

  /** Writes the levels that changed. @returns how many */
  #levels(asset: number, first: number, levels: readonly TapeLevel[], count: number): number {
    const last = this.#last[asset] as Float64Array
    let changed = 0
    for (let at = 0; at < count; at++) {
      const { px, sz } = levels[at] as TapeLevel
      const slot = first + at
      if (last[slot * 2] === px && last[slot * 2 + 1] === sz) continue
      last[slot * 2] = px
      last[slot * 2 + 1] = sz
      this.#put(slot, px, sz)
      changed++
    }
    return changed
  }

  #begin(kind: number, ts: EpochMs, asset: number, room: number): void {
    const at = this.#length++
    if (at === this.#kinds.length) {
      this.#kinds = grown(this.#kinds, (length) => new Uint8Array(length))
      this.#assets = grown(this.#assets, (length) => new Uint8Array(length))
      this.#ts = grown(this.#ts, (length) => new Float64Array(length))
      this.#from = grown(this.#from, (length) => new Uint32Array(length))
    }
    if (this.#used + room > this.#data.length)
      this.#data = grown(this.#data, (length) => new Float64Array(length))
    this.#kinds[at] = kind
    this.#assets[at] = asset
    this.#ts[at] = ts
    this.#from[at] = this.#used
  }

  #put(a: number, b: number, c: number): void {
    this.#data[this.#used] = a
    this.#data[this.#used + 1] = b
    this.#data[this.#used + 2] = c
    this.#used += 3
  }
}

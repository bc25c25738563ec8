/** Messages between processes, venue and control plane: each takes a while, and some are lost or very late. */
import type { Scheduler } from './scheduler.ts'

export interface Trip {
  /** Milliseconds until it arrives; null when it never does. */
  delayMs: number | null
}

export interface Network {
  /** Fate of the next message. The nth message of a plan has always the same fate. */
  trip(): Trip
  send(arrive: () => void): void
}

/** Some messages take longer than any client waits, and than any order may live. */
const LATE_MS_MAX = 9_000

export function createNetwork(scheduler: Scheduler, seed: number, noise: number): Network {
  let count = 0
  const unit = (salt: number): number => {
    let mixed = Math.imul(seed ^ Math.imul(count, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(salt, 0xc2b2ae35)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d)
    mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 4_294_967_296
  }
  const network: Network = {
    trip() {
      count += 1
      const delayMs = 1 + Math.floor(unit(1) * 12)
      if (unit(2) >= noise) return { delayMs }
      return unit(3) < 0.5 ? { delayMs: null } : { delayMs: Math.floor(unit(4) * unit(5) * LATE_MS_MAX) }
    },
    send(arrive) {
      const { delayMs } = network.trip()
      if (delayMs !== null) scheduler.after(delayMs, arrive)
    },
  }
  return network
}

/** Seeded randomness of the simulator: one stream per subject, so that taking a fault away does not reshuffle the others. */

export interface Random {
  /** 0 ≤ x < 1 */
  next(): number
  /** Integer, both bounds inclusive. */
  int(min: number, max: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
}

/** Stream `name` of a seed (mulberry32). */
export function createRandom(seed: number, name: string): Random {
  let state = seed >>> 0
  for (const char of name) state = (Math.imul(state ^ char.charCodeAt(0), 0x9e3779b1) + 0x85ebca6b) >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    next,
    int: (min, max) => min + Math.floor(next() * (max - min + 1)),
    chance: (probability) => next() < probability,
    pick: (items) => items[Math.floor(next() * items.length)] as (typeof items)[number],
  }
}

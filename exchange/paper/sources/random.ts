/** Small seeded random numbers whose whole state is one integer: a market can be stopped, stored and continued. */
export interface Random {
  state: number
}

export const createRandom = (seed: number): Random => ({ state: seed >>> 0 })

/** Uniform in [0, 1). mulberry32. */
export function uniform(random: Random): number {
  random.state = (random.state + 0x6d2b79f5) >>> 0
  let t = random.state
  t = Math.imul(t ^ (t >>> 15), t | 1)
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
}

/** Standard normal, from two uniforms. */
export function gaussian(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniform(random)))
  return radius * Math.cos(2 * Math.PI * uniform(random))
}

/** Exponential with mean 1. */
export const exponential = (random: Random): number => -Math.log(1 - uniform(random))

/** Stateless hash of three integers to [0, 1): what a price level looks like in an epoch does not depend on the path to it. */
export function hashUniform(a: number, b: number, c: number): number {
  let h = (a ^ Math.imul(b, 0x9e3779b1) ^ Math.imul(c, 0x85ebca6b)) >>> 0
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad)
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97)
  return ((h ^ (h >>> 15)) >>> 0) / 4_294_967_296
}
